#include "libs/base/business_calendar.h"

#include <algorithm>

namespace rung {

BusinessCalendar::BusinessCalendar(std::vector<Day> closed) {
  if (closed.empty()) return;
  std::sort(closed.begin(), closed.end());
  first_ = closed.front();
  closed_before_.resize(static_cast<size_t>(closed.back() - first_) + 1, 0);
  for (const Day day : closed) closed_before_[static_cast<size_t>(day - first_)] = 1;
  for (size_t i = 1; i < closed_before_.size(); ++i) closed_before_[i] += closed_before_[i - 1];
}

Day BusinessCalendar::OpenDayOf(Day ordinal) const {
  // The first day of the ordinal; the closed days after it share it. Between the bounds the ordinal never falls.
  Day low = ordinal, high = ordinal + (empty() ? 0 : closed_before_.back());
  while (low < high) {
    const Day middle = low + (high - low) / 2;
    if (OrdinalOf(middle) < ordinal) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

int BusinessCalendar::MostClosedWithin(int days) const {
  int most = 0;
  for (size_t i = 0; i < closed_before_.size(); ++i) {
    const Day end = first_ + static_cast<Day>(i);
    most = std::max(most, ClosedUpTo(end) - ClosedUpTo(end - days));
  }
  return most;
}

}  // namespace rung
