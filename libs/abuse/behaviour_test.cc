#include "libs/abuse/behaviour.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/features/state_builder.h"

namespace rung::abuse {
namespace {

using ::testing::ElementsAre;

Day On(const char* date) { return *ParseDay(date); }

class Customer {
 public:
  Customer& Orders(const std::string& id, const char* date, Fen amount, Fen discount = 0) {
    features::Order order{.order_id = id};
    order.lines.push_back({.sku = "s", .amount = amount, .promotional_discount = discount});
    return Add(id, On(date), order);
  }
  Customer& Returns(const std::string& id, const char* date, Fen amount,
                    features::RefundReason reason = features::RefundReason::kCustomerReturn) {
    return Add("r" + id + date, On(date), features::Refund{id, amount, reason});
  }
  Customer& Cancels(const std::string& id, const char* date) { return Add("x" + id, On(date), features::Cancellation{id}); }

  Behaviour AsOf(const char* date) const {
    const Day day = On(date);
    const ReviewWindows reviews{ReviewDays(ReviewCycle::kQuarterly, day - 400, day + 100)};
    return BehaviourOf(features::BuildState(events_, -features::kNever, codes_), day, reviews);
  }

 private:
  Customer& Add(const std::string& id, Day day, features::Fact fact) {
    events_.push_back({.customer_id = "c", .event_id = id, .event_time = int64_t{day} * 86400, .day = day, .fact = std::move(fact)});
    return *this;
  }
  features::LocalCodeBook codes_;
  std::vector<features::Event> events_;
};

TEST(ReviewDays, AreTheLastDaysOfMonthsAndQuarters) {
  EXPECT_THAT(ReviewDays(ReviewCycle::kQuarterly, On("2025-12-31"), On("2026-06-29")), ElementsAre(On("2025-12-31"), On("2026-03-31")));
  EXPECT_THAT(ReviewDays(ReviewCycle::kMonthly, On("2028-01-31"), On("2028-03-30")), ElementsAre(On("2028-01-31"), On("2028-02-29")));
}

TEST(Behaviour, CountsOrdersAndTheirDays) {
  Customer customer;
  customer.Orders("a", "2026-03-01", 100).Orders("b", "2026-03-01", 100).Orders("c", "2026-03-20", 100).Orders("old", "2025-10-01", 100);
  const Behaviour seen = customer.AsOf("2026-03-31");
  EXPECT_EQ(seen.orders_90, 3);
  EXPECT_EQ(seen.order_days_90, 2);
  EXPECT_EQ(seen.orders_365, 4);
  EXPECT_EQ(seen.order_days_365, 3);
  EXPECT_EQ(seen.known_days_90, 90);
  EXPECT_EQ(seen.known_days_365, 182);
  EXPECT_DOUBLE_EQ(seen.OrdersPerOrderDay90(), 1.5);
}

TEST(Behaviour, OfANewCustomerIsPerMonthAtLeast) {
  Customer customer;
  customer.Orders("a", "2026-03-30", 100).Orders("b", "2026-03-31", 100);
  EXPECT_DOUBLE_EQ(customer.AsOf("2026-03-31").OrdersPerMonth90(), 2);
  EXPECT_DOUBLE_EQ(customer.AsOf("2026-05-28").OrdersPerMonth90(), 2 * 365.0 / (12 * 60));
}

TEST(Behaviour, LeavesOutWhatLiesInTheFutureOrBeforeTheWindow) {
  Customer customer;
  customer.Orders("a", "2025-03-31", 100).Orders("b", "2025-04-01", 100).Orders("c", "2026-04-01", 100);
  customer.Returns("b", "2026-04-01", 50);
  const Behaviour seen = customer.AsOf("2026-03-31");
  EXPECT_EQ(seen.orders_365, 1);
  EXPECT_EQ(seen.returned_orders_365, 0);
  EXPECT_EQ(customer.AsOf("2026-04-01").orders_365, 1);  // c; b has left
}

TEST(Behaviour, CountsOnlyTheCustomersOwnReturnsAndAtMostTheGross) {
  Customer customer;
  customer.Orders("a", "2026-03-01", 100).Orders("b", "2026-03-02", 100).Orders("c", "2026-03-03", 200);
  customer.Returns("a", "2026-03-05", 80).Returns("a", "2026-03-06", 80);
  customer.Returns("b", "2026-03-05", 100, features::RefundReason::kSupplierFault);
  customer.Returns("c", "2026-03-05", 30, features::RefundReason::kWeightSettlement);
  const Behaviour seen = customer.AsOf("2026-03-31");
  EXPECT_EQ(seen.returned_orders_365, 1);
  EXPECT_DOUBLE_EQ(seen.ReturnedOrderShare(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(seen.ReturnedValueShare(), 0.25);
}

TEST(Behaviour, LeavesCancelledOrdersOutOfEverythingButTheirOwnCount) {
  Customer customer;
  customer.Orders("a", "2026-03-01", 100).Orders("b", "2026-03-02", 100, 5).Cancels("b", "2026-03-03");
  const Behaviour seen = customer.AsOf("2026-03-31");
  EXPECT_EQ(seen.orders_365, 1);
  EXPECT_DOUBLE_EQ(seen.CancelledShare(), 0.5);
  EXPECT_EQ(seen.promotional_365, 0);
  EXPECT_EQ(customer.AsOf("2026-03-02").orders_365, 2);
}

TEST(Behaviour, CallsAnOrderPromotedFromFourFifthsOn) {
  Customer customer;
  customer.Orders("a", "2026-03-01", 100, 5).Orders("b", "2026-03-02", 300);
  const Behaviour seen = customer.AsOf("2026-03-31");
  EXPECT_EQ(seen.promoted_orders_365, 1);
  EXPECT_DOUBLE_EQ(seen.PromotionalShare(), 0.25);
}

TEST(Behaviour, SeesTheWeekBeforeAReview) {
  Customer customer;
  // Reviews on 2025-12-31 and 2026-03-31: the windows are 25-31 December and 25-31 March.
  customer.Orders("a", "2025-12-24", 100).Orders("b", "2025-12-25", 100).Orders("c", "2025-12-31", 100);
  customer.Orders("d", "2026-01-01", 100).Orders("e", "2026-03-25", 100).Returns("c", "2026-01-05", 50);
  const Behaviour seen = customer.AsOf("2026-03-27");
  EXPECT_EQ(seen.burst_orders_365, 3);
  EXPECT_EQ(seen.burst_reviews_365, 2);
  EXPECT_EQ(seen.burst_returned_365, 1);
  EXPECT_EQ(seen.reviews_365, 2);
  EXPECT_EQ(seen.review_window_days_365, 7 + 3);
  EXPECT_EQ(seen.known_days_365, 94);
}

TEST(Behaviour, OfACustomerWithoutOrdersIsEmptyAndFinite) {
  const Behaviour seen = Customer().AsOf("2026-03-31");
  EXPECT_EQ(seen.known_days_365, 0);
  for (const double figure : FiguresOf(seen)) EXPECT_EQ(figure, 0);
}

}  // namespace
}  // namespace rung::abuse
