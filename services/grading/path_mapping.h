// Paths as messages.
#pragma once

#include "libs/explanation/quantities.h"
#include "libs/path/path.h"
#include "rung/grading/v1/path.pb.h"

namespace rung::grading {

void ToWire(const path::Path& path, const scoring::Model& model, const explanation::Style& style, v1::TierPath& out);

/// nullopt: none was named. INVALID_REQUEST for one that can't stand alone.
absl::StatusOr<std::optional<path::Lever>> LeverOf(v1::PathLever only);

/// Costs with the defaults where the request has none. INVALID_REQUEST with every violation.
absl::StatusOr<path::Costs> CostsOf(const v1::PathCosts& costs);

}  // namespace rung::grading
