// Ladders with their published models, and code words. What publishes models is config_store.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/base/deadline.h"
#include "libs/features/code_book.h"

namespace rung::storage {

struct ModelRow {
  int16_t ladder_no = 0;
  std::string ladder_id;
  std::vector<std::string> tier_codes;  ///< by tier number
  bool is_default = false;
  int32_t version = 0;
  std::string body_json;
  std::string etag;
  std::string author;
  UnixMicros published_at = 0;
};

/// Thread-safe.
class ModelStore {
 public:
  virtual ~ModelStore() = default;

  /// Current versions, by ladder number.
  virtual absl::StatusOr<std::vector<ModelRow>> Current(Deadline deadline) = 0;
  /// `version` 0: the current one. NOT_FOUND/LADDER_UNKNOWN, NOT_FOUND/MODEL_VERSION_UNKNOWN.
  virtual absl::StatusOr<ModelRow> Get(const std::string& ladder_id, int32_t version, Deadline deadline) = 0;
};

/// Code words of the installation, cached in the process. Thread-safe.
class CodeStore : public features::CodeBook {
 public:
  /// Gives codes to words that have none yet (durably), so that Find knows them. RESOURCE_EXHAUSTED/TOO_MANY_WORDS
  /// when a kind would pass 100,000 words.
  virtual absl::Status Intern(features::CodeKind kind, const std::vector<std::string>& words) = 0;
};

}  // namespace rung::storage
