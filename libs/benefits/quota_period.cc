#include "libs/benefits/quota_period.h"

#include <absl/time/civil_time.h>

namespace rung::benefits {
namespace {

const absl::CivilDay kEpoch(1970, 1, 1);

template <typename Civil>
Day DayOf(Civil first) {
  return static_cast<Day>(absl::CivilDay(first) - kEpoch);
}

// Monday, the day itself included.
absl::CivilDay WeekOf(absl::CivilDay day) { return absl::PrevWeekday(day + 1, absl::Weekday::monday); }

}  // namespace

Day PeriodStart(Period period, Day day) {
  const absl::CivilDay civil = kEpoch + day;
  switch (period) {
    case Period::kDay:
      return day;
    case Period::kWeek:
      return DayOf(WeekOf(civil));
    case Period::kMonth:
      return DayOf(absl::CivilMonth(civil));
    case Period::kYear:
      return DayOf(absl::CivilYear(civil));
    case Period::kEver:
      break;
  }
  return 0;
}

std::optional<Day> NextPeriodStart(Period period, Day day) {
  const absl::CivilDay civil = kEpoch + day;
  switch (period) {
    case Period::kDay:
      return day + 1;
    case Period::kWeek:
      return DayOf(WeekOf(civil) + 7);
    case Period::kMonth:
      return DayOf(absl::CivilMonth(civil) + 1);
    case Period::kYear:
      return DayOf(absl::CivilYear(civil) + 1);
    case Period::kEver:
      break;
  }
  return std::nullopt;
}

}  // namespace rung::benefits
