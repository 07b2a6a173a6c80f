// Serves apps until a signal comes: what the suite and every service alone share.
#pragma once

#include <vector>

#include "libs/host/app.h"
#include "libs/host/options.h"

namespace rung::host {

/// The process's exit code: 2 for options that are wrong, 1 for what can't be reached.
int Serve(const Options& options, const std::vector<AppFactory>& factories);

}  // namespace rung::host
