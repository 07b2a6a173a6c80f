// Calendars of closed days: what is taken, and what is refused with which field.
#include "libs/wire/calendar_mapping.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

namespace rung::wire {
namespace {

using ::testing::ElementsAre;

Day On(const char* text) { return ParseDay(text).value(); }

grading::v1::ClosedDayCalendar Parse(const std::string& json) {
  grading::v1::ClosedDayCalendar out;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &out).ok()) << json;
  return out;
}

std::vector<std::string> Findings(const std::string& json) {
  std::vector<Violation> violations;
  FromWire(Parse(json), violations);
  std::vector<std::string> out;
  for (const Violation& violation : violations) {
    EXPECT_FALSE(violation.message.empty());
    out.push_back(violation.field + " " + violation.reason);
  }
  return out;
}

TEST(CalendarMapping, ReadsPeriodsWithBothEnds) {
  std::vector<Violation> violations;
  const ClosedDays days = FromWire(Parse(R"({"calendar_id": "schools", "regions": ["north", "*"], "closed_periods": [
      {"first_date": "2026-01-01"}, {"first_date": "2026-02-15", "last_date": "2026-02-28", "names": {"en": "Spring Festival", "zh": "春节"}}]})"),
                                   violations);
  EXPECT_TRUE(violations.empty());
  EXPECT_THAT(days.regions, ElementsAre("north", ""));
  EXPECT_FALSE(days.calendar.IsOpen(On("2026-01-01")));
  EXPECT_TRUE(days.calendar.IsOpen(On("2026-01-02")));
  EXPECT_FALSE(days.calendar.IsOpen(On("2026-02-15")));
  EXPECT_FALSE(days.calendar.IsOpen(On("2026-02-28")));
  EXPECT_EQ(days.calendar.OrdinalOf(On("2026-03-01")), On("2026-03-01") - 15);
}

TEST(CalendarMapping, NamesWhatIsWrong) {
  EXPECT_THAT(Findings("{}"), ElementsAre("calendar_id BAD_ID", "regions EMPTY", "closed_periods EMPTY"));
  const auto periods = [](const std::string& list) {
    return Findings(R"({"calendar_id": "c", "regions": ["r"], "closed_periods": [)" + list + "]}");
  };
  EXPECT_THAT(periods(R"({"first_date": "2026-02-30"})"), ElementsAre("closed_periods[0].first_date BAD_DATE"));
  EXPECT_THAT(periods(R"({"last_date": "2026-02-20"})"), ElementsAre("closed_periods[0].first_date REQUIRED"));
  EXPECT_THAT(periods(R"({"first_date": "1999-12-31"})"), ElementsAre("closed_periods[0].first_date OUT_OF_RANGE"));
  EXPECT_THAT(periods(R"({"first_date": "2099-12-31"})"), ElementsAre());
  EXPECT_THAT(periods(R"({"first_date": "2100-01-01"})"), ElementsAre("closed_periods[0].first_date OUT_OF_RANGE"));
  EXPECT_THAT(periods(R"({"first_date": "2026-02-17", "last_date": "2026-02-16"})"), ElementsAre("closed_periods[0].last_date OUT_OF_ORDER"));
  EXPECT_THAT(periods(R"({"first_date": "2026-02-10", "last_date": "2026-02-16"}, {"first_date": "2026-02-16"})"),
              ElementsAre("closed_periods[1].first_date OUT_OF_ORDER"));
  EXPECT_THAT(Findings(R"({"calendar_id": "C!", "regions": ["r", "", "r"], "closed_periods": [{"first_date": "2026-01-01"}]})"),
              ElementsAre("calendar_id BAD_ID", "regions[1] REQUIRED", "regions[2] DUPLICATE"));
}

TEST(CalendarMapping, BoundsTheClosedDaysOfAYear) {
  const auto closed = [](const std::string& second) {
    return Findings(R"({"calendar_id": "c", "regions": ["r"], "closed_periods": [
        {"first_date": "2026-07-01", "last_date": "2026-09-30"}, )" + second + "]}");  // 92 days
  };
  EXPECT_THAT(closed(R"({"first_date": "2027-01-01", "last_date": "2027-02-27"})"), ElementsAre()) << "58 more: 150";
  EXPECT_THAT(closed(R"({"first_date": "2027-01-01", "last_date": "2027-02-28"})"), ElementsAre("closed_periods OUT_OF_RANGE"));
  EXPECT_THAT(closed(R"({"first_date": "2027-07-01", "last_date": "2027-09-30"})"), ElementsAre()) << "another year";
}

TEST(CalendarMapping, GivesARegionToOneCalendar) {
  const auto make = [](const std::string& id, std::vector<std::string> regions, const char* day) {
    return ClosedDays{id, std::move(regions), BusinessCalendar({On(day)})};
  };
  std::vector<Violation> violations;
  const features::CalendarSet set = CalendarSetOf({make("a", {"north", ""}, "2026-01-01"), make("b", {"north", "south"}, "2026-05-01")}, violations);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "regions[0]");
  EXPECT_FALSE(set.For("north").IsOpen(On("2026-01-01")));
  EXPECT_FALSE(set.For("south").IsOpen(On("2026-05-01")));
  EXPECT_FALSE(set.For("elsewhere").IsOpen(On("2026-01-01")));
}

}  // namespace
}  // namespace rung::wire
