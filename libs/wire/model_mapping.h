// Models between the wire (rung.grading.v1.Model), files and the scoring library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/violation.h"
#include "libs/scoring/model.h"
#include "rung/grading/v1/model.pb.h"

namespace rung::wire {

/// Maps a model; decimals that fixed-point can't hold and enum values of a later release become violations.
scoring::Model FromWire(const grading::v1::Model& in, std::vector<Violation>& violations);

/// Parses proto3 JSON ("deploy/presets/kuailv.json"). Unknown fields are refused with their path.
absl::StatusOr<grading::v1::Model> ParseModelJson(std::string_view json);

/// Canonical JSON: the form that is stored.
std::string ModelJson(const grading::v1::Model& model);

}  // namespace rung::wire
