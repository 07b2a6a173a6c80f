#include <gtest/gtest.h>

#include "libs/base/status.h"
#include "services/grading/regrade_runner.h"

namespace rung::grading {
namespace {

Schedule Parsed(const std::string& text) {
  const auto schedule = Schedule::Parse(text);
  EXPECT_TRUE(schedule.ok()) << schedule.status();
  return schedule.ok() && *schedule ? **schedule : Schedule();
}

UnixSeconds At(const BusinessZone& zone, const std::string& date, int hour, int minute, int second = 0) {
  return zone.InstantOf(*ParseDay(date), hour * 3600 + minute * 60 + second);
}

TEST(ScheduleTest, IsDueFromItsMinuteOnUntilTheEndOfTheDay) {
  const BusinessZone zone = *BusinessZone::Load("Asia/Shanghai");
  const Schedule nightly = Parsed("02:30");
  EXPECT_FALSE(nightly.Due(At(zone, "2026-03-31", 2, 29, 59), zone));
  EXPECT_TRUE(nightly.Due(At(zone, "2026-03-31", 2, 30), zone));
  EXPECT_TRUE(nightly.Due(At(zone, "2026-03-31", 23, 59, 59), zone));
  EXPECT_FALSE(nightly.Due(At(zone, "2026-04-01", 0, 0), zone));
}

TEST(ScheduleTest, AWeeklyOneIsDueOnItsDayOnly) {
  const BusinessZone zone = *BusinessZone::Load("Asia/Shanghai");
  const Schedule weekly = Parsed("tue 02:30");
  EXPECT_FALSE(weekly.Due(At(zone, "2026-03-30", 3, 0), zone));
  EXPECT_FALSE(weekly.Due(At(zone, "2026-03-31", 2, 29, 59), zone));
  EXPECT_TRUE(weekly.Due(At(zone, "2026-03-31", 2, 30), zone)) << "March 31, 2026 is a Tuesday";
  EXPECT_FALSE(weekly.Due(At(zone, "2026-04-01", 3, 0), zone));
}

TEST(ScheduleTest, AMinuteThatTheClockSkipsDoesntSkipTheNight) {
  const BusinessZone zone = *BusinessZone::Load("Europe/Berlin");  // 02:00 to 03:00 don't exist on March 29, 2026
  const Schedule nightly = Parsed("02:30");
  EXPECT_FALSE(nightly.Due(At(zone, "2026-03-29", 1, 59), zone));
  EXPECT_TRUE(nightly.Due(At(zone, "2026-03-29", 4, 0), zone));
}

TEST(ScheduleTest, OffIsNoneAndNonsenseIsRefusedWithWhatWouldBeRight) {
  EXPECT_EQ(*Schedule::Parse("off"), std::nullopt);
  for (const char* text : {"", "2:30", "24:00", "02:60", "02-30", "xyz 02:30", "mon", "mon  02:30", "02:30 mon", "ab:cd"}) {
    const auto schedule = Schedule::Parse(text);
    EXPECT_EQ(schedule.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_NE(std::string(Message(schedule.status())).find("write \"02:30\""), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace rung::grading
