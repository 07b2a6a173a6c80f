#include <gtest/gtest.h>

#include "libs/base/clock.h"
#include "libs/base/customer_id.h"
#include "libs/base/day.h"
#include "libs/base/text.h"

namespace rung {
namespace {

TEST(Day, ParsesOnlyRealCivilDates) {
  EXPECT_EQ(ParseDay("1970-01-01"), 0);
  EXPECT_EQ(ParseDay("2026-03-31"), 20543);
  EXPECT_EQ(FormatDay(20543), "2026-03-31");
  EXPECT_EQ(ParseDay("2024-02-29"), 19782);
  for (const char* wrong : {"2023-02-29", "2026-3-31", "2026-13-01", "2026-00-10", "", "2026-03-31T", "abcd-ef-gh"}) {
    EXPECT_FALSE(ParseDay(wrong)) << wrong;
  }
}

TEST(Day, FormatsEveryDayLikeTheCivilCalendar) {
  EXPECT_EQ(FormatDay(-719528), "0000-01-01");
  EXPECT_EQ(FormatDay(2932896), "9999-12-31");
  EXPECT_EQ(FormatDay(2932897), "10000-01-01");
  for (Day day = *ParseDay("1899-12-31"); day <= *ParseDay("2100-03-02"); ++day) ASSERT_EQ(ParseDay(FormatDay(day)), day);
}

TEST(Day, AddsCalendarMonthsClampedAtMonthEnds) {
  EXPECT_EQ(FormatDay(AddMonths(*ParseDay("2026-01-31"), 1)), "2026-02-28");
  EXPECT_EQ(FormatDay(AddMonths(*ParseDay("2023-11-30"), 3)), "2024-02-29");
  EXPECT_EQ(FormatDay(AddMonths(*ParseDay("2026-11-15"), 3)), "2027-02-15");
  EXPECT_EQ(FormatDay(AddMonths(*ParseDay("2026-03-31"), -1)), "2026-02-28");
}

TEST(BusinessZone, PutsAnInstantIntoItsLocalDay) {
  const auto shanghai = BusinessZone::Load("Asia/Shanghai");
  ASSERT_TRUE(shanghai);
  EXPECT_EQ(FormatDay(shanghai->DayOf(1774972799)), "2026-03-31");  // 23:59:59 +08
  EXPECT_EQ(FormatDay(shanghai->DayOf(1774972800)), "2026-04-01");
  EXPECT_EQ(shanghai->StartOf(*ParseDay("2026-04-01")), 1774972800);
  EXPECT_FALSE(BusinessZone::Load("Asia/Nowhere"));
}

TEST(BusinessZone, ResolvesSkippedAndRepeatedTimesToTheLaterInstant) {
  const auto london = BusinessZone::Load("Europe/London");
  ASSERT_TRUE(london);
  // 2011-03-27 01:30 doesn't exist (clocks jump from 01:00 to 02:00): 01:30 GMT is 02:30 BST.
  EXPECT_EQ(london->InstantOf(*ParseDay("2011-03-27"), 5400), 1301189400);
  // 2011-10-30 01:30 happens twice; the second is 01:30 GMT.
  EXPECT_EQ(london->InstantOf(*ParseDay("2011-10-30"), 5400), 1319938200);
  EXPECT_EQ(london->InstantOf(*ParseDay("2011-07-01"), 43200), 1309518000);
}

TEST(CustomerFingerprint, NeverChanges) {
  // Stored numbers depend on it: a change here needs a migration of every table.
  EXPECT_EQ(FingerprintOf("17850"), FingerprintOf("17850"));
  EXPECT_NE(FingerprintOf("17850").number, FingerprintOf("17851").number);
  EXPECT_EQ(static_cast<int64_t>(FingerprintOf("17850").number), -7479142099422326603);
  EXPECT_EQ(LocalFingerprint("536365"), 2941663182381626898u);
}

TEST(Text, IsNeverCutInsideACharacter) {
  EXPECT_EQ(Shorten("钻石会员", 7), "钻石…");
  EXPECT_EQ(Shorten("钻石会员", 12), "钻石会员");
  EXPECT_EQ(Shorten("abc", 2), "ab…");
}

TEST(Text, WithControlCharactersOrTooLongIsAProblem) {
  EXPECT_FALSE(FindTextProblem("f", "喜来酒家\t2", 64));
  EXPECT_EQ(FindTextProblem("f", std::string_view("a\0b", 3), 64)->reason, "BAD_CHARACTER");
  EXPECT_EQ(FindTextProblem("f", "abcd", 3)->reason, "TOO_LONG");
}

TEST(PinnedClock, RunsOnFromItsStart) {
  const PinnedClock clock(1323475200);
  const UnixMicros first = clock.NowMicros();
  EXPECT_GE(first, 1323475200'000'000);
  EXPECT_LT(first, 1323475260'000'000);
  EXPECT_GE(clock.NowMicros(), first);
}

}  // namespace
}  // namespace rung
