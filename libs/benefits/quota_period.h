// Calendar periods in which a customer's uses are counted.
#pragma once

#include <optional>

#include "libs/benefits/plan.h"

namespace rung::benefits {

/// First day of the period that the day lies in; weeks begin on Monday. kEver: 1970-01-01.
Day PeriodStart(Period period, Day day);

/// First day of the next period, when uses are renewed. kEver: never.
std::optional<Day> NextPeriodStart(Period period, Day day);

}  // namespace rung::benefits
