// The smallest corrections, against trying every value there is.
#include "libs/scoring/correction.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <map>

namespace rung::scoring {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int kSteps = 64;  // grid points between 0 and 1

Factor Of(std::string feature, Normaliser normaliser, std::string benchmark = "", Micro weight = kOneMicro) {
  return {.feature = std::move(feature), .benchmark = std::move(benchmark), .normaliser = std::move(normaliser), .weight = weight};
}

Model Ladder(LadderKind kind, std::vector<Dimension> dimensions) {
  Model model{.model_id = "test", .dimensions = std::move(dimensions), .ladder_kind = kind};
  for (const auto& [code, bound, share] : {std::tuple{"gold", 60'000, 200'000}, {"silver", 40'000, 500'000}, {"bronze", 0, 1'000'000}}) {
    model.tiers.push_back({.code = code, .lower_bound = bound, .share = share});
  }
  if (kind == LadderKind::kRules) {
    model.tiers[0].rules = {2, {{{"a", Comparison::kAtLeast, 0.5}, {}}, {{"c", Comparison::kAtLeast, 0.25}, {}}}};
    model.tiers[1].rules = {1, {{{"a", Comparison::kAtLeast, 0.2}, {}}, {{"b", Comparison::kLess, 0.1}, {}}}};
  }
  return model;
}

// Features that help, hurt, jump, and work against themselves.
Model Contrary(LadderKind kind) {
  Model model = Ladder(kind, {{.name = "more", .weight = 300'000, .factors = {Of("a", Knots{{{0, 0}, {0.3, 60}, {0.8, 100}}})}},
                              {.name = "fewer", .weight = 200'000, .factors = {Of("b", Penalty{1.5})}},
                              {.name = "jumps", .weight = 200'000, .missing = MissingPolicy::kRenormalise,
                               .factors = {Of("c", Bands{{{0.1, 0.2}, {0.5, 0.9}, {0.75, 0.4}}})}},
                              {.name = "against itself", .weight = 300'000, .combine = Combine::kProduct, .factors = {Of("d", Identity{}), Of("d", Penalty{1})}}});
  model.multipliers = {{"wide", 1'200'000, {"c", Comparison::kGreater, 0.6}}, {"late", 900'000, {"b", Comparison::kAtLeast, 0.4}}};
  return model;
}

std::vector<FeatureGrid> GridsOf(const Scorer& scorer) { return std::vector<FeatureGrid>(scorer.features().size(), {0, 1, kSteps}); }

uint8_t EffectiveOf(const Scorer& scorer, const DecisionInputs& inputs, const GradingInputs& grading) {
  const GradedCustomer graded = Grade(scorer, grading);
  return Decide(inputs.before, {graded.tier, graded.score, inputs.as_of, graded.lenient_tier}, scorer.model().stability, inputs.kind, inputs.run_day)
      .standing.effective;
}

rc::Gen<double> Value() {
  return rc::gen::weightedOneOf<double>({{1, rc::gen::just(kNaN)},
                                         {6, rc::gen::map(rc::gen::inRange(0, 1001), [](int n) { return n / 1000.0; })},
                                         {3, rc::gen::map(rc::gen::inRange(0, kSteps + 1), [](int n) { return n / double{kSteps}; })}});
}

DecisionInputs Drawn(const Scorer& scorer) {
  DecisionInputs inputs{.model_version = 1, .as_of = 100, .run_day = 100};
  inputs.grading.choices = scorer.choices();
  inputs.grading.is_member = true;
  for (size_t f = 0; f < scorer.features().size(); ++f) inputs.grading.features.push_back(*Value());
  if (*rc::gen::arbitrary<bool>()) {
    inputs.before = {.graded = true, .effective = static_cast<uint8_t>(*rc::gen::inRange(0, 3)), .version = 1, .as_of = 50};
    inputs.kind = *rc::gen::element(RunKind::kRealTime, RunKind::kBatch);
  }
  return inputs;
}

// Every value of the grid that gives a better tier, by place.
std::vector<int> BetterPlaces(const Scorer& scorer, const DecisionInputs& inputs, size_t column, const std::function<GradingInputs(GradingInputs)>& compare) {
  const uint8_t decided = EffectiveOf(scorer, inputs, inputs.grading);
  std::vector<int> better;
  for (int place = 0; place <= kSteps; ++place) {
    GradingInputs changed = inputs.grading;
    changed.features[column] = place / double{kSteps};
    if (EffectiveOf(scorer, inputs, compare(changed)) < decided) better.push_back(place);
  }
  return better;
}

void ExpectNearest(const Scorer& scorer, const DecisionInputs& inputs, const Corrections& corrections, const std::function<GradingInputs(GradingInputs)>& compare) {
  std::map<int, Correction> by_column;
  for (const Correction& correction : corrections.found) by_column[correction.column] = correction;
  for (size_t column = 0; column < scorer.features().size(); ++column) {
    const std::vector<int> better = BetterPlaces(scorer, inputs, column, compare);
    const auto found = by_column.find(static_cast<int>(column));
    RC_ASSERT((found != by_column.end()) == !better.empty());
    if (better.empty()) continue;
    const Correction& correction = found->second;
    const double value = inputs.grading.features[column];
    const auto is_better = [&](double x) { return std::find(better.begin(), better.end(), static_cast<int>(std::lround(x * kSteps))) != better.end(); };
    RC_ASSERT(is_better(correction.needed));
    if (std::isnan(value)) {
      RC_ASSERT(std::isnan(correction.not_enough) || !is_better(correction.not_enough));
      RC_ASSERT(!std::isnan(correction.not_enough) || (better.front() == 0 && better.back() == kSteps));
      continue;
    }
    double nearest = 10;
    for (const int place : better) nearest = std::min(nearest, std::abs(place / double{kSteps} - value));
    RC_ASSERT(std::abs(correction.needed - value) == nearest);
    RC_ASSERT(correction.not_enough == value || (!is_better(correction.not_enough) && std::abs(correction.not_enough - correction.needed) * kSteps == 1));
  }
}

RC_GTEST_PROP(SmallestCorrections, AreTheNearestOfAllValues, ()) {
  const Scorer scorer(Contrary(*rc::gen::element(LadderKind::kThresholds, LadderKind::kRules)));
  const DecisionInputs inputs = Drawn(scorer);
  const Corrections corrections = SmallestCorrections(scorer, inputs, GridsOf(scorer), {});
  RC_ASSERT(corrections.untried.empty());
  ExpectNearest(scorer, inputs, corrections, [](GradingInputs changed) { return changed; });
}

struct Population {
  std::vector<std::vector<double>> columns;
  std::vector<uint8_t> member;
  BaseColumns base;

  Population(const Scorer& scorer, size_t rows) : columns(scorer.features().size()), member(rows, 1) {
    base.rows = rows;
    for (auto& column : columns) {
      for (size_t i = 0; i < rows; ++i) column.push_back(*Value());
      base.features.push_back(column.data());
    }
    base.member = member;
  }
};

Model Comparing(LadderKind kind) {
  return Ladder(kind, {{.name = "rank", .weight = 500'000, .factors = {Of("a", Percentile{})}},
                       {.name = "max", .weight = 300'000, .factors = {Of("c", ToMax{})}},
                       {.name = "own", .weight = 200'000, .factors = {Of("b", Penalty{1})}}});
}

// The customer's own values in the population that a batch froze.
FrozenSelf SelfOf(const Scorer& scorer, const GradedBase& graded, const std::vector<double>& features, size_t row) {
  FrozenSelf self;
  for (const auto& column : graded.ranked_values) self.ranked.push_back(column[row]);
  for (const ComparedFeature& compared : scorer.maxima()) self.maxima.push_back(features[compared.column]);
  if (scorer.model().ladder_kind == LadderKind::kShares) self.score = graded.outputs.scores[row];
  return self;
}

RC_GTEST_PROP(SmallestCorrections, OfComparedFeaturesAreMeasuredAgainstTheSameOthers, ()) {
  Scorer scorer(Comparing(*rc::gen::element(LadderKind::kThresholds, LadderKind::kShares)));
  const Population population(scorer, *rc::gen::inRange<size_t>(2, 30));
  const GradedBase graded = GradeBase(scorer, population.base);
  const size_t row = *rc::gen::inRange<size_t>(0, population.base.rows);
  DecisionInputs inputs{.model_version = 1, .grading = InputsOf(scorer, population.base, graded, row), .kind = RunKind::kBatch, .as_of = 100, .run_day = 101};
  const FrozenSelf self = SelfOf(scorer, graded, inputs.grading.features, row);
  const Corrections corrections = SmallestCorrections(scorer, inputs, GridsOf(scorer), {&graded.population, &self});
  RC_ASSERT(corrections.untried.empty());
  ExpectNearest(scorer, inputs, corrections, [&](const GradingInputs& changed) {
    return InputsOf(scorer, graded.population, self, changed.features, changed.benchmarks, changed.is_member);
  });
}

DecisionInputs With(const Scorer& scorer, const std::map<std::string, double>& values) {
  DecisionInputs inputs{.model_version = 1, .as_of = 100, .run_day = 100};
  for (const std::string& feature : scorer.features()) inputs.grading.features.push_back(values.at(feature));
  return inputs;
}

TEST(SmallestCorrections, ComeToTheFenInALongStretch) {
  // 40 points of 100 are needed; every 10,000 yuan give one.
  const Scorer scorer(Ladder(LadderKind::kThresholds, {{.name = "spend", .weight = kOneMicro, .factors = {Of("spend", Saturate{100'000'000})}}}));
  const Corrections corrections = SmallestCorrections(scorer, With(scorer, {{"spend", 39'123'456}}), {{0, 1e12, 1}}, {});
  ASSERT_EQ(corrections.found.size(), 1U);
  EXPECT_NEAR(corrections.found[0].needed, 40'000'000, 500);  // half a thousandth of a point, to which scores are rounded
  EXPECT_EQ(corrections.found[0].not_enough, corrections.found[0].needed - 1);
  EXPECT_EQ(corrections.found[0].tier, 1);
  EXPECT_EQ(corrections.found[0].score, 40'000);
}

TEST(SmallestCorrections, SayNothingWhereNoSingleValueIsEnough) {
  const Scorer scorer(Ladder(LadderKind::kThresholds, {{.name = "x", .weight = 350'000, .factors = {Of("x", Identity{})}},
                                                       {.name = "y", .weight = 350'000, .factors = {Of("y", Identity{})}},
                                                       {.name = "z", .weight = 300'000, .factors = {Of("z", Identity{})}}}));
  EXPECT_TRUE(SmallestCorrections(scorer, With(scorer, {{"x", 0}, {"y", 0}, {"z", 0}}), {{}, {}, {}}, {}).found.empty());
}

TEST(SmallestCorrections, AnotherPopulationIsNotTakenForThatOfTheDecision) {
  Scorer scorer(Comparing(LadderKind::kThresholds));
  DecisionInputs inputs = With(scorer, {{"a", 0.5}, {"b", 0}, {"c", 0.5}});
  inputs.grading.ranks = {3};
  inputs.grading.rank_sizes = {5};
  inputs.grading.maxima = {1};
  FrozenPopulation others;
  others.choices = scorer.choices();
  const FrozenSelf self;
  const Corrections corrections = SmallestCorrections(scorer, inputs, {{}, {}, {}}, {&others, &self});
  ASSERT_EQ(corrections.untried.size(), 2U);
  for (const int column : corrections.untried) EXPECT_NE(scorer.features()[column], "b");
}

TEST(SmallestCorrections, OfAFrozenCustomerThereIsNone) {
  const Scorer scorer(Ladder(LadderKind::kThresholds, {{.name = "x", .weight = kOneMicro, .factors = {Of("x", Identity{})}}}));
  DecisionInputs inputs = With(scorer, {{"x", 0.1}});
  inputs.before = {.graded = true, .effective = 2, .computed = 2, .version = 1, .as_of = 50, .upgrades_frozen = true};
  EXPECT_TRUE(SmallestCorrections(scorer, inputs, {{0, 1, 100}}, {}).found.empty());
}

}  // namespace
}  // namespace rung::scoring
