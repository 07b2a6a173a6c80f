// Normalisers, dimensions, multipliers and ladders. Expected values are worked by hand from the definitions.
#include "libs/scoring/scorer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "libs/scoring/normalise.h"
#include "libs/scoring/ranking.h"

namespace rung::scoring {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
const Knots kSpendKnots{{{0, 0}, {0.2, 45}, {1, 60}, {4, 75}, {10, 90}, {20, 100}}};
const Knots kFrequencyKnots{{{0, 0}, {0.5, 45}, {1, 60}, {2, 80}, {3, 100}}};

std::vector<Tier> KuaiLvTiers() {
  std::vector<Tier> tiers;
  for (const auto& [code, bound] : std::initializer_list<std::pair<const char*, ScoreMilli>>{
           {"diamond", 90'000}, {"platinum", 75'000}, {"gold", 60'000}, {"silver", 45'000}, {"bronze", 0}}) {
    tiers.push_back({.code = code, .lower_bound = bound});
  }
  return tiers;
}

Factor Of(std::string feature, Normaliser normaliser = Identity{}, Micro weight = kOneMicro) {
  return {.feature = std::move(feature), .normaliser = std::move(normaliser), .weight = weight};
}

Dimension Single(std::string feature, Micro weight, MissingPolicy missing = MissingPolicy::kZero) {
  return {.name = feature, .weight = weight, .missing = missing, .factors = {Of(feature)}};
}

Model ModelOf(std::vector<Dimension> dimensions) {
  return {.model_id = "test", .dimensions = std::move(dimensions), .tiers = KuaiLvTiers()};
}

struct Scored {
  ScoreMilli score;
  std::string tier;
  std::vector<double> parts;
};

// Scores one customer; features that aren't given are missing.
Scored ScoreOf(const Scorer& scorer, const std::map<std::string, double>& given) {
  std::vector<double> values;
  for (const std::string& name : scorer.features()) values.push_back(given.contains(name) ? given.at(name) : kMissing);
  ScoreInputs inputs{.rows = 1};
  for (const double& value : values) inputs.features.push_back(&value);
  inputs.benchmarks.resize(scorer.model().benchmarks.size(), nullptr);
  ScoreOutputs outputs{.want_parts = true};
  scorer.Score(inputs, outputs);
  Scored scored{outputs.scores.at(0), scorer.model().tiers.at(outputs.tiers.at(0)).code, {}};
  for (const auto& part : outputs.parts) scored.parts.push_back(part.at(0));
  return scored;
}

Scored ScoreOf(Model model, const std::map<std::string, double>& given) { return ScoreOf(Scorer(std::move(model)), given); }

double Normalised(const Normaliser& normaliser, double x, double maximum = 0) {
  double out = -1;
  NormaliseColumn(normaliser, &x, {.maximum = maximum}, 1, &out);
  return out;
}

TEST(Normaliser, GivesTheDefinedValueInsideAndAtItsEdges) {
  const struct {
    const char* name;
    Normaliser normaliser;
    std::vector<std::pair<double, double>> points;
  } cases[] = {
      {"knots", kSpendKnots, {{-1, 0}, {0, 0}, {0.1, 0.225}, {0.6, 0.525}, {2.5, 0.675}, {15, 0.95}, {21, 1}, {kInfinity, 1}}},
      {"falling", Knots{{{0, 100}, {7, 90}, {14, 75}}}, {{-3, 1}, {3.5, 0.95}, {7, 0.9}, {10.5, 0.825}, {14, 0.75}, {99, 0.75}}},
      {"one knot", Knots{{{5, 30}}}, {{-1e9, 0.3}, {5, 0.3}, {1e9, 0.3}}},
      {"saturate", Saturate{20}, {{-1, 0}, {0, 0}, {5, 0.25}, {20, 1}, {21, 1}}},
      {"target_over", TargetOver{7}, {{-1, 1}, {0, 1}, {7, 1}, {14, 0.5}, {28, 0.25}, {kInfinity, 0}}},
      {"penalty", Penalty{2}, {{0, 1}, {0.125, 0.75}, {0.5, 0}, {0.75, 0}, {-1, 1}}},
      {"identity", Identity{}, {{-0.5, 0}, {0, 0}, {0.3, 0.3}, {1, 1}, {1.5, 1}}},
      {"reciprocal(1)", Reciprocal{1}, {{0, 1}, {1, 0.5}, {3, 0.25}}},
      {"reciprocal(4)", Reciprocal{4}, {{0, 1}, {4, 0.5}, {12, 0.25}, {kInfinity, 0}}},
      {"min_max", MinMax{10, 30}, {{5, 0}, {10, 0}, {15, 0.25}, {30, 1}, {31, 1}}},
      {"bands", Bands{{{0, 0.2}, {10, 0.5}, {20, 1}}}, {{-1, 0}, {0, 0.2}, {9.999, 0.2}, {10, 0.5}, {20, 1}, {99, 1}}},
  };
  for (const auto& [name, normaliser, points] : cases) {
    for (const auto& [x, y] : points) EXPECT_DOUBLE_EQ(Normalised(normaliser, x), y) << name << " at " << x;
    EXPECT_TRUE(std::isnan(Normalised(normaliser, kMissing))) << name;
  }
}

TEST(Normaliser, KnotsGiveTheirExactValueAtEachKnot) {
  for (const Knots& knots : {kSpendKnots, kFrequencyKnots}) {
    for (const Knot& knot : knots.knots) EXPECT_EQ(Normalised(knots, knot.x), knot.y / 100) << knot.x;
  }
}

TEST(Normaliser, ToMaxDividesByThePopulationMaximumAndIs0WhenThatIs0) {
  EXPECT_EQ(Normalised(ToMax{}, 50, 200), 0.25);
  EXPECT_EQ(Normalised(ToMax{}, 200, 200), 1);
  EXPECT_EQ(Normalised(ToMax{}, 300, 200), 1);  // better than the whole population: still within [0, 1]
  EXPECT_EQ(Normalised(ToMax{}, 0, 0), 0);
  EXPECT_EQ(Normalised(ToMax{}, 50, 0), 0);
  EXPECT_TRUE(std::isnan(Normalised(ToMax{}, kMissing, 200)));
  EXPECT_TRUE(std::isnan(Normalised(ToMax{}, kMissing, 0)));
}

TEST(Dimension, ProductNeedsAllItsFactors) {
  const Model model = ModelOf({{.name = "d", .weight = 1, .factors = {Of("a"), Of("b")}}, Single("c", 1)});
  const Scored both = ScoreOf(model, {{"a", 0.5}, {"b", 0.75}, {"c", 1}});
  EXPECT_DOUBLE_EQ(both.parts[0], 37.5);
  EXPECT_EQ(both.score, 68'750);
  for (const char* present : {"a", "b"}) {
    const Scored one = ScoreOf(model, {{present, 0.5}, {"c", 1}});
    EXPECT_TRUE(std::isnan(one.parts[0])) << present;
    EXPECT_EQ(one.score, 50'000) << present;
  }
}

TEST(Dimension, WeightedMeanRenormalisesOverTheFactorsPresent) {
  const Model model = ModelOf({{.name = "d", .weight = 7, .combine = Combine::kWeightedMean,
                                .factors = {Of("a", Identity{}, 300'000), Of("b", Identity{}, 500'000), Of("c", Identity{}, 200'000)}}});
  EXPECT_EQ(ScoreOf(model, {{"a", 0.5}, {"b", 0.4}, {"c", 1}}).score, 55'000);  // .15 + .2 + .2
  EXPECT_EQ(ScoreOf(model, {{"a", 0.5}, {"c", 1}}).score, 70'000);              // (.15 + .2) / .5
  EXPECT_EQ(ScoreOf(model, {{"b", 0.4}}).score, 40'000);
  EXPECT_TRUE(std::isnan(ScoreOf(model, {}).parts[0]));
}

TEST(Dimension, MissingCountsByItsPolicy) {
  const auto with = [](MissingPolicy policy) { return ModelOf({Single("a", 600'000), Single("b", 400'000, policy)}); };
  EXPECT_EQ(ScoreOf(with(MissingPolicy::kZero), {{"a", 0.8}}).score, 48'000);
  EXPECT_EQ(ScoreOf(with(MissingPolicy::kNeutral), {{"a", 0.8}}).score, 68'000);
  EXPECT_EQ(ScoreOf(with(MissingPolicy::kRenormalise), {{"a", 0.8}}).score, 80'000);
  EXPECT_EQ(ScoreOf(with(MissingPolicy::kNeutral), {{"a", 0.8}, {"b", 0}}).score, 48'000);  // 0 isn't missing
  EXPECT_TRUE(std::isnan(ScoreOf(with(MissingPolicy::kNeutral), {{"a", 0.8}}).parts[1]));
}

TEST(Score, Is0WhenNoDimensionIsPresent) {
  for (const MissingPolicy policy : {MissingPolicy::kZero, MissingPolicy::kRenormalise}) {
    EXPECT_EQ(ScoreOf(ModelOf({Single("a", 1, policy), Single("b", 1, policy)}), {}).score, 0);
  }
}

TEST(Score, DividesByTheSumOfTheWeights) {
  const Model model = ModelOf({Single("r", 300'000), Single("f", 400'000), Single("m", 300'000), Single("p", 200'000), Single("l", 200'000)});
  EXPECT_EQ(ScoreOf(model, {{"r", 1}, {"f", 0.5}}).score, 35'714);  // (.3 * 100 + .4 * 50) / 1.4 = 35.7142…
}

TEST(Score, SumsFixedPointWeightsExactly) {
  // .35 * 85.9375 + .15 * 4.6875 + .05 * 3.125 is exactly 30.9375; with weights in binary fractions it falls short.
  const Model model = ModelOf({Single("a", 350'000), Single("b", 250'000), Single("c", 200'000), Single("d", 150'000), Single("e", 50'000)});
  EXPECT_EQ(ScoreOf(model, {{"a", 55 / 64.0}, {"b", 0}, {"c", 0}, {"d", 3 / 64.0}, {"e", 2 / 64.0}}).score, 30'938);
}

TEST(Score, QuantisesHalvesUp) {
  const Model model = ModelOf({Single("a", 1)});
  EXPECT_EQ(ScoreOf(model, {{"a", 1 / 64.0}}).score, 1'563);    // 1562.5: to even would be 1562
  EXPECT_EQ(ScoreOf(model, {{"a", 57 / 64.0}}).score, 89'063);  // 89062.5
  EXPECT_EQ(ScoreOf(model, {{"a", std::nextafter(57 / 64.0, 0)}}).score, 89'062);
}

Model WithMultipliers(std::vector<Multiplier> multipliers) {
  Model model = ModelOf({Single("a", 1)});
  model.multipliers = std::move(multipliers);
  return model;
}
Multiplier Always(Micro factor) { return {"always", factor, {"one", Comparison::kAtLeast, 1}}; }

TEST(Multipliers, ApplyWhenTheirConditionHoldsAndNeverOnAMissingFeature) {
  const Model model = WithMultipliers({{"wide", 1'100'000, {"categories", Comparison::kGreater, 5}},
                                       {"late", 950'000, {"on_time", Comparison::kLess, 0.8}}});
  EXPECT_EQ(ScoreOf(model, {{"a", 0.5}, {"categories", 6}, {"on_time", 0.7}}).score, 52'250);
  EXPECT_EQ(ScoreOf(model, {{"a", 0.5}, {"categories", 5}, {"on_time", 0.8}}).score, 50'000);
  EXPECT_EQ(ScoreOf(model, {{"a", 0.5}, {"categories", 6}}).score, 55'000);
  EXPECT_EQ(ScoreOf(model, {{"a", 0.5}, {"on_time", 0}}).score, 47'500);
  for (const Comparison comparison : {Comparison::kGreater, Comparison::kAtLeast, Comparison::kLess, Comparison::kAtMost}) {
    const Model one = WithMultipliers({{"m", 1'200'000, {"x", comparison, 3}}});
    const bool inclusive = comparison == Comparison::kAtLeast || comparison == Comparison::kAtMost;
    const bool upwards = comparison == Comparison::kGreater || comparison == Comparison::kAtLeast;
    EXPECT_EQ(ScoreOf(one, {{"a", 0.5}, {"x", 3}}).score, inclusive ? 60'000 : 50'000);
    EXPECT_EQ(ScoreOf(one, {{"a", 0.5}, {"x", 4}}).score, upwards ? 60'000 : 50'000);
    EXPECT_EQ(ScoreOf(one, {{"a", 0.5}, {"x", 2}}).score, upwards ? 50'000 : 60'000);
    EXPECT_EQ(ScoreOf(one, {{"a", 0.5}}).score, 50'000);
  }
}

TEST(Multipliers, MultiplyInTheOrderOfTheConfiguration) {
  // In doubles 1.1 * 0.95 * 1.2 is just below 1.254 and 1.2 * 0.95 * 1.1 isn't; 6.25 * 1.254 = 7.8375 tells them apart.
  EXPECT_EQ(ScoreOf(WithMultipliers({Always(1'100'000), Always(950'000), Always(1'200'000)}), {{"a", 0.0625}, {"one", 1}}).score, 7'837);
  EXPECT_EQ(ScoreOf(WithMultipliers({Always(1'200'000), Always(950'000), Always(1'100'000)}), {{"a", 0.0625}, {"one", 1}}).score, 7'838);
}

TEST(Multipliers, OnlyTheirProductIsClamped) {
  const std::map<std::string, double> given{{"a", 0.5}, {"one", 1}};
  EXPECT_EQ(ScoreOf(WithMultipliers({Always(1'300'000), Always(1'300'000)}), given).score, 75'000);
  EXPECT_EQ(ScoreOf(WithMultipliers({Always(600'000), Always(600'000)}), given).score, 25'000);
  EXPECT_EQ(ScoreOf(WithMultipliers({Always(2'000'000), Always(500'000)}), given).score, 50'000);
  EXPECT_EQ(ScoreOf(WithMultipliers({Always(0), Always(1'300'000)}), given).score, 25'000);
}

TEST(Score, IsClampedTo100AfterTheMultipliers) {
  EXPECT_EQ(ScoreOf(WithMultipliers({Always(1'500'000)}), {{"a", 0.9}, {"one", 1}}).score, 100'000);
  EXPECT_EQ(ScoreOf(WithMultipliers({Always(1'500'000)}), {{"a", 0}, {"one", 1}}).score, 0);
}
