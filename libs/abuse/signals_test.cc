#include "libs/abuse/signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace rung::abuse {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A year with an order on `days` days of the last 90, `orders` in all.
Behaviour Quarter(int orders, int days) {
  return {.known_days_90 = 90, .orders_90 = orders, .order_days_90 = days, .known_days_365 = 365, .placed_365 = orders,
          .orders_365 = orders, .order_days_365 = days, .gross_365 = 1'000'000};
}

Assessment Of(const Behaviour& behaviour, const Surroundings& around = {}) { return Assess(behaviour, around, Policy{}); }

TEST(OrderSplitting, FindsFiveOrdersOutOfOneDelivery) {
  const Assessment found = Of(Quarter(90, 18));
  ASSERT_EQ(found.signals.size(), 1U);
  EXPECT_EQ(found.signals[0].kind, SignalKind::kOrderSplitting);
  EXPECT_DOUBLE_EQ(found.signals[0].value, 5);
  EXPECT_EQ(found.signals[0].strength_permille, 1000);
  EXPECT_TRUE(found.frozen);
  EXPECT_EQ(found.signals[0].reason_zh,
            "近90天在18个下单日下了90单，平均每个下单日5.0单（界限2.0）；按订单数每月30.4单，达到15单，按下单日只有6.1次");
  EXPECT_EQ(found.signals[0].reason_en,
            "90 orders on 18 days within 90 days: 5.0 per order day (bound 2.0); 30.4 orders a month reach 15, the 6.1 order days don't");
}

TEST(OrderSplitting, LeavesAKitchenAloneThatOrdersThriceOnEveryWorkingDay) {
  EXPECT_THAT(Of(Quarter(3 * 77, 77)).signals, IsEmpty());  // its 26 days a month reach 15 without cutting anything
}

TEST(OrderSplitting, LeavesASmallCustomerAloneWhoseOrdersReachNothing) {
  EXPECT_THAT(Of(Quarter(20, 6)).signals, IsEmpty());
}

Behaviour Year(int orders, int returned, int in_bursts, int promotional_percent) {
  return {.known_days_365 = 365, .placed_365 = orders, .orders_365 = orders, .order_days_365 = orders,
          .promoted_orders_365 = promotional_percent >= 80 ? orders : 0, .returned_orders_365 = returned, .gross_365 = 1'000'000,
          .promotional_365 = promotional_percent * 10'000, .returned_365 = 250'000, .review_window_days_365 = 28, .reviews_365 = 4,
          .burst_orders_365 = in_bursts, .burst_reviews_365 = 4, .burst_returned_365 = returned};
}

TEST(RefundCycling, FindsWhoReturnsHalf) {
  const Assessment found = Of(Year(40, 20, 0, 0));
  ASSERT_EQ(found.signals.size(), 1U);
  EXPECT_EQ(found.signals[0].kind, SignalKind::kRefundCycling);
  EXPECT_THAT(found.signals[0].reason_zh, HasSubstr("40单中有20单因客户原因退货，占50.0%（界限30%）；退回金额占25.0%"));
  EXPECT_THAT(found.signals[0].reason_en, HasSubstr("20 of 40 orders"));
}

TEST(RefundCycling, LeavesBadLuckInAFewOrdersAlone) {
  EXPECT_THAT(Of(Year(8, 3, 0, 0)).signals, IsEmpty());  // 3 of 8 happens by chance to one customer in 28
}

TEST(ReviewBurst, FindsWhoOrdersForTheReview) {
  const Assessment found = Of(Year(60, 0, 50, 0));
  ASSERT_EQ(found.signals.size(), 1U);
  EXPECT_EQ(found.signals[0].kind, SignalKind::kReviewBurst);
  EXPECT_THAT(found.signals[0].reason_zh, HasSubstr("60单中有50单集中在4次评级前的7天内，占83.3%（界限50%；按天数应为7.7%）"));
  EXPECT_TRUE(found.frozen);
}

TEST(ReviewBurst, LeavesTwoOrdersAtAQuartersEndAlone) { EXPECT_THAT(Of(Year(2, 0, 2, 0)).signals, IsEmpty()); }

TEST(ReviewBurst, NeedsMoreThanAMonthlyBuyerOfTheLastWeek) {
  Behaviour monthly = Year(12, 0, 4, 0);  // always in the last week of a month: 4 of 12 before a quarter's end
  EXPECT_THAT(Of(monthly).signals, IsEmpty());
}

