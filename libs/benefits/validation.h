// Whether a benefit plan is fit for use.
#pragma once

#include <vector>

#include "libs/base/violation.h"
#include "libs/benefits/plan.h"

namespace rung::benefits {

inline constexpr size_t kMaxTiers = 32;
inline constexpr size_t kMaxBenefits = 2'000;   ///< of the whole plan
inline constexpr size_t kMaxOverrides = 1'000;
inline constexpr size_t kMaxAudience = 10'000;  ///< entries of one list
inline constexpr size_t kMaxCustomTypes = 100;
inline constexpr size_t kMaxFields = 32;

/// Empty: the plan may be published. Paths are those of rung.benefits.v1.BenefitPlan.
std::vector<Violation> Validate(const Plan& plan);

}  // namespace rung::benefits
