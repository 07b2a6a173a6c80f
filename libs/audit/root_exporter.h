// Keeps signed roots outside the database: at the start, and then every hour.
#pragma once

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/audit/audit.h"

namespace rung::audit {

class RootExporter {
 public:
  RootExporter(const Audit& audit, std::chrono::seconds every) : audit_(audit), every_(every), thread_([this] { Run(); }) {}
  ~RootExporter() {
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
    do {
      lock.unlock();
      if (const absl::Status status = audit_.Export(Deadline::After(10'000)); !status.ok()) {
        spdlog::error("audit: no root exported: {}", Message(status));
      }
      lock.lock();
    } while (!wake_.wait_for(lock, every_, [this] { return stopping_; }));
  }

  const Audit& audit_;
  const std::chrono::seconds every_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rung::audit
