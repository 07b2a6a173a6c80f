// Changes of tiers, as they happened.
#pragma once

#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/storage/ingest_store.h"

namespace rung::storage {

/// Thread-safe.
class HistoryStore {
 public:
  virtual ~HistoryStore() = default;
  /// A customer's changes with version < `before_version` (0: all), newest first, at most `limit`.
  virtual absl::StatusOr<std::vector<TierChangeRow>> Changes(CustomerNumber customer, int16_t ladder_no,
                                                             int64_t before_version, int limit, Deadline deadline) = 0;
  /// The decision that made a version of the label, with its inputs; `version` 0: the newest decision.
  /// NOT_FOUND/DECISION_UNKNOWN.
  virtual absl::StatusOr<TierChangeRow> Decision(CustomerNumber customer, int16_t ladder_no, int64_t version, Deadline deadline) = 0;
  /// About `limit` decisions from all over the base, with their inputs.
  virtual absl::StatusOr<std::vector<TierChangeRow>> Sample(int limit, Deadline deadline) = 0;
};

}  // namespace rung::storage
