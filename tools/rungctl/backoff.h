// How long to wait before trying again.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace rung::ctl {

/// Doubles from 100 ms to 2 s; each wait is drawn between half of that and all of it, so that many clients of one
/// server don't come back at once. Not thread-safe.
class Backoff {
 public:
  std::chrono::milliseconds Next() {
    const std::chrono::milliseconds wait(std::uniform_int_distribution<int64_t>(ceiling_ / 2, ceiling_)(random_));
    ceiling_ = std::min<int64_t>(ceiling_ * 2, kCeilingMaxMs);
    return wait;
  }
  void Reset() { ceiling_ = kCeilingMinMs; }

 private:
  static constexpr int64_t kCeilingMinMs = 100;
  static constexpr int64_t kCeilingMaxMs = 2000;

  int64_t ceiling_ = kCeilingMinMs;
  std::minstd_rand random_{std::random_device()()};
};

}  // namespace rung::ctl
