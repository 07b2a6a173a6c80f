// Fits the customer-base models to the stored base: on request, and once there is a fit, anew by schedule.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "libs/base/clock.h"
#include "libs/forecast/base_fitter.h"
#include "libs/forecast/holdout_sample.h"
#include "services/grading/feature_reader.h"
#include "services/grading/fits.h"
#include "services/grading/regrade_runner.h"

namespace rung::grading {

struct FitRunnerParts {
  storage::FitStore& store;
  storage::CustomerStore& customers;
  const features::CodeBook& codes;
  const FeatureReader& reader;  ///< what features depend on
  Fits& fits;
  const Clock& clock;
  const BusinessZone& zone;
  int threads = 2;
};

/// Thread-safe. One fit at a time in a process. Should two processes fit for one schedule, the first one's is kept.
class FitRunner {
 public:
  FitRunner(const FitRunnerParts& parts, std::optional<Schedule> schedule);
  ~FitRunner();

  /// Fits, stores and puts in force. Errors as RetentionService.FitBase lists them.
  absl::StatusOr<v1::BaseFit> Fit(const v1::FitBaseRequest& request);

 private:
  void FollowSchedule();
  void Tick();
  /// Streams the base through the collectors.
  absl::Status Collect(Day as_of, bool with_sample, forecast::BaseCollector& base, forecast::HoldoutSample& sample) const;

  const FitRunnerParts parts_;
  const std::optional<Schedule> schedule_;
  std::mutex fitting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  Day fired_ = 0;
  std::thread thread_;
};

}  // namespace rung::grading
