#include "libs/host/serve.h"

#include <absl/cleanup/cleanup.h>
#include <sodium.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "libs/base/status.h"
#include "libs/host/host.h"

namespace rung::host {
namespace {

constexpr int kDrainMs = 10'000;

int Fail(const absl::Status& status) {
  spdlog::error("{}", Message(status));
  return absl::IsInvalidArgument(status) ? 2 : 1;
}

}  // namespace

int Serve(const Options& options, const std::vector<AppFactory>& factories) {
  rpc::BlockSignals();
  spdlog::set_default_logger(spdlog::stderr_logger_mt("rung"));
  spdlog::set_level(spdlog::level::from_str(options.log_level));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  if (sodium_init() < 0) return Fail(InternalError("libsodium can't start"));

  telemetry::Metrics metrics;
  auto host = Host::Create(options, metrics);
  if (!host.ok()) return Fail(host.status());
  std::vector<std::unique_ptr<App>> apps;
  for (const AppFactory& factory : factories) {
    auto app = factory(**host);
    if (!app.ok()) return Fail(app.status());
    apps.push_back(*std::move(app));
  }
  const auto server = (*host)->Start(apps);
  if (!server.ok()) return Fail(server.status());
  const absl::Cleanup stop = [&] {  // before the apps go: calls, gauges and publication work on them
    (*server)->Drain(kDrainMs);
    metrics.Stop();
    (*host)->Stop();
  };
  if (!options.metrics_listen.empty()) {
    const auto port = metrics.Serve(options.metrics_listen);
    if (!port.ok()) return Fail(port.status());
    spdlog::info("metrics on {}", options.metrics_listen);
  }
  spdlog::info("rung 0.1.0 serves on {}", options.listen);
  rpc::WaitForSignal();
  spdlog::info("stopping");
  return 0;
}

}  // namespace rung::host
