// Makes stored decisions again and compares every bit of the outcome.
#pragma once

#include <atomic>
#include <string>

#include "libs/scoring/decision_inputs.h"
#include "libs/storage/customer_store.h"
#include "libs/storage/history_store.h"
#include "rung/grading/v1/explanation.pb.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// A stored decision with the model that made it, bound to the choices of that time.
struct StoredDecision {
  std::shared_ptr<const Ladder> ladder;
  scoring::DecisionInputs inputs;
  storage::TierChangeRow row;
};

/// Thread-safe.
class DecisionReplayer {
 public:
  DecisionReplayer(storage::HistoryStore& history, storage::CustomerStore& customers, const Ladders& ladders, const features::CodeBook& codes)
      : history_(history), customers_(customers), ladders_(ladders), codes_(codes) {}

  absl::Status Replay(const v1::ReplayTierRequest& request, v1::ReplayTierResponse& response, Deadline deadline) const;
  /// NOT_FOUND/CUSTOMER_UNKNOWN, LADDER_UNKNOWN, DECISION_UNKNOWN. `version` 0: the newest.
  absl::StatusOr<StoredDecision> Read(const std::string& customer_id, const std::string& ladder_id, int64_t version, Deadline deadline) const;

  /// Replays a sample of the history; differences are logged as errors and counted.
  void AuditSample(int limit, Deadline deadline);
  int64_t replayed_count() const { return replayed_; }
  int64_t different_count() const { return different_; }

 private:
  absl::StatusOr<StoredDecision> Open(const Ladder& current, storage::TierChangeRow row) const;

  storage::HistoryStore& history_;
  storage::CustomerStore& customers_;
  const Ladders& ladders_;
  const features::CodeBook& codes_;
  std::atomic<int64_t> replayed_{0};
  std::atomic<int64_t> different_{0};
};

}  // namespace rung::grading
