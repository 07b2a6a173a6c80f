#include "tools/rungctl/connection.h"

#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "service_config.h"
#include "tools/rungctl/backoff.h"

namespace rung::ctl {
namespace {

constexpr int kAnswerBytesMax = 64 << 20;  // a batch of labels or all definitions; far above either

}  // namespace

Connection::Connection(std::string server, std::chrono::milliseconds timeout)
    : server_(std::move(server)), timeout_(timeout) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // a web proxy of the shell has no business between us and a server
  arguments.SetMaxReceiveMessageSize(kAnswerBytesMax);
  arguments.SetUserAgentPrefix("rungctl/" RUNG_VERSION);
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  channel_ = grpc::CreateCustomChannel(server_, grpc::InsecureChannelCredentials(), arguments);
}

// The shipped policy bridges a moment; this goes on as long as the user is willing to wait.
grpc::Status Connection::Retry(const std::function<grpc::Status(grpc::ClientContext&)>& call) const {
  const auto deadline = std::chrono::system_clock::now() + timeout_;
  Backoff backoff;
  grpc::Status last;
  while (true) {
    grpc::ClientContext context;
    context.set_deadline(deadline);
    const grpc::Status status = call(context);
    // A deadline that ends a retry, ours or gRPC's, says less than why the call before it failed.
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
      if (!last.ok()) return last;
      if (channel_->GetState(false) == GRPC_CHANNEL_READY) return status;
      return {grpc::StatusCode::UNAVAILABLE, fmt::format("no connection to {}", server_)};
    }
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return status;
    last = status;
    const auto wait = backoff.Next();
    if (std::chrono::system_clock::now() + wait >= deadline) return last;
    std::this_thread::sleep_for(wait);
  }
}

std::string NewRequestId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", random());
  return id;
}

}  // namespace rung::ctl
