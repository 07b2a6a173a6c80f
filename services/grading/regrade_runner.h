// Runs regrades: on request, every night, and those that a dead process left behind.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "services/grading/regrade_run.h"

namespace rung::grading {

/// When the batch runs by itself, in the business zone.
struct Schedule {
  int second_of_day = 9000;          ///< 02:30
  std::optional<int> weekday;        ///< 0 Monday … 6 Sunday; nullopt: every day

  /// "02:30", "mon 02:30" or "off" (nullopt). INVALID_ARGUMENT otherwise.
  static absl::StatusOr<std::optional<Schedule>> Parse(const std::string& text);
  /// Whether the batch of this day is due at an instant.
  bool Due(UnixSeconds now, const BusinessZone& zone) const;
};

/// Thread-safe. What is asked of it is dated by its own clock.
class RegradeRunner {
 public:
  RegradeRunner(const RegradeParts& parts, const RegradeOptions& options, std::optional<Schedule> schedule);
  ~RegradeRunner();

  /// FAILED_PRECONDITION/RUN_IN_PROGRESS, FAILED_PRECONDITION/NO_LADDER, INVALID_ARGUMENT for a day in the future.
  absl::StatusOr<storage::RunRow> Start(const std::string& request_id, std::optional<Day> as_of, bool override_guard,
                                        const storage::ByWhom& by, Deadline deadline);
  absl::StatusOr<storage::RunRow> Resume(int64_t run_id, bool override_guard, storage::ByWhom by, Deadline deadline);
  absl::StatusOr<storage::RunRow> Ask(int64_t run_id, const std::string& wanted, storage::ByWhom by, Deadline deadline);

 private:
  void Run();
  void Tick();
  void Hand(storage::RunRow run);

  const RegradeParts parts_;
  const RegradeOptions options_;
  const std::optional<Schedule> schedule_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<storage::RunRow> next_;
  Day fired_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace rung::grading
