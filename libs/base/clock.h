// Time is injected: only clock.cc reads the machine's clock.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "libs/base/day.h"

namespace rung {

/// Microseconds since the Unix epoch.
using UnixMicros = int64_t;

/// Thread-safe source of the time.
class Clock {
 public:
  virtual ~Clock() = default;
  /// The business time: what "today" and `recorded_at` mean.
  virtual UnixMicros NowMicros() const = 0;

  UnixSeconds NowSeconds() const { return NowMicros() / 1'000'000; }
};

/// The machine's wall clock.
const Clock& SystemClock();

/// Monotonic microseconds, for durations and staleness; never for business time.
int64_t MonotonicMicros();

/// A clock that runs on from a pinned instant: a demo over a history of 2011 lives in 2011.
class PinnedClock final : public Clock {
 public:
  explicit PinnedClock(UnixSeconds start);
  UnixMicros NowMicros() const override;

 private:
  UnixMicros start_;
  int64_t monotonic_start_;
};

/// A clock that stands still until a test moves it.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(UnixSeconds now) : now_(now * 1'000'000) {}
  UnixMicros NowMicros() const override { return now_.load(); }
  void Set(UnixSeconds now) { now_.store(now * 1'000'000); }
  void Advance(int64_t seconds) { now_.fetch_add(seconds * 1'000'000); }

 private:
  std::atomic<UnixMicros> now_;
};

}  // namespace rung
