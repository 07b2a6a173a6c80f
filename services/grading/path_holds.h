// What stability rules, reviews and people hold where it is, for plans that mustn't promise otherwise.
#pragma once

#include "libs/features/customer_state.h"
#include "libs/path/path.h"
#include "libs/scoring/stability.h"
#include "rung/grading/v1/path.pb.h"

namespace rung::grading {

/// Upgrades that wait, whatever the customer does; nullopt: they take effect at once. `standing` holds places.
std::optional<path::HoldUp> HeldUpgrades(const scoring::Standing& standing, Day today);

/// The first day on which a run could lower the tier, when one runs each night.
Day FirstDowngrade(const scoring::Standing& standing, const scoring::Stability& stability, Day today);

/// A closed or test account, which nothing compares with others.
void WriteStatus(const features::CustomerState& state, Day today, v1::PlanPathResponse& response);

void WriteHolds(const scoring::Standing& standing, const scoring::Stability& stability, Day today, v1::PlanPathResponse& response);

}  // namespace rung::grading
