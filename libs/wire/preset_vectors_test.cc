// The published worked cases: features -> dimensions, score and tier under each shipped preset.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <list>
#include <sstream>

#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"
#include "libs/scoring/population.h"
#include "libs/scoring/validation.h"
#include "libs/wire/model_mapping.h"
#include "tests/support/vectors.h"

namespace rung::wire {
namespace {

using nlohmann::json;

scoring::Model LoadPreset(const std::string& name) {
  std::ifstream file(testing::SourcePath("deploy/presets/" + name + ".json"));
  std::stringstream text;
  text << file.rdbuf();
  const auto model = ParseModelJson(text.str());
  EXPECT_TRUE(model.ok()) << model.status();
  std::vector<Violation> violations;
  scoring::Model mapped = FromWire(*model, violations);
  for (const Violation& violation : violations) ADD_FAILURE() << violation.field << ": " << violation.message;
  const auto is_feature = [](std::string_view feature) {
    return features::FindFeature(feature) != nullptr || feature == "potential_index" || feature == "ltv_365d";
  };
  for (const Violation& violation : scoring::Validate(mapped, is_feature)) {
    ADD_FAILURE() << violation.field << ": " << violation.message;
  }
  return mapped;
}

// The base is exactly the customers of the vectors.
class Base {
 public:
  Base() : vectors_(testing::LoadFeatureVectors()) {
    for (const auto& customer : vectors_.customers) testing::InternWords(customer.events, codes_);
    features::FeatureEvaluator evaluator(codes_, features::kAllSources);
    for (const auto& customer : vectors_.customers) {
      states_.push_back(features::BuildState(customer.events, -features::kNever, codes_));
      evaluator.Evaluate(states_.back(), vectors_.as_of, values_.emplace_back());
    }
  }

  scoring::BaseColumns Columns(const scoring::Scorer& scorer) {
    scoring::BaseColumns columns;
    columns.rows = values_.size();
    for (const std::string& name : scorer.features()) {
      std::vector<double>& column = columns_.emplace_back();
      for (size_t i = 0; i < values_.size(); ++i) column.push_back(Value(i, name));
      columns.features.push_back(column.data());
    }
    member_.clear();
    for (const features::FeatureValues& values : values_) {
      member_.push_back(values[features::Feature::kOrders365d] > 0);
    }
    columns.member = member_;
    columns.benchmarks.resize(scorer.model().benchmarks.size());
    return columns;
  }

  size_t IndexOf(const std::string& customer) const {
    for (size_t i = 0; i < vectors_.customers.size(); ++i) {
      if (vectors_.customers[i].customer_id == customer) return i;
    }
    ADD_FAILURE() << customer;
    return 0;
  }

 private:
  double Value(size_t i, const std::string& name) const {
    if (const auto* definition = features::FindFeature(name)) return values_[i][definition->feature];
    const int32_t code = codes_.Find(features::CodeKind::kOutsideValue, name);
    if (code < 0) return features::kMissing;
    const auto* value = states_[i].Latest(features::kFirstOutside + code, vectors_.as_of);
    return value == nullptr ? features::kMissing : value->value;
  }

  testing::FeatureVectors vectors_;
  features::LocalCodeBook codes_;
  std::vector<features::CustomerState> states_;
  std::vector<features::FeatureValues> values_;
  std::list<std::vector<double>> columns_;
  std::vector<uint8_t> member_;
};

class PresetVectorsTest : public ::testing::TestWithParam<std::string> {};

TEST_P(PresetVectorsTest, GivesThePublishedDimensionsScoresAndTiers) {
  Base base;
  scoring::Scorer scorer(LoadPreset(GetParam()));
  const scoring::BaseColumns columns = base.Columns(scorer);
  const scoring::GradedBase graded = scoring::GradeBase(scorer, columns, true);
  const json vectors = testing::LoadScoringVectors();
  int compared = 0;
  for (const json& customer : vectors["customers"]) {
    const json& expected = customer[GetParam()];
    const size_t row = base.IndexOf(customer["customer_id"]);
    SCOPED_TRACE(customer["customer_id"]);
    EXPECT_EQ(graded.outputs.scores[row], expected["score_milli"].get<int>());
    EXPECT_EQ(scorer.model().tiers[graded.outputs.tiers[row]].code, expected["tier"].get<std::string>());
    for (size_t d = 0; expected.contains("dimensions") && d < scorer.model().dimensions.size(); ++d) {
      const json& value = expected["dimensions"].at(scorer.model().dimensions[d].name);
      const double actual = graded.outputs.parts[d][row];
      if (value.is_null()) {
        EXPECT_TRUE(std::isnan(actual)) << scorer.model().dimensions[d].name;
      } else {
        EXPECT_NEAR(actual, value.get<double>(), 1e-9) << scorer.model().dimensions[d].name;
      }
    }
    ++compared;
  }
  EXPECT_EQ(compared, 60);
}

TEST_P(PresetVectorsTest, ACustomerAloneGetsTheScoreOfTheBatch) {
  Base base;
  scoring::Scorer scorer(LoadPreset(GetParam()));
  const scoring::BaseColumns columns = base.Columns(scorer);
  const scoring::GradedBase graded = scoring::GradeBase(scorer, columns);
  for (size_t row = 0; row < columns.rows; ++row) {
    std::vector<double> features, benchmarks;
    for (const double* column : columns.features) features.push_back(column[row]);
    for (const auto& benchmark : scorer.model().benchmarks) benchmarks.push_back(benchmark.default_value);
    scoring::FrozenSelf self;
    const bool member = columns.member[row] != 0;
    if (member) {
      for (const auto& values : graded.ranked_values) self.ranked.push_back(values[row]);
      for (const auto& maximum : scorer.maxima()) self.maxima.push_back(columns.features[maximum.column][row]);
      self.score = graded.outputs.scores[row];
    }
    const scoring::GradedCustomer one = GradeOne(scorer, graded.population, self, features, benchmarks, member);
    // A customer outside the population counts itself among n when it is graded alone, so its percentile may differ.
    if (!member && !scorer.ranked().empty()) continue;
    EXPECT_EQ(one.score, graded.outputs.scores[row]) << row;
    EXPECT_EQ(one.tier, graded.outputs.tiers[row]) << row;
  }
}

INSTANTIATE_TEST_SUITE_P(Presets, PresetVectorsTest,
                         ::testing::Values("kuailv", "kuailv-rfmpl", "kuailv-class", "meicai", "meicai-rfmp"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace rung::wire
