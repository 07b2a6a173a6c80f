// One regrade of the whole base: load, score, check the guard, write chunk by chunk.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "libs/base/clock.h"
#include "libs/features/feature.h"
#include "libs/labels/label_table.h"
#include "libs/scoring/stability.h"
#include "libs/storage/customer_store.h"
#include "libs/storage/model_store.h"
#include "libs/storage/run_store.h"
#include "services/grading/base_grading.h"
#include "services/grading/base_loader.h"
#include "services/grading/ladders.h"

namespace rung::grading {

struct RegradeOptions {
  double max_downgrade_share = 0.2;  ///< of the graded customers; more planned downgrades hold the run
  int64_t guard_from = 20;           ///< planned downgrades below this never hold it
  int scan_threads = 2;
  size_t chunk = 5000;               ///< customers in one transaction
};

struct RegradeParts {
  storage::RunStore& runs;
  storage::CustomerStore& customers;
  const features::CodeBook& codes;
  Ladders& ladders;
  labels::LabelTable& table;
  const Clock& clock;
  const BusinessZone& zone;
  const FeatureReader& reader;
  std::function<void()> labels_changed;
  std::function<void()> run_done;  ///< after a run that wrote all it had to
};

/// Executes a run whose lease this process holds, until it is done, paused, held, cancelled or failed. A run that is
/// taken up again starts over with loading: what was written is found in place and isn't written twice.
class RegradeRun {
 public:
  RegradeRun(const RegradeParts& parts, const RegradeOptions& options, storage::RunRow run, const std::atomic<bool>& stopping)
      : parts_(parts), options_(options), run_(std::move(run)), stopping_(stopping) {}

  /// The run's last state; errors are in it, too.
  storage::RunRow Execute();

 private:
  absl::Status Work();
  absl::Status Load();
  void Score();
  void CountPlanned();
  absl::Status Freeze();
  absl::Status WriteAll();
  absl::Status WriteChunk(size_t from, size_t to, labels::StandingsColumn::Reader& standings_of);
  absl::Status Beat(int64_t progress);
  absl::Status EndAs(const std::string& state, const std::string& message);

  const RegradeParts parts_;
  const RegradeOptions options_;
  storage::RunRow run_;
  const std::atomic<bool>& stopping_;
  Day run_day_ = 0;
  int64_t beaten_at_ = 0;
  int64_t later_decisions_ = 0;  // standings that already rest on a later day's facts
  LoadedBase base_;
  std::vector<std::unique_ptr<BaseGrading>> graded_;  // refer to base_
};

}  // namespace rung::grading
