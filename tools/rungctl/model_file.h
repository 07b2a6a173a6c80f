// Models from JSON files.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "rung/grading/v1/model.pb.h"

namespace rung::ctl {

/// INVALID_ARGUMENT "FILE: …" for what is no model; "-" is the standard input.
absl::StatusOr<grading::v1::Model> ReadModelFile(const std::string& path);

}  // namespace rung::ctl
