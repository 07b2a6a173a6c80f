// One service of a process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <grpcpp/impl/service_type.h>

namespace rung::host {

class Host;

class App {
 public:
  virtual ~App() = default;

  virtual std::vector<grpc::Service*> services() = 0;
  /// Their full names. Example: "rung.grading.v1.TierService".
  virtual std::vector<std::string> service_names() const = 0;
};

/// Registers the service's kinds of documents with host.lifecycle(), and starts its background work.
using AppFactory = std::function<absl::StatusOr<std::unique_ptr<App>>(Host& host)>;

}  // namespace rung::host
