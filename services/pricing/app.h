// The pricing service on its host.
#pragma once

#include <memory>

#include <absl/status/statusor.h>

#include "libs/host/host.h"

namespace rung::pricing_service {

absl::StatusOr<std::unique_ptr<host::App>> MakeApp(host::Host& host);

}  // namespace rung::pricing_service
