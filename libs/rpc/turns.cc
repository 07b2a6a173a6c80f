#include "libs/rpc/turns.h"

#include <grpc/support/cpu.h>
#include <sched.h>

#include <algorithm>

#include "libs/base/clock.h"

namespace rung::rpc {
namespace {

// How many threads gRPC 1.51 calls handlers from (CompletionQueue::CallbackAlternativeCQ): half the machine's CPUs, whether or not the
// process may use them.
int CallbackThreads() { return static_cast<int>(std::clamp(gpr_cpu_num_cores() / 2, 2u, 16u)); }

bool ThreadsShareCpus() {
  cpu_set_t cpus;
  return sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) < CallbackThreads();
}

}  // namespace

int64_t TakeTurn() {
  static const bool share = ThreadsShareCpus();
  const int64_t now = MonotonicMicros();
  if (!share) return now;
  thread_local int64_t begun_at = now;  // this turn
  thread_local int64_t seen_at = now;   // last here
  if (now - seen_at >= kTurnMicros) begun_at = now;  // it slept, or was stopped
  seen_at = now;
  if (now - begun_at < kTurnMicros) return now;
  sched_yield();
  begun_at = seen_at = MonotonicMicros();
  return now;
}

}  // namespace rung::rpc
