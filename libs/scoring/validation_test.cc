// What Validate finds wrong with a model, and which benchmark applies to whom.
#include "libs/scoring/validation.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>

namespace rung::scoring {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool IsFeature(std::string_view name) { return name == "spend" || name == "orders"; }

// "field REASON" of each violation, sorted and separated by "; ".
std::string FindingsOf(const Model& model) {
  std::set<std::string> findings;
  for (const auto& violation : Validate(model, IsFeature)) {
    EXPECT_FALSE(violation.message.empty()) << violation.field;
    EXPECT_TRUE(findings.insert(violation.field + " " + violation.reason).second) << violation.field << " twice";
  }
  return fmt::format("{}", fmt::join(findings, "; "));
}

Model Good() {
  return {.model_id = "good-1",
          .weight_policy = WeightPolicy::kReject,
          .dimensions = {{.name = "a", .weight = 600'000, .factors = {{"spend", "norm", Knots{{{0, 0}, {1, 60}}}}}},
                         {.name = "b", .weight = 400'000, .factors = {{"orders"}, {"value"}}}},
          .multipliers = {{"late", 950'000, {"orders", Comparison::kLess, 3}}},
          .benchmarks = {{"norm", 5, {{"north", "", 6}, {"north", "shop", 7}}}},
          .derived_features = {{"value", {"spend", "orders"}}},
          .tiers = {{.code = "gold", .lower_bound = 60'000}, {.code = "silver", .lower_bound = 45'000},
                    {.code = "bronze"}}};
}

Model GoodShares() {
  Model model = Good();
  model.ladder_kind = LadderKind::kShares;
  model.tiers = {{.code = "gold", .share = 100'000}, {.code = "silver", .share = 400'000},
                 {.code = "bronze", .share = kOneMicro}};
  return model;
}

Model GoodRules() {
  Model model = Good();
  model.ladder_kind = LadderKind::kRules;
  const Criterion orders{{"orders", Comparison::kAtLeast, 8}, {}}, top{{"value"}, 300'000};
  model.tiers = {{.code = "gold", .rules = {2, {orders, top}}}, {.code = "bronze"}};
  return model;
}

TEST(Validate, AcceptsGoodModels) {
  EXPECT_EQ(FindingsOf(Good()), "");
  EXPECT_EQ(FindingsOf(GoodShares()), "");
  EXPECT_EQ(FindingsOf(GoodRules()), "");
  Model attainment = GoodRules();
  attainment.score_kind = ScoreKind::kAttainment;
  attainment.dimensions.clear();
  attainment.multipliers.clear();
  EXPECT_EQ(FindingsOf(attainment), "");
  Model normalised = Good();
  normalised.weight_policy = WeightPolicy::kNormalise;
  normalised.dimensions[0].weight = 35 * kOneMicro;
  EXPECT_EQ(FindingsOf(normalised), "");
}

TEST(Validate, AddsTenTenthsUpToExactlyOne) {
  Model model = Good();
  model.dimensions.clear();
  for (char name = 'a'; name <= 'j'; ++name) {
    model.dimensions.push_back({.name = std::string(1, name), .weight = 100'000, .factors = {{"spend"}}});
  }
  EXPECT_EQ(FindingsOf(model), "");
  model.dimensions[0].weight = 100'001;
  EXPECT_EQ(FindingsOf(model), "dimensions WEIGHTS_SUM");
}

struct Case {
  std::function<void(Model&)> spoil;
  std::string expected;
};

void ExpectFindings(const std::function<Model()>& good, const std::vector<Case>& cases) {
  for (size_t i = 0; i < cases.size(); ++i) {
    Model model = good();
    cases[i].spoil(model);
    EXPECT_EQ(FindingsOf(model), cases[i].expected) << "case " << i;
  }
}

TEST(Validate, NamesWhatIsWrongWithModelAndDimensions) {
  ExpectFindings(Good, {
      {[](Model& m) { m.model_id = ""; }, "model_id BAD_ID"},
      {[](Model& m) { m.model_id = "Gold"; }, "model_id BAD_ID"},
      {[](Model& m) { m.model_id = std::string(65, 'a'); }, "model_id BAD_ID"},
      {[](Model& m) { m.model_id = std::string(64, 'a'); }, ""},
      {[](Model& m) { m.display_scale = 0; }, "display_scale OUT_OF_RANGE"},
      {[](Model& m) { m.display_scale = kNaN; }, "display_scale OUT_OF_RANGE"},
      {[](Model& m) { m.stability.protection_months = -1; }, "stability.protection_months OUT_OF_RANGE"},
      {[](Model& m) { m.stability.protection_months = 121; }, "stability.protection_months OUT_OF_RANGE"},
      {[](Model& m) { m.dimensions[1].weight = 500'000; }, "dimensions WEIGHTS_SUM"},
      {[](Model& m) { m.dimensions[1].weight = 300'000; }, "dimensions WEIGHTS_SUM"},
      {[](Model& m) { m.weight_policy = {}; for (Dimension& d : m.dimensions) d.weight = 0; },
       "dimensions WEIGHTS_SUM"},
      {[](Model& m) { m.weight_policy = {}; m.dimensions[1].weight = -1; }, "dimensions[1].weight OUT_OF_RANGE"},
      {[](Model& m) { m.weight_policy = {}; m.dimensions.clear(); }, "dimensions EMPTY"},
      {[](Model& m) { m.dimensions[1].name = "a"; }, "dimensions[1].name DUPLICATE"},
      {[](Model& m) { m.dimensions[1].name = "B b"; }, "dimensions[1].name BAD_ID"},
      {[](Model& m) { m.dimensions[1].factors.clear(); }, "dimensions[1].factors EMPTY"},
      {[](Model& m) { m.dimensions[1].factors.resize(17, {"spend"}); }, "dimensions[1].factors TOO_MANY"},
      {[](Model& m) { m.dimensions[1].factors.resize(16, {"spend"}); }, ""},
      {[](Model& m) { m.dimensions[1].factors[1].feature = "x"; }, "dimensions[1].factors[1].feature UNKNOWN_FEATURE"},
      {[](Model& m) { m.dimensions[1].factors[0].benchmark = "x"; },
       "dimensions[1].factors[0].benchmark UNKNOWN_BENCHMARK"},
      {[](Model& m) { m.dimensions[1].factors[0].weight = -1; }, "dimensions[1].factors[0].weight OUT_OF_RANGE"},
      {[](Model& m) {
         m.dimensions[1].combine = Combine::kWeightedMean;
         for (Factor& factor : m.dimensions[1].factors) factor.weight = 0;
       }, "dimensions[1].factors WEIGHTS_SUM"},
      {[](Model& m) {
         m.weight_policy = {};
         for (int i = 0; i < 31; ++i) m.dimensions.push_back({"d" + std::to_string(i), 1, {}, {}, {{"spend"}}});
       }, "dimensions TOO_MANY"},
      {[](Model& m) { m.model_id = "", m.dimensions[1].name = "a", m.tiers[0].code = ""; },  // all at once
       "dimensions[1].name DUPLICATE; model_id BAD_ID; tiers[0].code BAD_ID"},
  });
}

TEST(Validate, NamesWhatIsWrongWithNormalisers) {
  Knots many{{{0, 0}}};
  while (many.knots.size() <= 64) many.knots.push_back({many.knots.back().x + 1, 50});
  const std::string at = "dimensions[0].factors[0].normaliser.";
  const std::vector<std::pair<Normaliser, std::string>> cases = {
      {Knots{{{0, 0}, {2, 60}, {1, 100}}}, at + "knots.knots[2].x OUT_OF_ORDER"},
      {Knots{{{0, 0}, {0, 60}}}, at + "knots.knots[1].x OUT_OF_ORDER"},
      {Knots{{{0, -1}, {1, 101}}}, at + "knots.knots[0].y OUT_OF_RANGE; " + at + "knots.knots[1].y OUT_OF_RANGE"},
      {Knots{{{0, kNaN}}}, at + "knots.knots[0].y OUT_OF_RANGE"},
      {Knots{{{0, 0}, {kInfinity, 60}}}, at + "knots.knots[1].x NOT_FINITE"},
      {Knots{{{kNaN, 0}}}, at + "knots.knots[0].x NOT_FINITE"},
      {Knots{}, at + "knots.knots OUT_OF_RANGE"},
      {many, at + "knots.knots OUT_OF_RANGE"},
      {Saturate{0}, at + "saturate.at NOT_POSITIVE"},
      {Saturate{kInfinity}, at + "saturate.at NOT_POSITIVE"},
      {TargetOver{-7}, at + "target_over.target NOT_POSITIVE"},
      {Penalty{kNaN}, at + "penalty.slope NOT_POSITIVE"},
      {Reciprocal{0}, at + "reciprocal.tau NOT_POSITIVE"},
      {MinMax{1, 1}, at + "min_max.high OUT_OF_ORDER"},
      {MinMax{0, kInfinity}, at + "min_max.high NOT_FINITE"},
      {MinMax{-kInfinity, 1}, at + "min_max.low NOT_FINITE"},
      {Bands{}, at + "bands.bands OUT_OF_RANGE"},
      {Bands{{{1, 0}, {1, 1}}}, at + "bands.bands[1].from OUT_OF_ORDER"},
      {Bands{{{kNaN, 0.5}}}, at + "bands.bands[0].from NOT_FINITE"},
      {Bands{{{0, 1.5}}}, at + "bands.bands[0].value OUT_OF_RANGE"},
  };
  for (const auto& [normaliser, expected] : cases) {
    Model model = Good();
    model.dimensions[0].factors[0].normaliser = normaliser;
    EXPECT_EQ(FindingsOf(model), expected);
  }
}

TEST(Validate, NamesWhatIsWrongWithMultipliersBenchmarksAndDerivedFeatures) {
  ExpectFindings(Good, {
      {[](Model& m) { m.multipliers[0].name = ""; }, "multipliers[0].name BAD_ID"},
      {[](Model& m) { m.multipliers[0].factor = -1; }, "multipliers[0].factor OUT_OF_RANGE"},
      {[](Model& m) { m.multipliers[0].when.feature = "x"; }, "multipliers[0].when.feature UNKNOWN_FEATURE"},
      {[](Model& m) { m.multipliers[0].when.value = kNaN; }, "multipliers[0].when.value NOT_FINITE"},
      {[](Model& m) { m.multipliers.resize(33, m.multipliers[0]); }, "multipliers TOO_MANY"},
      {[](Model& m) { m.multiplier_min = 1'600'000; }, "multiplier_bounds OUT_OF_RANGE"},
      {[](Model& m) { m.multiplier_min = -1; }, "multiplier_bounds OUT_OF_RANGE"},
      {[](Model& m) { m.benchmarks.push_back({"norm", 1, {}}); }, "benchmarks[1].name DUPLICATE"},
      {[](Model& m) { m.benchmarks[0].default_value = 0; }, "benchmarks[0].default_value NOT_POSITIVE"},
      {[](Model& m) { m.benchmarks[0].overrides[1].value = kInfinity; },
       "benchmarks[0].overrides[1].value NOT_POSITIVE"},
      {[](Model& m) { m.benchmarks[0].overrides[1].segment = ""; }, "benchmarks[0].overrides[1] DUPLICATE"},
      {[](Model& m) { m.benchmarks[0].overrides[0].region = ""; }, "benchmarks[0].overrides[0] EMPTY"},
      {[](Model& m) {
         for (int i = 2; i < 1001; ++i) m.benchmarks[0].overrides.push_back({"r" + std::to_string(i), "", 1});
       }, "benchmarks[0].overrides TOO_MANY"},
      {[](Model& m) { m.derived_features[0].first_known_of = {}; }, "derived_features[0].first_known_of EMPTY"},
      {[](Model& m) { m.derived_features[0].first_known_of[1] = "x"; },
       "derived_features[0].first_known_of[1] UNKNOWN_FEATURE"},
      {[](Model& m) { m.derived_features.push_back({"spend", {"orders"}}); }, "derived_features[1].name DUPLICATE"},
      {[](Model& m) { m.derived_features.push_back({"value", {"orders"}}); }, "derived_features DUPLICATE"},
      {[](Model& m) { m.derived_features.push_back({"w", {"value"}}); },
       "derived_features[1].first_known_of[0] UNKNOWN_FEATURE"},
      {[](Model& m) { m.derived_features = {{"value", {"w"}}, {"w", {"value"}}}; },  // a cycle
       "derived_features[0].first_known_of[0] UNKNOWN_FEATURE; derived_features[1].first_known_of[0] UNKNOWN_FEATURE"},
  });
}

TEST(Validate, NamesWhatIsWrongWithStability) {
  Model model = Good();
  model.stability = {.protection_months = 120, .margin = 5'000, .max_levels_down = 2, .confirmation_batches = 60};
  EXPECT_EQ(FindingsOf(model), "");
  model.stability = {.protection_months = 121, .margin = 100'001, .margin_ratio = 1, .max_levels_down = -1, .confirmation_batches = 0};
  EXPECT_EQ(FindingsOf(model), "stability.confirmation_batches OUT_OF_RANGE; stability.margin_points OUT_OF_RANGE; "
                               "stability.margin_ratio MISMATCH; stability.max_levels_down OUT_OF_RANGE; "
                               "stability.protection_months OUT_OF_RANGE");
  Model rules = GoodRules();
  rules.stability = {.margin_ratio = 50'000};
  EXPECT_EQ(FindingsOf(rules), "");
  rules.stability = {.margin = 1, .margin_ratio = 1'000'001, .max_levels_down = 33, .confirmation_batches = 61};
  EXPECT_EQ(FindingsOf(rules), "stability.confirmation_batches OUT_OF_RANGE; stability.margin_points MISMATCH; "
                               "stability.margin_ratio OUT_OF_RANGE; stability.max_levels_down OUT_OF_RANGE");
}

TEST(Validate, NamesWhatIsWrongWithLadders) {
  ExpectFindings(Good, {
      {[](Model& m) { m.tiers.clear(); }, "tiers EMPTY"},
      {[](Model& m) { m.tiers[1].code = "gold"; }, "tiers[1].code DUPLICATE"},
      {[](Model& m) { m.tiers[1].lower_bound = 60'000; }, "tiers[1].lower_bound OUT_OF_ORDER"},
      {[](Model& m) { m.tiers[0].lower_bound = 100'001; }, "tiers[0].lower_bound OUT_OF_RANGE"},
      {[](Model& m) { m.tiers[2].lower_bound = 1; }, "tiers[2].lower_bound BOTTOM_NOT_DEFAULT"},
      {[](Model& m) { m.score_kind = ScoreKind::kAttainment; }, "score_kind MISMATCH"},
      {[](Model& m) {
         m.tiers.clear();
         for (int i = 32; i >= 0; --i) m.tiers.push_back({.code = "t" + std::to_string(i), .lower_bound = i});
       }, "tiers TOO_MANY"},
  });
  ExpectFindings(GoodShares, {
      {[](Model& m) { m.tiers[1].share = 100'000; }, "tiers[1].share OUT_OF_ORDER"},
      {[](Model& m) { m.tiers[0].share = 0; }, "tiers[0].share OUT_OF_RANGE"},
      {[](Model& m) { m.tiers[2].share = 999'999; }, "tiers[2].share BOTTOM_NOT_DEFAULT"},
  });
  ExpectFindings(GoodRules, {
      {[](Model& m) { m.tiers[1].rules = m.tiers[0].rules; }, "tiers[1].rules BOTTOM_NOT_DEFAULT"},
      {[](Model& m) { m.tiers[0].rules.at_least = 3; }, "tiers[0].rules.at_least OUT_OF_RANGE"},
      {[](Model& m) { m.tiers[0].rules.at_least = 0; }, "tiers[0].rules.at_least OUT_OF_RANGE"},
      {[](Model& m) { m.tiers[0].rules.criteria.resize(17, {{"spend"}, {}}); }, "tiers[0].rules.criteria OUT_OF_RANGE"},
      {[](Model& m) { m.tiers[0].rules.criteria[1].condition.feature = "x"; },
       "tiers[0].rules.criteria[1].feature UNKNOWN_FEATURE"},
      {[](Model& m) { m.tiers[0].rules.criteria[0].condition.value = kInfinity; },
       "tiers[0].rules.criteria[0].value NOT_FINITE"},
      {[](Model& m) { m.tiers[0].rules.criteria[1].top_share = 0; },
       "tiers[0].rules.criteria[1].top_share OUT_OF_RANGE"},
      {[](Model& m) { m.tiers[0].rules.criteria[1].top_share = 1'000'001; },
       "tiers[0].rules.criteria[1].top_share OUT_OF_RANGE"},
      {[](Model& m) { m.score_kind = ScoreKind::kAttainment, m.tiers[0].rules.criteria[0].condition.value = 0; },
       "tiers[0].rules.criteria[0].value NOT_POSITIVE"},
  });
}

TEST(Validate, SaysTheWayOutWhenWeightsDoNotAddUpToOne) {
  for (const auto& [weight, sum, advice] : {std::tuple{500'000, "1.1", "lower one of them by 0.1"},
                                            {250'000, "0.85", "raise one of them by 0.15"},
                                            {400'001, "1.000001", "lower one of them by"}}) {
    Model model = Good();
    model.dimensions[1].weight = weight;
    const auto violations = Validate(model, IsFeature);
    ASSERT_EQ(violations.size(), 1);
    EXPECT_THAT(violations[0].message, HasSubstr(std::string("add up to ") + sum + ";"));
    EXPECT_THAT(violations[0].message, HasSubstr(advice));
    EXPECT_THAT(violations[0].message, HasSubstr("WEIGHT_POLICY_NORMALISE"));
  }
}

TEST(Benchmark, TakesTheMostSpecificOverride) {
  Benchmark benchmark{"b", 1, {{"north", "", 2}, {"", "canteen", 3}, {"north", "canteen", 4}, {"south", "shop", 5}}};
  for (int turn = 0; turn < 4; ++turn) {  // whatever the order of the overrides
    EXPECT_EQ(benchmark.For("north", "canteen"), 4);
    EXPECT_EQ(benchmark.For("south", "canteen"), 3);
    EXPECT_EQ(benchmark.For("", "canteen"), 3);
    EXPECT_EQ(benchmark.For("north", "shop"), 2);
    EXPECT_EQ(benchmark.For("south", "shop"), 5);
    EXPECT_EQ(benchmark.For("south", "hotel"), 1);
    EXPECT_EQ(benchmark.For("", ""), 1);
    std::rotate(benchmark.overrides.begin(), benchmark.overrides.begin() + 1, benchmark.overrides.end());
  }
  benchmark.overrides = {{"north", "", 2}, {"", "canteen", 3}};
  EXPECT_EQ(benchmark.For("north", "canteen"), 3);  // segment before region
}

}  // namespace
}  // namespace rung::scoring
