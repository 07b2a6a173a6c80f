// A simulation says what the published benefits cost before and after, in fen, against figures worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "rung/grading/v1/simulation.grpc.pb.h"
#include "tests/support/benefit_client.h"
#include "tests/support/error_details.h"

namespace rung::testing {
namespace {

using Costs = v1::SimulationResult::BenefitCosts;

bv1::BenefitPlan Plan(const std::string& id = "kuailv") {
  return FromJson<bv1::BenefitPlan>(R"({"plan_id": ")" + id + R"(", "ladder_id": "kuailv", "currency_code": "CNY",
    "tiers": [
      {"code": "diamond", "inherits": false, "benefits": [
        {"benefit_id": "d.rate", "discount_rate": {"pay_bps": 9000}},
        {"benefit_id": "d.fruit", "exclusive_offer": {"scope": "category:fruit/imported", "pay_bps": 8000}},
        {"benefit_id": "d.delivery", "free_delivery": {"from_fen": "6000000"}},
        {"benefit_id": "d.support", "dedicated_support": {"channel": "vip"}}]},
      {"code": "platinum", "inherits": false, "benefits": [{"benefit_id": "p.rate", "discount_rate": {"pay_bps": 9500}}]},
      {"code": "gold", "inherits": false, "benefits": [{"benefit_id": "g.rate", "discount_rate": {"pay_bps": 9800}}]},
      {"code": "silver", "inherits": false}, {"code": "bronze", "inherits": false}],
    "overrides": [{"override_id": "north", "audience": {"tier_codes": ["gold"], "regions": ["beijing"]},
                   "benefits": [{"benefit_id": "n.rate", "discount_rate": {"pay_bps": 9000}}]}]})");
}

class SimulationCostsTest : public ::testing::Test {
 protected:
  grpc::Status Simulate(v1::SimulateModelRequest request, v1::SimulationResult& result) {
    if (!request.has_model()) *request.mutable_model() = ReadModel("kuailv");
    request.set_as_of_date("2026-03-31");
    auto stub = v1::SimulationService::NewStub(installation_.channel());
    auto context = Within(20'000);
    auto reader = stub->SimulateModel(context.get(), request);
    v1::SimulateModelResponse message;
    while (reader->Read(&message)) result = message.result();
    return reader->Finish();
  }

  static v1::Event About(const std::string& customer, const std::string& event_id, const std::string& date) {
    v1::Event event = OrderEvent(customer, event_id, date, 1);
    event.clear_order();
    return event;
  }

  static const Costs::TierCost& Of(const v1::SimulationResult& result, const std::string& tier) {
    for (const auto& item : result.benefit_costs().tiers()) {
      if (item.tier_code() == tier) return item;
    }
    ADD_FAILURE() << tier << " has no costs";
    return Costs::TierCost::default_instance();
  }

  Installation installation_;
  BenefitClient client_{installation_.channel()};
};

TEST_F(SimulationCostsTest, WithoutAPublishedPlanOfTheLadderThereAreNoneAndThatIsNoError) {
  installation_.Ingest({OrderEvent("canteen", "o1", "2026-03-01", 1'000'00)});
  bv1::BenefitPlan other = Plan("other");
  other.set_ladder_id("kuailv-rfmpl");
  other.clear_overrides();
  ASSERT_TRUE(client_.Publish(other).ok());
  v1::SimulationResult result;
  ASSERT_TRUE(Simulate({}, result).ok());
  EXPECT_FALSE(result.has_benefit_costs());
  v1::SimulateModelRequest named;
  named.set_benefit_plan_id("other");
  EXPECT_EQ(DetailsOf(Simulate(named, result)).ViolationOf("benefit_plan_id"), "UNKNOWN_PLAN");
  named.clear_benefit_plan_id();
  named.set_delivery_fee_minor(-1);
  named.set_max_age_seconds(601);
  const auto refused = DetailsOf(Simulate(named, result));
  EXPECT_EQ(refused.ViolationOf("delivery_fee_minor"), "OUT_OF_RANGE");
  EXPECT_EQ(refused.ViolationOf("max_age_seconds"), "OUT_OF_RANGE");
}

TEST_F(SimulationCostsTest, CountRatesOffersRefundsAndDeliveriesOfAYear) {
  // Vegetables of 100,000 yuan less 30,000 refunded, imported fruit of 50,000; a cancelled order and one of last year don't count.
  v1::Event fruit = OrderEvent("hotel", "fruit", "2026-02-01", 50'000'00);
  fruit.mutable_order()->mutable_lines(0)->set_category("fruit/imported/cherries");
  v1::Event refund = About("hotel", "refund", "2026-02-20");
  refund.mutable_refund()->set_order_id("vegetables");
  refund.mutable_refund()->set_amount_minor(30'000'00);
  v1::Event cancelled = About("hotel", "cancel", "2026-03-02");
  cancelled.mutable_cancellation()->set_order_id("cancelled");
  installation_.Ingest({OrderEvent("hotel", "vegetables", "2026-02-01", 100'000'00), fruit, refund,
                        OrderEvent("hotel", "cancelled", "2026-03-01", 77'000'00), cancelled, OrderEvent("hotel", "old", "2025-03-01", 66'000'00)});
  client_.SetTier("hotel", "diamond");
  ASSERT_TRUE(client_.Publish(Plan()).ok());
  v1::SimulateModelRequest request;
  request.set_delivery_fee_minor(30'00);
  v1::SimulationResult result;
  const grpc::Status status = Simulate(request, result);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const Costs& costs = result.benefit_costs();
  // (100,000 × 10 % + 50,000 × 20 %) × 120,000 / 150,000 = 16,000 yuan; one order of 60,000 yuan or more: 30 yuan.
  EXPECT_EQ(Of(result, "diamond").before_minor(), 16'030'00);
  EXPECT_EQ(Of(result, "diamond").after_minor(), 16'030'00);
  EXPECT_EQ(Of(result, "diamond").after_free_delivery_count(), 1);
  EXPECT_EQ(costs.after_minor(), 16'030'00);
  EXPECT_EQ(costs.plan_id(), "kuailv");
  EXPECT_EQ(costs.plan_version(), 1);
  EXPECT_EQ(costs.currency_code(), "CNY");
  ASSERT_EQ(costs.uncounted_size(), 1);
  EXPECT_EQ(costs.uncounted(0).benefit_id(), "d.support");
  EXPECT_EQ(costs.uncounted(0).reason(), Costs::REASON_NOT_MONEY);
  EXPECT_NE(costs.uncounted(0).messages().at("zh"), "");
}

TEST_F(SimulationCostsTest, FollowTheTiersThatTheDraftMoves) {
  std::vector<v1::Event> events;
  std::map<std::string, int64_t> spend;
  for (int c = 0; c < 40; ++c) {
    const std::string id = "c" + std::to_string(c);
    for (int o = 0; o < 1 + c % 9; ++o) {
      const int64_t amount = 200'000 * (1 + c) * (1 + c % 7);
      events.push_back(OrderEvent(id, "o" + std::to_string(o), "2026-03-0" + std::to_string(1 + o), amount));
      spend[id] += amount;
    }
    if (c % 2 == 0) {
      v1::Event profile = About(id, "profile", "2026-03-01");
      profile.mutable_profile()->set_region("beijing");
      events.push_back(profile);
    }
  }
  installation_.Ingest(events);
  installation_.Regrade("first", "2026-03-30");
  ASSERT_TRUE(client_.Publish(Plan()).ok());
  const auto costs_now = [&] {
    std::map<std::string, int64_t> sums;
    const std::map<std::string, int64_t> off = {{"diamond", 1000}, {"platinum", 500}, {"gold", 200}, {"silver", 0}, {"bronze", 0}};
    for (const auto& [id, amount] : spend) {
      const std::string tier = installation_.GetTier(id, "kuailv").tier().tier_code();
      const bool north = std::stoi(id.substr(1)) % 2 == 0;
      sums[tier] += amount * (tier == "gold" && north ? 1000 : off.at(tier)) / 10'000;
    }
    return sums;
  };
  const auto before = costs_now();
  v1::SimulateModelRequest request;
  *request.mutable_model() = ReadModel("kuailv");
  request.mutable_model()->mutable_dimensions(0)->set_weight(70);
  request.mutable_model()->mutable_tiers(2)->set_lower_bound(50);
  request.mutable_model()->mutable_stability()->set_protection_months(0);
  v1::SimulationResult result;
  ASSERT_TRUE(Simulate(request, result).ok());

  v1::ApplyModelRequest apply;
  *apply.mutable_model() = request.model();
  apply.set_request_id("apply");
  v1::ApplyModelResponse applied;
  auto context = Within(10'000);
  ASSERT_TRUE(installation_.models().ApplyModel(context.get(), apply, &applied).ok());
  installation_.Regrade("second", "2026-03-31", true);
  auto after = costs_now();
  EXPECT_NE(before, after) << "the draft moves costs";
  int64_t total_before = 0, total_after = 0, flows_before = 0, flows_after = 0;
  for (const auto& tier : result.benefit_costs().tiers()) {
    EXPECT_EQ(tier.before_minor(), before.contains(tier.tier_code()) ? before.at(tier.tier_code()) : 0) << tier.tier_code();
    EXPECT_EQ(tier.after_minor(), after[tier.tier_code()]) << tier.tier_code();
    total_before += tier.before_minor();
    total_after += tier.after_minor();
  }
  for (const auto& flow : result.migrations()) {
    flows_before += flow.cost_before_minor();
    flows_after += flow.cost_after_minor();
  }
  EXPECT_EQ(result.benefit_costs().before_minor(), total_before);
  EXPECT_EQ(result.benefit_costs().after_minor(), total_after);
  EXPECT_EQ(flows_before, total_before) << "migrations add up to the same";
  EXPECT_EQ(flows_after, total_after);
}

TEST_F(SimulationCostsTest, AKeptBaseIsUsedAgainOnlyByThoseWhoTakeAnOlderOne) {
  installation_.Ingest({OrderEvent("canteen", "o1", "2026-03-01", 1'000'00)});
  v1::SimulateModelRequest again;
  again.set_max_age_seconds(600);
  v1::SimulationResult first, second, fresh;
  ASSERT_TRUE(Simulate(again, first).ok());
  installation_.Ingest({OrderEvent("noodle-bar", "o1", "2026-03-01", 1'000'00)});
  ASSERT_TRUE(Simulate(again, second).ok());
  EXPECT_EQ(second.customer_count(), 1) << "the base of the first one";
  EXPECT_EQ(second.base_read_time().seconds(), first.base_read_time().seconds());
  v1::SimulateModelRequest other_feature = again;
  *other_feature.mutable_model() = ReadModel("kuailv");
  other_feature.mutable_model()->mutable_dimensions(0)->mutable_factors(0)->set_feature("net_spend_90d");
  other_feature.mutable_model()->mutable_benchmarks(0)->add_overrides()->set_region("beijing");
  other_feature.mutable_model()->mutable_benchmarks(0)->mutable_overrides(0)->set_value(10'000'00);
  ASSERT_TRUE(Simulate(other_feature, fresh).ok());
  EXPECT_EQ(fresh.customer_count(), 2) << "a feature that isn't kept is read";
  installation_.Ingest({OrderEvent("grill", "o1", "2026-03-01", 1'000'00)});
  ASSERT_TRUE(Simulate({}, fresh).ok());
  EXPECT_EQ(fresh.customer_count(), 3) << "by default the base is read now";
}

}  // namespace
}  // namespace rung::testing
