// A customer who cuts its orders: counts grow, money and days stay.
#include "libs/features/order_splitting.h"

#include <gtest/gtest.h>

#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"
#include "tests/support/vectors.h"

namespace rung::features {
namespace {

TEST(SplitOrders, MultipliesCountsAndKeepsMoneyAndDays) {
  const testing::FeatureVectors vectors = testing::LoadFeatureVectors();
  LocalCodeBook codes;
  for (const auto& customer : vectors.customers) testing::InternWords(customer.events, codes);
  FeatureEvaluator evaluator(codes, kAllSources);
  FeatureValues before, after;
  int with_orders = 0;
  for (const auto& customer : vectors.customers) {
    SCOPED_TRACE(customer.customer_id);
    const CustomerState state = BuildState(customer.events, -kNever, codes);
    evaluator.Evaluate(state, vectors.as_of, before);
    evaluator.Evaluate(SplitOrders(state, 5), vectors.as_of, after);
    using enum Feature;
    for (const Feature kept : {kNetSpend365d, kNetSpendTotal, kNetSpend90d, kOrderDays365d, kOrderDays90d, kOrderDaysPerMonth365d, kTenureDays,
                               kCategoryCount365d, kLoyalty12, kAppSessions30d}) {
      EXPECT_EQ(after[kept], before[kept]) << static_cast<int>(kept);
    }
    for (const Feature counted : {kOrders365d, kOrders90d, kOrdersTotal}) EXPECT_EQ(after[counted], 5 * before[counted]);
    if (!(before[kOrders365d] > 0)) continue;
    EXPECT_NEAR(after[kAov365d], before[kAov365d] / 5, 1e-6 * before[kAov365d]);
    ++with_orders;
  }
  EXPECT_GT(with_orders, 40);
}

TEST(OrderDaysPerMonth, CountsADayOnceHoweverManyOrders) {
  constexpr Day kToday = 20'543;
  LocalCodeBook codes;
  std::vector<Event> events;
  for (int i = 0; i < 2 * 36; ++i) {  // two orders on each of 36 days within a year, after one long before
    const Day day = i == 0 ? kToday - 729 : kToday - 10 * (i / 2);
    Event event{.customer_id = "c", .event_id = std::to_string(i), .event_time = day * kSecondsPerDay, .day = day};
    event.fact = Order{"o" + std::to_string(i), 0, {{.sku = "s", .amount = 100}}};
    events.push_back(event);
  }
  FeatureValues values;
  FeatureEvaluator(codes, kAllSources).Evaluate(BuildState(events, -kNever, codes), kToday, values);
  EXPECT_EQ(values[Feature::kOrderDaysPerMonth365d], 3) << "36 days in 12 months";
  EXPECT_EQ(values[Feature::kOrdersPerMonth365d], 71.0 / 12);
  EXPECT_EQ(values[Feature::kOrderDaysPerMonth90d], 9.0 * 365 / (12 * 90));
}

}  // namespace
}  // namespace rung::features
