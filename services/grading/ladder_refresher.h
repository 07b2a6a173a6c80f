// Looks every second for models that another process has published and populations that it has frozen.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "services/grading/ladders.h"

namespace rung::grading {

class LadderRefresher {
 public:
  explicit LadderRefresher(Ladders& ladders) : ladders_(ladders), thread_([this] { Run(); }) {}
  ~LadderRefresher() {
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
      ladders_.Reload(Deadline::After(5000)).IgnoreError();  // the store's absence shows elsewhere; the old set stays
      lock.lock();
    }
  }

  Ladders& ladders_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rung::grading