TEST(CouponHarvesting, FindsWhoBuysPromotionsOnly) {
  const Assessment found = Of(Year(24, 0, 0, 95));
  ASSERT_EQ(found.signals.size(), 1U);
  EXPECT_EQ(found.signals[0].kind, SignalKind::kCouponHarvesting);
  EXPECT_THAT(found.signals[0].reason_en, HasSubstr("95.0 % of the value of 24 orders"));
  EXPECT_THAT(Of(Year(24, 0, 0, 84)).signals, IsEmpty());
  EXPECT_THAT(Of(Year(5, 0, 0, 95)).signals, IsEmpty());
}

TEST(LinkedAccounts, SayWhatTheyShareAndWithHowMany) {
  const Assessment found = Of({}, {.linked_accounts = 3, .linked_by = static_cast<KindSet>(BitOf(MatchKind::kPhone) | BitOf(MatchKind::kDevice))});
  ASSERT_EQ(found.signals.size(), 1U);
  EXPECT_EQ(found.signals[0].reason_zh, "与另外2个账户关联，共用电话、设备（一组3个账户，界限2）");
  EXPECT_EQ(found.signals[0].reason_en, "linked with 2 other accounts by phone, device (a group of 3, bound 2)");
}

TEST(UnusualBehaviour, IsListedAndNeverFrozenAlone) {
  const Assessment found = Of(Year(24, 0, 0, 0), {.anomaly = 0.99, .standout_figure = "cancelled_share_365d"});
  ASSERT_EQ(found.signals.size(), 1U);
  EXPECT_THAT(found.signals[0].reason_zh, HasSubstr("取消订单占比"));
  EXPECT_THAT(found.signals[0].reason_en, HasSubstr("share of orders cancelled"));
  EXPECT_TRUE(found.listed);
  EXPECT_EQ(found.score_milli, 50'000);
}

TEST(Assessment, CombinesSignalsByNoisyOr) {
  // Refund cycling 0.9 at strength 5/6 (0.5 lies two thirds of 0.3 to 0.6), unusual 0.5 at full strength.
  const Assessment found = Of(Year(40, 20, 0, 0), {.anomaly = 0.8});
  ASSERT_EQ(found.signals.size(), 2U);
  EXPECT_EQ(found.signals[0].kind, SignalKind::kRefundCycling);
  EXPECT_EQ(found.signals[0].strength_permille, 833);
  EXPECT_EQ(found.score_milli, static_cast<int>(std::lround(100'000 * (1 - (1 - 0.9 * 0.833) * 0.5))));
}

TEST(Assessment, OfAnOrdinaryCustomerIsNothing) {
  const Assessment found = Of(Year(24, 1, 2, 20), {.linked_accounts = 0, .anomaly = 0.45});
  EXPECT_THAT(found.signals, IsEmpty());
  EXPECT_EQ(found.score_milli, 0);
  EXPECT_FALSE(found.listed);
}

TEST(LogRarity, BoundsTheBinomialTailFromAbove) {
  for (const double share : {0.05, 0.1, 0.5}) {
    for (int n = 1; n <= 30; ++n) {
      double tail = 0;  // P(X >= k), from k = n down
      for (int k = n; k >= 0; --k) {
        tail += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(share) + (n - k) * std::log(1 - share));
        EXPECT_LE(tail, std::exp(-LogRarity(k, n, share)) * (1 + 1e-9)) << k << " of " << n << " at " << share;
      }
    }
  }
}

TEST(LogRarity, OfAllHitsIsTheirProbability) { EXPECT_NEAR(LogRarity(6, 6, 0.1), 6 * std::log(10), 1e-12); }

TEST(Policy, DefaultsAreValid) { EXPECT_THAT(Validate(Policy{}), IsEmpty()); }

TEST(Policy, NamesEveryFieldThatIsWrong) {
  Policy policy;
  policy.order_splitting.certain = 1.5;
  policy.review_window_days = 0;
  policy.usual_return_share = NAN;
  policy.links.accounts_max = 1;
  policy.freeze_from_milli = 10'000;
  std::vector<std::string> fields;
  for (const Violation& violation : Validate(policy)) fields.push_back(violation.field + " " + violation.reason);
  EXPECT_THAT(fields, ::testing::ElementsAre("order_splitting.certain OUT_OF_ORDER", "usual_return_share OUT_OF_RANGE",
                                             "review_window_days OUT_OF_RANGE", "links.accounts_max OUT_OF_RANGE",
                                             "freeze_from_milli OUT_OF_ORDER"));
}

}  // namespace
}  // namespace rung::abuse
