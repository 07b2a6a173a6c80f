// What is allowed in a benefit plan and yet hardly meant.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "libs/base/violation.h"
#include "libs/benefits/plan.h"

namespace rung::benefits {

/// Warnings for a valid plan, from `today` on: a higher tier worse off in some benefit, benefits that nobody can use (any
/// more), dates that never meet, offers that are only a text. Paths are those of rung.benefits.v1.BenefitPlan.
///
/// Tiers are compared for customers without overrides and for some of each override, on every day on which something
/// begins or ends.
std::vector<Violation> Lint(const Plan& plan, Day today);

/// The rate that a text speaks of: "进口水果8折" -> 8,000, "85折" -> 8,500. nullopt when there is none.
std::optional<Bps> RateInText(std::string_view text);

}  // namespace rung::benefits
