// A simulation says what the run after a publication does, customer by customer, and writes nothing.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <thread>

#include "rung/grading/v1/simulation.grpc.pb.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

constexpr int kCustomers = 60;

class SimulationTest : public ::testing::Test {
 protected:
  SimulationTest() {
    std::vector<v1::Event> events;
    for (int c = 0; c < kCustomers; ++c) {
      for (int o = 0; o < 1 + c % 9; ++o) {
        events.push_back(OrderEvent(Customer(c), fmt::format("o{}", o), fmt::format("2026-{:02}-{:02}", 1 + o % 3, 2 + o), 500'00 * (1 + c) * (1 + c % 7)));
      }
    }
    v1::Event named = OrderEvent(Customer(59), "x", "2026-03-01", 1'00);
    named.set_event_id("profile");
    named.mutable_profile()->set_name("老王川菜馆");
    events.push_back(named);
    installation_.Ingest(events);
    installation_.Regrade("first", "2026-03-30");
  }

  static std::string Customer(int c) { return fmt::format("simulated-{:02}", c); }

  static v1::Model Draft() {
    v1::Model model = ReadModel("kuailv");
    model.mutable_dimensions(0)->set_weight(60);
    model.mutable_tiers(3)->set_lower_bound(30);
    model.mutable_stability()->set_protection_months(0);
    return model;
  }

  grpc::Status Simulate(const v1::SimulateModelRequest& request, v1::SimulationResult& result) {
    auto stub = v1::SimulationService::NewStub(installation_.channel());
    auto context = Within(20'000);
    auto reader = stub->SimulateModel(context.get(), request);
    v1::SimulateModelResponse message;
    std::vector<std::string> phases;
    while (reader->Read(&message)) {
      if (phases.empty() || phases.back() != message.phase()) phases.push_back(message.phase());
    }
    const grpc::Status status = reader->Finish();
    if (status.ok()) {
      EXPECT_THAT(phases, ::testing::ElementsAre("loading", "scoring", "comparing", "linting", "done"));
      result = message.result();
    }
    return status;
  }

  std::map<std::string, std::string> Tiers() {
    std::map<std::string, std::string> tiers;
    for (int c = 0; c < kCustomers; ++c) tiers[Customer(c)] = installation_.GetTier(Customer(c), "kuailv").tier().tier_code();
    return tiers;
  }

  Installation installation_;
};

TEST_F(SimulationTest, SaysWhatTheRunAfterPublicationDoes) {
  const std::string rows = "SELECT (SELECT count(*) FROM tier_change) || '/' || (SELECT count(*) FROM config_version) || '/' || (SELECT count(*) FROM outbox)";
  const std::string before_rows = installation_.Sql(rows);
  const auto before = Tiers();
  v1::SimulateModelRequest request;
  *request.mutable_model() = Draft();
  request.set_as_of_date("2026-03-31");
  request.set_mover_count(100);
  v1::SimulationResult result;
  const grpc::Status status = Simulate(request, result);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(installation_.Sql(rows), before_rows) << "nothing is written";
  EXPECT_EQ(Tiers(), before);

  v1::ApplyModelRequest apply;
  *apply.mutable_model() = Draft();
  apply.set_request_id("apply");
  v1::ApplyModelResponse applied;
  auto context = Within(10'000);
  ASSERT_TRUE(installation_.models().ApplyModel(context.get(), apply, &applied).ok());
  installation_.Regrade("second", "2026-03-31");
  const auto after = Tiers();

  std::map<std::string, int64_t> counts, wanted;
  std::map<std::pair<std::string, std::string>, int64_t> flows, wanted_flows;
  for (const auto& [customer, tier] : after) ++wanted[tier];
  for (const auto& [customer, tier] : before) ++wanted_flows[{tier, after.at(customer)}];
  for (const auto& tier : result.tiers()) {
    if (tier.draft_count() != 0) counts[tier.tier_code()] = tier.draft_count();
  }
  EXPECT_EQ(counts, wanted);
  for (const auto& flow : result.migrations()) flows[{flow.from_tier_code(), flow.to_tier_code()}] = flow.customer_count();
  EXPECT_EQ(flows, wanted_flows) << "graded with the current version as of that day, nobody would have moved";
  int moved = 0;
  for (const auto* movers : {&result.winners(), &result.losers()}) {
    int64_t spend = std::numeric_limits<int64_t>::max();
    for (const auto& mover : *movers) {
      ++moved;
      EXPECT_EQ(mover.from_tier_code(), before.at(mover.customer_id()));
      EXPECT_EQ(mover.to_tier_code(), after.at(mover.customer_id()));
      EXPECT_EQ(mover.to_score_milli(), installation_.GetTier(mover.customer_id(), "kuailv").tier().score_milli());
      EXPECT_LE(mover.net_spend_minor(), spend) << "largest first";
      spend = mover.net_spend_minor();
      if (mover.customer_id() == Customer(59)) {
        EXPECT_EQ(mover.name(), "老王川菜馆");
      }
    }
  }
  EXPECT_EQ(moved, result.winner_count() + result.loser_count());
  EXPECT_GT(result.winner_count(), 3) << "the draft moves somebody";
  EXPECT_EQ(result.customer_count(), kCustomers);
}

TEST_F(SimulationTest, AnEarlierDayIsGradedByTheFactsAndThePopulationOfThatDay) {
  v1::SimulateModelRequest request;
  *request.mutable_model() = ReadModel("meicai");  // compares customers
  request.mutable_model()->set_model_id("another");
  const auto counts = [&](const std::string& as_of) {
    request.set_as_of_date(as_of);
    v1::SimulationResult result;
    const grpc::Status status = Simulate(request, result);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(result.as_of_date(), as_of);
    std::map<std::string, int64_t> counts;
    for (const auto& tier : result.tiers()) counts[tier.tier_code()] = tier.draft_count();
    return counts;
  };
  const auto simulated = counts("2026-02-05");
  EXPECT_NE(simulated, counts("2026-03-30")) << "the base has changed since";

  v1::ApplyModelRequest apply;
  *apply.mutable_model() = request.model();
  apply.set_request_id("apply");
  v1::ApplyModelResponse applied;
  auto context = Within(10'000);
  ASSERT_TRUE(installation_.models().ApplyModel(context.get(), apply, &applied).ok());
  installation_.Regrade("earlier", "2026-02-05");
  std::map<std::string, int64_t> graded;
  for (const auto& [tier, count] : simulated) graded[tier] = 0;
  for (int c = 0; c < kCustomers; ++c) ++graded[installation_.GetTier(Customer(c), "another").tier().tier_code()];
  EXPECT_EQ(graded, simulated) << "what the batch as of that day does";
}

TEST_F(SimulationTest, ByDefaultEverybodyIsDecidedAndAnEarlierDayLeavesLaterLabelsAlone) {
  installation_.Ingest({OrderEvent(Customer(1), "today", "2026-03-31", 1'00)});  // real time confirms this label today
  v1::SimulateModelRequest request;
  *request.mutable_model() = Draft();
  v1::SimulationResult today, earlier;
  ASSERT_TRUE(Simulate(request, today).ok());
  EXPECT_EQ(today.as_of_date(), "2026-03-31");
  EXPECT_EQ(today.later_facts_count(), 0);
  EXPECT_GT(today.winner_count() + today.loser_count(), 3);
  request.set_as_of_date("2026-02-05");
  ASSERT_TRUE(Simulate(request, earlier).ok());
  EXPECT_EQ(earlier.later_facts_count(), kCustomers);
  EXPECT_EQ(earlier.winner_count() + earlier.loser_count(), 0);
  int64_t computed = 0, moved = 0;
  for (const auto& tier : earlier.tiers()) {
    computed += tier.computed_count();
    moved += std::abs(tier.computed_count() - tier.draft_count());
  }
  EXPECT_EQ(computed, kCustomers);
  EXPECT_GT(moved, 0) << "what the draft itself says of that day is there";
}

TEST_F(SimulationTest, CountsWhoStandsWithinAPointOfWhereTiersPart) {
  constexpr int kPoint = 1000;
  struct Standing {
    int score;
    std::string tier;
  };
  const auto standings = [&](const std::string& ladder) {
    std::vector<Standing> all;
    for (int c = 0; c < kCustomers; ++c) {
      const v1::CustomerTier tier = installation_.GetTier(Customer(c), ladder).tier();
      all.push_back({tier.score_milli(), tier.tier_code()});
    }
    return all;
  };
  const auto near = [](const std::vector<Standing>& all, const std::vector<int>& cuts) {
    return std::count_if(all.begin(), all.end(), [&](const Standing& s) {
      return std::any_of(cuts.begin(), cuts.end(), [&](int cut) { return s.score >= cut - kPoint && s.score < cut + kPoint; });
    });
  };
  const auto simulate = [&](const v1::Model& model) {
    v1::SimulateModelRequest request;
    *request.mutable_model() = model;
    request.set_as_of_date("2026-03-31");
    v1::SimulationResult result;
    EXPECT_TRUE(Simulate(request, result).ok());
    return result;
  };
  const auto grade = [&](const v1::Model& model) {
    v1::ApplyModelRequest apply;
    *apply.mutable_model() = model;
    apply.set_request_id(model.model_id());
    v1::ApplyModelResponse applied;
    EXPECT_TRUE(installation_.models().ApplyModel(Within(10'000).get(), apply, &applied).ok());
    EXPECT_EQ(installation_.Regrade(model.model_id(), "2026-03-31", true).state(), v1::RUN_STATE_DONE);
    return standings(model.model_id());
  };

  v1::Model by_thresholds = ReadModel("kuailv");
  by_thresholds.set_model_id("by-thresholds");
  const std::vector<Standing> scores = grade(by_thresholds);
  std::set<int> distinct;
  for (const Standing& standing : scores) distinct.insert(standing.score);
  std::vector<int> cuts;
  for (int t = 0; t < 4; ++t) {
    cuts.push_back(*std::next(distinct.rbegin(), (t + 1) * static_cast<int>(distinct.size()) / 6));
    by_thresholds.mutable_tiers(t)->set_lower_bound(cuts.back() / 1000.0);
  }
  const v1::SimulationResult thresholds = simulate(by_thresholds);
  ASSERT_TRUE(thresholds.has_near_bound_count());
  EXPECT_EQ(thresholds.near_bound_count(), near(scores, cuts));
  EXPECT_GE(thresholds.near_bound_count(), 4) << "a bound stands on somebody's score";
  EXPECT_LT(thresholds.near_bound_count(), kCustomers);

  v1::Model by_shares = ReadModel("meicai-rfmp");
  by_shares.set_model_id("by-shares");
  const std::vector<Standing> shared = grade(by_shares);
  cuts.clear();
  for (const auto& tier : by_shares.tiers()) {
    int lowest = std::numeric_limits<int>::max();
    for (const Standing& standing : shared) {
      if (standing.tier == tier.code()) lowest = std::min(lowest, standing.score);
    }
    if (&tier != &*by_shares.tiers().rbegin()) cuts.push_back(lowest);
  }
  const v1::SimulationResult shares = simulate(by_shares);
  ASSERT_TRUE(shares.has_near_bound_count());
  EXPECT_EQ(shares.near_bound_count(), near(shared, cuts));
  EXPECT_GE(shares.near_bound_count(), 3) << "whoever has the lowest score of a tier";
  EXPECT_LT(shares.near_bound_count(), kCustomers);

  EXPECT_FALSE(simulate(ReadModel("meicai")).has_near_bound_count()) << "rules don't part tiers at scores";
}

TEST_F(SimulationTest, SaysWhomStabilityHoldsBack) {
  installation_.Ingest({OrderEvent(Customer(0), "rise", "2026-03-31", 900'000'00)});
  v1::SimulateModelRequest request;
  *request.mutable_model() = Draft();
  request.mutable_model()->mutable_stability()->set_protection_months(3);
  for (int tier = 0; tier < 4; ++tier) request.mutable_model()->mutable_tiers(tier)->set_lower_bound(99.9 - 0.1 * tier);
  request.set_as_of_date("2026-03-31");
  v1::SimulationResult result;
  ASSERT_TRUE(Simulate(request, result).ok());
  ASSERT_EQ(result.held_back_size(), 1) << result.ShortDebugString();
  EXPECT_EQ(result.held_back(0).reason(), "PROTECTED");
  EXPECT_GE(result.held_back(0).customer_count(), 1);
}

TEST_F(SimulationTest, ABrokenDraftIsRefusedBeforeAnythingIsRead) {
  v1::SimulateModelRequest request;
  *request.mutable_model() = Draft();
  request.mutable_model()->mutable_tiers(1)->set_lower_bound(95);
  request.mutable_model()->mutable_dimensions(0)->set_weight(-1);
  v1::SimulationResult result;
  const grpc::Status status = Simulate(request, result);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(status).ViolationOf("model.tiers[1].lower_bound"), "OUT_OF_ORDER");
  EXPECT_EQ(DetailsOf(status).ViolationOf("model.dimensions[0].weight"), "OUT_OF_RANGE");
  v1::SimulateModelRequest nothing;
  EXPECT_EQ(Simulate(nothing, result).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  nothing.set_draft_model_id("kuailv");
  EXPECT_EQ(Simulate(nothing, result).error_code(), grpc::StatusCode::NOT_FOUND) << "there is no draft";
}

TEST_F(SimulationTest, ALadderThatDoesntExistYetIsSimulatedFromNothing) {
  v1::SimulateModelRequest request;
  *request.mutable_model() = Draft();
  request.mutable_model()->set_model_id("brand-new");
  v1::SimulationResult result;
  const grpc::Status status = Simulate(request, result);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(result.baseline_version(), 0);
  int64_t total = 0;
  for (const auto& flow : result.migrations()) {
    EXPECT_EQ(flow.from_tier_code(), "");
    total += flow.customer_count();
  }
  EXPECT_EQ(total, kCustomers);
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM ladder WHERE ladder_id = 'brand-new'"), "0");
}

TEST_F(SimulationTest, AnAbandonedSimulationMakesRoomForTheNext) {
  for (int i = 0; i < 20; ++i) {
    auto stub = v1::SimulationService::NewStub(installation_.channel());
    auto context = Within(20'000);
    v1::SimulateModelRequest request;
    *request.mutable_model() = Draft();
    auto reader = stub->SimulateModel(context.get(), request);
    v1::SimulateModelResponse message;
    reader->Read(&message);
    context->TryCancel();
    reader->Finish();
  }
  v1::SimulateModelRequest request;
  *request.mutable_model() = Draft();
  v1::SimulationResult result;
  grpc::Status status;
  for (int i = 0; i < 50; ++i) {
    status = Simulate(request, result);
    if (status.ok()) break;
    EXPECT_EQ(DetailsOf(status).reason, "SIMULATION_RUNNING");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(SimulationTest, SaysWhatNobodyMeetsAndWhatSplittingOrdersWouldGain) {
  v1::SimulateModelRequest request;
  *request.mutable_model() = ReadModel("meicai");
  request.mutable_model()->set_model_id("by-orders");
  auto& top = *request.mutable_model()->mutable_tiers(0)->mutable_rules()->mutable_criteria(0);
  const std::string feature = top.feature();
  top.set_value(1e6);
  request.set_as_of_date("2026-03-30");
  v1::SimulationResult result;
  ASSERT_TRUE(Simulate(request, result).ok());
  std::set<std::string> found;
  for (const auto& finding : result.findings()) {
    found.insert(finding.code());
    found.insert(finding.code() + " " + finding.field());
    EXPECT_NE(finding.messages().at("zh"), "");
    EXPECT_NE(finding.ways_out().at("en"), "");
  }
  EXPECT_TRUE(found.contains("NOBODY_MEETS tiers[0].rules.criteria[0].value")) << feature;
  EXPECT_TRUE(found.contains("EXPLOITABLE_BY_SPLITTING")) << "meicai counts orders";

  *request.mutable_model() = Draft();
  request.mutable_model()->set_model_id("by-days");
  for (auto& dimension : *request.mutable_model()->mutable_dimensions()) {
    for (auto& factor : *dimension.mutable_factors()) {
      if (factor.feature() == "orders_per_month_365d") factor.set_feature("order_days_per_month_365d");
    }
  }
  result.Clear();
  ASSERT_TRUE(Simulate(request, result).ok());
  for (const auto& finding : result.findings()) EXPECT_NE(finding.code(), "EXPLOITABLE_BY_SPLITTING");
}

TEST_F(SimulationTest, SolvedBoundsGiveTheRunTheSharesThatWereAskedFor) {
  v1::SolveThresholdsRequest request;
  request.set_model_id("kuailv");
  request.set_as_of_date("2026-03-30");
  for (const double share : {0.1, 0.2, 0.2, 0.3, 0.2}) request.mutable_target_shares()->add_shares(share);
  v1::SolveThresholdsResponse solved;
  auto stub = v1::SimulationService::NewStub(installation_.channel());
  auto context = Within(20'000);
  const grpc::Status status = stub->SolveThresholds(context.get(), request, &solved);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(solved.tiers_size(), 5);
  EXPECT_EQ(solved.customer_count(), kCustomers);
  EXPECT_EQ(solved.tiers(4).lower_bound(), 0);

  v1::SimulateModelRequest simulate;
  *simulate.mutable_model() = solved.model();
  simulate.set_as_of_date("2026-03-30");
  v1::SimulationResult result;
  ASSERT_TRUE(Simulate(simulate, result).ok());
  int64_t cumulative = 0;
  const double targets[] = {0.1, 0.3, 0.5, 0.8, 1};
  for (int t = 0; t < 5; ++t) {
    EXPECT_EQ(result.tiers(t).computed_count(), solved.tiers(t).customer_count()) << t;
    cumulative += solved.tiers(t).customer_count();
    if (solved.tiers(t).reached()) {
      EXPECT_NEAR(static_cast<double>(cumulative), targets[t] * kCustomers, 0.5) << t;
    } else {
      EXPECT_NE(solved.tiers(t).note_en(), "") << t;
    }
  }
}

TEST_F(SimulationTest, SolvedBoundsKeepABudgetAndWhatCannotBeSolvedIsNamed) {
  v1::SolveThresholdsRequest request;
  request.set_as_of_date("2026-03-30");
  auto& budget = *request.mutable_benefit_budget();
  budget.set_objective(v1::BenefitBudget::OBJECTIVE_HEADCOUNT);
  budget.set_budget_minor(10'000);
  for (int t = 0; t < 5; ++t) {
    auto& tier = *budget.add_tiers();
    tier.set_fixed_cost_minor(t < 4 ? 1000 : 0);
    tier.set_headcount_weight(t < 4 ? 1 : 0);
  }
  v1::SolveThresholdsResponse solved;
  auto stub = v1::SimulationService::NewStub(installation_.channel());
  const auto solve = [&] {
    auto context = Within(20'000);
    return stub->SolveThresholds(context.get(), request, &solved);
  };
  ASSERT_TRUE(solve().ok());
  EXPECT_TRUE(solved.proven());
  EXPECT_LE(solved.cost_minor(), 10'000);
  EXPECT_EQ(solved.cost_minor(), solved.value() * 1000) << "ten yuan a head";
  EXPECT_LE(solved.value(), 10);

  budget.set_step_points(0.3);
  EXPECT_NE(DetailsOf(solve()).ViolationOf("benefit_budget.step_points"), "");
  budget.clear_step_points();
  budget.set_budget_minor(-5);
  EXPECT_NE(DetailsOf(solve()).ViolationOf("benefit_budget.budget_minor"), "");
  budget.set_budget_minor(0);
  budget.mutable_tiers(0)->set_cost_bps(10'001);
  EXPECT_NE(DetailsOf(solve()).ViolationOf("benefit_budget.tiers[0].cost_bps"), "");
  for (auto& tier : *budget.mutable_tiers()) tier.set_cost_bps(1);
  const grpc::Status unreachable = solve();
  EXPECT_EQ(DetailsOf(unreachable).reason, "BUDGET_UNREACHABLE");
  EXPECT_THAT(unreachable.error_message(), ::testing::HasSubstr("benefit_budget.budget_minor: 0"));

  budget.mutable_tiers()->RemoveLast();
  EXPECT_NE(DetailsOf(solve()).ViolationOf("benefit_budget.tiers"), "");
  request.set_model_id("meicai");
  EXPECT_NE(DetailsOf(solve()).ViolationOf("model.ladder_kind"), "");
  request.clear_benefit_budget();
  EXPECT_NE(DetailsOf(solve()).ViolationOf("goal"), "");

  request.set_model_id("kuailv");
  request.mutable_target_shares();
  EXPECT_EQ(DetailsOf(solve()).ViolationOf("target_shares.shares"), "REQUIRED") << "the preset has no shares of its own";
  for (int t = 0; t < 5; ++t) request.mutable_target_shares()->add_shares(0.22);
  const grpc::Status sum = solve();
  EXPECT_EQ(DetailsOf(sum).ViolationOf("target_shares.shares"), "OUT_OF_RANGE");
  EXPECT_THAT(sum.error_message(), ::testing::HasSubstr("lower one of them by 0.1"));
  request.mutable_target_shares()->set_shares(4, 0.12);
  request.set_as_of_date("2020-01-01");
  EXPECT_EQ(DetailsOf(solve()).reason, "NO_POPULATION");
  request.set_as_of_date("2026-04-01");
  const grpc::Status tomorrow = solve();
  EXPECT_EQ(DetailsOf(tomorrow).ViolationOf("as_of_date"), "BAD_DATE");
  EXPECT_THAT(tomorrow.error_message(), ::testing::HasSubstr("\"2026-04-01\""));
}

}  // namespace
}  // namespace rung::testing
