#include "libs/calibration/budget_solver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <random>

namespace rung::calibration {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Base {
  std::vector<ScoreMilli> scores;
  std::vector<int64_t> spend, margin;
  BudgetProblem Problem(std::vector<TierEconomics> tiers, int64_t budget, Objective objective = Objective::kRetainedMargin, ScoreMilli step = 10'000) const {
    return {.scores = scores, .spend_fen = spend, .margin_fen = margin, .tiers = std::move(tiers), .objective = objective, .budget_fen = budget, .step_milli = step};
  }
};

Base RandomBase(uint32_t seed, size_t n) {
  std::mt19937 random(seed);
  Base base;
  for (size_t i = 0; i < n; ++i) {
    base.scores.push_back(static_cast<ScoreMilli>(random() % 100'001));
    base.spend.push_back(static_cast<int64_t>(random() % 1'000'000));
    base.margin.push_back(static_cast<int64_t>(random() % 300'000) - 30'000);
  }
  return base;
}

struct Outcome {
  int64_t cost_bps_fen = 0;
  int64_t value_bps = 0;
};

// Customer by customer, from the definition.
Outcome Evaluate(const BudgetProblem& problem, const Cuts& bounds) {
  Outcome sum;
  for (size_t i = 0; i < problem.scores.size(); ++i) {
    size_t tier = 0;
    while (tier < bounds.size() && problem.scores[i] < bounds[tier]) ++tier;
    const TierEconomics& t = problem.tiers[tier];
    sum.cost_bps_fen += t.cost_bps * problem.spend_fen[i] + t.fixed_cost_fen * 10'000;
    sum.value_bps += problem.objective == Objective::kHeadcount ? t.headcount_weight * int64_t{10'000} : t.retained_bps * problem.margin_fen[i];
  }
  return sum;
}

std::optional<Outcome> BestByTryingAll(const BudgetProblem& problem) {
  std::optional<Outcome> best;
  Cuts cuts;
  const std::function<void(ScoreMilli)> extend = [&](ScoreMilli below) {
    if (cuts.size() + 1 == problem.tiers.size()) {
      const Outcome outcome = Evaluate(problem, cuts);
      if (outcome.cost_bps_fen <= problem.budget_fen * 10'000 && (!best || outcome.value_bps > best->value_bps)) best = outcome;
      return;
    }
    for (ScoreMilli bound = problem.step_milli; bound < below; bound += problem.step_milli) {
      cuts.push_back(bound);
      extend(bound);
      cuts.pop_back();
    }
  };
  extend(100'001);
  return best;
}

const std::vector<TierEconomics> kFourTiers = {
    {.cost_bps = 1000, .fixed_cost_fen = 5000, .retained_bps = 9500, .headcount_weight = 3},
    {.cost_bps = 500, .fixed_cost_fen = 2000, .retained_bps = 8800, .headcount_weight = 2},
    {.cost_bps = 200, .fixed_cost_fen = 0, .retained_bps = 8200, .headcount_weight = 1},
    {.cost_bps = 0, .fixed_cost_fen = 0, .retained_bps = 7500, .headcount_weight = 0}};

TEST(SolveBudget, IsTheBestOfAllChoices) {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    const Base base = RandomBase(seed, 60);
    const auto objective = seed % 2 == 0 ? Objective::kRetainedMargin : Objective::kHeadcount;
    const BudgetProblem problem = base.Problem(kFourTiers, 100'000 * static_cast<int64_t>(seed), objective, 5000);
    const auto expected = BestByTryingAll(problem);
    const auto solution = SolveBudget(problem);
    ASSERT_EQ(solution.ok(), expected.has_value()) << solution.status();
    if (!expected) continue;
    EXPECT_TRUE(solution->proven);
    const Outcome found = Evaluate(problem, solution->bounds);
    EXPECT_EQ(found.value_bps, expected->value_bps) << seed;
    EXPECT_LE(found.cost_bps_fen, problem.budget_fen * 10'000);
    EXPECT_EQ(solution->cost_fen, (found.cost_bps_fen + 9999) / 10'000);
    EXPECT_EQ(solution->value_bound, solution->value);
  }
}

TEST(SolveBudget, IsTheBestOfAllChoicesAlsoWhenBetterTiersCostLess) {
  const std::vector<TierEconomics> odd = {{.cost_bps = 100, .fixed_cost_fen = 900, .retained_bps = 8000},
                                          {.cost_bps = 700, .fixed_cost_fen = 0, .retained_bps = 9000},
                                          {.cost_bps = 50, .fixed_cost_fen = 100, .retained_bps = 8500}};
  for (uint32_t seed = 100; seed < 140; ++seed) {
    const Base base = RandomBase(seed, 40);
    const BudgetProblem problem = base.Problem(odd, 20'000 * static_cast<int64_t>(seed - 95), Objective::kRetainedMargin, 2000);
    const auto expected = BestByTryingAll(problem);
    const auto solution = SolveBudget(problem);
    ASSERT_EQ(solution.ok(), expected.has_value()) << seed;
    if (!expected) continue;
    EXPECT_EQ(Evaluate(problem, solution->bounds).value_bps, expected->value_bps) << seed;
  }
}

// Money of a whole country's trade: sums of fen times bps come close to what 64 bits hold.
TEST(SolveBudget, IsTheBestOfAllChoicesUpToATrillionYuan) {
  const std::vector<TierEconomics> tiers = {{.cost_bps = 10'000, .fixed_cost_fen = 1'000'000'000, .retained_bps = 10'000, .headcount_weight = 1000},
                                            {.cost_bps = 4'000, .fixed_cost_fen = 500'000'000, .retained_bps = 6'000, .headcount_weight = 10},
                                            {.cost_bps = 10, .fixed_cost_fen = 0, .retained_bps = 100, .headcount_weight = 1},
                                            {}};
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    Base base;
    for (int i = 0; i < 40; ++i) {
      base.scores.push_back(static_cast<ScoreMilli>(random() % 100'001));
      base.spend.push_back(static_cast<int64_t>(random() % 2'500'000'000'000));  // 10^14 and less of 40
      base.margin.push_back(static_cast<int64_t>(random() % 2'500'000'000'000) * (random() % 5 == 0 ? -1 : 1));
    }
    const int64_t budgets[] = {0, 1'000'000'000'000, 10'000'000'000'000, 30'000'000'000'000, 100'000'000'000'000};
    const auto objective = seed % 2 == 0 ? Objective::kRetainedMargin : Objective::kHeadcount;
    const BudgetProblem problem = base.Problem(tiers, budgets[seed % 5], objective, 5000);
    const auto expected = BestByTryingAll(problem);
    const auto solution = SolveBudget(problem);
    ASSERT_EQ(solution.ok(), expected.has_value()) << seed << ": " << solution.status();
    if (!expected) continue;
    EXPECT_TRUE(solution->proven) << seed;
    const Outcome found = Evaluate(problem, solution->bounds);
    EXPECT_EQ(found.value_bps, expected->value_bps) << seed;
    EXPECT_EQ(solution->cost_fen, (found.cost_bps_fen + 9999) / 10'000) << seed;
    EXPECT_EQ(solution->value_bound, solution->value) << seed;
  }
}

TEST(SolveBudget, NamesMoneyThatIsBeyondItsSums) {
  const Base base{{90'000, 50'000}, {60'000'000'000'000, 40'000'000'000'001}, {1'000, 5'000}};
  const std::vector<TierEconomics> tiers = {{.cost_bps = 1000, .retained_bps = 10'000}, {.retained_bps = 5000}};
  EXPECT_THAT(std::string(SolveBudget(base.Problem(tiers, 1000)).status().message()), HasSubstr("add up to more than 100000000000000 fen"));
  const Base huge{{90'000, 50'000}, {INT64_MAX, INT64_MAX}, {INT64_MIN, INT64_MIN}};
  EXPECT_EQ(SolveBudget(huge.Problem(tiers, 1000)).status().code(), absl::StatusCode::kInvalidArgument);
  const Base small{{90'000, 50'000}, {10'000, 10'000}, {1'000, 5'000}};
  EXPECT_TRUE(SolveBudget(small.Problem(tiers, 100'000'000'000'000)).ok());
  for (const int64_t budget : {int64_t{100'000'000'000'001}, INT64_MAX, INT64_MIN}) {
    EXPECT_THAT(std::string(SolveBudget(small.Problem(tiers, budget)).status().message()),
                HasSubstr(std::to_string(budget) + " is outside 0 to 100000000000000"));
  }
}

TEST(SolveBudget, SpendsWhereItBringsMost) {
  // Two customers: the better score brings less margin. One discount of 10 % fits.
  const Base base{{90'000, 50'000}, {10'000, 10'000}, {1'000, 5'000}};
  const std::vector<TierEconomics> tiers = {{.cost_bps = 1000, .retained_bps = 10'000}, {.retained_bps = 5000}};
  auto solution = SolveBudget(base.Problem(tiers, 1000));
  ASSERT_TRUE(solution.ok());
  EXPECT_THAT(solution->customers, ElementsAre(1, 1));
  EXPECT_EQ(solution->cost_fen, 1000);
  EXPECT_EQ(solution->value, 1000 + 2500);
  solution = SolveBudget(base.Problem(tiers, 2000));
  EXPECT_THAT(solution->customers, ElementsAre(2, 0));
  EXPECT_EQ(solution->value, 6000);
}

TEST(SolveBudget, SaysWhenNoBoundsKeepTheBudget) {
  const Base base{{100'000}, {10'000}, {1'000}};  // no bound keeps 100 points out of the top tier
  const auto solution = SolveBudget(base.Problem({{.cost_bps = 1000}, {}}, 999));
  EXPECT_EQ(solution.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(solution.status().message()), HasSubstr("budget_fen: 999 is too little"));
}

TEST(SolveBudget, ProvesALargeBaseOnAFineGrid) {
  const Base base = RandomBase(7, 100'000);
  std::vector<TierEconomics> tiers = kFourTiers;
  tiers.insert(tiers.begin() + 1, {.cost_bps = 800, .fixed_cost_fen = 3000, .retained_bps = 9200});
  const auto solution = SolveBudget(base.Problem(tiers, 1'500'000'000, Objective::kRetainedMargin, 500));
  ASSERT_TRUE(solution.ok()) << solution.status();
  EXPECT_TRUE(solution->proven);
  EXPECT_LE(solution->cost_fen, 1'500'000'000);
  EXPECT_GT(solution->cost_fen, 1'480'000'000);
}

TEST(SolveBudget, NamesWhatIsWrong) {
  const Base base = RandomBase(1, 10);
  const auto message = [](const BudgetProblem& problem) { return std::string(SolveBudget(problem).status().message()); };
  BudgetProblem problem = base.Problem(kFourTiers, -1);
  EXPECT_THAT(message(problem), HasSubstr("budget_fen: -1"));
  problem = base.Problem(kFourTiers, 1);
  problem.step_milli = 333;
  EXPECT_THAT(message(problem), HasSubstr("step_milli: 333 must divide"));
  problem = base.Problem(kFourTiers, 1);
  problem.tiers[2].cost_bps = 10'001;
  EXPECT_THAT(message(problem), HasSubstr("tiers[2].cost_bps: 10001"));
  problem = base.Problem(kFourTiers, 1);
  problem.margin_fen = {};
  EXPECT_THAT(message(problem), HasSubstr("margin_fen: 0 values for 10 customers"));
  problem = base.Problem(std::vector<TierEconomics>(12), 1);
  EXPECT_THAT(message(problem), HasSubstr("too few bounds for 12 tiers"));
}

}  // namespace
}  // namespace rung::calibration
