// A past day with all corrections known: what later events take back, and what they don't.
#include "libs/features/corrections.h"

#include <gtest/gtest.h>

#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"

namespace rung::features {
namespace {

constexpr Day kGranted = 20'500;

class CorrectionsTest : public ::testing::Test {
 protected:
  LocalCodeBook codes_;
  std::vector<Event> events_;

  void Add(Day day, Fact fact) {
    Event event{.customer_id = "c", .event_id = "e" + std::to_string(events_.size()), .event_time = day * kSecondsPerDay, .day = day};
    event.fact = std::move(fact);
    events_.push_back(std::move(event));
  }
  void AddOrder(const std::string& id, Day day, Fen amount, int32_t revision = 0) {
    Add(day, Order{id, revision, {{.sku = "s", .amount = amount}}});
  }
  FeatureValues AsOf(Day as_of, bool corrected) {
    CustomerState state = BuildState(events_, as_of - kWindowDays, codes_);
    if (corrected) CountBack(as_of, state);
    FeatureValues values;
    FeatureEvaluator(codes_, kAllSources).Evaluate(state, as_of, values);
    return values;
  }
  double Spend(bool corrected) { return AsOf(kGranted, corrected)[Feature::kNetSpend365d]; }
};

TEST_F(CorrectionsTest, CountARefundBackToItsOrdersDay) {
  AddOrder("big", kGranted, 1'000'000);
  AddOrder("small", kGranted - 10, 5'000);
  Add(kGranted + 20, Refund{"big", 990'000});
  EXPECT_EQ(Spend(false), 1'005'000) << "as it was known on the day";
  EXPECT_EQ(Spend(true), 15'000);
  EXPECT_EQ(AsOf(kGranted, true)[Feature::kReturnRate365d], 0.5);
}

TEST_F(CorrectionsTest, CountACancellationAndAnAmendmentBack) {
  AddOrder("cancelled", kGranted - 1, 700'000);
  AddOrder("amended", kGranted - 2, 300'000);
  Add(kGranted + 1, Cancellation{"cancelled"});
  AddOrder("amended", kGranted + 5, 100'000, 1);
  EXPECT_EQ(Spend(false), 1'000'000);
  EXPECT_EQ(Spend(true), 100'000);
}

TEST_F(CorrectionsTest, LeaveOrdersAndReviewsOfLaterDaysUnseen) {
  AddOrder("one", kGranted - 3, 200'000);
  AddOrder("later", kGranted + 1, 900'000);
  Add(kGranted + 2, Refund{"later", 100'000});
  Add(kGranted + 4, Review{"one", 5});
  EXPECT_EQ(Spend(true), 200'000);
  EXPECT_EQ(AsOf(kGranted, true)[Feature::kReviewRate365d], 0);
}

TEST_F(CorrectionsTest, ReachOrdersThatTheLogNoLongerHolds) {
  AddOrder("old", kGranted - 400, 200'000);
  AddOrder("recent", kGranted - 300, 300'000);
  Add(kGranted + 60, Refund{"recent", 300'000});
  EXPECT_EQ(Spend(true), 0);
  EXPECT_EQ(AsOf(kGranted, true)[Feature::kNetSpendTotal], 200'000);
}

TEST(TakesBack, IsTrueOfWhatReducesEarlierFactsOnly) {
  const auto takes_back = [](Fact fact) {
    Event event;
    event.fact = std::move(fact);
    return TakesBack(event);
  };
  EXPECT_TRUE(takes_back(Refund{"o", 1}));
  EXPECT_TRUE(takes_back(Cancellation{"o"}));
  EXPECT_TRUE(takes_back(Void{"e"}));
  EXPECT_TRUE(takes_back(Order{"o", 1, {}}));
  EXPECT_FALSE(takes_back(Order{"o", 0, {}}));
  EXPECT_FALSE(takes_back(Review{"o"}));
  EXPECT_FALSE(takes_back(Complaint{"o"}));
}

}  // namespace
}  // namespace rung::features
