// A call to another service of ours.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "libs/base/deadline.h"

namespace rung::rpc {

/// A client's context with our deadline; it doesn't wait for a peer that isn't there. For one call.
class ClientCall {
 public:
  explicit ClientCall(Deadline deadline) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(deadline.RemainingMs()));
    context_.set_wait_for_ready(false);
  }
  grpc::ClientContext& context() { return context_; }

 private:
  grpc::ClientContext context_;
};

}  // namespace rung::rpc
