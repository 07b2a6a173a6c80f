#include "libs/stats/churn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/stats/bg_cnbd.h"
#include "libs/stats/lifetime_value.h"

namespace rung::stats {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

ChurnFacts Facts(double p_alive, double silent, int64_t repeats, double own_gap, double base_gap = 7) {
  return {p_alive, silent, repeats, own_gap, base_gap};
}

TEST(Churn, LeavesAloneWhoIsOnTime) {
  const ChurnAssessment assessment = AssessChurn(Facts(0.98, 3, 40, 7));
  EXPECT_EQ(assessment.risk, ChurnRisk::kNone);
  EXPECT_THAT(assessment.reasons, IsEmpty());
}

TEST(Churn, MeasuresSilenceByTheCustomersOwnRhythm) {
  const ChurnAssessment daily = AssessChurn(Facts(0.9, 14, 100, 2)), monthly = AssessChurn(Facts(0.9, 14, 100, 30));
  EXPECT_NEAR(daily.overdue_ratio, 7, 0.2);
  EXPECT_EQ(daily.risk, ChurnRisk::kHigh);
  EXPECT_THAT(daily.reasons, ElementsAre(ChurnReason::kOverdue));
  EXPECT_EQ(monthly.risk, ChurnRisk::kNone);
}

TEST(Churn, DoesNotTrustPAliveOfWhoNeverCameBack) {
  const ChurnAssessment once = AssessChurn(Facts(1.0, 90, 0, 0));
  EXPECT_EQ(once.risk, ChurnRisk::kLost);
  EXPECT_THAT(once.reasons, ElementsAre(ChurnReason::kOverdue, ChurnReason::kSingleOrder));
}

TEST(Churn, HasOneReasonForWhoBroughtNothingLately) {
  ChurnFacts facts = Facts(0.2, 500, 0, 0);
  facts.none_lately = true;
  EXPECT_EQ(AssessChurn(facts).risk, ChurnRisk::kLost);
  EXPECT_THAT(AssessChurn(facts).reasons, ElementsAre(ChurnReason::kNoneLately)) << "neither one order nor a rhythm of its own";
}

TEST(Churn, DrawsAShortRhythmTowardsTheBases) {
  const double one = AssessChurn(Facts(0.9, 10, 1, 2, 8)).usual_gap_days;
  EXPECT_NEAR(one, 4, 1e-12);  // geometric mean of 2 and 8
  EXPECT_NEAR(AssessChurn(Facts(0.9, 10, 1'000, 2, 8)).usual_gap_days, 2, 0.01);
  EXPECT_EQ(AssessChurn(Facts(0.9, 10, 0, 0, 0)).overdue_ratio, 0);
}

TEST(Churn, SaysThatACustomerHasProbablyLeft) {
  EXPECT_THAT(AssessChurn(Facts(0.3, 5, 40, 7)).reasons, ElementsAre(ChurnReason::kProbablyLeft));
  EXPECT_EQ(AssessChurn(Facts(0.05, 5, 40, 7)).risk, ChurnRisk::kLost);
}

TEST(Churn, ByRecencyMeasuresEverybodyByTheSameDays) {
  const ChurnRule recency{.measure = ChurnMeasure::kRecency};
  const ChurnAssessment daily = AssessChurn(Facts(0.05, 14, 100, 1), recency), monthly = AssessChurn(Facts(1.0, 14, 100, 30), recency);
  EXPECT_EQ(daily.retention, 0.5) << "two usual gaps of the base";
  EXPECT_EQ(monthly.retention, 0.5);
  EXPECT_EQ(daily.risk, ChurnRisk::kWatch);
  EXPECT_EQ(daily.usual_gap_days, 7);
  EXPECT_THAT(daily.reasons, ElementsAre(ChurnReason::kOverdue)) << "P(alive) has no part in it";
  EXPECT_THAT(AssessChurn(Facts(1.0, 90, 0, 0), recency).reasons, ElementsAre(ChurnReason::kOverdue));
  EXPECT_EQ(AssessChurn(Facts(0.05, 6, 40, 1), recency).risk, ChurnRisk::kNone);
}

TEST(Churn, AlwaysGivesAReasonAndRisesWithSilence) {
  for (const double alive : {1.0, 0.9, 0.69, 0.6, 0.3, 0.05, 0.0}) {
    double before = 2;
    for (double silent = 0; silent < 200; silent += 0.5) {
      const ChurnAssessment assessment = AssessChurn(Facts(alive, silent, 5, 7));
      EXPECT_LE(assessment.retention, before);
      before = assessment.retention;
      EXPECT_EQ(assessment.risk == ChurnRisk::kNone, assessment.reasons.empty()) << alive << " " << silent;
    }
  }
}

TEST(NextOrder, OfARegularCustomerIsDueAfterItsGap) {
  const BgCnbd model = BgCnbd::Create({3, 3, 0.8, 0.6, 30}).value();
  const Period period{20'000, 20'000, 7};
  CustomerSummary weekly;
  weekly.history = {52, 52, 52};
  const NextOrder due = ExpectedNextOrder(model, weekly, period);
  EXPECT_THAT(due.likely, ::testing::AllOf(::testing::Ge(20'006), ::testing::Le(20'008)));
  EXPECT_LT(due.early, due.likely);
  EXPECT_GT(due.late, due.likely);
  CustomerSummary silent = weekly;
  silent.history.age = 53;  // a week later than ever: it comes any day now
  EXPECT_LT(ExpectedNextOrder(model, silent, period).likely, due.likely);
  CustomerSummary never;
  never.history = {0, 0, 500};
  EXPECT_LE(ExpectedNextOrder(model, never, period).late, 20'000 + 3'650);
}

TEST(SpendForecast, FallsBackToOwnMeansAndSaysWhy) {
  std::vector<CustomerSummary> customers(3);
  for (CustomerSummary& customer : customers) customer.first_value = 60;
  const SpendForecast forecast = SpendForecast::Fit(customers);
  EXPECT_FALSE(forecast.gamma_gamma().has_value());
  EXPECT_THAT(forecast.why_not(), Not(IsEmpty()));
  EXPECT_DOUBLE_EQ(forecast.PerTransaction(customers[0]), 60);
  CustomerSummary other;
  other.history = {1, 1, 2};
  other.first_value = other.repeat_value = 30;
  EXPECT_DOUBLE_EQ(forecast.PerTransaction(other), 40);
  EXPECT_EQ(SpendForecast::Fit({}).PerTransaction({}), 0);
}

TEST(LifetimeValue, IsOrdersTimesSpend) {
  const BgCnbd model = BgCnbd::Create({3, 3, 0.8, 0.6, 30}).value();
  std::vector<CustomerSummary> customers(50);
  for (int i = 0; i < 50; ++i) {
    customers[i].history = {1 + i % 4, 5, 10};
    customers[i].repeat_value = (100.0 + 10 * (i % 9)) * (1 + i % 4);
  }
  const SpendForecast spend = SpendForecast::Fit(customers);
  ASSERT_TRUE(spend.gamma_gamma().has_value()) << spend.why_not();
  const Period period{20'000, 20'000, 7};
  const LifetimeValue value = ExpectedValue(model, spend, customers[7], period);
  EXPECT_DOUBLE_EQ(value.transactions, model.ExpectedTransactions(customers[7].history, 365.0 / 7));
  EXPECT_DOUBLE_EQ(value.value, value.transactions * value.value_per_transaction);
  EXPECT_LT(ExpectedValue(model, spend, customers[7], period, 365, 0.001).value, value.value);
}

}  // namespace
}  // namespace rung::stats
