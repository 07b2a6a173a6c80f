#include "libs/benefits/quota_period.h"

#include <gtest/gtest.h>

namespace rung::benefits {
namespace {

std::string Start(Period period, const char* day) { return FormatDay(PeriodStart(period, *ParseDay(day))); }
std::string Next(Period period, const char* day) { return FormatDay(*NextPeriodStart(period, *ParseDay(day))); }

// 2026-03-29 is a Sunday, 2026-03-30 a Monday.
TEST(QuotaPeriod, WeeksBeginOnMonday) {
  EXPECT_EQ(Start(Period::kWeek, "2026-03-30"), "2026-03-30");
  EXPECT_EQ(Start(Period::kWeek, "2026-03-29"), "2026-03-23");
  EXPECT_EQ(Next(Period::kWeek, "2026-03-29"), "2026-03-30");
  EXPECT_EQ(Next(Period::kWeek, "2026-03-30"), "2026-04-06");
}

TEST(QuotaPeriod, MonthsAndYearsAreTheCalendars) {
  EXPECT_EQ(Start(Period::kMonth, "2026-03-31"), "2026-03-01");
  EXPECT_EQ(Next(Period::kMonth, "2026-12-31"), "2027-01-01");
  EXPECT_EQ(Next(Period::kMonth, "2026-01-31"), "2026-02-01");
  EXPECT_EQ(Start(Period::kYear, "2028-02-29"), "2028-01-01");
  EXPECT_EQ(Next(Period::kYear, "2028-02-29"), "2029-01-01");
}

TEST(QuotaPeriod, ADayIsItsOwnAndEverNeverEnds) {
  EXPECT_EQ(Start(Period::kDay, "2026-03-31"), "2026-03-31");
  EXPECT_EQ(Next(Period::kDay, "2026-03-31"), "2026-04-01");
  EXPECT_EQ(Start(Period::kEver, "2026-03-31"), "1970-01-01");
  EXPECT_FALSE(NextPeriodStart(Period::kEver, 20'000));
}

}  // namespace
}  // namespace rung::benefits
