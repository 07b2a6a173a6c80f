// Normalisers, dimensions, multipliers and thresholds. Expected values are worked by hand from the definitions.
#include "libs/scoring/scorer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "libs/scoring/normalise.h"

namespace rung::scoring {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
const Knots kSpendKnots{{{0, 0}, {0.2, 45}, {1, 60}, {4, 75}, {10, 90}, {20, 100}}};
const Knots kFrequencyKnots{{{0, 0}, {0.5, 45}, {1, 60}, {2, 80}, {3, 100}}};
using Features = std::map<std::string, double>;

Factor Of(std::string feature, Normaliser normaliser = Identity{}, Micro weight = kOneMicro) {
  return {.feature = std::move(feature), .normaliser = std::move(normaliser), .weight = weight};
}

Dimension Single(std::string feature, Micro weight = 1, MissingPolicy missing = MissingPolicy::kZero) {
  return {.name = feature, .weight = weight, .missing = missing, .factors = {Of(feature)}};
}

Model ModelOf(std::vector<Dimension> dimensions, std::vector<Multiplier> multipliers = {}) {
  return {.model_id = "test", .dimensions = std::move(dimensions), .multipliers = std::move(multipliers),
          .tiers = {{.code = "diamond", .lower_bound = 90'000}, {.code = "platinum", .lower_bound = 75'000},
                    {.code = "gold", .lower_bound = 60'000}, {.code = "silver", .lower_bound = 45'000},
                    {.code = "bronze"}}};
}

struct Scored {
  ScoreMilli score;
  std::string tier;
  std::vector<double> parts;
};

// Scores one customer; features that aren't given are missing.
Scored Score(const Scorer& scorer, const Features& given) {
  std::vector<double> values;
  for (const auto& name : scorer.features()) values.push_back(given.contains(name) ? given.at(name) : kMissing);
  ScoreInputs inputs{.rows = 1};
  for (const double& value : values) inputs.features.push_back(&value);
  inputs.benchmarks.resize(scorer.model().benchmarks.size(), nullptr);
  ScoreOutputs outputs{.want_parts = true};
  scorer.Score(inputs, outputs);
  Scored scored{outputs.scores.at(0), scorer.model().tiers.at(outputs.tiers.at(0)).code, {}};
  for (const auto& part : outputs.parts) scored.parts.push_back(part.at(0));
  return scored;
}

ScoreMilli Milli(const Model& model, const Features& given) { return Score(Scorer(model), given).score; }

double Normalised(const Normaliser& normaliser, double x, double maximum = 0) {
  double out = -1;
  NormaliseColumn(normaliser, &x, {.maximum = maximum}, 1, &out);
  return out;
}

TEST(Normaliser, GivesTheDefinedValueInsideAndAtItsEdgesAndKeepsMissing) {
  const struct {
    const char* name;
    Normaliser normaliser;
    std::vector<std::pair<double, double>> points;
  } cases[] = {
      {"knots", kSpendKnots, {{-1, 0}, {0.1, 0.225}, {0.6, 0.525}, {2.5, 0.675}, {15, 0.95}, {21, 1}, {kInfinity, 1}}},
      {"falling", Knots{{{0, 100}, {7, 90}, {14, 75}}}, {{-3, 1}, {3.5, 0.95}, {7, 0.9}, {10.5, 0.825}, {99, 0.75}}},
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
  const Knots unround{{{-1, 3}, {0.1, 29}, {0.3, 93}}};  // in doubles .03 + (.29 - .03) isn't .29
  for (const Knots& knots : {kSpendKnots, kFrequencyKnots, unround}) {
    for (const Knot& knot : knots.knots) EXPECT_EQ(Normalised(knots, knot.x), knot.y / 100) << knot.x;
  }
}

TEST(Normaliser, ToMaxDividesByThePopulationMaximumAndIs0WhenThatIs0) {
  EXPECT_EQ(Normalised(ToMax{}, 50, 200), 0.25);
  EXPECT_EQ(Normalised(ToMax{}, 200, 200), 1);
  EXPECT_EQ(Normalised(ToMax{}, 300, 200), 1);  // better than the whole population: still within [0, 1]
  EXPECT_EQ(Normalised(ToMax{}, 50, 0), 0);
  for (const double maximum : {0, 200}) EXPECT_TRUE(std::isnan(Normalised(ToMax{}, kMissing, maximum)));
}

TEST(Dimension, ProductNeedsAllItsFactors) {
  const Scorer scorer(ModelOf({{.name = "d", .weight = 1, .factors = {Of("a"), Of("b")}}, Single("c")}));
  EXPECT_DOUBLE_EQ(Score(scorer, {{"a", 0.5}, {"b", 0.75}, {"c", 1}}).parts[0], 37.5);
  EXPECT_EQ(Score(scorer, {{"a", 0.5}, {"b", 0.75}, {"c", 1}}).score, 68'750);
  for (const char* present : {"a", "b"}) {
    EXPECT_TRUE(std::isnan(Score(scorer, {{present, 0.5}, {"c", 1}}).parts[0])) << present;
    EXPECT_EQ(Score(scorer, {{present, 0.5}, {"c", 1}}).score, 50'000) << present;
  }
}

TEST(Dimension, WeightedMeanRenormalisesOverTheFactorsPresent) {
  const Scorer scorer(ModelOf({{.name = "d", .weight = 7, .combine = Combine::kWeightedMean,
                                .factors = {Of("a", Identity{}, 300'000), Of("b", Identity{}, 500'000),
                                            Of("c", Identity{}, 200'000)}}}));
  EXPECT_EQ(Score(scorer, {{"a", 0.5}, {"b", 0.4}, {"c", 1}}).score, 55'000);  // .15 + .2 + .2
  EXPECT_EQ(Score(scorer, {{"a", 0.5}, {"c", 1}}).score, 70'000);              // (.15 + .2) / .5
  EXPECT_EQ(Score(scorer, {{"b", 0.4}}).score, 40'000);
  EXPECT_TRUE(std::isnan(Score(scorer, {}).parts[0]));
}

TEST(Dimension, MissingCountsByItsPolicy) {
  const auto with = [](MissingPolicy policy) { return ModelOf({Single("a", 600'000), Single("b", 400'000, policy)}); };
  EXPECT_EQ(Milli(with(MissingPolicy::kZero), {{"a", 0.8}}), 48'000);
  EXPECT_EQ(Milli(with(MissingPolicy::kNeutral), {{"a", 0.8}}), 68'000);
  EXPECT_EQ(Milli(with(MissingPolicy::kRenormalise), {{"a", 0.8}}), 80'000);
  EXPECT_EQ(Milli(with(MissingPolicy::kNeutral), {{"a", 0.8}, {"b", 0}}), 48'000);  // 0 isn't missing
}

TEST(Score, Is0WhenNoDimensionIsPresent) {
  for (const MissingPolicy policy : {MissingPolicy::kZero, MissingPolicy::kRenormalise}) {
    EXPECT_EQ(Milli(ModelOf({Single("a", 1, policy), Single("b", 1, policy)}), {}), 0);
  }
}

TEST(Score, SumsFixedPointWeightsExactlyAndDividesByTheirSum) {
  // .35 * 85.9375 + .15 * 4.6875 + .05 * 3.125 is exactly 30.9375; with weights in binary fractions it falls short.
  const Model kuailv = ModelOf({Single("a", 350'000), Single("b", 250'000), Single("c", 200'000), Single("d", 150'000),
                                Single("e", 50'000)});
  EXPECT_EQ(Milli(kuailv, {{"a", 55 / 64.0}, {"b", 0}, {"c", 0}, {"d", 3 / 64.0}, {"e", 2 / 64.0}}), 30'938);
  const Model rfmpl = ModelOf({Single("r", 300'000), Single("f", 400'000), Single("m", 300'000), Single("p", 200'000),
                               Single("l", 200'000)});
  EXPECT_EQ(Milli(rfmpl, {{"r", 1}, {"f", 0.5}}), 35'714);  // (.3 * 100 + .4 * 50) / 1.4 = 35.7142…
}

TEST(Score, QuantisesHalvesUp) {
  const Model model = ModelOf({Single("a")});
  EXPECT_EQ(Milli(model, {{"a", 1 / 64.0}}), 1'563);    // 1562.5: to even would be 1562
  EXPECT_EQ(Milli(model, {{"a", 57 / 64.0}}), 89'063);  // 89062.5
  EXPECT_EQ(Milli(model, {{"a", std::nextafter(57 / 64.0, 0)}}), 89'062);
}

TEST(Multipliers, ApplyWhenTheirConditionHoldsAndNeverOnAMissingFeature) {
  const Model model = ModelOf({Single("a")}, {{"wide", 1'100'000, {"categories", Comparison::kGreater, 5}},
                                              {"late", 950'000, {"on_time", Comparison::kLess, 0.8}}});
  EXPECT_EQ(Milli(model, {{"a", 0.5}, {"categories", 6}, {"on_time", 0.7}}), 52'250);
  EXPECT_EQ(Milli(model, {{"a", 0.5}, {"categories", 5}, {"on_time", 0.8}}), 50'000);
  EXPECT_EQ(Milli(model, {{"a", 0.5}, {"categories", 6}}), 55'000);
  EXPECT_EQ(Milli(model, {{"a", 0.5}, {"on_time", 0}}), 47'500);
  for (const auto& [comparison, at_2, at_3, at_4] :
       {std::tuple{Comparison::kGreater, 50, 50, 60}, {Comparison::kAtLeast, 50, 60, 60},
        {Comparison::kLess, 60, 50, 50}, {Comparison::kAtMost, 60, 60, 50}}) {
    const Model one = ModelOf({Single("a")}, {{"m", 1'200'000, {"x", comparison, 3}}});
    EXPECT_EQ(Milli(one, {{"a", 0.5}, {"x", 2}}), at_2 * 1000);
    EXPECT_EQ(Milli(one, {{"a", 0.5}, {"x", 3}}), at_3 * 1000);
    EXPECT_EQ(Milli(one, {{"a", 0.5}, {"x", 4}}), at_4 * 1000);
    EXPECT_EQ(Milli(one, {{"a", 0.5}}), 50'000);
  }
}

// A customer with `share` of the points, under multipliers that all apply.
ScoreMilli Multiplied(double share, const std::vector<Micro>& factors) {
  Model model = ModelOf({Single("a")});
  for (const Micro factor : factors) model.multipliers.push_back({"m", factor, {"a", Comparison::kAtLeast, 0}});
  return Milli(model, {{"a", share}});
}

TEST(Multipliers, MultiplyInTheOrderOfTheConfiguration) {
  // In doubles 1.1 * .95 * 1.2 is just below 1.254 and 1.2 * .95 * 1.1 isn't: 6.25 * 1.254 = 7.8375 tells them apart.
  EXPECT_EQ(Multiplied(0.0625, {1'100'000, 950'000, 1'200'000}), 7'837);
  EXPECT_EQ(Multiplied(0.0625, {1'200'000, 950'000, 1'100'000}), 7'838);
}

TEST(Multipliers, TheirProductIsClampedAndThenTheScore) {
  EXPECT_EQ(Multiplied(0.5, {1'300'000, 1'300'000}), 75'000);  // 1.69 becomes 1.5
  EXPECT_EQ(Multiplied(0.5, {600'000, 600'000}), 25'000);      // 0.36 becomes 0.5
  EXPECT_EQ(Multiplied(0.5, {2'000'000, 500'000}), 50'000);    // each alone isn't clamped
  EXPECT_EQ(Multiplied(0.9, {1'500'000}), 100'000);
  EXPECT_EQ(Multiplied(0, {1'500'000}), 0);
}

TEST(KuaiLv, SpendKnotsAgreeWithItsTable) {
  Model model = ModelOf({{.name = "spend", .weight = 35, .factors = {{"net_spend", "annual_spend", kSpendKnots}}}});
  model.benchmarks = {{"annual_spend", 5'000'000, {}}};  // 50,000 yuan in fen
  for (const auto& [yuan, points] : {std::pair{0, 0}, {10'000, 45}, {50'000, 60}, {200'000, 75}, {500'000, 90},
                                     {1'000'000, 100}, {3'000'000, 100}}) {
    EXPECT_EQ(Milli(model, {{"net_spend", 100.0 * yuan}}), 1000 * points) << yuan;
  }
}

TEST(KuaiLv, ScoresAWorkedCustomer) {
  const auto left_out = MissingPolicy::kRenormalise;
  Model model = ModelOf({
      {.name = "spend", .weight = 35, .factors = {{"spend", "annual_spend", kSpendKnots}}},
      {.name = "frequency", .weight = 25, .factors = {{"orders", "monthly_orders", kFrequencyKnots}}},
      {.name = "repurchase", .weight = 20, .factors = {Of("interval", TargetOver{7}), Of("repeat")}},
      {.name = "fulfilment", .weight = 15, .missing = left_out, .factors = {Of("on_time"), Of("return", Penalty{2})}},
      {.name = "engagement", .weight = 5, .missing = left_out, .factors = {Of("session", Saturate{20}), Of("review")}},
  });
  model.benchmarks = {{"monthly_orders", 8, {}}, {"annual_spend", 5'000'000, {}}};
  Features given{{"spend", 20'000'000}, {"orders", 8}, {"interval", 14}, {"repeat", 0.8}, {"on_time", 0.95},
                 {"return", 0.05}, {"session", 10}, {"review", 0.6}};
  // .35 * 75 + .25 * 60 + .2 * 100 (.5 * .8) + .15 * 100 (.95 * .9) + .05 * 100 (.5 * .6)
  EXPECT_EQ(Score(Scorer(model), given).score, 63'575);
  EXPECT_EQ(Score(Scorer(model), given).tier, "gold");
  given.erase("return");  // (26.25 + 15 + 8 + 1.5) / .85 = 59.70588…
  EXPECT_EQ(Score(Scorer(model), given).score, 59'706);
  EXPECT_EQ(Score(Scorer(model), given).tier, "silver");
}

TEST(Thresholds, ScoreOf89Point5IsPlatinum) {
  const Scored scored = Score(Scorer(ModelOf({Single("a")})), {{"a", 0.895}});
  EXPECT_EQ(scored.score, 89'500);
  EXPECT_EQ(scored.tier, "platinum");
}

TEST(Thresholds, AreHalfOpenLowerBoundsOfTheQuantisedScore) {
  const Scorer scorer(ModelOf({Single("a")}));
  for (const auto& [share, tier] : std::initializer_list<std::pair<double, const char*>>{
           {1, "diamond"}, {0.9, "diamond"}, {0.899996, "diamond"}, {0.899994, "platinum"}, {0.75, "platinum"},
           {0.74999, "gold"}, {0.6, "gold"}, {0.59999, "silver"}, {0.45, "silver"}, {0.44999, "bronze"},
           {0, "bronze"}}) {
    EXPECT_EQ(Score(scorer, {{"a", share}}).tier, tier) << share;
  }
}

TEST(DerivedFeature, IsTheFirstCandidateThatTheBaseHas) {
  Model model = ModelOf({Single("value")});
  model.derived_features = {{"value", {"ltv", "margin", "spend"}}};
  Scorer scorer(model);
  const auto& names = scorer.features();
  EXPECT_EQ(std::set(names.begin(), names.end()), (std::set<std::string>{"ltv", "margin", "spend"}));
  const auto score_when_known = [&](const std::set<std::string>& known) {
    std::vector<bool> flags;
    for (const auto& name : names) flags.push_back(known.contains(name));
    scorer.Resolve(flags);
    return Score(scorer, {{"ltv", 0.1}, {"margin", 0.2}, {"spend", 0.3}}).score;
  };
  EXPECT_EQ(score_when_known({"ltv", "spend"}), 10'000);
  EXPECT_EQ(score_when_known({"spend"}), 30'000);
  EXPECT_EQ(score_when_known({}), 30'000);  // the last one
  EXPECT_EQ(score_when_known({"margin", "spend"}), 20'000);
  EXPECT_EQ(scorer.choices(), std::vector<int>{1});
  EXPECT_EQ(Score(scorer, {{"ltv", 1}, {"spend", 1}}).score, 0);  // chosen for the base, not for each customer
  scorer.SetChoices({0});
  EXPECT_EQ(Score(scorer, {{"ltv", 1}}).score, 100'000);
}

TEST(Score, NeverFallsAsAFeatureRisesUnderIncreasingKnots) {
  std::mt19937_64 random(20260331);
  const auto uniform = [&](double low, double high) { return std::uniform_real_distribution(low, high)(random); };
  for (int round = 0; round < 300; ++round) {
    Model model = ModelOf({});
    Features given;
    std::set<double> probes;
    for (const char* name : {"a", "b", "c"}) {
      Knots knots{{{uniform(-5, 5), std::floor(uniform(0, 20))}}};
      while (knots.knots.size() < 5) {
        const Knot last = knots.knots.back();
        knots.knots.push_back({last.x + uniform(0.01, 10), last.y + std::floor(uniform(1, 20))});
      }
      for (const auto& [x, y] : knots.knots) probes.insert({std::nextafter(x, -1e9), x, x + uniform(0, 5)});
      model.dimensions.push_back({.name = name, .weight = 1 + static_cast<Micro>(random() % 1'000'000),
                                  .factors = {Of(name, knots)}});
      given[name] = uniform(-5, 40);
    }
    const Scorer scorer(model);
    for (const char* name : {"a", "b", "c"}) {
      Features row = given;
      ScoreMilli before = 0;
      for (const double probe : probes) {
        row[name] = probe;
        const ScoreMilli score = Score(scorer, row).score;
        ASSERT_GE(score, before) << "round " << round << ", " << name << " = " << probe;
        before = score;
      }
      ASSERT_GT(before, 0);
    }
  }
}

}  // namespace
}  // namespace rung::scoring
