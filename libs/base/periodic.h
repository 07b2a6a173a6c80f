// Work that comes round: every so often, until its owner goes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace rung {

/// Calls `work` from a thread of its own, `every` after the last call has ended. The destructor waits for a call that runs.
class Periodic {
 public:
  enum Start { kAtOnce, kAfterOnePeriod };

  Periodic(std::chrono::milliseconds every, std::function<void()> work, Start start = kAfterOnePeriod)
      : every_(every), work_(std::move(work)), thread_([this, start] { Run(start); }) {}
  ~Periodic() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

 private:
  void Run(Start start) {
    if (start == kAtOnce) work_();
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, every_, [this] { return stopping_; })) {
      lock.unlock();
      work_();
      lock.lock();
    }
  }

  const std::chrono::milliseconds every_;
  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace rung
