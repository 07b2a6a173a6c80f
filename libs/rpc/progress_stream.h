// A server stream that a worker thread feeds with progress.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "libs/base/clock.h"
#include "libs/errors/errors.h"
#include "libs/rpc/status.h"
#include "libs/rpc/worker_pool.h"
#include "libs/telemetry/metrics.h"

namespace rung::rpc {

/// How long a caller may leave a message unread, while a worker waits for it, before its call is cancelled.
inline constexpr std::chrono::seconds kLongestUnread(30);

/// `body` runs on the pool and gets a `write` that blocks until the message is on its way; it answers false when the
/// caller has gone away, or doesn't read. Deletes itself.
template <typename Response>
class ProgressStream final : public grpc::ServerWriteReactor<Response> {
 public:
  using Write = std::function<bool(const Response&)>;

  ProgressStream(grpc::CallbackServerContext* context, WorkerPool& pool, telemetry::MethodMetrics& metrics,
                 std::function<absl::Status(const Write&)> body, std::chrono::milliseconds longest_unread = kLongestUnread)
      : context_(context), metrics_(metrics), longest_unread_(longest_unread), start_(MonotonicMicros()) {
    metrics_.Started();
    const bool posted = pool.Post([this, body = std::move(body)] {
      End(body([this](const Response& response) { return WriteOne(response); }));
    });
    if (!posted) End(WithReason(ResourceExhaustedError("too many calls are waiting"), "OVERLOADED"));
  }

  void OnWriteDone(bool ok) override {
    std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) gone_ = true;
    changed_.notify_all();
  }
  void OnCancel() override {
    std::lock_guard lock(mutex_);
    gone_ = true;
    changed_.notify_all();
  }
  void OnDone() override { delete this; }

 private:
  bool WriteOne(const Response& response) {
    std::unique_lock lock(mutex_);
    if (gone_) return false;
    message_ = response;
    writing_ = true;
    this->StartWrite(&message_);
    const auto written = [this] { return !writing_; };
    if (!changed_.wait_for(lock, longest_unread_, written)) {
      gone_ = true;
      lock.unlock();  // gRPC may call back from within
      context_->TryCancel();
      lock.lock();
      changed_.wait(lock, written);
    }
    return !gone_;
  }

  void End(const absl::Status& status) {
    metrics_.Handled(static_cast<int>(status.code()), MonotonicMicros() - start_);
    this->Finish(ToGrpc(status));
  }

  grpc::CallbackServerContext* const context_;  // gRPC's, until OnDone
  telemetry::MethodMetrics& metrics_;
  const std::chrono::milliseconds longest_unread_;
  const int64_t start_;
  Response message_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool writing_ = false;
  bool gone_ = false;
};

}  // namespace rung::rpc
