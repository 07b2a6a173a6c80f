// Gives memory back that a run or a fill has used: the allocator keeps it otherwise, a multiple of what lookups need.
#pragma once

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "libs/base/periodic.h"

namespace rung::host {

class HeapTrimmer {
 private:
  static constexpr size_t kWorthwhile = size_t{16} << 20;

  // Only once the heap is at rest: trimming holds the allocator's locks for some milliseconds.
  void Look() {
    const struct mallinfo2 heap = mallinfo2();
    const size_t used = heap.uordblks + heap.hblkhd;
    const size_t moved = used > used_ ? used - used_ : used_ - used;
    used_ = used;
    idle_ = std::min(idle_, Idle());
    if (moved > kWorthwhile / 16 || Idle() < idle_ + kWorthwhile) return;
    malloc_trim(0);
    idle_ = Idle();
  }

  // Resident beyond what is in use. Free blocks alone tell nothing: they stay free, with or without pages behind them.
  size_t Idle() const {
    size_t size = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> size >> resident;
    resident *= static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return resident - std::min(resident, used_);
  }

  size_t used_ = 0;
  size_t idle_ = 0;  // at the least, or as the last trim left it
  Periodic look_{std::chrono::seconds(5), [this] { Look(); }};
};

}  // namespace rung::host
