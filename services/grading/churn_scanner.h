// Makes the watch list: when asked to, and by itself after each batch and each fit. Acts by the published policy.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "libs/base/clock.h"
#include "libs/storage/config_store.h"
#include "libs/storage/run_store.h"
#include "services/grading/churn_scan.h"
#include "services/grading/retention_actor.h"

namespace rung::grading {

struct ChurnScannerParts {
  storage::ChurnStore& store;
  storage::CustomerStore& customers;
  storage::ConfigStore& config;
  storage::RunStore& runs;
  const storage::CodeStore& codes;
  const FeatureReader& reader;
  const Fits& fits;
  const Ladders& ladders;
  RetentionActor& actor;
  const Clock& clock;
  const BusinessZone& zone;
  int threads = 2;
};

/// Thread-safe. Of several processes one scans at a time.
class ChurnScanner {
 public:
  explicit ChurnScanner(const ChurnScannerParts& parts) : parts_(parts), thread_([this] { Follow(); }) {}
  ~ChurnScanner();

  /// Scans as of a day (default yesterday). Errors as ChurnService.ScanChurn lists them.
  absl::StatusOr<storage::ChurnScanRow> Scan(std::optional<Day> as_of, const std::string& author);

 private:
  absl::StatusOr<std::optional<PublishedRetentionPolicy>> Policy() const;
  absl::Status Work(const ChurnScanParts& what, storage::ChurnScanRow& scan);
  /// Returns how many were recorded.
  absl::StatusOr<int64_t> Plan(const std::vector<RetentionCandidate>& candidates, const PublishedRetentionPolicy& policy) const;
  void Follow();
  void FollowBatchesAndFits();

  const ChurnScannerParts parts_;
  Day followed_day_ = 0;  // of the newest list that was made or found
  int32_t followed_fit_ = 0;
  std::mutex scanning_;  // a second scan of this process waits; one of another process is refused
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rung::grading
