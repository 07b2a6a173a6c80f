// The grading service, put together. Members stand in the order in which they need each other.
#pragma once

#include <memory>
#include <vector>

#include <absl/status/statusor.h>
#include <grpcpp/impl/service_type.h>

#include "services/grading/options.h"

namespace rung::telemetry {
class Metrics;
}

namespace rung::grading {

class App {
 public:
  /// Connects, loads the ladders, publishes presets when there are none, and starts the background work.
  static absl::StatusOr<std::unique_ptr<App>> Create(const Options& options, telemetry::Metrics& metrics);
  virtual ~App() = default;

  virtual std::vector<grpc::Service*> services() = 0;
  virtual std::vector<std::string> service_names() const = 0;
};

}  // namespace rung::grading
