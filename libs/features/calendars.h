// Regions' calendars of closed days, and a customer's history counted in open days.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "libs/base/business_calendar.h"
#include "libs/features/code_book.h"
#include "libs/features/customer_state.h"

namespace rung::features {

/// The calendars of one installation, by region. Immutable once built; thread-safe.
class CalendarSet {
 public:
  /// `region` empty: for every region without a calendar of its own, and for customers without a region.
  void Set(std::string region, BusinessCalendar calendar);

  bool empty() const { return calendars_.empty(); }
  const BusinessCalendar& For(std::string_view region) const;
  /// That of the customer's region as of a day.
  const BusinessCalendar& Of(const CustomerState& state, Day as_of, const CodeBook& codes) const;

 private:
  std::map<std::string, BusinessCalendar, std::less<>> calendars_;
};

/// Turns every day of a state into its ordinal: facts of a closed day then stand on the open day before it, and all day
/// arithmetic on the result is in open days. Times of attributes stay; whether a SKU was new on an order's day
/// stays as it was found in civil days.
void CountInOpenDays(const BusinessCalendar& calendar, CustomerState& state);

/// The latest fold day with which a state is good for features as of a day.
Day FoldDayAsOf(Day as_of, const BusinessCalendar& calendar);

/// Whether a state is good for features as of a day. Otherwise it has to be built from the events, folded no later than
/// FoldDayAsOf says.
bool Reaches(const CustomerState& state, Day as_of, const BusinessCalendar& calendar);

/// A state and a day as features are evaluated from them.
struct DatedState {
  const CustomerState& state;
  Day as_of;
};

/// Counts states in open days. Keeps scratch memory: one per thread.
class OpenDays {
 public:
  /// `codes` must outlive the object.
  explicit OpenDays(const CodeBook& codes) : codes_(codes) {}

  /// What the evaluator, outside values and membership are to be asked with. Without a calendar for the customer the
  /// state itself; else a copy that the next call overwrites.
  DatedState Of(const CalendarSet& calendars, const CustomerState& state, Day as_of);

 private:
  const CodeBook& codes_;
  CustomerState counted_;
};

}  // namespace rung::features
