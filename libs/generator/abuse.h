// What planted abusers do differently.
#pragma once

#include "libs/generator/customer_plan.h"

namespace rung::generator {

inline constexpr int kSplitOrders = 5;  ///< orders that a splitter makes of one delivery

/// A burst takes the days from `kBurstDays` - 1 before a review up to it.
inline constexpr int kBurstDays = 7;
inline constexpr int kBurstDayPermille = 850;  ///< days of a burst with orders
inline constexpr int kBurstOrdersMax = 3;      ///< on such a day: 1 to this many

/// Turns an honest plan into that of an abuser of kind plan.abuse; leaves others as they are. Abusers are registered
/// early enough, order often enough and stay long enough to be found.
void PlantAbuse(const GeneratorOptions& options, CustomerPlan& plan);

/// The day lies in a burst of this customer.
bool InBurst(const CustomerPlan& plan, const TradeCalendar& calendar, Day day);

}  // namespace rung::generator
