// Keeps the process's label table current: filled from PostgreSQL, then kept up by the change stream.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "libs/labels/label_table.h"
#include "libs/storage/customer_store.h"
#include "libs/storage/label_cache.h"

namespace rung::labels {

struct FeedStatus {
  bool live = false;         ///< filled, and the stream has been heard from within the bound
  int64_t staleness_ms = 0;  ///< since the stream was last heard from
  std::string position;
  int64_t refills = 0;
};

/// Fills the table, follows the stream, and refills whenever entries may have been missed. Thread-safe.
class LabelFeed {
 public:
  /// Silence longer than this makes labels stale; heartbeats come every 500 ms.
  static constexpr int64_t kStaleAfterMs = 3000;

  LabelFeed(LabelTable& table, storage::CustomerStore& customers, std::unique_ptr<storage::ChangeStream> stream);
  ~LabelFeed();

  FeedStatus Status() const;
  /// Since the stream was last heard from; cheap. `now` is MonotonicMicros().
  int64_t StalenessMs(int64_t now = MonotonicMicros()) const {
    return std::max<int64_t>(0, (now - heard_at_.load(std::memory_order_relaxed)) / 1000);
  }
  bool filled() const { return filled_.load(std::memory_order_acquire); }

 private:
  void Run();
  bool Refill();
  void Follow();
  void FollowMerges();
  void Rest(int ms);

  LabelTable& table_;
  storage::CustomerStore& customers_;
  const std::unique_ptr<storage::ChangeStream> stream_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> filled_{false};
  std::atomic<int64_t> heard_at_{0};
  std::atomic<int64_t> refills_{0};
  mutable std::mutex mutex_;
  std::string position_ = "0-0";
  int64_t merges_ = 0;           // known; of the feed's thread
  int64_t merges_read_at_ = 0;
  std::thread thread_;
};

}  // namespace rung::labels
