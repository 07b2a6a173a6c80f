// Changes of tiers, as they happened.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/storage/ingest_store.h"

namespace rung::storage {

/// How far the history was read: for each of its chains the place of the last entry. A chain's entries become visible in
/// the order of their places, so what follows a position is complete.
using HistoryPosition = std::array<int64_t, 64>;

struct WatchedChange {
  TierChangeRow change;  ///< without inputs
  std::string customer_id;
  int16_t chain = 0;
  int64_t place = 0;
};

/// Thread-safe.
class HistoryStore {
 public:
  virtual ~HistoryStore() = default;
  /// A customer's changes with version < `before_version` (0: all), newest first, at most `limit`.
  virtual absl::StatusOr<std::vector<TierChangeRow>> Changes(CustomerNumber customer, int16_t ladder_no,
                                                             int64_t before_version, int limit, Deadline deadline) = 0;
  /// The newest change recorded by `instant`, or nullopt.
  virtual absl::StatusOr<std::optional<TierChangeRow>> ChangeAt(CustomerNumber customer, int16_t ladder_no, UnixMicros instant,
                                                                Deadline deadline) = 0;
  /// The end of the history.
  virtual absl::StatusOr<HistoryPosition> End(Deadline deadline) = 0;
  /// What follows a position in the chains that have moved up to `end`: by chain and place, at most `limit` a chain.
  virtual absl::StatusOr<std::vector<WatchedChange>> After(const HistoryPosition& position, const HistoryPosition& end, int limit,
                                                           Deadline deadline) = 0;
  /// The decision that made a version of the label, with its inputs; `version` 0: the newest decision.
  /// NOT_FOUND/DECISION_UNKNOWN.
  virtual absl::StatusOr<TierChangeRow> Decision(CustomerNumber customer, int16_t ladder_no, int64_t version, Deadline deadline) = 0;
  /// About `limit` decisions from all over the base, with their inputs.
  virtual absl::StatusOr<std::vector<TierChangeRow>> Sample(int limit, Deadline deadline) = 0;
};

}  // namespace rung::storage
