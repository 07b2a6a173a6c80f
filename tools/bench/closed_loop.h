// Closed-loop load: each stream asks again as soon as it is answered. One thread polls for all of them: gRPC's callback API takes two at
// least, which on the one CPU that a generator is pinned to wait for each other, and that isn't the server's time.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

namespace rung::bench {

struct LoopOptions {
  std::string target;
  int streams = 16;
  double seconds = 2;
  int pid = 0;  // of the server, for its CPU time; 0: not measured
};

/// The channel of a stream: one connection for eight, since a client that serialises isn't the subject.
std::shared_ptr<grpc::Channel> ChannelOf(int stream, const LoopOptions& options);

/// One call at a time, again and again.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Makes the next call; the tag of its end is this.
  virtual void Ask(grpc::CompletionQueue& queue) = 0;
  /// Of the call that has ended: whether its answer is as it should be.
  virtual bool AnsweredWell() const = 0;
};

/// A stream of unary calls that answer with `Response`.
template <typename Response>
class UnaryStream : public Stream {
 public:
  bool AnsweredWell() const override { return status_.ok(); }
  const grpc::Status& status() const { return status_; }
  const Response& response() const { return response_; }

 protected:
  /// `begin(context, queue)` is a stub's Async method on the request, which outlives the call.
  template <typename Begin>
  void Call(grpc::CompletionQueue& queue, Begin begin) {
    context_ = std::make_unique<grpc::ClientContext>();
    reader_ = begin(context_.get(), &queue);
    reader_->Finish(&response_, &status_, static_cast<Stream*>(this));
  }

 private:
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader_;
  Response response_;
  grpc::Status status_;
};

/// Keeps all streams asking for so long, and prints calls_per_second, latency_p99_ms, errors and, of a known process,
/// server_cpu_us_per_call. A latency includes making the request. Returns calls_per_second.
double RunClosedLoop(const LoopOptions& options, const std::vector<std::unique_ptr<Stream>>& streams);

}  // namespace rung::bench
