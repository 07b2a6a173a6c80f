// When the trade buys: holidays, seasons and the days on which tiers are reviewed.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/base/day.h"
#include "libs/generator/segments.h"

namespace rung::generator {

/// Asia/Shanghai has had no daylight saving since 1991, so that its days need no zone data.
inline constexpr int64_t kShanghaiOffsetSeconds = 8 * 3600;

constexpr UnixSeconds ShanghaiInstant(Day day, int64_t seconds_of_day) {
  return int64_t{day} * kSecondsPerDay + seconds_of_day - kShanghaiOffsetSeconds;
}

/// Business day of an instant at or after 1970-01-01.
constexpr Day ShanghaiDay(UnixSeconds instant) {
  return static_cast<Day>((instant + kShanghaiOffsetSeconds) / kSecondsPerDay);
}

/// 0 for Monday ... 6 for Sunday, for days since 1970-01-01 (a Thursday).
constexpr int WeekdayOf(Day day) { return (day + 3) % 7; }

/// The calendar of one span of days. Immutable once built.
class TradeCalendar {
 public:
  TradeCalendar(Day first_day, Day last_day);

  Day first_day() const { return first_day_; }
  Day last_day() const { return last_day_; }

  // All of these take a day of the span.

  /// How readily a segment orders, in thousandths of an ordinary day: 0 in the week of Spring Festival, up to 1800
  /// before it.
  int DemandPermille(Segment segment, Day day) const { return at(day).demand_permille[static_cast<int>(segment)]; }

  /// How much goes into a basket, in thousandths of an ordinary day's.
  int BasketPermille(Day day) const { return at(day).basket_permille; }

  /// 0 for January.
  int MonthOf(Day day) const { return at(day).month; }

  /// Weeks since the span's first day.
  int WeekOf(Day day) const { return (day - first_day_) / 7; }
  int week_count() const { return WeekOf(last_day_) + 1; }

  /// Days until the next review of tiers, which falls on the last day of each quarter; 0 on that day.
  int DaysToReview(Day day) const { return at(day).days_to_review; }

  /// The day is the first of its month.
  bool StartsMonth(Day day) const { return at(day).starts_month; }

 private:
  struct Entry {
    int16_t demand_permille[kSegmentCount];
    int16_t basket_permille;
    int16_t days_to_review;
    int8_t month;
    bool starts_month;
  };

  const Entry& at(Day day) const { return entries_[day - first_day_]; }

  Day first_day_;
  Day last_day_;
  std::vector<Entry> entries_;
};

}  // namespace rung::generator
