// How long a call may still take.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "libs/base/clock.h"

namespace rung {

/// A point on the monotonic clock. Copyable, thread-safe.
class Deadline {
 public:
  static Deadline After(int64_t milliseconds) { return Deadline(MonotonicMicros() + milliseconds * 1000); }
  static Deadline Never() { return Deadline(std::numeric_limits<int64_t>::max()); }

  bool Passed() const { return MonotonicMicros() >= at_; }
  /// At least 0; at most `cap`.
  int64_t RemainingMs(int64_t cap = 3'600'000) const {
    if (at_ == std::numeric_limits<int64_t>::max()) return cap;
    return std::clamp<int64_t>((at_ - MonotonicMicros()) / 1000, 0, cap);
  }

 private:
  explicit Deadline(int64_t at) : at_(at) {}
  int64_t at_;
};

}  // namespace rung
