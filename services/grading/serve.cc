#include "services/grading/serve.h"

#include <sodium.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "libs/base/status.h"
#include "libs/rpc/server.h"
#include "libs/telemetry/metrics.h"
#include "services/grading/app.h"

namespace rung::grading {
namespace {

constexpr int kDrainMs = 10'000;

int Fail(const absl::Status& status) {
  spdlog::error("{}", Message(status));
  return absl::IsInvalidArgument(status) ? 2 : 1;
}

}  // namespace

int Serve(const Options& options) {
  rpc::BlockSignals();
  spdlog::set_default_logger(spdlog::stderr_logger_mt("rung"));
  spdlog::set_level(spdlog::level::from_str(options.log_level));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  if (sodium_init() < 0) return Fail(InternalError("libsodium can't start"));

  telemetry::Metrics metrics;
  auto app = App::Create(options, metrics);
  if (!app.ok()) return Fail(app.status());
  auto server = rpc::Server::Start({.listen = options.listen}, (*app)->services(), (*app)->service_names());
  if (!server.ok()) return Fail(server.status());
  if (!options.metrics_listen.empty()) {
    const auto port = metrics.Serve(options.metrics_listen);
    if (!port.ok()) return Fail(port.status());
    spdlog::info("metrics on {}", options.metrics_listen);
  }
  spdlog::info("rung 0.1.0 serves on {}", options.listen);
  rpc::WaitForSignal();
  spdlog::info("stopping");
  (*server)->Drain(kDrainMs);
  return 0;
}

}  // namespace rung::grading
