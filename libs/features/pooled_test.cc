// The facts of several accounts, pooled, are those of one customer who had sent them all.
#include "libs/features/pooled.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "libs/base/customer_id.h"
#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"
#include "tests/support/vectors.h"

namespace rung::features {
namespace {

constexpr size_t kAccounts = 3;

// What has to stay together: an order, an invoice, an event and its withdrawal.
std::string SubjectOf(const Event& event) {
  return std::visit([&](const auto& fact) -> std::string {
    if constexpr (requires { fact.invoice_id; }) {
      return "invoice " + fact.invoice_id;
    } else if constexpr (requires { fact.order_id; }) {
      return fact.order_id.empty() ? event.event_id : "order " + fact.order_id;
    } else if constexpr (requires { fact.voided_event_id; }) {
      return fact.voided_event_id;
    } else {
      return event.event_id;
    }
  }, event.fact);
}

std::vector<std::vector<Event>> Split(const std::vector<Event>& events) {
  std::map<std::string, size_t> account_of_event;
  for (const Event& event : events) account_of_event[event.event_id] = LocalFingerprint(SubjectOf(event)) % kAccounts;
  std::vector<std::vector<Event>> accounts(kAccounts);
  for (const Event& event : events) {
    const auto* withdrawal = std::get_if<Void>(&event.fact);
    const auto voided = withdrawal == nullptr ? account_of_event.end() : account_of_event.find(withdrawal->voided_event_id);
    accounts[voided == account_of_event.end() ? account_of_event[event.event_id] : voided->second].push_back(event);
  }
  return accounts;
}

bool HasStatus(const Event& event) {
  const auto* profile = std::get_if<CustomerProfile>(&event.fact);
  return profile != nullptr && profile->status;
}

class PooledTest : public ::testing::Test {
 protected:
  FeatureValues Evaluate(const CustomerState& state, Day as_of) {
    FeatureValues values;
    FeatureEvaluator(codes_, kAllSources).Evaluate(state, as_of, values);
    return values;
  }
  CustomerState OneOrder(Day day, std::optional<CustomerStatus> status = std::nullopt) {
    std::vector<Event> events(1, {.customer_id = "c", .event_id = "o", .event_time = day * kSecondsPerDay, .day = day});
    events[0].fact = Order{"o", 0, {{.sku = "s", .amount = 1000}}};
    if (status) {
      events.push_back({.customer_id = "c", .event_id = "p", .event_time = day * kSecondsPerDay, .day = day});
      events[1].fact = CustomerProfile{.status = status};
    }
    return BuildState(events, -kNever, codes_);
  }

  LocalCodeBook codes_;
};

TEST_F(PooledTest, HaveTheFeaturesOfOneCustomerWithAllFactsBitForBit) {
  const testing::FeatureVectors vectors = testing::LoadFeatureVectors();
  int compared = 0;
  for (const auto& customer : vectors.customers) {
    if (std::any_of(customer.events.begin(), customer.events.end(), HasStatus)) continue;
    testing::InternWords(customer.events, codes_);
    const auto split = Split(customer.events);
    std::vector<CustomerState> states;
    for (size_t a = 0; a < kAccounts; ++a) {
      // Folded to days of their own, as kept states are.
      states.push_back(BuildState(split[a], vectors.as_of - kWindowDays - static_cast<Day>(40 * a), codes_));
    }
    const CustomerState* const accounts[] = {&states[2], &states[0], &states[1]};
    const CustomerState whole = BuildState(customer.events, vectors.as_of - kWindowDays, codes_);
    for (const Day as_of : {vectors.as_of, vectors.as_of + 20}) {
      const FeatureValues pooled = Evaluate(Pool(accounts, as_of), as_of), expected = Evaluate(whole, as_of);
      for (size_t f = 0; f < pooled.values.size(); ++f) {
        EXPECT_EQ(std::memcmp(&pooled.values[f], &expected.values[f], sizeof(double)), 0)
            << customer.customer_id << " " << FeatureDefinitions()[f].name << ": " << pooled.values[f] << ", not " << expected.values[f];
      }
      EXPECT_EQ(pooled.top_category, expected.top_category);
    }
    ++compared;
  }
  EXPECT_GT(compared, 30);
}

TEST_F(PooledTest, LeaveTestAccountsOutUnlessThereIsNothingElse) {
  const CustomerState store = OneOrder(20'000), test = OneOrder(20'001, CustomerStatus::kTest);
  const CustomerState* const both[] = {&store, &test};
  EXPECT_EQ(Evaluate(Pool(both, 20'010), 20'010)[Feature::kOrders365d], 1);
  EXPECT_EQ(Evaluate(Pool(both, 20'000), 20'000)[Feature::kOrders365d], 1) << "it wasn't a test account yet";
  const CustomerState* const tests[] = {&test, &test};
  const CustomerState only_tests = Pool(tests, 20'010);
  EXPECT_EQ(Evaluate(only_tests, 20'010)[Feature::kOrders365d], 2);
  EXPECT_NE(only_tests.Latest(kStatus, 20'010), nullptr);
}

TEST_F(PooledTest, AreOpenWhileOneAccountIs) {
  const CustomerState open = OneOrder(20'000), closed = OneOrder(20'001, CustomerStatus::kClosed);
  const CustomerState* const both[] = {&closed, &open};
  const CustomerState whole = Pool(both, 20'010);
  EXPECT_EQ(whole.Latest(kStatus, 20'010), nullptr);
  EXPECT_EQ(Evaluate(whole, 20'010)[Feature::kOrders365d], 2) << "a closed store's facts stay the chain's";
  const CustomerState* const none[] = {&closed};
  EXPECT_NE(Pool(none, 20'010).Latest(kStatus, 20'010), nullptr);
}

}  // namespace
}  // namespace rung::features
