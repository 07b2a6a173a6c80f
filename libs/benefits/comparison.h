// Which of two benefits in one place is the worse one.
#pragma once

#include "libs/benefits/plan.h"

namespace rung::benefits {

/// `a` gives less than `b`, both in the same slot of one plan, in some respect that has an order.
bool WorseThan(const Plan& plan, const Benefit& a, const Benefit& b);

/// The benefit gives nothing: a rate of 10,000, a flag that isn't granted.
bool GivesNothing(const Benefit& benefit);

/// Whoever has `offer` needs `other` no more: its scope holds the other's and its terms are no worse.
bool Covers(const ExclusiveOffer& offer, const ExclusiveOffer& other);

}  // namespace rung::benefits
