// The recommendation service.
#pragma once

#include "libs/host/app.h"
#include "services/recommendations/options.h"

namespace rung::recommendations {

/// Loads the newest model and the policy, and starts the background work.
absl::StatusOr<std::unique_ptr<host::App>> MakeApp(const Options& options, host::Host& host);

}  // namespace rung::recommendations
