// Open days: a calendar of the days on which a region's business is closed, and civil days counted without them.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/base/day.h"

namespace rung {

/// Maps civil days to ordinals among the open days. A closed day has the ordinal of the open day before it, so what
/// happens on it counts there. Without closed days the ordinal of a day is the day itself. Immutable; thread-safe.
class BusinessCalendar {
 public:
  BusinessCalendar() = default;
  /// `closed` in any order, with repetitions if need be.
  explicit BusinessCalendar(std::vector<Day> closed);

  bool empty() const { return closed_before_.empty(); }
  /// Number of closed days up to and including `day` left out: O(1).
  Day OrdinalOf(Day day) const { return day - ClosedUpTo(day); }
  bool IsOpen(Day day) const { return ClosedUpTo(day) == ClosedUpTo(day - 1); }
  /// The open day of an ordinal.
  Day OpenDayOf(Day ordinal) const;

  /// The largest number of closed days within any `days` consecutive civil days.
  int MostClosedWithin(int days) const;

 private:
  int32_t ClosedUpTo(Day day) const {
    if (day < first_ || closed_before_.empty()) return 0;
    const auto at = static_cast<size_t>(day - first_);
    return at < closed_before_.size() ? closed_before_[at] : closed_before_.back();
  }

  Day first_ = 0;                         // the first closed day
  std::vector<int32_t> closed_before_;    // by day from first_ on: closed days up to and including it
};

}  // namespace rung
