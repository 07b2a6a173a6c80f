// The published worked cases: features -> dimensions, score and tier under each shipped preset.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "libs/scoring/population.h"
#include "tests/support/vector_base.h"

namespace rung::wire {
namespace {

using nlohmann::json;

using testing::LoadPreset;
using testing::VectorBase;

class PresetVectorsTest : public ::testing::TestWithParam<std::string> {};

TEST_P(PresetVectorsTest, GivesThePublishedDimensionsScoresAndTiers) {
  VectorBase base;
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
  VectorBase base;
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
                         ::testing::ValuesIn(testing::kPresets),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace rung::wire
