#include "libs/calibration/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace rung::calibration {
namespace {

using scoring::MissingPolicy;
using scoring::Model;
using ::testing::HasSubstr;

Model ThreeDimensions() {
  Model model{.model_id = "m"};
  const MissingPolicy policies[] = {MissingPolicy::kZero, MissingPolicy::kNeutral, MissingPolicy::kRenormalise};
  const char* names[] = {"a", "b", "c"};
  for (int d = 0; d < 3; ++d) {
    model.dimensions.push_back({.name = names[d], .weight = (d + 1) * 150'000, .missing = policies[d],
                                .factors = {{.feature = names[d], .normaliser = scoring::MinMax{0, 1}}}});
  }
  model.multipliers = {{"up", 1'100'000, {"a", scoring::Comparison::kGreater, 0.8}}, {"down", 700'000, {"d", scoring::Comparison::kLess, 0.3}}};
  model.multiplier_min = 800'000;
  model.tiers = {{.code = "gold", .lower_bound = 60'000}, {.code = "silver", .lower_bound = 40'000}, {.code = "bronze"}};
  return model;
}

// Features a to d of random customers; some are missing.
struct Columns {
  std::vector<std::vector<double>> values;
  scoring::ScoreInputs inputs;
};
Columns RandomColumns(uint32_t seed, size_t rows, double missing) {
  std::mt19937_64 random(seed);
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  Columns columns;
  columns.values.assign(4, std::vector<double>(rows));
  for (auto& column : columns.values) {
    for (double& value : column) value = unit() < missing ? NAN : unit();
  }
  columns.inputs.rows = rows;
  for (const auto& column : columns.values) columns.inputs.features.push_back(column.data());
  return columns;
}

TEST(ScoresOf, AreTheScorersToTheBit) {
  Model model = ThreeDimensions();
  const Columns columns = RandomColumns(1, 3000, 0.3);
  const scoring::Scorer scorer(model);
  ASSERT_THAT(scorer.features(), ::testing::ElementsAre("a", "b", "c", "d"));
  const Snapshot snapshot = SnapshotOf(scorer, columns.inputs);
  for (int round = 0; round < 5; ++round) {
    scoring::ScoreOutputs outputs;
    scoring::Scorer(model).Score(columns.inputs, outputs);
    EXPECT_EQ(ScoresOf(model, snapshot), outputs.scores);
    for (auto& dimension : model.dimensions) dimension.weight = (dimension.weight * 7919 + 104'729) % 1'000'000;
  }
}

// Outcomes that follow the dimensions with weights 0.6, 0.1, 0.3 and noise.
Snapshot Observed(const Model& model, uint32_t seed, size_t rows, Day as_of, double noise, double (*outcome)(double)) {
  const Columns columns = RandomColumns(seed, rows, 0);
  Snapshot snapshot = SnapshotOf(scoring::Scorer(model), columns.inputs);
  snapshot.as_of = as_of;
  snapshot.outcome_until = as_of + 90;
  std::mt19937_64 random(seed + 1);
  for (size_t i = 0; i < rows; ++i) {
    const double jitter = static_cast<double>(random() >> 11) * 0x1p-53 - 0.5;
    const double worth = 60 * columns.values[0][i] + 10 * columns.values[1][i] + 30 * columns.values[2][i] + noise * jitter;
    snapshot.outcomes.push_back(outcome(worth));
  }
  return snapshot;
}

Model Plain() {
  Model model = ThreeDimensions();
  model.multipliers.clear();
  return model;
}

double Amount(double worth) { return std::exp(worth / 10); }
double Stays(double worth) { return worth > 45 ? 1 : 0; }
double Label(double worth) { return worth > 65 ? 0 : worth > 35 ? 1 : 2; }

TEST(Calibrate, FindsTheWeightsBehindTheOutcomes) {
  const Model model = Plain();
  for (const auto& [kind, outcome] : {std::pair{OutcomeKind::kAmount, &Amount}, std::pair{OutcomeKind::kHappened, &Stays}, std::pair{OutcomeKind::kLabel, &Label}}) {
    const auto found = Calibrate(model, Observed(model, 5, 4000, 100, 20, outcome), Observed(model, 6, 4000, 191, 20, outcome), kind);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_TRUE(found->learnt);
    EXPECT_EQ(found->verdict, Verdict::kBetter) << found->note_en;
    EXPECT_GT(found->after, found->before);
    EXPECT_NEAR(static_cast<double>(found->draft.dimensions[0].weight) / 1e6, 0.6, 0.03);
    EXPECT_NEAR(static_cast<double>(found->draft.dimensions[1].weight) / 1e6, 0.1, 0.03);
    EXPECT_NEAR(static_cast<double>(found->draft.dimensions[2].weight) / 1e6, 0.3, 0.03);
  }
}

TEST(Calibrate, FindsTheBoundsBehindTheLabels) {
  const Model model = Plain();
  const auto found = Calibrate(model, Observed(model, 5, 4000, 100, 0, Label), Observed(model, 6, 4000, 191, 0, Label), OutcomeKind::kLabel);
  ASSERT_TRUE(found.ok());
  EXPECT_NEAR(found->draft.tiers[0].lower_bound, 65'000, 700);
  EXPECT_NEAR(found->draft.tiers[1].lower_bound, 35'000, 700);
  EXPECT_GT(found->after, 0.97);
}

TEST(Calibrate, KeepsTheSizesOfTiersWhenOnlyWeightsAreLearnt) {
  const Model model = Plain();
  const Snapshot training = Observed(model, 5, 4000, 100, 20, Amount);
  const auto found = Calibrate(model, training, Observed(model, 6, 4000, 191, 20, Amount), OutcomeKind::kAmount);
  ASSERT_TRUE(found.ok());
  const auto count = [&](const Model& m, size_t tier) {
    const auto scores = ScoresOf(m, training);
    return std::count_if(scores.begin(), scores.end(), [&](scoring::ScoreMilli score) { return score >= m.tiers[tier].lower_bound; });
  };
  EXPECT_NEAR(count(found->draft, 0), count(model, 0), 1);
  EXPECT_NEAR(count(found->draft, 1), count(model, 1), 1);
  EXPECT_NE(found->draft.tiers[0].lower_bound, model.tiers[0].lower_bound);
}

TEST(Calibrate, SaysSoWhenItIsNotBetter) {
  Model right = Plain();
  right.dimensions[0].weight = 600'000;
  right.dimensions[1].weight = 100'000;
  right.dimensions[2].weight = 300'000;
  const auto found = Calibrate(right, Observed(right, 5, 1000, 100, 100, Amount), Observed(right, 6, 1000, 191, 100, Amount), OutcomeKind::kAmount);
  ASSERT_TRUE(found.ok());
  EXPECT_NE(found->verdict, Verdict::kBetter);
  EXPECT_THAT(found->note_zh, HasSubstr("不"));
  EXPECT_THAT(found->note_en, HasSubstr("publish it"));
}

TEST(Calibrate, IsWorseWhenTheWorldHasChanged) {
  const Model model = Plain();
  const auto opposite = [](double worth) { return -Amount(worth); };
  Model right = model;
  right.dimensions[0].weight = 100'000;
  right.dimensions[1].weight = 450'000;
  right.dimensions[2].weight = 450'000;
  const auto found = Calibrate(right, Observed(model, 5, 2000, 100, 20, Amount), Observed(model, 6, 2000, 191, 20, opposite), OutcomeKind::kAmount);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->verdict, Verdict::kWorse);
  EXPECT_THAT(found->note_en, HasSubstr("worse than the present model"));
}

TEST(Calibrate, KeepsTheModelWhenNothingSpeaksForTheOutcome) {
  const Model model = Plain();
  const auto opposite = [](double worth) { return -Amount(worth); };
  const auto found = Calibrate(model, Observed(model, 5, 1000, 100, 5, opposite), Observed(model, 6, 1000, 191, 5, opposite), OutcomeKind::kAmount);
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->learnt);
  EXPECT_EQ(found->draft.dimensions[0].weight, model.dimensions[0].weight);
  EXPECT_EQ(found->before, found->after);
  EXPECT_THAT(found->note_en, HasSubstr("the present weights stay"));
}

TEST(Calibrate, RefusesATestThatKnowsTheAnswer) {
  const Model model = Plain();
  const Snapshot training = Observed(model, 5, 1000, 100, 5, Amount);
  const auto found = Calibrate(model, training, Observed(model, 6, 1000, 190, 5, Amount), OutcomeKind::kAmount);
  EXPECT_EQ(found.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("later.as_of: 1970-07-10 must be after"));
}

TEST(Calibrate, RefusesTooFewCustomersAndWrongOutcomes) {
  const Model model = Plain();
  Snapshot training = Observed(model, 5, 300, 100, 5, Amount);
  const Snapshot later = Observed(model, 6, 1000, 191, 5, Amount);
  for (size_t i = 0; i < 101; ++i) training.outcomes[i] = NAN;
  EXPECT_THAT(std::string(Calibrate(model, training, later, OutcomeKind::kAmount).status().message()), HasSubstr("199 customers with an outcome"));
  EXPECT_THAT(std::string(Calibrate(model, training, later, OutcomeKind::kHappened).status().message()), HasSubstr("training.outcomes[101]"));
  Model rules = model;
  rules.ladder_kind = scoring::LadderKind::kRules;
  EXPECT_THAT(std::string(Calibrate(rules, training, later, OutcomeKind::kAmount).status().message()), HasSubstr("ladder of rules"));
}

}  // namespace
}  // namespace rung::calibration
