// Facts that take earlier ones back, and a past day seen with all of them known.
#pragma once

#include "libs/features/customer_state.h"
#include "libs/features/event.h"

namespace rung::features {

/// Whether an event takes something back: a refund, a cancellation, a withdrawal, an amendment.
bool TakesBack(const Event& event);

/// Dates every cancellation, refund and amendment that came after `as_of` to that day: features as of it then see its
/// orders as they turned out. Later orders and all other later facts stay unseen.
void CountBack(Day as_of, CustomerState& state);

}  // namespace rung::features
