// The server.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

namespace rung::ctl {

/// A channel to the server and the way calls are retried. Thread-safe.
class Connection {
 public:
  /// Dials when the first call is made. `timeout`: of a call with all its retries.
  Connection(std::string server, std::chrono::milliseconds timeout);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  std::chrono::milliseconds timeout() const { return timeout_; }

  /// A unary call; repeated while it is UNAVAILABLE and time is left:
  /// connection.Call<TierService>(&TierService::Stub::GetTier, request, &response).
  template <typename Service, typename Stub, typename Request, typename Response>
  grpc::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    const auto stub = Service::NewStub(channel_);
    return Retry([&](grpc::ClientContext& context) { return (stub.get()->*method)(&context, request, response); });
  }

 private:
  grpc::Status Retry(const std::function<grpc::Status(grpc::ClientContext&)>& call) const;

  std::string server_;
  std::chrono::milliseconds timeout_;
  std::shared_ptr<grpc::Channel> channel_;
};

/// 32 hexadecimal digits: names a request, so that a repetition of it isn't a second one.
std::string NewRequestId();

}  // namespace rung::ctl
