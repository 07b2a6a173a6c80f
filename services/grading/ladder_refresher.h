// Looks every second for models and calendars that another process has published and populations that it has frozen.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "services/grading/calendars.h"
#include "services/grading/ladders.h"

namespace rung::grading {

class LadderRefresher {
 public:
  LadderRefresher(Ladders& ladders, Calendars& calendars) : ladders_(ladders), calendars_(calendars), thread_([this] { Run(); }) {}
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
      calendars_.Reload(Deadline::After(5000)).IgnoreError();
      lock.lock();
    }
  }

  Ladders& ladders_;
  Calendars& calendars_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rung::grading
