#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "libs/generator/generator.h"

namespace rung::generator {
namespace {

using features::Event;

constexpr Day kSpringFestival2026 = 20501;  // 2026-02-17

GeneratorOptions Options() {
  GeneratorOptions options;
  options.seed = 7;
  options.customer_count = 2000;
  return options;
}

const std::vector<GeneratedCustomer>& Base() {
  static const auto* base = [] {
    auto* customers = new std::vector<GeneratedCustomer>();
    const HistoryGenerator generator(Options());
    for (int64_t i = 0; i < Options().customer_count; ++i) customers->push_back(generator.Customer(i));
    return customers;
  }();
  return *base;
}

TEST(Ordering, KeepsToTheCustomersWeekdays) {
  for (const GeneratedCustomer& customer : Base()) {
    if (customer.truth.abuse == AbuseKind::kReviewBurst) continue;
    for (const Event& event : customer.events) {
      if (!std::holds_alternative<features::Order>(event.fact)) continue;
      EXPECT_NE(customer.truth.weekdays >> ((event.day + 3) % 7) & 1, 0) << customer.customer_id;
    }
  }
}

TEST(Ordering, EndsWithTheChurnDay) {
  int churned = 0;
  for (const GeneratedCustomer& customer : Base()) {
    if (!customer.truth.churn_day) continue;
    ++churned;
    for (const Event& event : customer.events) {
      if (!std::holds_alternative<features::Order>(event.fact)) continue;
      EXPECT_LT(event.day, *customer.truth.churn_day);
    }
  }
  EXPECT_GT(churned, 200);
}

TEST(Ordering, RangesFromMonthlyToDaily) {
  int below_monthly = 0;
  int nearly_daily = 0;
  for (const GeneratedCustomer& customer : Base()) {
    below_monthly += customer.truth.base_rate_milli < 1000 ? 1 : 0;
    nearly_daily += customer.truth.base_rate_milli > 15000 ? 1 : 0;
  }
  EXPECT_GT(below_monthly, 800);
  EXPECT_GT(nearly_daily, 10);
}

TEST(Ordering, SurgesBeforeSpringFestivalAndRestsInItsWeek) {
  std::map<Day, int> orders;
  for (const GeneratedCustomer& customer : Base()) {
    if (customer.truth.segment == "canteen") continue;
    for (const Event& event : customer.events) {
      if (std::holds_alternative<features::Order>(event.fact)) ++orders[event.day];
    }
  }
  const auto count = [&orders](Day from, int days) {
    int sum = 0;
    for (Day day = from; day < from + days; ++day) sum += orders[day];
    return sum;
  };
  EXPECT_EQ(count(kSpringFestival2026 - 1, 7), 0);
  EXPECT_GT(count(kSpringFestival2026 - 15, 14), 1.2 * count(kSpringFestival2026 - 43, 14));
  EXPECT_LT(count(kSpringFestival2026 + 6, 7), 0.8 * count(kSpringFestival2026 - 43, 7));
}

TEST(Baskets, HoldGoodsOnSaleAtNonNegativeMoney) {
  std::set<std::string> categories;
  std::set<std::string> skus;
  size_t lines = 0;
  size_t new_skus = 0;
  for (const GeneratedCustomer& customer : Base()) {
    for (const Event& event : customer.events) {
      const auto* order = std::get_if<features::Order>(&event.fact);
      if (order == nullptr) continue;
      EXPECT_FALSE(order->lines.empty());
      std::set<std::string> in_order;
      for (const features::OrderLine& line : order->lines) {
        EXPECT_TRUE(in_order.insert(line.sku).second) << "twice in an order: " << line.sku;
        EXPECT_GE(line.amount, 0);
        EXPECT_GT(line.cost.value_or(0), 0);
        EXPECT_GE(line.promotional_discount, 0);
        EXPECT_LE(line.promotional_discount, line.amount) << "more than half off";
        EXPECT_GE(line.quantity_milli, 1000);
        EXPECT_EQ(line.quantity_milli % (line.unit == features::Unit::kPiece ? 1000 : 100), 0);
        EXPECT_LE(line.listed_day, event.day);
        categories.insert(line.category);
        skus.insert(line.sku);
        ++lines;
        new_skus += event.day - line.listed_day.value_or(0) <= 60 ? 1 : 0;
      }
    }
  }
  EXPECT_GE(categories.size(), 14U);
  EXPECT_GE(skus.size(), 550U);
  EXPECT_GT(new_skus, lines / 50);
  EXPECT_LT(new_skus, lines / 4);
}

TEST(Baskets, FollowTheSeasons) {
  std::map<bool, int64_t> fruit;  // by summer
  std::map<bool, int64_t> all;
  for (const GeneratedCustomer& customer : Base()) {
    for (const Event& event : customer.events) {
      const auto* order = std::get_if<features::Order>(&event.fact);
      const std::string month = FormatDay(event.day).substr(5, 2);
      const bool summer = month == "07" || month == "08";
      if (order == nullptr || (!summer && month != "01" && month != "12")) continue;
      all[summer] += static_cast<int64_t>(order->lines.size());
      fruit[summer] += std::count_if(order->lines.begin(), order->lines.end(),
                                     [](const features::OrderLine& line) { return line.category == "fruit"; });
    }
  }
  EXPECT_GT(fruit[true] * all[false], fruit[false] * all[true]);
}

TEST(Fulfilment, NeverRefundsMoreThanTheOrder) {
  size_t refunds = 0;
  for (const GeneratedCustomer& customer : Base()) {
    std::map<std::string, features::Fen> rest;
    for (const Event& event : customer.events) {
      if (const auto* order = std::get_if<features::Order>(&event.fact)) {
        for (const auto& line : order->lines) rest[order->order_id] += line.amount;
      } else if (const auto* refund = std::get_if<features::Refund>(&event.fact)) {
        ASSERT_TRUE(rest.contains(refund->order_id)) << "refund before its order";
        EXPECT_GT(refund->amount, 0);
        EXPECT_GE(rest[refund->order_id] -= refund->amount, 0);
        ++refunds;
      }
    }
  }
  EXPECT_GT(refunds, 1000U);
}

TEST(Fulfilment, DeliversMostlyOnTimeAndSometimesLate) {
  int on_time = 0;
  int late = 0;
  int carrier_fault = 0;
  for (const GeneratedCustomer& customer : Base()) {
    for (const Event& event : customer.events) {
      const auto* delivery = std::get_if<features::Delivery>(&event.fact);
      if (delivery == nullptr) continue;
      EXPECT_EQ(delivery->actual_time, event.event_time);
      if (!delivery->promised_time) continue;
      const bool is_late = delivery->actual_time > *delivery->promised_time;
      (is_late ? late : on_time) += 1;
      carrier_fault += delivery->carrier_fault ? 1 : 0;
      EXPECT_TRUE(is_late || !delivery->carrier_fault);
    }
  }
  EXPECT_GT(on_time, 10 * late);
  EXPECT_GT(late, 2 * carrier_fault);
  EXPECT_GT(carrier_fault, 0);
}

TEST(Billing, LeavesInvoicesPaidOnTimeLateAndUnpaid) {
  const Day last_day = Options().last_day;
  int on_time = 0;
  int late = 0;
  int unpaid = 0;
  for (const GeneratedCustomer& customer : Base()) {
    const auto& profile = std::get<features::CustomerProfile>(customer.events.front().fact);
    std::map<std::string, Day> due;
    for (const Event& event : customer.events) {
      if (const auto* invoice = std::get_if<features::Invoice>(&event.fact)) {
        EXPECT_TRUE(*profile.credit_terms);
        EXPECT_GT(invoice->amount, 0);
        if (!invoice->paid_day) due[invoice->invoice_id] = invoice->due_day;
      } else if (const auto* payment = std::get_if<features::Payment>(&event.fact)) {
        ASSERT_TRUE(due.contains(payment->invoice_id));
        (event.day <= due[payment->invoice_id] ? on_time : late) += 1;
        due.erase(payment->invoice_id);
      }
    }
    for (const auto& [id, due_day] : due) unpaid += due_day < last_day - 60 ? 1 : 0;
  }
  EXPECT_GT(on_time, 1000);
  EXPECT_GT(late, 100);
  EXPECT_GT(unpaid, 10);
}

TEST(OutsideValues, LieInTheirRanges) {
  std::map<std::string, int> count;
  for (const GeneratedCustomer& customer : Base()) {
    for (const Event& event : customer.events) {
      const auto* value = std::get_if<features::OutsideValue>(&event.fact);
      if (value == nullptr) continue;
      ++count[value->name];
      const bool potential = value->name == "potential_index";
      EXPECT_GE(value->value, potential ? 0 : 300);
      EXPECT_LE(value->value, potential ? 1 : 850);
    }
  }
  EXPECT_GT(count["potential_index"], 500);
  EXPECT_GT(count["credit_score"], 500);
  EXPECT_EQ(count.size(), 2U);
}

}  // namespace
}  // namespace rung::generator
