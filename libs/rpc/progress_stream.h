// A server stream that a worker thread feeds with progress.
#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <mutex>

#include "libs/base/clock.h"
#include "libs/errors/errors.h"
#include "libs/rpc/status.h"
#include "libs/rpc/worker_pool.h"
#include "libs/telemetry/metrics.h"

namespace rung::rpc {

/// `body` runs on the pool and gets a `write` that blocks until the message is on its way; it answers false when the
/// caller has gone away. Deletes itself.
template <typename Response>
class ProgressStream final : public grpc::ServerWriteReactor<Response> {
 public:
  using Write = std::function<bool(const Response&)>;

  ProgressStream(WorkerPool& pool, telemetry::MethodMetrics& metrics, std::function<absl::Status(const Write&)> body)
      : metrics_(metrics), start_(MonotonicMicros()) {
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
    changed_.wait(lock, [this] { return !writing_; });
    return !gone_;
  }

  void End(const absl::Status& status) {
    metrics_.Handled(static_cast<int>(status.code()), MonotonicMicros() - start_);
    this->Finish(ToGrpc(status));
  }

  telemetry::MethodMetrics& metrics_;
  const int64_t start_;
  Response message_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool writing_ = false;
  bool gone_ = false;
};

}  // namespace rung::rpc
