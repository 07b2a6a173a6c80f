// What is stored of a decision gives it again, bit for bit, over random histories on simulated days: customers whose facts
// change, batches and real time, versions of the model, overrides, freezes and voided protection.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <ostream>
#include <vector>

#include "services/grading/decision_record.h"

namespace rung::grading {
namespace {

using scoring::DecisionInputs;
using scoring::Standing;

constexpr Day kStart = 20'454;  // 2026-01-01
constexpr size_t kCustomers = 9;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct Step {
  bool batch = true;
  int days = 1;          // since the step before
  size_t customer = 0;   // whose facts change; in real time the one that is graded
  size_t feature = 0;
  int value = 0;         // in 64ths; below 0: missing
  enum What { kFacts, kVoid, kOverride, kFreeze, kPublish } what = kFacts;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << (step.batch ? "batch" : "real time") << " +" << step.days << "d customer " << step.customer << " feature " << step.feature << " = "
             << step.value << " what " << step.what;
}

rc::Gen<Step> Steps() {
  return rc::gen::build<Step>(
      rc::gen::set(&Step::batch, rc::gen::arbitrary<bool>()), rc::gen::set(&Step::days, rc::gen::element(0, 1, 1, 2, 30, 70)),
      rc::gen::set(&Step::customer, rc::gen::inRange<size_t>(0, kCustomers)), rc::gen::set(&Step::feature, rc::gen::inRange<size_t>(0, 3)),
      rc::gen::set(&Step::value, rc::gen::inRange(-8, 65)),
      rc::gen::set(&Step::what, rc::gen::element(Step::kFacts, Step::kFacts, Step::kFacts, Step::kVoid, Step::kOverride, Step::kFreeze, Step::kPublish)));
}

rc::Gen<scoring::Stability> Configurations() {
  using scoring::Stability;
  return rc::gen::build<Stability>(rc::gen::set(&Stability::protection_months, rc::gen::inRange(0, 4)),
                                   rc::gen::set(&Stability::margin, rc::gen::element<scoring::ScoreMilli>(0, 0, 2'000, 15'000)),
                                   rc::gen::set(&Stability::margin_ratio, rc::gen::element<scoring::Micro>(0, 0, 50'000, 400'000)),
                                   rc::gen::set(&Stability::max_levels_down, rc::gen::inRange(0, 3)),
                                   rc::gen::set(&Stability::confirmation_batches, rc::gen::inRange(1, 4)));
}

// The same tiers by rules: all of them, at least two, any; by a bound, by a place among the others, and by a feature that is the
// first known of two. The score is that of the dimensions, or how far the best tier's criteria are attained.
scoring::Model AsRules(scoring::Model model, scoring::Micro weight) {
  using namespace scoring;
  const double bound = static_cast<double>(weight) / kOneMicro;  // moves with the version
  const auto at_least = [](const char* feature, double value) { return Criterion{{feature, Comparison::kAtLeast, value}, {}}; };
  const auto among = [](const char* feature, Micro share) { return Criterion{{feature}, share}; };
  if (weight % 200'000 == 0) {
    model.score_kind = ScoreKind::kAttainment;
    model.dimensions.clear();
    model.multipliers.clear();
  }
  model.derived_features = {{"value", {"c", "b"}}};
  model.tiers.insert(model.tiers.begin() + 2, {.code = "copper"});
  model.tiers[0].rules = {3, {at_least("a", bound), among("value", 400'000), at_least("b", bound / 2)}};
  model.tiers[1].rules = {2, {at_least("a", bound / 2), among("a", 500'000), {{"c", Comparison::kLess, 0.6}, {}}}};
  model.tiers[2].rules = {1, {at_least("value", bound / 3), {{"b", Comparison::kGreater, 0.4}, {}}}};
  for (Tier& tier : model.tiers) tier.lower_bound = 0, tier.share = 0;
  model.stability.margin = 0;  // of points
  return model;
}

// Ranks, a maximum, a product, a mean and a multiplier.
scoring::Model ModelOf(scoring::LadderKind kind, scoring::Micro weight, const scoring::Stability& stability) {
  using namespace scoring;
  const auto of = [](std::string feature, Normaliser normaliser, Micro part = kOneMicro) {
    return Factor{.feature = std::move(feature), .normaliser = std::move(normaliser), .weight = part};
  };
  Model model{.model_id = "test",
              .dimensions = {{.name = "rank", .weight = weight, .factors = {of("a", Percentile{}), of("b", Identity{})}},
                             {.name = "max", .weight = 400'000, .combine = Combine::kWeightedMean, .missing = MissingPolicy::kRenormalise,
                              .factors = {of("a", ToMax{}, 300'000), of("c", Percentile{true}, 700'000)}}},
              .multipliers = {{"late", 950'000, {"c", Comparison::kLess, 0.3}}},
              .ladder_kind = kind};
  for (const auto& [code, bound, share] : {std::tuple{"gold", 60'000, 200'000}, {"silver", 40'000, 500'000}, {"bronze", 0, 1'000'000}}) {
    model.tiers.push_back({.code = code, .lower_bound = bound, .share = share});
  }
  model.stability = stability;
  if (kind == LadderKind::kRules) return AsRules(std::move(model), weight);
  model.stability.margin_ratio = 0;  // of rules only
  return model;
}

// A decision as it was made, and what is stored of it.
struct Made {
  size_t version;
  Standing after;
  scoring::GradedCustomer graded;
  std::string stored;
};

class History {
 public:
  explicit History(scoring::LadderKind kind) : kind_(kind), columns_(3, std::vector<double>(kCustomers, 0.5)), standings_(kCustomers) {
    models_.push_back(ModelOf(kind_, 600'000, *Configurations()));
  }

  void Live(const Step& step) {
    day_ += step.days;
    columns_[step.feature][step.customer] = step.value < 0 ? kMissing : step.value / 64.0;
    Standing& standing = standings_[step.customer];
    if (step.what == Step::kVoid && standing.protected_since != 0) standing.protection_void = true;
    if (step.what == Step::kOverride && standing.graded) standing.override_until = day_ + 20;
    if (step.what == Step::kFreeze) standing.upgrades_frozen = !standing.upgrades_frozen;
    if (step.what == Step::kPublish) models_.push_back(ModelOf(kind_, 100'000 * (1 + models_.size() % 9), *Configurations()));
    scoring::Scorer scorer(models_.back());
    const std::vector<uint8_t> member(kCustomers, 1);
    scoring::BaseColumns base{.rows = kCustomers, .member = member};
    for (const std::string& name : scorer.features()) base.features.push_back(columns_[static_cast<size_t>(name[0] - 'a')].data());
    const scoring::GradedBase graded = GradeBase(scorer, base);
    if (step.batch) {
      for (size_t row = 0; row < kCustomers; ++row) Decide(scorer, InputsOf(scorer, base, graded, row), row, scoring::RunKind::kBatch);
    } else {
      std::vector<double> features;
      for (const double* column : base.features) features.push_back(column[step.customer]);
      Decide(scorer, InputsOf(scorer, graded.population, {}, features, {}, true), step.customer, scoring::RunKind::kRealTime);
    }
  }

  const std::vector<Made>& made() const { return made_; }
  const scoring::Model& model(size_t version) const { return models_[version]; }

 private:
  void Decide(const scoring::Scorer& scorer, const scoring::GradingInputs& grading, size_t customer, scoring::RunKind kind) {
    const Day as_of = kind == scoring::RunKind::kBatch ? day_ - 1 : day_;
    const DecisionInputs inputs{static_cast<int32_t>(models_.size()), grading, standings_[customer], kind, as_of, day_};
    const scoring::GradedCustomer graded = Grade(scorer, grading);
    const scoring::Decision decision = scoring::Decide(standings_[customer], {graded.tier, graded.score, as_of, graded.lenient_tier},
                                                       scorer.model().stability, kind, day_);
    standings_[customer] = decision.standing;
    made_.push_back({models_.size() - 1, decision.standing, graded, EncodeDecision(scorer, inputs)});
  }

  const scoring::LadderKind kind_;
  std::vector<scoring::Model> models_;
  std::vector<std::vector<double>> columns_;  // by feature and customer
  std::vector<Standing> standings_;
  std::vector<Made> made_;
  Day day_ = kStart;
};

class ReplayHistories : public ::testing::TestWithParam<scoring::LadderKind> {};

TEST_P(ReplayHistories, GiveEveryDecisionAgainWhateverHappenedSince) {
  const bool held = rc::check([&] {
    History history(GetParam());
    for (const Step& step : *rc::gen::container<std::vector<Step>>(Steps())) history.Live(step);
    for (const Made& made : history.made()) {
      scoring::Scorer later(history.model(made.version));  // nothing but the model of that version and the stored bytes
      const auto inputs = DecodeDecision(later, made.stored);
      RC_ASSERT(inputs.ok());
      later.SetChoices(inputs->grading.choices);
      const scoring::GradedCustomer graded = Grade(later, inputs->grading);
      RC_ASSERT(graded.score == made.graded.score);
      RC_ASSERT(graded.tier == made.graded.tier);
      RC_ASSERT(graded.lenient_tier == made.graded.lenient_tier);
      const scoring::Decision decision = scoring::Decide(inputs->before, {graded.tier, graded.score, inputs->as_of, graded.lenient_tier},
                                                         later.model().stability, inputs->kind, inputs->run_day);
      RC_ASSERT(decision.standing == made.after);
    }
  });
  EXPECT_TRUE(held);
}

INSTANTIATE_TEST_SUITE_P(Ladders, ReplayHistories, ::testing::Values(scoring::LadderKind::kThresholds, scoring::LadderKind::kShares, scoring::LadderKind::kRules),
                         [](const auto& info) {
                           if (info.param == scoring::LadderKind::kRules) return "rules";
                           return info.param == scoring::LadderKind::kShares ? "shares" : "thresholds";
                         });

}  // namespace
}  // namespace rung::grading
