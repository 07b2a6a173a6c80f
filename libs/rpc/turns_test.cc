#include "libs/rpc/turns.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace rung::rpc {
namespace {

int64_t CpuMicros() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
}

// The process on one CPU, before TakeTurn has looked: this binary holds no other tests.
void UseOneCpu() {
  cpu_set_t allowed, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  int cpu = 0;
  while (!CPU_ISSET(cpu, &allowed)) ++cpu;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
}

TEST(TakeTurn, LetsTwoBusyThreadsOfOneCpuAlternateFasterThanTheKernelsTick) {
  UseOneCpu();
  constexpr int64_t kBusyMicros = 400'000;
  std::atomic<int> running = -1;
  std::atomic<int64_t> changes = 0;
  std::atomic<bool> stop = false;
  const auto handle_calls = [&](int thread) {
    while (!stop) {
      TakeTurn();
      if (running.exchange(thread) != thread) ++changes;
    }
  };
  std::thread first(handle_calls, 0);
  std::thread second(handle_calls, 1);
  const int64_t begun = CpuMicros();
  while (CpuMicros() - begun < kBusyMicros) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  stop = true;
  first.join();
  second.join();
  // A turn each 0.5 ms makes 800; the kernel's ticks alone make 100 at 250 Hz, and 400 where they come at 1,000 Hz.
  EXPECT_GT(changes, kBusyMicros / kTurnMicros * 6 / 10);
}

TEST(TakeTurn, KeepsTheTurnOfAThreadThatComesFromSleep) {
  UseOneCpu();
  std::atomic<bool> stop = false;
  std::thread training([&] {
    while (!stop) {
    }
  });
  constexpr int kCalls = 100;
  rusage before, after;
  TakeTurn();
  getrusage(RUSAGE_THREAD, &before);
  for (int call = 0; call < kCalls; ++call) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    TakeTurn();
  }
  getrusage(RUSAGE_THREAD, &after);
  stop = true;
  training.join();
  // A yield to the other one would count as a switch that the thread didn't ask for.
  EXPECT_LT(after.ru_nivcsw - before.ru_nivcsw, kCalls / 4);
}

}  // namespace
}  // namespace rung::rpc
