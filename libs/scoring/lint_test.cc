// What lint finds, where, and what it leaves alone.
#include "libs/scoring/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "libs/scoring/reach.h"

namespace rung::scoring {
namespace {

using ::testing::HasSubstr;

FeatureTraits TraitsOf(std::string_view feature) {
  if (feature == "orders") return {"frequency", 1, "order_days"};
  if (feature == "orders_per_month") return {"frequency", 1, "order_days_per_month"};
  if (feature == "spend") return {"", 1, ""};
  if (feature == "returns") return {"", -1, ""};
  return {};
}

std::vector<Finding> Find(const Model& model, const BaseSummary* base = nullptr, const SplittingGain* gain = nullptr) {
  return Lint(model, {TraitsOf, base, gain});
}

// "field CODE" of each finding, in the order of the model.
std::vector<std::string> Codes(const Model& model, const BaseSummary* base = nullptr) {
  std::vector<std::string> codes;
  for (const Finding& finding : Find(model, base)) {
    codes.push_back(finding.field + " " + finding.code);
    for (const Sentence* sentence : {&finding.message, &finding.way_out}) {
      EXPECT_FALSE(sentence->en.empty()) << codes.back();
      EXPECT_FALSE(sentence->zh.empty()) << codes.back();
    }
  }
  return codes;
}
using Found = std::vector<std::string>;

Factor Rising(const std::string& feature) { return {feature, "", Knots{{{0, 0}, {1, 60}, {4, 100}}}}; }

Model Good() {
  return {.model_id = "good",
          .dimensions = {{.name = "spend", .weight = 60, .factors = {Rising("spend")}},
                         {.name = "frequency", .weight = 40, .factors = {Rising("orders")}}},
          .tiers = {{.code = "gold", .lower_bound = 60'000}, {.code = "silver", .lower_bound = 45'000}, {.code = "bronze"}}};
}

Model GoodRules() {
  const auto rules = [](double orders, double spend) {
    return Rules{2, {{{"orders", Comparison::kAtLeast, orders}, {}}, {{"spend", Comparison::kAtLeast, spend}, {}}}};
  };
  return {.model_id = "rules", .score_kind = ScoreKind::kAttainment, .ladder_kind = LadderKind::kRules,
          .tiers = {{.code = "gold", .rules = rules(8, 2000)}, {.code = "silver", .rules = rules(3, 800)}, {.code = "bronze"}}};
}

TEST(Lint, FindsNothingInGoodModels) {
  EXPECT_EQ(Codes(Good()), Found{});
  EXPECT_EQ(Codes(GoodRules()), Found{});
}

TEST(Lint, NamesATierThatNoScoreReaches) {
  Model model = Good();
  model.dimensions[0].factors[0].normaliser = Knots{{{0, 0}, {1, 50}}};  // (60 x 50 + 40 x 100) / 100
  model.tiers[0].lower_bound = 70'001;
  const auto findings = Find(model);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].field, "tiers[0].lower_bound");
  EXPECT_EQ(findings[0].code, "TIER_UNREACHABLE");
  EXPECT_EQ(findings[0].severity, Severity::kError);
  EXPECT_THAT(findings[0].message.en, HasSubstr("at most 70 points, the bound is 70.001"));
  EXPECT_THAT(findings[0].way_out.zh, HasSubstr("70分"));
  model.tiers[0].lower_bound = 70'000;
  EXPECT_EQ(Codes(model), Found{});
}

TEST(Lint, NamesTiersThatNobodyFallsTo) {
  Model model = Good();
  for (Dimension& dimension : model.dimensions) dimension.factors[0].normaliser = Knots{{{0, 50}, {1, 100}}};
  EXPECT_EQ(Codes(model), Found{}) << "a missing dimension counts 0";
  for (Dimension& dimension : model.dimensions) dimension.missing = MissingPolicy::kNeutral;
  EXPECT_EQ(Codes(model), Found{"tiers[2].lower_bound TIER_UNREACHABLE"});
}

TEST(Lint, CountsMultipliersThatCanApplyTogether) {
  Model model = Good();
  model.multiplier_max = 3 * kOneMicro;
  for (Dimension& dimension : model.dimensions) dimension.factors[0].normaliser = Knots{{{0, 0}, {1, 50}}};  // at most 50
  model.multipliers = {{"few", 1'100'000, {"visits", Comparison::kLess, 5}}, {"many", 1'150'000, {"visits", Comparison::kAtLeast, 5}}};
  EXPECT_EQ(Codes(model), Found{"tiers[0].lower_bound TIER_UNREACHABLE"}) << "57.5: the two exclude each other";
  model.multipliers[1].when.value = 4;
  EXPECT_EQ(Codes(model), Found{}) << "63.25 between 4 and 5 visits";
}

