// Turns of gRPC's callback threads on fewer CPUs than there are threads.
#pragma once

#include <cstdint>

namespace rung::rpc {

inline constexpr int64_t kTurnMicros = 500;

/// For the start of a handler that answers in its callback thread: lets the other callback threads go on if this one has been busy for
/// kTurnMicros. Returns when it was called, as MonotonicMicros(): the wait is part of the call. Without it a thread that was stopped amid
/// a call waits for the kernel's next tick (4 ms at 250 Hz), and so do the calls of its connection. Who comes from sleep keeps its turn:
/// its caller shouldn't wait behind a training. Does nothing where each callback thread can have a CPU of its own, since whoever else wants the CPU takes the turn as
/// well. Thread-safe.
int64_t TakeTurn();

}  // namespace rung::rpc
