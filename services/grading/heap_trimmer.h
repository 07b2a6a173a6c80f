// Gives memory back that a run or a fill has used: the allocator keeps it otherwise, a multiple of what lookups need.
#pragma once

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace rung::grading {

class HeapTrimmer {
 public:
  HeapTrimmer() : thread_([this] { Run(); }) {}
  ~HeapTrimmer() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  static constexpr size_t kWorthwhile = size_t{16} << 20;

  // Only once the heap is at rest: trimming holds the allocator's locks for some milliseconds.
  void Run() {
    size_t used = 0, known_free = 0;
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, std::chrono::seconds(5), [this] { return stopping_; })) {
      const struct mallinfo2 heap = mallinfo2();
      const size_t moved = heap.uordblks > used ? heap.uordblks - used : used - heap.uordblks;
      used = heap.uordblks;
      known_free = std::min(known_free, heap.fordblks);  // blocks stay free, with or without pages behind them
      if (moved > kWorthwhile / 16 || heap.fordblks < known_free + kWorthwhile) continue;
      malloc_trim(0);
      known_free = mallinfo2().fordblks;
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace rung::grading
