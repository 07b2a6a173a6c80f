// Slope within groups: least squares with an intercept per group.
#pragma once

#include <cstdint>
#include <span>

#include <absl/status/statusor.h>

namespace rung::stats {

struct WithinSlope {
  double slope = 0;
  double standard_error = 0;  ///< for equal, independent errors; n - groups - 1 degrees of freedom
  int64_t rows = 0;
  int64_t groups = 0;
};

/// Regression of y on x with fixed effects of `group` (the within estimator; Wooldridge, "Econometric Analysis of Cross
/// Section and Panel Data", section 10.5). A price elasticity is the slope of log quantity on log price within SKUs.
/// `group` holds small numbers from 0. FAILED_PRECONDITION when x doesn't vary within any group or no degree of freedom
/// is left; INVALID_ARGUMENT for spans of unequal length and values that aren't numbers.
absl::StatusOr<WithinSlope> FitWithinSlope(std::span<const uint32_t> group, std::span<const double> x,
                                           std::span<const double> y);

}  // namespace rung::stats
