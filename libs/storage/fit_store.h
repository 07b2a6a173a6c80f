// Fits of the customer-base models, as they were made. The newest is in force.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/base/deadline.h"

namespace rung::storage {

struct FitRow {
  int32_t version = 0;  ///< given by the store
  std::string request_id;
  Day as_of = 0;
  std::string author;
  UnixMicros fitted_at = 0;
  std::string body;  ///< rung.grading.v1.BaseFit, without what the other fields say
};

/// Thread-safe. UNAVAILABLE/STORE_UNAVAILABLE when PostgreSQL is out of reach.
class FitStore {
 public:
  virtual ~FitStore() = default;

  /// Stores a fit under the next version, with an entry in the audit chain of configuration. When its request_id has a
  /// fit already, that one is the answer.
  virtual absl::StatusOr<FitRow> Append(const FitRow& row, Deadline deadline) = 0;
  /// `version` 0: the newest. nullopt when there is none.
  virtual absl::StatusOr<std::optional<FitRow>> Get(int32_t version, Deadline deadline) = 0;
  virtual absl::StatusOr<std::optional<FitRow>> OfRequest(const std::string& request_id, Deadline deadline) = 0;
  /// 0: there is none.
  virtual absl::StatusOr<int32_t> NewestVersion(Deadline deadline) = 0;
  /// The newest first, from `offset` on.
  virtual absl::StatusOr<std::vector<FitRow>> List(int64_t offset, int limit, Deadline deadline) = 0;
};

}  // namespace rung::storage
