// Carries committed label changes from PostgreSQL's outbox to Redis: the cache's buckets and the change stream.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "libs/storage/customer_store.h"
#include "libs/storage/label_cache.h"
#include "libs/storage/outbox.h"

namespace rung::grading {

/// One relay per database leads; the others wait for its lock. Delivers at least once. Thread-safe.
class OutboxRelay {
 public:
  OutboxRelay(std::unique_ptr<storage::Outbox> outbox, std::unique_ptr<storage::LabelCache> cache, storage::CustomerStore& customers);
  ~OutboxRelay();

  /// There is something to deliver.
  void Wake();
  int64_t waiting_count() const { return waiting_.load(); }
  int64_t delivered_count() const { return delivered_.load(); }

 private:
  void Run();
  absl::Status Round();
  absl::Status Deliver();
  void CountWaiting();
  absl::Status FillCache();
  void Sleep(int ms);

  const std::unique_ptr<storage::Outbox> outbox_;
  const std::unique_ptr<storage::LabelCache> cache_;
  storage::CustomerStore& customers_;
  std::string epoch_;
  int64_t sequence_ = 0;
  int64_t sequence_of_fills_ = 0;
  int64_t last_entry_at_ = 0;
  int64_t counted_at_ = 0;
  std::atomic<int64_t> waiting_{0};
  std::atomic<int64_t> delivered_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace rung::grading
