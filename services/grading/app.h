// The grading service.
#pragma once

#include "libs/host/app.h"
#include "services/grading/options.h"

namespace rung::grading {

/// Loads the ladders, publishes the presets that are missing while nobody has published anything else, and starts the
/// background work. INVALID_ARGUMENT names the option that is wrong.
absl::StatusOr<std::unique_ptr<host::App>> MakeApp(const Options& options, host::Host& host);

}  // namespace rung::grading
