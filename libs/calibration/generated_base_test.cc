// A preset calibrated on a generated base: what a quarter's end knows against what the next quarter brings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "libs/calibration/calibration.h"
#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"
#include "libs/generator/generator.h"
#include "libs/scoring/validation.h"
#include "libs/wire/model_mapping.h"
#include "tests/support/vectors.h"

namespace rung::calibration {
namespace {

using features::Feature;

constexpr int64_t kCustomers = 6000;
constexpr int kOutcomeDays = 90;

scoring::Model Preset(const std::string& name) {
  std::ifstream file(testing::SourcePath("deploy/presets/" + name + ".json"));
  std::stringstream text;
  text << file.rdbuf();
  std::vector<Violation> violations;
  return wire::FromWire(*wire::ParseModelJson(text.str()), violations);
}

struct Observation {
  features::FeatureValues then;
  double next_margin = 0;
  bool stayed = false;
};

// Members of the population of a day, with what the 90 days after it brought.
std::vector<Observation> Observe(Day as_of) {
  generator::GeneratorOptions options;
  options.seed = 24;
  options.customer_count = kCustomers;
  const generator::HistoryGenerator generator(options);
  features::LocalCodeBook codes;
  std::vector<Observation> observations;
  for (int64_t i = 0; i < kCustomers; ++i) {
    const auto customer = generator.Customer(i);
    for (const auto& event : customer.events) {
      if (const auto* order = std::get_if<features::Order>(&event.fact)) {
        for (const auto& line : order->lines) codes.Intern(features::CodeKind::kCategory, line.category);
      }
    }
    const auto state = features::BuildState(customer.events, -features::kNever, codes);
    features::FeatureEvaluator evaluator(codes, features::kAllSources);
    Observation observation;
    evaluator.Evaluate(state, as_of, observation.then);
    if (observation.then[Feature::kOrders365d] == 0) continue;
    features::FeatureValues later;
    evaluator.Evaluate(state, as_of + kOutcomeDays, later);
    observation.next_margin = features::IsMissing(later[Feature::kGrossMargin90d]) ? 0 : later[Feature::kGrossMargin90d];
    observation.stayed = later[Feature::kOrders90d] > 0;
    observations.push_back(observation);
  }
  return observations;
}

const std::vector<Observation>& AsOf(bool later) {
  static const auto* training = new std::vector<Observation>(Observe(*ParseDay("2025-09-30")));
  static const auto* after = new std::vector<Observation>(Observe(*ParseDay("2025-12-31")));
  return later ? *after : *training;
}

Snapshot SnapshotFor(const scoring::Scorer& scorer, bool later, OutcomeKind kind) {
  const auto& observations = AsOf(later);
  std::vector<std::vector<double>> columns;
  for (const std::string& name : scorer.features()) {
    std::vector<double>& column = columns.emplace_back();
    for (const Observation& observation : observations) column.push_back(observation.then[features::FindFeature(name)->feature]);
  }
  scoring::ScoreInputs inputs{.rows = observations.size()};
  for (const auto& column : columns) inputs.features.push_back(column.data());
  inputs.benchmarks.resize(scorer.model().benchmarks.size(), nullptr);
  Snapshot snapshot = SnapshotOf(scorer, inputs);
  snapshot.as_of = *ParseDay(later ? "2025-12-31" : "2025-09-30");
  snapshot.outcome_until = snapshot.as_of + kOutcomeDays;
  for (const Observation& observation : observations) {
    snapshot.outcomes.push_back(kind == OutcomeKind::kAmount ? observation.next_margin : observation.stayed ? 1 : 0);
  }
  return snapshot;
}

TEST(GeneratedBase, ShowsWhetherCalibratedPresetsForetellTheNextQuarterBetter) {
  std::printf("%-14s %-10s %9s %9s %9s  %s\n", "preset", "outcome", "before", "after", "error", "weights");
  for (const char* preset : {"kuailv", "kuailv-rfmpl", "kuailv-class"}) {
    const scoring::Model model = Preset(preset);
    const scoring::Scorer scorer(model);
    for (const OutcomeKind kind : {OutcomeKind::kAmount, OutcomeKind::kHappened}) {
      const Snapshot training = SnapshotFor(scorer, false, kind);

      const auto found = Calibrate(model, training, SnapshotFor(scorer, true, kind), kind);
      ASSERT_TRUE(found.ok()) << found.status();
      std::string weights;
      for (const auto& dimension : found->draft.dimensions) {
        weights += fmt::format("{} {:.3f}  ", dimension.name, static_cast<double>(dimension.weight) / 1e6);
      }
      std::printf("%-14s %-10s %9.4f %9.4f %9.4f  %s\n", preset, kind == OutcomeKind::kAmount ? "margin" : "retention", found->before,
                  found->after, found->standard_error, weights.c_str());
      const auto violations = scoring::Validate(found->draft, [](std::string_view name) { return features::FindFeature(name) != nullptr; });
      for (const Violation& violation : violations) ADD_FAILURE() << violation.field << ": " << violation.message;
      EXPECT_NE(found->verdict, Verdict::kWorse) << found->note_en;
    }
  }
}

}  // namespace
}  // namespace rung::calibration
