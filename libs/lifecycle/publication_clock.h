// Publishes scheduled versions when their time has come.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/lifecycle/lifecycle.h"

namespace rung::lifecycle {

/// Looks every second until it is destroyed. What was due while no process ran is published at the next start.
class PublicationClock {
 public:
  explicit PublicationClock(Lifecycle& lifecycle) : lifecycle_(lifecycle), thread_([this] { Run(); }) {}
  ~PublicationClock() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
      lock.unlock();
      lifecycle_.PublishDue(Deadline::After(10'000));
      lock.lock();
    }
  }

  Lifecycle& lifecycle_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rung::lifecycle
