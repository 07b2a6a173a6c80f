// Labels that wait for their way to the caches.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/storage/ingest_store.h"

namespace rung::storage {

/// For one relay thread.
class Outbox {
 public:
  virtual ~Outbox() = default;

  /// Whether this process holds the relay's lock; tries to get it. UNAVAILABLE when PostgreSQL is out of reach.
  virtual absl::StatusOr<bool> Lead() = 0;
  /// Takes up to `limit` labels, hands them to `deliver` and forgets them when it returns OK: at least once.
  /// Returns how many were delivered.
  virtual absl::StatusOr<int64_t> Drain(int limit,
                                        const std::function<absl::Status(const std::vector<LabelRow>&)>& deliver) = 0;
  /// How many wait (an exact count up to 100,000).
  virtual absl::StatusOr<int64_t> Waiting() = 0;
};

}  // namespace rung::storage
