// Conditions on features, as models and tags have them.
#pragma once

#include <string>
#include <vector>

#include "libs/base/violation.h"
#include "libs/scoring/model.h"
#include "rung/grading/v1/model.pb.h"

namespace rung::wire {

/// COMPARISON_AT_LEAST by default; a value of a later release becomes a violation of `path`.comparison.
scoring::Comparison ComparisonFromWire(grading::v1::Comparison comparison, const std::string& path,
                                       std::vector<Violation>& violations);

}  // namespace rung::wire
