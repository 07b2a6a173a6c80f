// Scans the base for abuse: when asked to, and by itself after each batch once a policy is published. Looks every two
// seconds for freezes to set or to lift.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "libs/base/clock.h"
#include "libs/abuse/policy.h"
#include "libs/storage/config_store.h"
#include "libs/storage/customer_store.h"
#include "libs/storage/run_store.h"
#include "services/grading/upgrade_freezer.h"

namespace rung::grading {

struct AbuseScannerParts {
  storage::AbuseStore& store;
  storage::CustomerStore& customers;
  storage::ConfigStore& config;
  storage::RunStore& runs;
  UpgradeFreezer& freezer;
  const Clock& clock;
  const BusinessZone& zone;
  int threads = 2;
};

/// Thread-safe. Of several processes one scans at a time.
class AbuseScanner {
 public:
  explicit AbuseScanner(const AbuseScannerParts& parts) : parts_(parts), thread_([this] { FollowBatches(); }) {}
  ~AbuseScanner();

  /// Scans as of a day (default yesterday) and records the suspects. INVALID_ARGUMENT for a day that the states no
  /// longer tell of; FAILED_PRECONDITION/ABUSE_SCAN_RUNNING.
  absl::StatusOr<storage::ScanRow> Scan(std::optional<Day> as_of, const std::string& author);

 private:
  absl::StatusOr<std::optional<abuse::Policy>> PublishedPolicy();
  absl::Status Work(storage::ScanRow& scan, const std::optional<abuse::Policy>& published);
  void FollowBatches();
  void FollowBatch();

  const AbuseScannerParts parts_;
  Day followed_ = 0;  // as-of day of the last batch that was followed
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rung::grading
