#include "libs/base/business_calendar.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace rung {
namespace {

Day On(const char* text) { return ParseDay(text).value(); }

TEST(BusinessCalendar, WithoutClosedDaysIsTheCivilCalendar) {
  const BusinessCalendar calendar;
  EXPECT_TRUE(calendar.empty());
  for (const Day day : {-40'000, 0, 20'543, 100'000}) {
    EXPECT_EQ(calendar.OrdinalOf(day), day);
    EXPECT_EQ(calendar.OpenDayOf(day), day);
    EXPECT_TRUE(calendar.IsOpen(day));
  }
  EXPECT_EQ(calendar.MostClosedWithin(365), 0);
}

TEST(BusinessCalendar, PutsAClosedDayOnTheOpenDayBeforeIt) {
  const BusinessCalendar calendar({On("2026-02-18"), On("2026-02-17"), On("2026-02-19"), On("2026-02-17")});
  const Day before = On("2026-02-16");
  EXPECT_EQ(calendar.OrdinalOf(before), before) << "nothing is closed up to here";
  for (const char* closed : {"2026-02-17", "2026-02-18", "2026-02-19"}) {
    EXPECT_EQ(calendar.OrdinalOf(On(closed)), before);
    EXPECT_FALSE(calendar.IsOpen(On(closed)));
  }
  EXPECT_EQ(calendar.OrdinalOf(On("2026-02-20")), before + 1) << "the day after the 16th, as it were";
  EXPECT_EQ(calendar.OpenDayOf(before), before);
  EXPECT_EQ(calendar.OpenDayOf(before + 1), On("2026-02-20"));
  EXPECT_EQ(calendar.OrdinalOf(On("2027-02-20")), On("2027-02-20") - 3);
}

TEST(BusinessCalendar, AgreesWithCountingOneByOne) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    std::set<Day> closed;
    for (int i = 0; i < 60; ++i) closed.insert(1000 + static_cast<Day>(random() % 200));
    const BusinessCalendar calendar({closed.begin(), closed.end()});
    Day ordinal = 990;
    for (Day day = 990; day < 1250; ++day) {
      if (day > 990 && !closed.contains(day)) ++ordinal;
      ASSERT_EQ(calendar.OrdinalOf(day), ordinal) << day;
      ASSERT_EQ(calendar.IsOpen(day), !closed.contains(day));
      if (!closed.contains(day)) {
        ASSERT_EQ(calendar.OpenDayOf(ordinal), day);
      }
    }
    int most = 0;
    for (Day first = 960; first < 1250; ++first) {
      int count = 0;
      for (Day day = first; day < first + 30; ++day) count += closed.contains(day);
      most = std::max(most, count);
    }
    ASSERT_EQ(calendar.MostClosedWithin(30), most);
  }
}

}  // namespace
}  // namespace rung
