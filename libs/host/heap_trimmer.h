// Gives memory back that a run or a fill has used: the allocator keeps it otherwise, a multiple of what lookups need.
#pragma once

#include <malloc.h>

#include <algorithm>
#include <chrono>

#include "libs/base/periodic.h"

namespace rung::host {

class HeapTrimmer {
 private:
  static constexpr size_t kWorthwhile = size_t{16} << 20;

  // Only once the heap is at rest: trimming holds the allocator's locks for some milliseconds.
  void Look() {
    const struct mallinfo2 heap = mallinfo2();
    const size_t moved = heap.uordblks > used_ ? heap.uordblks - used_ : used_ - heap.uordblks;
    used_ = heap.uordblks;
    known_free_ = std::min(known_free_, heap.fordblks);  // blocks stay free, with or without pages behind them
    if (moved > kWorthwhile / 16 || heap.fordblks < known_free_ + kWorthwhile) return;
    malloc_trim(0);
    known_free_ = mallinfo2().fordblks;
  }

  size_t used_ = 0;
  size_t known_free_ = 0;
  Periodic look_{std::chrono::seconds(5), [this] { Look(); }};
};

}  // namespace rung::host
