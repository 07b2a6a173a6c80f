#include "services/recommendations/order_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rung::recommendations {
namespace {

using features::Event;
using ::testing::SizeIs;

Event At(const std::string& id, Day day, features::Fact fact) {
  Event event;
  event.event_id = id;
  event.day = day;
  event.event_time = static_cast<UnixSeconds>(day) * kSecondsPerDay;
  event.fact = std::move(fact);
  return event;
}

features::Order OrderOf(const std::string& id, const std::string& sku, int32_t revision = 0) {
  features::Order order;
  order.order_id = id;
  order.revision = revision;
  order.lines.push_back({.sku = sku, .category = "", .quantity_milli = 1000, .unit = features::Unit::kPiece, .amount = 500, .cost = {},
                         .promotional_discount = 0, .listed_day = {}});
  return order;
}

TEST(Purchases, ANewerRevisionReplacesTheLinesOnTheDayOfTheOrder) {
  const auto purchases = PurchasesOf({At("b", 12, OrderOf("o", "pear", 1)), At("a", 10, OrderOf("o", "apple"))});
  ASSERT_THAT(purchases.orders, SizeIs(1));
  EXPECT_EQ(purchases.orders[0].day, 10);
  EXPECT_EQ(purchases.orders[0].lines[0].sku, "pear");
}

TEST(Purchases, OfCancelledAndWithdrawnOrdersThereAreNone) {
  EXPECT_THAT(PurchasesOf({At("a", 10, OrderOf("o", "apple")), At("b", 11, features::Cancellation{"o"})}).orders, SizeIs(0));
  EXPECT_THAT(PurchasesOf({At("a", 10, OrderOf("o", "apple")), At("b", 11, features::Void{"a"})}).orders, SizeIs(0));
  EXPECT_THAT(PurchasesOf({At("b", 12, OrderOf("o", "pear", 1))}).orders, SizeIs(0)) << "its first revision isn't here yet";
}

TEST(Purchases, OfAnOrderThatWentBackAsAWholeThereAreNone) {
  EXPECT_THAT(PurchasesOf({At("a", 10, OrderOf("o", "apple")), At("b", 11, features::Refund{"o", 500})}).orders, SizeIs(0));
  EXPECT_THAT(PurchasesOf({At("a", 10, OrderOf("o", "apple")), At("b", 11, features::Refund{"o", 499})}).orders, SizeIs(1));
  EXPECT_THAT(PurchasesOf({At("a", 10, OrderOf("o", "apple")), At("b", 11, features::Refund{"o", 500, features::RefundReason::kSupplierFault})}).orders,
              SizeIs(1)) << "the customer wanted it";
}

TEST(Purchases, TestAccountsHaveNoHabits) {
  features::CustomerProfile profile;
  profile.status = features::CustomerStatus::kTest;
  profile.region = "north";
  EXPECT_THAT(PurchasesOf({At("a", 10, OrderOf("o", "apple")), At("p", 1, profile)}).orders, SizeIs(0));
}

TEST(Purchases, TheNewestProfileTellsTheRegion) {
  features::CustomerProfile older, newer;
  older.region = "north";
  older.segment = "canteen";
  newer.region = "south";
  const auto purchases = PurchasesOf({At("n", 9, newer), At("o", 3, older)});
  EXPECT_EQ(purchases.region, "south");
  EXPECT_EQ(purchases.segment, "canteen");
}

}  // namespace
}  // namespace rung::recommendations
