// Runs gRPC services: listening, reflection, health per service, drain.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

namespace rung::rpc {

struct ServerOptions {
  std::string listen = "127.0.0.1:50051";  ///< "host:port" (port 0: any free one) or "unix:/path"
  int max_message_bytes = 64 << 20;  ///< a price book of 100,000 SKUs and more
};

/// Blocks SIGINT and SIGTERM in this thread and those it starts, so that WaitForSignal can take them. Call first.
void BlockSignals();
/// Waits for SIGINT or SIGTERM.
void WaitForSignal();

class Server {
 public:
  /// `services` must outlive the server. UNAVAILABLE when the address can't be had.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const std::vector<grpc::Service*>& services,
                                                       const std::vector<std::string>& service_names);
  /// Marks all services NOT_SERVING, lets running calls end for up to `grace_ms`, then cancels the rest.
  void Drain(int grace_ms);
  int port() const { return port_; }
  /// Calls from within the process, without a socket.
  std::shared_ptr<grpc::Channel> InProcessChannel() { return server_->InProcessChannel({}); }

 private:
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace rung::rpc