TEST(Lint, NamesAFeatureThatIsCountedTwice) {
  Model model = Good();
  model.dimensions.push_back({.name = "again", .weight = 10, .factors = {Rising("spend"), Rising("orders_per_month")}});
  model.multipliers = {{"m", 1'100'000, {"orders", Comparison::kAtLeast, 9}}};
  const auto findings = Find(model);
  EXPECT_EQ(Codes(model), (Found{"dimensions[2].factors[0].feature FEATURE_COUNTED_TWICE",
                                 "dimensions[2].factors[1].feature FEATURE_COUNTED_TWICE",
                                 "multipliers[0].when.feature FEATURE_COUNTED_TWICE"}));
  EXPECT_EQ(findings[0].severity, Severity::kWarning);
  EXPECT_EQ(findings[1].severity, Severity::kNote) << "the same on another scale";
  EXPECT_THAT(findings[1].message.en, HasSubstr("dimensions[1].factors[0].feature"));
}

TEST(Lint, NamesKnotsAndBandsThatTurn) {
  Model model = Good();
  model.dimensions[0].factors[0].normaliser = Knots{{{0, 0}, {1, 60}, {2, 59}, {4, 100}}};
  model.dimensions[1].factors[0].normaliser = Bands{{{0, 0.1}, {5, 0.9}, {9, 0.5}}};
  EXPECT_EQ(Codes(model), (Found{"dimensions[0].factors[0].normaliser.knots.knots[2].y NOT_MONOTONE",
                                 "dimensions[1].factors[0].normaliser.bands.bands[2].value NOT_MONOTONE"}));
}

TEST(Lint, NamesNormalisersThatRunAgainstTheFeature) {
  Model model = Good();
  model.dimensions[0].factors[0].normaliser = Percentile{true};
  model.dimensions[1].factors = {Rising("returns")};
  EXPECT_EQ(Codes(model), (Found{"dimensions[0].factors[0].normaliser AGAINST_DIRECTION",
                                 "dimensions[1].factors[0].normaliser AGAINST_DIRECTION"}));
  model.dimensions[0].factors[0].normaliser = Percentile{};
  model.dimensions[1].factors[0].normaliser = Penalty{2};
  EXPECT_EQ(Codes(model), Found{});
}

TEST(Lint, NamesGapsAndRepetitionsOfBands) {
  Model model = Good();
  model.dimensions[0].factors[0].normaliser = Bands{{{100, 0.5}, {200, 0.5}, {300, 1}}};
  EXPECT_EQ(Codes(model), (Found{"dimensions[0].factors[0].normaliser.bands.bands[0].from BAND_GAP",
                                 "dimensions[0].factors[0].normaliser.bands.bands[1] BAND_REPEATED"}));
}

TEST(Lint, NamesWhatHasNoEffect) {
  Model model = Good();
  model.dimensions[1].weight = 0;
  model.multipliers = {{"one", kOneMicro, {"visits"}}, {"huge", 2 * kOneMicro, {"clicks"}}};
  model.benchmarks = {{"unused", 5, {}}};
  model.derived_features = {{"value", {"spend"}}};
  EXPECT_EQ(Codes(model), (Found{"dimensions[1].weight ZERO_WEIGHT", "multipliers[0].factor NO_EFFECT",
                                 "multipliers[1].factor CLAMPED", "benchmarks[0] UNUSED_BENCHMARK",
                                 "derived_features[0] UNUSED_DERIVED_FEATURE"}));
}

