// Paths over a whole installation: what PlanPath proposes, sent as events, moves the tier; a little less doesn't.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "libs/base/day.h"
#include "tests/support/benefit_client.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

constexpr char kToday[] = "2026-03-31";

class PlanPathTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation();
    for (int i = 0; i < 12; ++i) Buy(fmt::format("twin{}", i));
    for (int i = 0; i < 20; ++i) {
      installation_->Ingest({OrderEvent(fmt::format("other{}", i), "o", "2026-03-20", 100'000 * (i + 1))});
    }
    ASSERT_EQ(installation_->Regrade("base", kToday, true).state(), v1::RUN_STATE_DONE);
  }
  static void TearDownTestSuite() { delete installation_; }

  // Every customer of this history has the same way to go: an order of 800 yuan each Tuesday of the quarter.
  static void Buy(const std::string& customer) {
    std::vector<v1::Event> events;
    for (const char* date : {"2026-01-06", "2026-01-13", "2026-01-20", "2026-01-27", "2026-02-03", "2026-02-10", "2026-02-17",
                             "2026-02-24", "2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24"}) {
      events.push_back(OrderEvent(customer, fmt::format("w-{}", date), date, 80'000));
    }
    v1::Event root = OrderEvent(customer, "root", "2026-03-24", 20'000);
    root.mutable_order()->mutable_lines(0)->set_category("root-vegetables");
    events.push_back(root);
    installation_->Ingest(events);
  }

  static grpc::Status Plan(const v1::PlanPathRequest& request, v1::PlanPathResponse& response) {
    auto context = Within(20'000);
    return installation_->paths().PlanPath(context.get(), request, &response);
  }
  static v1::PlanPathResponse Plan(const std::string& customer, const std::string& ladder, const std::string& target,
                                   const std::string& by = kToday) {
    v1::PlanPathRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id(ladder);
    request.set_target_tier_code(target);
    request.set_by_date(by);
    v1::PlanPathResponse response;
    const grpc::Status status = Plan(request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  static const v1::PathPlan& Of(const v1::TierPath& path, v1::PathLever lever) {
    for (const v1::PathPlan& plan : path.plans()) {
      if (plan.lever() == lever) return plan;
    }
    ADD_FAILURE() << path.ShortDebugString();
    return path.mix();
  }

  // The plan's orders, as the order system would send them; `less` fen are taken off the last one.
  static void Send(const std::string& customer, const v1::PathPlan& plan, int64_t less = 0) {
    std::vector<v1::Event> events;
    for (const v1::PlannedOrder& planned : plan.orders()) {
      v1::Event& event = events.emplace_back(OrderEvent(customer, fmt::format("sent{}", events.size()), planned.date(), 1));
      event.mutable_order()->clear_lines();
      for (const auto& line : planned.lines()) {
        v1::OrderLine& item = *event.mutable_order()->add_lines();
        item.set_sku("sku-1");
        item.set_category(line.category());
        item.set_quantity_milli(1000);
        item.set_amount_minor(line.amount_minor());
        if (line.has_cost_minor()) item.set_cost_minor(line.cost_minor());
      }
    }
    v1::OrderLine& last = *events.back().mutable_order()->mutable_lines()->rbegin();
    last.set_amount_minor(last.amount_minor() - less);
    installation_->Ingest(events);
  }
  static std::string TierOf(const std::string& customer, const std::string& ladder) {
    return installation_->GetTier(customer, ladder).tier().tier_code();
  }

  static inline Installation* installation_;
};

TEST_F(PlanPathTest, OneOrderOfThePlannedAmountUpgradesAtOnceAndAYuanLessDoesNot) {
  // The tier that an order's amount decides, and not merely that there is one more.
  v1::PlanPathResponse response;
  for (const char* target : {"silver", "gold", "platinum"}) {
    response = Plan("twin0", "kuailv", target);
    if (response.reach().plans_size() > 0 && response.reach().plans(0).spend_minor() > 100'000) break;
  }
  EXPECT_EQ(response.current_tier_code(), TierOf("twin0", "kuailv"));
  EXPECT_EQ(response.usual_order_minor(), 80'000);
  EXPECT_EQ(response.usual_gap_days(), 7);
  const v1::PathPlan& once = Of(response.reach(), v1::PATH_LEVER_SPEND_ONCE);
  ASSERT_TRUE(once.reached()) << once.ShortDebugString();
  EXPECT_EQ(once.date(), kToday);
  EXPECT_EQ(once.spend_minor() % 100, 0);
  ASSERT_EQ(once.orders_size(), 1);
  EXPECT_EQ(once.orders(0).lines_size(), 2);  // in both usual categories
  EXPECT_FALSE(once.sentence().zh().empty());
  const std::string target = response.reach().target_tier_code();
  Send("twin0", once);
  EXPECT_EQ(TierOf("twin0", "kuailv"), target);
  Send("twin1", once, 100);
  EXPECT_NE(TierOf("twin1", "kuailv"), target);
}

TEST_F(PlanPathTest, NoOrderIsSmallerThanTheLeastThatIsAllowed) {
  v1::PlanPathRequest request;
  request.set_customer_id("twin11");
  request.set_ladder_id("kuailv");
  request.set_by_date(kToday);
  request.set_min_order_minor(30'050);
  v1::PlanPathResponse response;
  ASSERT_TRUE(Plan(request, response).ok());
  const v1::PathPlan& once = Of(response.reach(), v1::PATH_LEVER_SPEND_ONCE);
  ASSERT_TRUE(once.reached());
  EXPECT_GE(once.spend_minor(), 30'100);  // in whole yuan
}

TEST_F(PlanPathTest, TheCheapestMixUpgradesOnLaddersOfEveryKind) {
  int twin = 2;
  for (const char* ladder : {"kuailv", "kuailv-rfmpl", "kuailv-class", "meicai", "meicai-rfmp"}) {
    SCOPED_TRACE(ladder);
    const std::string customer = fmt::format("twin{}", twin++);
    const v1::PlanPathResponse response = Plan(customer, ladder, "");
    if (!response.has_reach()) continue;  // the best tier already
    const v1::TierPath& path = response.reach();
    EXPECT_TRUE(path.without_action_date().empty());
    if (!path.mix().reached()) {
      EXPECT_FALSE(path.single_lever_is_enough());
      continue;
    }
    if (path.mix().review_count() > 0 || path.mix().session_count() > 0) continue;  // sent by another test's means
    for (const v1::PathPlan& plan : path.plans()) {
      if (plan.reached()) {
        EXPECT_LE(path.mix().cost_minor(), plan.cost_minor());
      }
    }
    Send(customer, path.mix());
    EXPECT_EQ(TierOf(customer, ladder), path.mix().tier_code());
  }
}

TEST_F(PlanPathTest, AProtectedTierHasToBeKeptOnlyWhenItsProtectionEnds) {
  installation_->Ingest({OrderEvent("twin9", "large", kToday, 60'000'000)});
  const v1::PlanPathResponse response = Plan("twin9", "kuailv", "");
  ASSERT_TRUE(response.has_keep());
  EXPECT_EQ(response.keep().review_date(), "2026-06-30");
  EXPECT_EQ(response.keep().date(), "2026-06-29");
  EXPECT_EQ(response.keep().target_tier_code(), response.current_tier_code());
  EXPECT_GT(response.keep().usual_orders_size(), 5);
  EXPECT_FALSE(response.keep().sentences(0).zh().empty());
}

TEST_F(PlanPathTest, ATierSetByHandIsNotToBeLeftBeforeItsEnd) {
  BenefitClient client(installation_->channel());
  client.SetTier("twin8", "silver");  // until the end of the year
  const v1::PlanPathResponse before = Plan("twin8", "kuailv", "platinum", "2026-05-31");
  EXPECT_TRUE(before.reach().blocked());
  EXPECT_EQ(before.reach().plans_size(), 0);
  EXPECT_FALSE(before.reach().has_mix());
  EXPECT_TRUE(before.reach().without_action_date().empty());
  ASSERT_EQ(before.holds_size(), 1);
  EXPECT_EQ(before.holds(0).reason(), "OVERRIDDEN");
  EXPECT_EQ(before.holds(0).until_date(), "2026-12-31");
  EXPECT_FALSE(before.holds(0).sentence().zh().empty());
  ASSERT_TRUE(before.has_keep());
  EXPECT_EQ(before.keep().review_date(), "2026-12-31");
  // It is true: a purchase that is worth more changes nothing.
  installation_->Ingest({OrderEvent("twin8", "large", kToday, 60'000'000)});
  EXPECT_EQ(TierOf("twin8", "kuailv"), "silver");
  const v1::PlanPathResponse later = Plan("twin8", "kuailv", "gold", "2026-12-31");
  EXPECT_FALSE(later.reach().blocked());
  EXPECT_EQ(later.reach().without_action_date(), "2026-12-31") << "from the day on which the set tier ends";
}

TEST_F(PlanPathTest, WhatConfirmationAndLevelLimitsHoldIsSaid) {
  v1::ApplyModelRequest apply;
  *apply.mutable_model() = ReadModel("kuailv");
  apply.mutable_model()->set_model_id("slow");
  apply.mutable_model()->mutable_stability()->set_confirmation_batches(3);
  apply.mutable_model()->mutable_stability()->set_max_levels_down(1);
  apply.set_request_id("slow");
  v1::ApplyModelResponse applied;
  auto context = Within(10'000);
  ASSERT_TRUE(installation_->models().ApplyModel(context.get(), apply, &applied).ok());
  installation_->Ingest({OrderEvent("twin7", "large", kToday, 60'000'000)});
  const v1::PlanPathResponse response = Plan("twin7", "slow", "");
  ASSERT_EQ(response.holds_size(), 2);
  EXPECT_EQ(response.holds(0).reason(), "AWAITS_CONFIRMATION");
  EXPECT_EQ(response.holds(1).reason(), "LEVEL_LIMIT");
  EXPECT_EQ(response.keep().review_date(), "2026-04-03") << "the third run from tonight on";
}

TEST_F(PlanPathTest, OneLeverAloneIsWhatItIsAmongAll) {
  v1::PlanPathRequest request;
  request.set_customer_id("twin6");
  request.set_ladder_id("kuailv");
  request.set_by_date("2026-04-30");
  v1::PlanPathResponse all, only;
  ASSERT_TRUE(Plan(request, all).ok());
  request.set_only_lever(v1::PATH_LEVER_SPEND_ONCE);
  ASSERT_TRUE(Plan(request, only).ok());
  ASSERT_EQ(only.reach().plans_size(), 1);
  EXPECT_EQ(only.reach().plans(0).DebugString(), Of(all.reach(), v1::PATH_LEVER_SPEND_ONCE).DebugString());
  EXPECT_FALSE(only.reach().has_mix());
  EXPECT_FALSE(only.has_keep());
}

TEST_F(PlanPathTest, NothingIsPromisedToClosedAccountsAndThoseThatNeverOrdered) {
  v1::Event closed = OrderEvent("closed", "status", kToday, 1);
  closed.mutable_profile()->set_status(v1::CUSTOMER_STATUS_CLOSED);
  v1::Event refund = OrderEvent("never", "r", kToday, 1);
  refund.mutable_refund()->set_order_id("unknown");
  refund.mutable_refund()->set_amount_minor(100);
  installation_->Ingest({OrderEvent("closed", "o", "2026-03-20", 50'000'000), closed, refund});
  const v1::PlanPathResponse of_closed = Plan("closed", "meicai-rfmp", "", "2026-04-30");
  ASSERT_EQ(of_closed.holds_size(), 1);
  EXPECT_EQ(of_closed.holds(0).reason(), "CLOSED");
  EXPECT_FALSE(of_closed.reach().mix().reached());

  const v1::PlanPathResponse of_never = Plan("never", "kuailv", "", "2026-04-30");
  EXPECT_EQ(of_never.usual_order_minor(), 0);
  EXPECT_EQ(of_never.usual_gap_days(), 0);
  EXPECT_EQ(of_never.reach().usual_orders_size(), 0);
  EXPECT_EQ(of_never.reach().without_action_date(), "");
  EXPECT_EQ(of_never.reach().score_milli_at_date(), 0);
}

TEST_F(PlanPathTest, AReachedTierNeedsNothing) {
  const v1::PlanPathResponse response = Plan("twin10", "kuailv", "bronze");
  EXPECT_EQ(response.reach().without_action_date(), kToday);
  EXPECT_EQ(response.reach().plans_size(), 0);
  EXPECT_FALSE(response.reach().has_mix());
}

TEST_F(PlanPathTest, WrongRequestsAreNamed) {
  const auto wrong = [](const std::function<void(v1::PlanPathRequest&)>& change) {
    v1::PlanPathRequest request;
    request.set_customer_id("twin11");
    change(request);
    v1::PlanPathResponse response;
    return DetailsOf(Plan(request, response));
  };
  EXPECT_EQ(wrong([](auto& r) { r.set_customer_id("nobody"); }).reason, "CUSTOMER_UNKNOWN");
  EXPECT_EQ(wrong([](auto& r) { r.set_customer_id(""); }).ViolationOf("customer_id"), "REQUIRED");
  EXPECT_EQ(wrong([](auto& r) { r.set_ladder_id("nope"); }).reason, "LADDER_UNKNOWN");
  EXPECT_EQ(wrong([](auto& r) { r.set_target_tier_code("wood"); }).ViolationOf("target_tier_code"), "UNKNOWN_TIER");
  EXPECT_EQ(wrong([](auto& r) { r.set_by_date("soon"); }).ViolationOf("by_date"), "BAD_DATE");
  EXPECT_EQ(wrong([](auto& r) { r.set_by_date("2026-03-30"); }).ViolationOf("by_date"), "OUT_OF_RANGE");
  EXPECT_EQ(wrong([](auto& r) { r.set_by_date("2027-04-02"); }).ViolationOf("by_date"), "OUT_OF_RANGE");
  EXPECT_EQ(wrong([](auto& r) { r.set_min_order_minor(-1); }).ViolationOf("min_order_minor"), "OUT_OF_RANGE");
  EXPECT_EQ(wrong([](auto& r) { r.set_only_lever(v1::PATH_LEVER_MIX); }).ViolationOf("only_lever"), "UNKNOWN_VALUE");
  EXPECT_EQ(wrong([](auto& r) { r.set_max_spend_minor(-1); }).ViolationOf("max_spend_minor"), "OUT_OF_RANGE");
  const ErrorDetails costs = wrong([](auto& r) {
    r.mutable_costs()->set_order_minor(-1);
    r.mutable_costs()->set_spend_permille(1'000'001);
  });
  EXPECT_EQ(costs.ViolationOf("costs.order_minor"), "OUT_OF_RANGE");
  EXPECT_EQ(costs.ViolationOf("costs.spend_permille"), "OUT_OF_RANGE");
}

}  // namespace
}  // namespace rung::testing
