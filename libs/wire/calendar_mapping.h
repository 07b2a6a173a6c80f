// Calendars of closed days between the wire and the domain.
#pragma once

#include <string>
#include <vector>

#include "libs/base/business_calendar.h"
#include "libs/base/violation.h"
#include "libs/features/calendars.h"
#include "rung/grading/v1/calendar.pb.h"

namespace rung::wire {

/// At most so many of any 365 civil days may be closed: a year of open days then lies within 620 civil ones.
inline constexpr int kMostClosedPerYear = 150;

/// A checked calendar.
struct ClosedDays {
  std::string calendar_id;
  std::vector<std::string> regions;  ///< "*" stands as ""
  BusinessCalendar calendar;
};

/// Maps a calendar; whatever is wrong becomes a violation with its path.
ClosedDays FromWire(const grading::v1::ClosedDayCalendar& in, std::vector<Violation>& violations);

/// All calendars as one set. A region that two of them name is a violation of the later one.
features::CalendarSet CalendarSetOf(const std::vector<ClosedDays>& calendars, std::vector<Violation>& violations);

}  // namespace rung::wire
