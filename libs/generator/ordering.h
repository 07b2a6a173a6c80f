// When a customer orders.
#pragma once

#include <cstdint>

#include "libs/generator/customer_plan.h"
#include "libs/generator/history.h"
#include "libs/generator/marketplace.h"

namespace rung::generator {

/// Order days pass in ppm of the mean gap between two of them. The first gap of a customer registered within the span
/// is even in [0, kNewFirstGap): it comes to buy. That of an older one is even in [0, kOldFirstGap), which has the mean
/// of what is left of a gap at any time.
inline constexpr int64_t kMeanGap = 1'000'000;
inline constexpr int64_t kNewFirstGap = kMeanGap / 4;
inline constexpr int64_t kOldFirstGap = kMeanGap * 7 / 6;

/// Places all orders of a customer: lines, orders and OrderPlaced facts.
void PlaceOrders(const Marketplace& marketplace, const CustomerPlan& plan, History& history);

}  // namespace rung::generator
