#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "libs/generator/generator.h"

namespace rung::generator {
namespace {

using features::Event;

constexpr int64_t kCustomerCount = 5000;
constexpr Day kQuarterEnds[] = {20178, 20269, 20361, 20453, 20543};  // 2025-03-31 ... 2026-03-31

GeneratorOptions Options() {
  GeneratorOptions options;
  options.seed = 11;
  options.customer_count = kCustomerCount;
  options.abuser_share_bps = 500;
  options.chain_share_bps = 200;
  return options;
}

const std::vector<GeneratedCustomer>& Base() {
  static const auto* base = [] {
    auto* customers = new std::vector<GeneratedCustomer>();
    const HistoryGenerator generator(Options());
    for (int64_t i = 0; i < kCustomerCount; ++i) customers->push_back(generator.Customer(i));
    return customers;
  }();
  return *base;
}

std::vector<const GeneratedCustomer*> Of(AbuseKind kind) {
  std::vector<const GeneratedCustomer*> found;
  for (const GeneratedCustomer& customer : Base()) {
    if (customer.truth.abuse == kind) found.push_back(&customer);
  }
  return found;
}

const features::CustomerProfile& ProfileOf(const GeneratedCustomer& customer) {
  return std::get<features::CustomerProfile>(customer.events.front().fact);
}

std::map<Day, int> OrdersByDay(const GeneratedCustomer& customer) {
  std::map<Day, int> orders;
  for (const Event& event : customer.events) {
    if (std::holds_alternative<features::Order>(event.fact)) ++orders[event.day];
  }
  return orders;
}

double ReturnRate(const GeneratedCustomer& customer) {
  std::set<std::string> returned;
  int orders = 0;
  for (const Event& event : customer.events) {
    orders += std::holds_alternative<features::Order>(event.fact) ? 1 : 0;
    const auto* refund = std::get_if<features::Refund>(&event.fact);
    const bool is_return = refund != nullptr && refund->reason == features::RefundReason::kCustomerReturn;
    if (is_return) returned.insert(refund->order_id);
  }
  return orders == 0 ? 0 : static_cast<double>(returned.size()) / orders;
}

double DiscountShare(const GeneratedCustomer& customer) {
  int lines = 0;
  int discounted = 0;
  for (const Event& event : customer.events) {
    const auto* order = std::get_if<features::Order>(&event.fact);
    if (order == nullptr) continue;
    for (const features::OrderLine& line : order->lines) {
      ++lines;
      discounted += line.promotional_discount > 0 ? 1 : 0;
    }
  }
  return lines == 0 ? 0 : static_cast<double>(discounted) / lines;
}

double Mean(const std::vector<const GeneratedCustomer*>& customers, double (*figure)(const GeneratedCustomer&)) {
  double sum = 0;
  for (const GeneratedCustomer* customer : customers) sum += figure(*customer);
  return sum / static_cast<double>(customers.size());
}

TEST(Abuse, TakesTheShareAskedForInFiveKinds) {
  const auto honest = Of(AbuseKind::kNone).size();
  const auto abusers = static_cast<size_t>(kCustomerCount) - honest;
  EXPECT_NEAR(static_cast<double>(abusers), 250, 60);
  for (const AbuseKind kind : {AbuseKind::kOrderSplitting, AbuseKind::kRefundCycling, AbuseKind::kReviewBurst,
                               AbuseKind::kCouponHarvesting, AbuseKind::kLinkedAccounts}) {
    EXPECT_NEAR(static_cast<double>(Of(kind).size()), 50, 25) << AbuseKindName(kind);
  }
}

TEST(Abuse, IsAbsentWhenNoneIsAskedFor) {
  GeneratorOptions options = Options();
  options.abuser_share_bps = 0;
  options.chain_share_bps = 0;
  const HistoryGenerator generator(options);
  for (int64_t i = 0; i < 500; ++i) {
    const CustomerTruth truth = generator.Customer(i).truth;
    EXPECT_EQ(truth.abuse, AbuseKind::kNone);
    EXPECT_EQ(truth.group, "");
  }
}

TEST(Abuse, LeavesAbusersWithEnoughHistoryToBeFound) {
  for (const GeneratedCustomer& customer : Base()) {
    if (customer.truth.abuse == AbuseKind::kNone) continue;
    EXPECT_LE(customer.truth.registered_day, Options().last_day - 168);
    EXPECT_FALSE(customer.truth.churn_day);
    EXPECT_GE(OrdersByDay(customer).size(), 2U) << customer.customer_id;
  }
}

TEST(Abuse, SplittersCutADeliveryIntoFiveOrders) {
  for (const GeneratedCustomer* customer : Of(AbuseKind::kOrderSplitting)) {
    int orders = 0;
    int days = 0;
    int cut_days = 0;
    for (const auto& [day, count] : OrdersByDay(*customer)) {
      orders += count;
      ++days;
      cut_days += count == 5 ? 1 : 0;
    }
    EXPECT_GT(cut_days * 10, days * 7) << customer->customer_id;
    const Day since = std::max(customer->truth.registered_day + 1, Options().first_day);
    EXPECT_GE(orders * 30, 15 * (Options().last_day - since + 1)) << customer->customer_id;
  }
}

TEST(Abuse, SplitOrdersComeWithOneDelivery) {
  for (const GeneratedCustomer* customer : Of(AbuseKind::kOrderSplitting)) {
    std::map<Day, std::set<UnixSeconds>> times;
    for (const Event& event : customer->events) {
      const auto* delivery = std::get_if<features::Delivery>(&event.fact);
      if (delivery != nullptr) times[event.day].insert(delivery->actual_time);
    }
    for (const auto& [day, actual] : times) EXPECT_EQ(actual.size(), 1U);
  }
}

TEST(Abuse, HonestCustomersOrderOnceADay) {
  for (const GeneratedCustomer* customer : Of(AbuseKind::kNone)) {
    for (const auto& [day, count] : OrdersByDay(*customer)) EXPECT_EQ(count, 1);
  }
}

TEST(Abuse, RefundCyclersReturnAboutHalfOfTheirOrders) {
  EXPECT_NEAR(Mean(Of(AbuseKind::kRefundCycling), ReturnRate), 0.53, 0.06);
  EXPECT_LT(Mean(Of(AbuseKind::kNone), ReturnRate), 0.04);
}

TEST(Abuse, BurstsCrowdTheWeekBeforeAReviewAndGoBackAfterIt) {
  for (const GeneratedCustomer* customer : Of(AbuseKind::kReviewBurst)) {
    int in_bursts = 0;
    int orders = 0;
    for (const auto& [day, count] : OrdersByDay(*customer)) {
      const Day* review = std::lower_bound(std::begin(kQuarterEnds), std::end(kQuarterEnds), day);
      in_bursts += *review - day < 7 ? count : 0;
      orders += count;
    }
    EXPECT_GT(in_bursts * 10, orders * 5) << customer->customer_id;
  }
  EXPECT_GT(Mean(Of(AbuseKind::kReviewBurst), ReturnRate), 0.2);
}

TEST(Abuse, CouponHarvestersBuyNearlyEverythingOnPromotion) {
  for (const GeneratedCustomer* customer : Of(AbuseKind::kCouponHarvesting)) {
    EXPECT_GT(DiscountShare(*customer), 0.85) << customer->customer_id;
  }
  EXPECT_LT(Mean(Of(AbuseKind::kNone), DiscountShare), 0.35);
}

TEST(Groups, ShareExactlyWhatTheTruthSays) {
  std::map<std::string, std::vector<const GeneratedCustomer*>> groups;
  for (const GeneratedCustomer& customer : Base()) {
    if (!customer.truth.group.empty()) groups[customer.truth.group].push_back(&customer);
  }
  int chains = 0;
  for (const auto& [leader, members] : groups) {
    EXPECT_GE(members.size(), 2U);
    EXPECT_LE(members.size(), 4U);
    EXPECT_EQ(members.front()->customer_id, leader);
    const SharedAttributes& shared = members.front()->truth.shared;
    chains += members.front()->truth.chain ? 1 : 0;
    const auto& first = ProfileOf(*members.front());
    for (size_t i = 1; i < members.size(); ++i) {
      const auto& profile = ProfileOf(*members[i]);
      EXPECT_EQ(profile.phone == first.phone, shared.phone);
      EXPECT_EQ(profile.address == first.address, shared.address);
      EXPECT_EQ(profile.device && profile.device == first.device, shared.device);
      EXPECT_EQ(profile.payer && profile.payer == first.payer, shared.payer);
      EXPECT_EQ(profile.region, first.region);
    }
  }
  EXPECT_GT(chains, 10);
  EXPECT_GT(static_cast<int>(groups.size()), chains + 8);
}

TEST(Groups, AreTheOnlyOnesToShareAnything) {
  std::map<std::string, std::string> owner;  // attribute -> group, or the customer itself
  for (const GeneratedCustomer& customer : Base()) {
    const auto& profile = ProfileOf(customer);
    const std::string self = customer.truth.group.empty() ? customer.customer_id : customer.truth.group;
    for (const auto* attribute : {&profile.phone, &profile.address, &profile.device, &profile.payer}) {
      if (!*attribute) continue;
      const auto [at, inserted] = owner.emplace(**attribute, self);
      EXPECT_EQ(at->second, self) << **attribute;
    }
  }
}

TEST(Groups, SurviveASmallBase) {
  GeneratorOptions options = Options();
  options.customer_count = 20;
  options.abuser_share_bps = 5000;
  int linked = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    options.seed = seed;
    const HistoryGenerator generator(options);
    std::map<std::string, int> sizes;
    for (int64_t i = 0; i < options.customer_count; ++i) {
      const CustomerTruth truth = generator.Customer(i).truth;
      if (!truth.group.empty()) ++sizes[truth.group];
    }
    for (const auto& [group, size] : sizes) {
      EXPECT_GE(size, 2) << group;
      linked += size;
    }
  }
  EXPECT_GT(linked, 5);
}

}  // namespace
}  // namespace rung::generator
