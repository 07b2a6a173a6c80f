// What customers did with lists: feedback, and conversion by source and policy.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/errors/errors.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/recommendation_fixture.h"
#include "tests/support/suite_at.h"

namespace rung::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(RecommendationTest, ConversionIsByPolicyAudienceAndSource) {
  installation_.Ingest(Orders());
  Train();
  const std::string without_policy = Recommend(kWeekly).list_id();
  rec::RecommendationPolicy policy;
  policy.add_audiences()->set_name("everybody");
  Publish(policy);
  const std::string with_policy = Recommend(kWeekly).list_id();
  rec::RecordFeedbackRequest request;
  const auto add = [&](const std::string& list, rec::FeedbackAction action, int count) {
    for (int i = 0; i < count; ++i) {
      rec::Feedback& feedback = *request.add_feedback();
      feedback.set_feedback_id(fmt::format("f-{}", request.feedback_size()));
      feedback.set_customer_id(kWeekly);
      feedback.set_list_id(list);
      feedback.set_sku("bread");
      feedback.set_source(rec::RECOMMENDATION_SOURCE_BOUGHT_TOGETHER);
      feedback.set_action(action);
    }
  };
  add(without_policy, rec::FEEDBACK_ACTION_SHOWN, 4);
  add(without_policy, rec::FEEDBACK_ACTION_CLICKED, 1);
  add(with_policy, rec::FEEDBACK_ACTION_SHOWN, 8);
  add(with_policy, rec::FEEDBACK_ACTION_CLICKED, 6);
  add(with_policy, rec::FEEDBACK_ACTION_BOUGHT, 2);
  rec::RecordFeedbackResponse recorded;
  auto context = Within(5000), conversion_context = Within(5000), later_context = Within(5000);
  ASSERT_TRUE(recommendations_->RecordFeedback(context.get(), request, &recorded).ok());
  rec::GetConversionRequest wanted;
  wanted.set_from_date("2026-03-31");
  wanted.set_to_date("2026-03-31");
  rec::GetConversionResponse conversion;
  ASSERT_TRUE(recommendations_->GetConversion(conversion_context.get(), wanted, &conversion).ok());
  ASSERT_EQ(conversion.rows_size(), 2);
  for (const rec::Conversion& row : conversion.rows()) {
    EXPECT_EQ(row.audience(), "everybody");
    EXPECT_EQ(row.source(), rec::RECOMMENDATION_SOURCE_BOUGHT_TOGETHER);
    const bool with = row.policy_version() == 1;
    EXPECT_EQ(row.shown_count(), with ? 8 : 4);
    EXPECT_EQ(row.clicked_permille(), with ? 750 : 250);
    EXPECT_EQ(row.bought_permille(), with ? 250 : 0);
  }
  wanted.set_from_date("2026-04-01");
  wanted.set_to_date("2026-04-02");
  ASSERT_TRUE(recommendations_->GetConversion(later_context.get(), wanted, &conversion).ok());
  EXPECT_EQ(conversion.rows_size(), 0);
}

TEST_F(RecommendationTest, ConversionNeverExceedsWhatWasShown) {
  installation_.Ingest(Orders());
  Train();
  const std::string list = Recommend(kWeekly).list_id();
  rec::RecordFeedbackRequest request;
  const auto add = [&](const char* sku, rec::FeedbackAction action, int count) {
    for (int i = 0; i < count; ++i) {
      rec::Feedback& feedback = *request.add_feedback();
      feedback.set_feedback_id(fmt::format("f-{}", request.feedback_size()));
      feedback.set_customer_id(kWeekly);
      feedback.set_list_id(list);
      feedback.set_sku(sku);
      feedback.set_source(rec::RECOMMENDATION_SOURCE_BUY_AGAIN);
      feedback.set_action(action);
    }
  };
  const auto conversion = [&](const char* from, const char* to) {
    rec::GetConversionRequest wanted;
    wanted.set_from_date(from);
    wanted.set_to_date(to);
    rec::GetConversionResponse response;
    auto context = Within(5000);
    EXPECT_TRUE(recommendations_->GetConversion(context.get(), wanted, &response).ok());
    return response;
  };
  add("milk", rec::FEEDBACK_ACTION_SHOWN, 2);
  add("milk", rec::FEEDBACK_ACTION_CLICKED, 5);
  add("milk", rec::FEEDBACK_ACTION_BOUGHT, 1);
  add("bread", rec::FEEDBACK_ACTION_CLICKED, 3);  // nobody reported it as shown
  rec::RecordFeedbackResponse recorded;
  auto context = Within(5000);
  ASSERT_TRUE(recommendations_->RecordFeedback(context.get(), request, &recorded).ok());
  const auto today = conversion("2026-03-31", "2026-03-31");
  ASSERT_EQ(today.rows_size(), 1);
  EXPECT_EQ(today.rows(0).shown_count(), 2);
  EXPECT_EQ(today.rows(0).clicked_permille(), 1000);
  EXPECT_EQ(today.rows(0).bought_permille(), 500);
  EXPECT_EQ(today.rows(0).unshown_count(), 3);

  // Shown today, bought two days later: it is today's showing that led to it.
  installation_.Sql("UPDATE recommendation_feedback SET day = day + 2 WHERE action = 3");
  EXPECT_EQ(conversion("2026-03-31", "2026-03-31").rows(0).bought_permille(), 500);
  EXPECT_EQ(conversion("2026-04-01", "2026-04-03").rows_size(), 0) << "it was shown, though not on these days";
  installation_.Sql("UPDATE recommendation_feedback SET day = day + 6 WHERE action = 3");
  EXPECT_EQ(conversion("2026-03-31", "2026-03-31").rows(0).bought_permille(), 0) << "more than a week later";
  EXPECT_EQ(conversion("2026-04-08", "2026-04-08").rows(0).unshown_count(), 1);
}

