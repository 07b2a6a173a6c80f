#include "libs/base/clock.h"

#include <chrono>

namespace rung {
namespace {

class WallClock final : public Clock {
 public:
  UnixMicros NowMicros() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace

const Clock& SystemClock() {
  static const WallClock clock;
  return clock;
}

int64_t MonotonicMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

PinnedClock::PinnedClock(UnixSeconds start) : start_(start * 1'000'000), monotonic_start_(MonotonicMicros()) {}

UnixMicros PinnedClock::NowMicros() const { return start_ + (MonotonicMicros() - monotonic_start_); }

}  // namespace rung
