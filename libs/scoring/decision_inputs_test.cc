// What is kept of a decision gives the decision again, and its trace adds up to the score.
#include "libs/scoring/decision_inputs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace rung::scoring {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

Factor Of(std::string feature, Normaliser normaliser, std::string benchmark = "", Micro weight = kOneMicro) {
  return {.feature = std::move(feature), .benchmark = std::move(benchmark), .normaliser = std::move(normaliser), .weight = weight};
}

// Everything at once: compared features with and without a benchmark, means, products, policies, multipliers.
Model Comparing(LadderKind kind) {
  Model model{.model_id = "test",
              .dimensions = {{.name = "rank", .weight = 350'000, .factors = {Of("a", Percentile{}, "b"), Of("c", Identity{})}},
                             {.name = "max", .weight = 250'000, .combine = Combine::kWeightedMean,
                              .missing = MissingPolicy::kRenormalise,
                              .factors = {Of("a", ToMax{}, "", 300'000), Of("d", Percentile{true}, "", 700'000)}},
                             {.name = "own", .weight = 300'000, .missing = MissingPolicy::kNeutral,
                              .factors = {Of("d", Reciprocal{0.5})}}},
              .multipliers = {{"wide", 1'100'000, {"c", Comparison::kGreater, 0.5}},
                              {"late", 950'000, {"d", Comparison::kLess, 0.3}}},
              .benchmarks = {{"b", 3, {}}},
              .ladder_kind = kind};
  for (const auto& [code, bound, share] : {std::tuple{"gold", 60'000, 100'000}, {"silver", 40'000, 400'000}, {"bronze", 0, 1'000'000}}) {
    model.tiers.push_back({.code = code, .lower_bound = bound, .share = share});
  }
  if (kind == LadderKind::kRules) {
    model.tiers[0].rules = {2, {{{"a", Comparison::kAtLeast, 0.5}, {}}, {{"c", Comparison::kAtLeast, 0}, 300'000}}};
    model.tiers[1].rules = {1, {{{"a", Comparison::kAtLeast, 0.2}, {}}, {{"d", Comparison::kLess, 0.1}, {}}}};
  }
  return model;
}

struct RandomBase {
  std::vector<std::vector<double>> columns;
  std::vector<double> benchmark;
  std::vector<uint8_t> member;
  BaseColumns view;

  RandomBase(const Scorer& scorer, size_t rows, std::mt19937_64& random) : columns(scorer.features().size()), benchmark(rows), member(rows) {
    const auto uniform = [&] { return std::uniform_real_distribution<double>(0, 1)(random); };
    for (auto& column : columns) {
      for (size_t i = 0; i < rows; ++i) column.push_back(random() % 7 == 0 ? kMissing : std::floor(uniform() * 64) / 64);
    }
    for (size_t i = 0; i < rows; ++i) {
      benchmark[i] = 1 + uniform();
      member[i] = random() % 5 != 0;
    }
    view.rows = rows;
    for (const auto& column : columns) view.features.push_back(column.data());
    view.member = member;
    view.benchmarks = {benchmark.data()};
  }
};

class DecisionInputsTest : public ::testing::TestWithParam<LadderKind> {};

TEST_P(DecisionInputsTest, OfABatchGiveEveryRowsScoreAndTierAgain) {
  std::mt19937_64 random(14);
  for (int round = 0; round < 20; ++round) {
    Scorer scorer(Comparing(GetParam()));
    const RandomBase base(scorer, 1 + random() % 300, random);
    const GradedBase graded = GradeBase(scorer, base.view, true);
    for (size_t row = 0; row < base.view.rows; ++row) {
      const GradedCustomer again = Grade(scorer, InputsOf(scorer, base.view, graded, row));
      ASSERT_EQ(again.score, graded.outputs.scores[row]);
      ASSERT_EQ(again.tier, graded.outputs.tiers[row]);
    }
  }
}

TEST_P(DecisionInputsTest, OfOneCustomerNeedNoPopulationAgain) {
  std::mt19937_64 random(15);
  Scorer scorer(Comparing(GetParam()));
  const RandomBase base(scorer, 200, random);
  const GradedBase graded = GradeBase(scorer, base.view);
  for (size_t row = 0; row < base.view.rows; ++row) {
    std::vector<double> features;
    for (const auto& column : base.columns) features.push_back(column[row]);
    const bool member = base.member[row] != 0;
    const GradingInputs inputs = InputsOf(scorer, graded.population, {}, features, {base.benchmark[row]}, member);
    const GradedCustomer direct = GradeOne(scorer, graded.population, {}, features, {base.benchmark[row]}, member);
    const Scorer compiled_later(Comparing(GetParam()));
    const GradedCustomer again = Grade(compiled_later, inputs);
    ASSERT_EQ(again.score, direct.score);
    ASSERT_EQ(again.tier, direct.tier);
  }
}

TEST_P(DecisionInputsTest, TraceAddsUpToTheScoreBitForBit) {
  std::mt19937_64 random(16);
  Scorer scorer(Comparing(GetParam()));
  const RandomBase base(scorer, 500, random);
  const GradedBase graded = GradeBase(scorer, base.view);
  for (size_t row = 0; row < base.view.rows; ++row) {
    ScoreTrace trace;
    const GradedCustomer one = Grade(scorer, InputsOf(scorer, base.view, graded, row), &trace);
    double terms = 0, weights = 0;
    for (const double term : trace.terms) terms += term;
    for (const double weight : trace.weights) weights += weight;
    ASSERT_EQ(trace.base, weights > 0 ? terms / weights : 0.0);
    ASSERT_EQ(trace.raw, trace.base * trace.multiplier);
    ASSERT_EQ(one.score, static_cast<ScoreMilli>(std::floor(1000 * std::clamp(trace.raw, 0.0, 100.0) + 0.5)));
    ASSERT_EQ(trace.factors.size(), 3u);
    const double product = trace.factors[0][0] * trace.factors[0][1] * 100;
    ASSERT_TRUE(product == one.parts[0] || (std::isnan(product) && std::isnan(one.parts[0])));
  }
}

INSTANTIATE_TEST_SUITE_P(Ladders, DecisionInputsTest,
                         ::testing::Values(LadderKind::kThresholds, LadderKind::kShares, LadderKind::kRules),
                         [](const auto& info) {
                           return std::string(info.param == LadderKind::kThresholds ? "thresholds"
                                              : info.param == LadderKind::kShares   ? "shares"
                                                                                    : "rules");
                         });

}  // namespace
}  // namespace rung::scoring
