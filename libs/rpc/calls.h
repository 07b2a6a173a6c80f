// How transport files answer calls: at once in the callback thread, or on the worker pool when they block.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>

#include "libs/base/deadline.h"
#include "libs/errors/errors.h"
#include "libs/rpc/status.h"
#include "libs/rpc/turns.h"
#include "libs/rpc/worker_pool.h"
#include "libs/telemetry/metrics.h"

namespace rung::rpc {

inline constexpr int64_t kDefaultDeadlineMs = 30'000;

/// The caller's deadline, at most 30 s.
inline Deadline DeadlineOf(const grpc::CallbackServerContext& context) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(context.deadline() - std::chrono::system_clock::now());
  return Deadline::After(std::clamp<int64_t>(left.count(), 0, kDefaultDeadlineMs));
}

/// Ends a call that was answered in the callback thread since `start` (TakeTurn).
inline grpc::ServerUnaryReactor* Answered(grpc::CallbackServerContext* context, telemetry::MethodMetrics& metrics,
                                          int64_t start, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  metrics.Started();
  metrics.Handled(static_cast<int>(status.code()), MonotonicMicros() - start);
  reactor->Finish(status.ok() ? grpc::Status::OK : ToGrpc(status));
  return reactor;
}

/// Answers from memory, in the callback thread. `body` must not block.
template <typename Body>
grpc::ServerUnaryReactor* AnswerNow(grpc::CallbackServerContext* context, telemetry::MethodMetrics& metrics, Body body) {
  const int64_t start = TakeTurn();
  return Answered(context, metrics, start, body());
}

/// Answers from the worker pool. RESOURCE_EXHAUSTED/OVERLOADED when its queue is full.
template <typename Body>
grpc::ServerUnaryReactor* AnswerLater(grpc::CallbackServerContext* context, telemetry::MethodMetrics& metrics,
                                      WorkerPool& pool, Body body) {
  const int64_t start = MonotonicMicros();
  metrics.Started();
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const Deadline deadline = DeadlineOf(*context);
  const auto finish = [reactor, &metrics, start](const absl::Status& status) {
    metrics.Handled(static_cast<int>(status.code()), MonotonicMicros() - start);
    reactor->Finish(ToGrpc(status));
  };
  const bool posted = pool.Post([body = std::move(body), deadline, finish] {
    finish(deadline.Passed() ? DeadlineExceededError("the deadline passed while the call waited for a worker") : body(deadline));
  });
  if (!posted) {
    finish(WithRetry(WithReason(ResourceExhaustedError("too many calls are waiting"), "OVERLOADED"), 200));
  }
  return reactor;
}

}  // namespace rung::rpc