TEST(Lint, NamesProtectionThatCanNeverEnd) {
  Model model = Good();
  model.stability.protection_months = 12;
  EXPECT_EQ(Codes(model), Found{});
  model.stability.protection_months = 13;
  EXPECT_EQ(Find(model)[0].severity, Severity::kWarning);
  model.stability.protection_months = 35;
  EXPECT_EQ(Find(model)[0].severity, Severity::kWarning);
  model.stability.protection_months = 36;
  EXPECT_EQ(Codes(model), Found{"stability.protection_months PROTECTION_OUTLIVES_FACTS"});
  EXPECT_EQ(Find(model)[0].severity, Severity::kError);
  model.stability = {.margin = 44'000};
  EXPECT_EQ(Codes(model), Found{"stability.margin_points MARGIN_WIDER_THAN_TIER"}) << "gold down to 16 points";
  model.stability = {.margin = 45'000};
  EXPECT_EQ(Codes(model), Found{"stability.margin_points HELD_FOREVER"}) << "silver down to 0 points";
  model.tiers.pop_back();
  model.tiers.back().lower_bound = 0;
  model.stability = {.margin = 60'000};
  EXPECT_EQ(Codes(model), Found{"stability.margin_points HELD_FOREVER"});
  EXPECT_EQ(Find(model)[0].severity, Severity::kError);
  Model rules = GoodRules();
  rules.stability.margin_ratio = kOneMicro;
  EXPECT_EQ(Codes(rules), Found{"stability.margin_ratio HELD_FOREVER"});
  EXPECT_EQ(Find(rules)[0].severity, Severity::kWarning) << "whoever lacks a feature is downgraded";
}

TEST(Lint, NamesRulesThatExcludeEachOther) {
  Model model = GoodRules();
  model.tiers[0].rules = {2, {{{"spend", Comparison::kAtLeast, 2000}, {}}, {{"spend", Comparison::kLess, 2000}, {}}}};
  EXPECT_EQ(Codes(model), Found{"tiers[0].rules.criteria[1] TIER_UNREACHABLE"});
  model.tiers[0].rules = {2, {{{"spend", Comparison::kAtLeast, 2000}, {}}, {{"spend", Comparison::kAtMost, 2000}, {}}}};
  EXPECT_EQ(Codes(model), Found{}) << "2000 exactly";
}

TEST(Lint, NamesATierThatIsAlwaysABetterOne) {
  Model model = GoodRules();
  std::swap(model.tiers[0].rules, model.tiers[1].rules);
  EXPECT_EQ(Codes(model), Found{"tiers[1].rules TIER_UNREACHABLE"});
  model.tiers[0].rules.at_least = 1;  // gold for either of the easy ones
  model.tiers[1].rules.at_least = 1;  // silver for either of the hard ones: each implies its easy one
  EXPECT_EQ(Codes(model), Found{"tiers[1].rules TIER_UNREACHABLE"});
  model.tiers[0].rules.at_least = 2;  // one hard one doesn't make two easy ones
  EXPECT_EQ(Codes(model), Found{});
}

TEST(Lint, ComparesCriteriaWithTodaysBase) {
  const BaseSummary base{.customer_count = 9, .member_count = 9,
                         .features = {{"orders", {9, 0, 7}}, {"spend", {0, 0, 0}}}};
  EXPECT_EQ(Codes(GoodRules(), &base), (Found{"tiers[0].rules.criteria[0].value NOBODY_MEETS",
                                              "tiers[0].rules.criteria[1].feature FEATURE_MISSING_FOR_ALL",
                                              "tiers[1].rules.criteria[1].feature FEATURE_MISSING_FOR_ALL"}));
  Model shares = Good();
  shares.ladder_kind = LadderKind::kShares;
  shares.tiers = {{.code = "top", .share = 100'000}, {.code = "mid", .share = 120'000}, {.code = "rest", .share = kOneMicro}};
  const BaseSummary small{.member_count = 9};
  EXPECT_EQ(Codes(shares, &small), Found{"tiers[0].share NOBODY_MEETS"}) << "10 % of 9; 12 % is one";
}

TEST(SummariseBase, KeepsTheExtremesOfWhatIsPresent) {
  const double missing = std::nan("");
  const std::vector<double> orders{missing, 3, -1, 8}, spend(4, missing);
  const std::vector<uint8_t> member{1, 0, 1, 1};
  const BaseSummary summary = SummariseBase({"orders", "spend"}, {.rows = 4, .features = {orders.data(), spend.data()}, .member = member});
  EXPECT_EQ(summary.customer_count, 4);
  EXPECT_EQ(summary.member_count, 3);
  EXPECT_EQ(summary.features.at("orders").present_count, 3);
  EXPECT_EQ(summary.features.at("orders").low, -1);
  EXPECT_EQ(summary.features.at("orders").high, 8);
  EXPECT_EQ(summary.features.at("spend").present_count, 0);
}

TEST(Lint, ComparesFactorsWithTodaysBase) {
  Model model = Good();
  model.dimensions[0].factors[0].benchmark = "norm";
  model.benchmarks = {{"norm", 1000, {{"north", "", 500}}}};
  BaseSummary base{.features = {{"spend", {9, 2000, 9000}}, {"orders", {9, 4, 9}}}};
  EXPECT_EQ(Codes(model, &base), Found{"dimensions[1].factors[0].normaliser SAME_FOR_ALL"}) << "everybody is beyond the last knot";
  base.features["spend"].low = 4000;
  EXPECT_EQ(Codes(model, &base).size(), 2u) << "4 times the default benchmark at least";
}

TEST(Lint, SaysHowExploitableAModelIsAndWhatToCountInstead) {
  const SplittingGain gain{.parts = 5, .customer_count = 200, .gaining_count = 50, .tiers_gained = 80, .most = 3};
  const auto findings = Find(Good(), nullptr, &gain);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "EXPLOITABLE_BY_SPLITTING");
  EXPECT_EQ(findings[0].field, "dimensions[1].factors[0].feature");
  EXPECT_THAT(findings[0].message.en, HasSubstr("25.0 % of 200"));
  EXPECT_THAT(findings[0].message.en, HasSubstr("1.6 tiers on average, 3 at most"));
  EXPECT_THAT(findings[0].way_out.en, HasSubstr("dimensions[1].factors[0].feature: \"order_days\" instead of \"orders\""));
  const SplittingGain none{.parts = 5, .customer_count = 200};
  EXPECT_TRUE(Find(Good(), nullptr, &none).empty());
}

// Random rules, and random customers, of whom nobody may get a tier that is said to be out of reach.
TEST(Lint, NobodyGetsATierThatRulesAreSaidToPutOutOfReach) {
  int said = 0;
  const bool held = rc::check([&] {
    Model model{.model_id = "rules", .ladder_kind = LadderKind::kRules, .tiers = {{.code = "a"}, {.code = "b"}, {.code = "c"}, {.code = "rest"}}};
    model.dimensions = {{.name = "d", .weight = 1, .factors = {{"a", "", Saturate{1}}}}};
    for (size_t t = 0; t + 1 < model.tiers.size(); ++t) {
      Rules& rules = model.tiers[t].rules;
      for (int k = *rc::gen::inRange(1, 4); k > 0; --k) {
        const auto comparison = *rc::gen::element(Comparison::kGreater, Comparison::kAtLeast, Comparison::kLess, Comparison::kAtMost);
        rules.criteria.push_back({{std::string(1, *rc::gen::inRange('a', 'd')), comparison, 1.0 * *rc::gen::inRange(0, 4)}, {}});
      }
      rules.at_least = *rc::gen::inRange(1, static_cast<int>(rules.criteria.size()) + 1);
    }
    std::set<size_t> unreachable;
    for (const Finding& finding : Find(model)) {
      if (finding.code == "TIER_UNREACHABLE") unreachable.insert(static_cast<size_t>(finding.field.at(6) - '0'));
    }
    said += static_cast<int>(unreachable.size());
    const Scorer scorer(model);
    for (int customer = 0; customer < 100; ++customer) {
      std::vector<double> features;
      for (size_t i = 0; i < scorer.features().size(); ++i) {
        const int drawn = *rc::gen::inRange(-2, 10);
        features.push_back(drawn == 9 ? std::nan("") : drawn / 2.0);
      }
      RC_ASSERT(!unreachable.contains(GradeOne(scorer, {}, {}, features, {}, true).tier));
    }
  });
  EXPECT_TRUE(held);
  EXPECT_GT(said, 10);
}

TEST(ScoreRange, AWeightOfNothingDoesNotKeepADimensionPresent) {
  Model model = Good();
  model.dimensions[0].factors[0].normaliser = Knots{{{0, 50}, {1, 100}}};
  model.dimensions[0].missing = MissingPolicy::kRenormalise;
  model.dimensions[1].weight = 0;
  EXPECT_EQ(ScoreRange(model).low, 0) << "without any spend nothing counts";
  EXPECT_EQ(GradeOne(Scorer(model), {}, {}, {std::nan(""), 1}, {}, true).score, 0);
}

// Random models, and random customers who may not score outside the range that is claimed for the model.
TEST(ScoreRange, HoldsEveryScore) {
  const bool held = rc::check([] {
    const auto normaliser = [] {
      const double a = *rc::gen::inRange(1, 20), y = *rc::gen::inRange(0, 101), z = *rc::gen::inRange(0, 101);
      const Normaliser choices[] = {Knots{{{0, y}, {a, z}, {a + 3, y}}}, Saturate{a}, TargetOver{a}, Penalty{1 / a}, Identity{},
                                    Reciprocal{a}, MinMax{-a, a}, Bands{{{-a, y / 100}, {a, z / 100}}}};
      return choices[*rc::gen::inRange<size_t>(0, std::size(choices))];
    };
    Model model{.tiers = {{.code = "all"}}};
    const int dimensions = *rc::gen::inRange(1, 5);
    for (int d = 0; d < dimensions; ++d) {
      Dimension dimension{.name = "d", .weight = *rc::gen::inRange(0, 4) == 0 ? 0 : *rc::gen::inRange(1, 100)};
      dimension.combine = *rc::gen::element(Combine::kProduct, Combine::kWeightedMean);
      dimension.missing = *rc::gen::element(MissingPolicy::kZero, MissingPolicy::kNeutral, MissingPolicy::kRenormalise);
      for (int f = *rc::gen::inRange(1, 4); f > 0; --f) {
        dimension.factors.push_back({std::string(1, *rc::gen::inRange('a', 'e')), "", normaliser(), *rc::gen::inRange(1, 5)});
      }
      model.dimensions.push_back(dimension);
    }
    for (int m = *rc::gen::inRange(0, 4); m > 0; --m) {
      const auto comparison = *rc::gen::element(Comparison::kGreater, Comparison::kAtLeast, Comparison::kLess, Comparison::kAtMost);
      model.multipliers.push_back({"m", *rc::gen::inRange(0, 2'000'000), {std::string(1, *rc::gen::inRange('a', 'e')), comparison, 1.0 * *rc::gen::inRange(-3, 25)}});
    }
    const MilliRange range = ScoreMilliRange(model);
    const Scorer scorer(model);
    for (int customer = 0; customer < 20; ++customer) {
      std::vector<double> features;
      for (size_t i = 0; i < scorer.features().size(); ++i) {
        const int drawn = *rc::gen::inRange(-30, 60);
        features.push_back(drawn > 50 ? std::nan("") : drawn / 2.0);
      }
      const ScoreMilli score = GradeOne(scorer, {}, {}, features, {}, true).score;
      RC_ASSERT(score <= range.high);  // to the thousandth: lint's errors rest on it
      RC_ASSERT(score >= range.low);
    }
  });
  EXPECT_TRUE(held);
}

TEST(ScoreRange, IsTightWhereEveryFeatureIsUsedOnce) {
  Model model = Good();
  model.dimensions[0].factors[0].normaliser = Knots{{{0, 20}, {1, 80}}};
  model.dimensions[0].missing = MissingPolicy::kRenormalise;
  EXPECT_EQ(ScoreRange(model), (Range{0, 100})) << "frequency alone";
  model.dimensions[1].missing = MissingPolicy::kNeutral;
  model.dimensions[1].factors[0].normaliser = Knots{{{0, 60}, {1, 90}}};
  EXPECT_EQ(ScoreRange(model), (Range{32, 90})) << "(60 x 20 + 40 x 50) / 100; frequency alone";
  model.multipliers = {{"m", 500'000, {"visits"}}};
  EXPECT_EQ(ScoreRange(model), (Range{16, 90}));
}

TEST(SplitAndRescore, CountsTheTiersThatSplittingGains) {
  Model model = Good();  // by orders alone: 0, 4 or more orders give 100 points
  model.dimensions = {{.name = "frequency", .weight = 1, .factors = {{"orders", "", Saturate{20}}}}};
  const Scorer scorer(model);
  std::vector<SplitCustomer> customers;
  for (const double orders : {1, 3, 10, 15}) customers.push_back({{orders}, {5 * orders}, {}, {}, true});
  // 5 and 25, 15 and 75, 50 and 100, 75 and 100 points: bronze to bronze, bronze to gold, silver to gold, gold to gold.
  const SplittingGain gain = SplitAndRescore(scorer, {}, 5, customers);
  EXPECT_EQ(gain.customer_count, 4);
  EXPECT_EQ(gain.gaining_count, 2);
  EXPECT_EQ(gain.tiers_gained, 3);
  EXPECT_EQ(gain.most, 2);
}

}  // namespace
}  // namespace rung::scoring
