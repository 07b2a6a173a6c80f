#include "services/recommendations/request_checks.h"

#include <gtest/gtest.h>

#include "libs/errors/errors.h"
#include "services/recommendations/options.h"

namespace rung::recommendations {
namespace {

TEST(ListId, ComesBackAsItWas) {
  const auto id = ParseListId(FormatListId({12, 3, "top: tiers"}));
  ASSERT_TRUE(id);
  EXPECT_EQ(id->model_version, 12);
  EXPECT_EQ(id->policy_version, 3);
  EXPECT_EQ(id->audience, "top: tiers");
}

TEST(ListId, RefusesWhatWasNotOne) {
  for (const char* text : {"", "m", "m1", "m1p", "m1p2", "m-1p2:x", "m1p99999999999:x", "x1p2:y", "mp:"}) EXPECT_FALSE(ParseListId(text)) << text;
}

TEST(Requests, NameEveryViolation) {
  v1::RecommendRequest request;
  request.set_count(101);
  EXPECT_EQ(ViolationsOf(CheckRecommend(request)).size(), 2u);
  v1::RecordFeedbackRequest feedback;
  feedback.add_feedback();
  EXPECT_EQ(ViolationsOf(CheckFeedback(feedback)).size(), 6u);
  v1::SetAvailabilityRequest availability;
  for (int i = 0; i < 2; ++i) availability.add_skus()->set_sku("a");
  EXPECT_EQ(ViolationsOf(CheckAvailability(availability)).size(), 3u);
  v1::GetConversionRequest conversion;
  conversion.set_from_date("2026-03-01");
  conversion.set_to_date("2026-02-01");
  EXPECT_EQ(ViolationsOf(CheckConversion(conversion)).size(), 1u);
}

TEST(TrainingTime, IsATimeOfDayOrOff) {
  EXPECT_EQ(TrainingTime("03:30"), 12'600);
  EXPECT_EQ(TrainingTime("off"), -1);
  for (const char* text : {"", "3:30", "24:00", "12:60", "ab:cd", "03:30:00"}) EXPECT_FALSE(TrainingTime(text)) << text;
}

}  // namespace
}  // namespace rung::recommendations
