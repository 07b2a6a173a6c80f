// Waiting for what happens soon, but not at once.
#pragma once

#include <chrono>
#include <thread>

namespace rung::testing {

/// Whether the condition came true within the time.
template <typename Condition>
bool Eventually(int milliseconds, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace rung::testing
