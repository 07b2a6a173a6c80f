// Regrade runs: their state, their lease, and the writes that only the newest runner may do.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/base/deadline.h"
#include "libs/storage/audit_store.h"
#include "libs/storage/ingest_store.h"

namespace rung::storage {

struct RunRow {
  int64_t run_id = 0;
  std::string request_id;
  std::string state;  ///< RUNNING, PAUSED, HELD, DONE, CANCELLED, FAILED
  Day as_of = 0;
  std::string author;
  bool override_guard = false;
  std::string phase;
  int64_t customers = 0;
  int64_t progress = 0;
  int64_t planned = 0;
  int64_t planned_downgrades = 0;
  int64_t upgraded = 0;
  int64_t downgraded = 0;
  int64_t first_graded = 0;
  int64_t superseded = 0;
  std::string message;
  UnixMicros started_at = 0;
  UnixMicros ended_at = 0;  ///< 0: not ended
  int64_t fence = 0;
  std::string wanted;       ///< PAUSE, CANCEL or empty
  bool lease_expired = false;
};

/// A change of one customer's standings. Applied only when the stored standings are still `before`.
struct StandingsUpdate {
  CustomerFingerprint customer;
  std::string before;
  std::string after;
};

struct ChunkResult {
  std::vector<CustomerNumber> applied;
  std::string wanted;  ///< what an operator asked meanwhile
};

struct FrozenPart {
  int16_t ladder_no = 0;
  int32_t model_version = 0;
  int32_t part = 0;
  std::string body;
};

/// Thread-safe, except that a run's writes belong to its one runner.
class RunStore {
 public:
  virtual ~RunStore() = default;

  /// A new run with a lease; the same request_id gives the same run (`*created` is false then). `reason`: why its guard is
  /// overridden, for the record. FAILED_PRECONDITION/RUN_IN_PROGRESS.
  virtual absl::StatusOr<RunRow> Create(const RunRow& run, const std::string& reason, Deadline deadline, bool* created) = 0;
  /// 0: the newest. NOT_FOUND/RUN_UNKNOWN.
  virtual absl::StatusOr<RunRow> Get(int64_t run_id, Deadline deadline) = 0;
  /// Newest first; run_id < `before` (0: all).
  virtual absl::StatusOr<std::vector<RunRow>> List(int64_t before, int limit, Deadline deadline) = 0;
  /// Asks the runner to PAUSE or CANCEL; a run without a living runner changes at once. What that changes is recorded.
  /// FAILED_PRECONDITION/RUN_ENDED.
  virtual absl::StatusOr<RunRow> Ask(int64_t run_id, const std::string& wanted, const ByWhom& by, Deadline deadline) = 0;
  /// Takes the run over with a higher fence; recorded when somebody asked for it (null: its runner is gone).
  /// FAILED_PRECONDITION/RUN_ENDED, RUN_IN_PROGRESS while its lease holds.
  virtual absl::StatusOr<RunRow> TakeOver(int64_t run_id, bool override_guard, const ByWhom* by, Deadline deadline) = 0;

  /// Writes state, phase, counts and message, and prolongs the lease. ABORTED/FENCED when another runner has taken over.
  virtual absl::Status Save(const RunRow& run) = 0;
  /// Applies updates whose standings haven't moved, with their history, outbox rows and the run's counts, in one
  /// transaction.
  virtual absl::StatusOr<ChunkResult> ApplyChunk(const RunRow& run, const std::vector<StandingsUpdate>& updates,
                                                 const std::vector<TierChangeRow>& changes,
                                                 const std::vector<LabelRow>& labels) = 0;

  /// Replaces a ladder's frozen population.
  virtual absl::Status SaveFrozen(const RunRow& run, int16_t ladder_no, const std::vector<FrozenPart>& parts) = 0;
  /// The run that froze each ladder's population; cheap.
  virtual absl::StatusOr<std::map<int16_t, int64_t>> FrozenRuns(Deadline deadline) = 0;
  /// The newest frozen population of a ladder, by part; empty when there is none.
  virtual absl::StatusOr<std::vector<FrozenPart>> LoadFrozen(int16_t ladder_no, int64_t* run_id) = 0;
};

}  // namespace rung::storage
