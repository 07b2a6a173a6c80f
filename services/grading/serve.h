// Serves apps until a signal comes: what rung-grading and rung-suite share.
#pragma once

#include "services/grading/options.h"

namespace rung::grading {

/// The process's exit code.
int Serve(const Options& options);

}  // namespace rung::grading
