#include "libs/generator/trade_calendar.h"

#include <array>
#include <chrono>
#include <optional>

namespace rung::generator {
namespace {

namespace chrono = std::chrono;

constexpr Day DayOfDate(chrono::year_month_day date) {
  return static_cast<Day>(chrono::sys_days(date).time_since_epoch().count());
}

constexpr Day DayOfDate(int year, unsigned month, unsigned day) {
  return DayOfDate(chrono::year(year) / chrono::month(month) / chrono::day(day));
}

// First day of the lunar year.
constexpr std::array<Day, 5> kSpringFestivals = {
    DayOfDate(2023, 1, 22), DayOfDate(2024, 2, 10), DayOfDate(2025, 1, 29), DayOfDate(2026, 2, 17),
    DayOfDate(2027, 2, 6),
};

constexpr int kSurgeDays = 14;     // before the eve
constexpr int kRecoveryDays = 10;  // after the closed week
constexpr int kSchoolHolidayBefore = 12;
constexpr int kSchoolHolidayAfter = 16;

// Days from the nearest Spring Festival's first day; nullopt when none is near.
std::optional<int> FromSpringFestival(Day day) {
  for (const Day festival : kSpringFestivals) {
    if (day >= festival - 40 && day <= festival + 40) return day - festival;
  }
  return std::nullopt;
}

// The eve and the six days after it are closed.
int SpringFestivalDemand(Segment segment, int from_festival) {
  if (from_festival >= -1 && from_festival <= 5) return 0;
  if (segment == Segment::kCanteen) {
    return from_festival >= -kSchoolHolidayBefore && from_festival <= kSchoolHolidayAfter ? 200 : 1000;
  }
  const int days_before_eve = -1 - from_festival;
  if (days_before_eve > 0 && days_before_eve <= kSurgeDays) return 1800 - (days_before_eve - 1) * 40;
  const int days_open_again = from_festival - 6;
  if (days_open_again >= 0 && days_open_again < kRecoveryDays) return 350 + days_open_again * 65;
  return 1000;
}

int NationalDayDemand(Segment segment) {
  switch (segment) {
    case Segment::kCanteen: return 100;
    case Segment::kShop: return 1100;
    default: return 1300;
  }
}

int DemandOn(Segment segment, Day day, unsigned month, unsigned day_of_month) {
  if (const auto from_festival = FromSpringFestival(day)) {
    const int demand = SpringFestivalDemand(segment, *from_festival);
    if (demand != 1000) return demand;
  }
  if (month == 10 && day_of_month <= 7) return NationalDayDemand(segment);
  if (month == 5 && day_of_month <= 5) return segment == Segment::kCanteen ? 200 : 1200;
  if (segment == Segment::kCanteen && (month == 7 || month == 8)) return 600;
  return 1000;
}

int BasketOn(Day day) {
  const auto from_festival = FromSpringFestival(day);
  if (!from_festival) return 1000;
  const int days_before_eve = -1 - *from_festival;
  return days_before_eve > 0 && days_before_eve <= kSurgeDays ? 1500 - days_before_eve * 30 : 1000;
}

int DaysToQuarterEnd(Day day, chrono::year_month_day date) {
  const unsigned quarter_month = (static_cast<unsigned>(date.month()) + 2) / 3 * 3;
  const chrono::year_month_day end(date.year() / chrono::month(quarter_month) / chrono::last);
  return DayOfDate(end) - day;
}

}  // namespace

TradeCalendar::TradeCalendar(Day first_day, Day last_day) : first_day_(first_day), last_day_(last_day) {
  entries_.reserve(static_cast<size_t>(last_day - first_day) + 1);
  for (Day day = first_day; day <= last_day; ++day) {
    const chrono::year_month_day date{chrono::sys_days(chrono::days(day))};
    const auto month = static_cast<unsigned>(date.month());
    const auto day_of_month = static_cast<unsigned>(date.day());
    Entry entry;
    for (int s = 0; s < kSegmentCount; ++s) {
      entry.demand_permille[s] = static_cast<int16_t>(DemandOn(static_cast<Segment>(s), day, month, day_of_month));
    }
    entry.basket_permille = static_cast<int16_t>(BasketOn(day));
    entry.days_to_review = static_cast<int16_t>(DaysToQuarterEnd(day, date));
    entry.month = static_cast<int8_t>(month - 1);
    entry.starts_month = day_of_month == 1;
    entries_.push_back(entry);
  }
}

}  // namespace rung::generator