TEST_F(RecommendationTest, FeedbackIsAboutListsThatWereMade) {
  installation_.Ingest(Orders());
  Train();
  const auto refused = [&](const std::string& list_id) {
    rec::RecordFeedbackRequest request;
    rec::Feedback& feedback = *request.add_feedback();
    feedback.set_feedback_id(list_id);
    feedback.set_customer_id(kWeekly);
    feedback.set_list_id(list_id);
    feedback.set_sku("milk");
    feedback.set_source(rec::RECOMMENDATION_SOURCE_BUY_AGAIN);
    feedback.set_action(rec::FEEDBACK_ACTION_SHOWN);
    rec::RecordFeedbackResponse recorded;
    auto context = Within(5000);
    const grpc::Status status = recommendations_->RecordFeedback(context.get(), request, &recorded);
    return status.ok() ? "" : DetailsOf(status).ViolationOf("feedback[0].list_id");
  };
  const std::string list = Recommend(kWeekly).list_id();
  EXPECT_EQ(refused(list), "");
  for (const char* made_up : {"m99p0:everybody", "m1p7:everybody", "m0p0:everybody", "m1p0:friends"}) {
    EXPECT_EQ(refused(made_up), "LIST_UNKNOWN") << made_up;
  }
  rec::RecommendationPolicy policy;
  policy.add_audiences()->set_name("all of them");
  Publish(policy);
  EXPECT_EQ(refused(Recommend(kWeekly).list_id()), "");
  EXPECT_EQ(refused(list), "") << "the same report again";
  EXPECT_EQ(refused("m1p0:everybody"), "") << "of the time before the policy";
}

TEST_F(RecommendationTest, FeedbackCountsOnceAndIsReportedBySource) {
  installation_.Ingest(Orders());
  Train();
  const rec::RecommendResponse list = Recommend(kWeekly);
  rec::RecordFeedbackRequest request;
  const auto add = [&](const std::string& id, rec::FeedbackAction action) {
    rec::Feedback& feedback = *request.add_feedback();
    feedback.set_feedback_id(id);
    feedback.set_customer_id(kWeekly);
    feedback.set_list_id(list.list_id());
    feedback.set_sku(list.items(0).sku());
    feedback.set_source(list.items(0).source());
    feedback.set_action(action);
  };
  add("f-1", rec::FEEDBACK_ACTION_SHOWN);
  add("f-2", rec::FEEDBACK_ACTION_SHOWN);
  add("f-3", rec::FEEDBACK_ACTION_BOUGHT);
  for (const int expected : {3, 0}) {
    rec::RecordFeedbackResponse response;
    auto context = Within(5000);
    const grpc::Status status = recommendations_->RecordFeedback(context.get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.recorded_count(), expected);
    EXPECT_EQ(response.known_count(), 3 - expected);
  }
  rec::GetConversionRequest wanted;
  wanted.set_from_date("2026-03-31");
  wanted.set_to_date("2026-03-31");
  rec::GetConversionResponse conversion;
  auto context = Within(5000);
  ASSERT_TRUE(recommendations_->GetConversion(context.get(), wanted, &conversion).ok());
  ASSERT_EQ(conversion.rows_size(), 1);
  EXPECT_EQ(conversion.rows(0).source(), rec::RECOMMENDATION_SOURCE_BUY_AGAIN);
  EXPECT_EQ(conversion.rows(0).shown_count(), 2);
  EXPECT_EQ(conversion.rows(0).bought_permille(), 500);
}

}  // namespace
}  // namespace rung::testing
