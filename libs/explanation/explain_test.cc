// Explanations of the published worked cases: they lead to the published scores and tiers, number by number.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "libs/explanation/explanation.h"
#include "tests/support/vector_base.h"

namespace rung::explanation {
namespace {

using nlohmann::json;
using scoring::LadderKind;
using scoring::ScoreKind;

class ExplainVectorsTest : public ::testing::TestWithParam<std::string> {
 protected:
  testing::VectorBase base_;
  scoring::Scorer scorer_{testing::LoadPreset(GetParam())};
  const scoring::BaseColumns columns_ = base_.Columns(scorer_);
  const scoring::GradedBase graded_ = scoring::GradeBase(scorer_, columns_);
  const json expected_ = testing::LoadScoringVectors();

  Explanation ExplainRow(size_t row) const {
    return Explain(scorer_, {.grading = InputsOf(scorer_, columns_, graded_, row),
                             .kind = scoring::RunKind::kBatch,
                             .as_of = base_.vectors().as_of,
                             .run_day = base_.vectors().as_of + 1});
  }
};

TEST_P(ExplainVectorsTest, LeadToThePublishedScoresAndTiers) {
  for (const json& customer : expected_["customers"]) {
    SCOPED_TRACE(customer["customer_id"]);
    const Explanation explained = ExplainRow(base_.IndexOf(customer["customer_id"]));
    const json& expected = customer[GetParam()];
    EXPECT_EQ(explained.score, expected["score_milli"].get<int>());
    EXPECT_EQ(explained.tiers[explained.computed].code, expected["tier"].get<std::string>());
    EXPECT_EQ(explained.decision.standing.effective, explained.computed);
    for (const ExplainedDimension& dimension : explained.dimensions) {
      if (!expected.contains("dimensions")) break;
      const json& points = expected["dimensions"].at(dimension.name);
      ASSERT_EQ(points.is_null(), std::isnan(dimension.points)) << dimension.name;
      if (!points.is_null()) {
        EXPECT_NEAR(dimension.points, points.get<double>(), 1e-9) << dimension.name;
      }
    }
  }
}

// From the parts shown, by hand: first in full precision, bit for bit, then in whole thousandths without a remainder.
TEST_P(ExplainVectorsTest, RecombineToTheScore) {
  for (size_t row = 0; row < columns_.rows; ++row) {
    SCOPED_TRACE(base_.vectors().customers[row].customer_id);
    const Explanation explained = ExplainRow(row);
    double base = 0;
    ScoreMilli contributions = 0;
    if (explained.score_kind == ScoreKind::kDimensions) {
      double terms = 0, weights = 0;
      for (const ExplainedDimension& dimension : explained.dimensions) {
        contributions += dimension.contribution;
        if (dimension.counted_share == 0) continue;
        terms += static_cast<double>(dimension.weight) * dimension.counted_points;
        weights += static_cast<double>(dimension.weight);
      }
      base = weights > 0 ? terms / weights : 0;
    } else {
      for (const ExplainedCriterion& criterion : explained.tiers.front().criteria) {
        contributions += criterion.contribution;
        if (!std::isnan(criterion.points)) base += criterion.points / 100;
      }
      base = base / static_cast<double>(explained.tiers.front().criteria.size()) * 100;
    }
    double product = 1;
    for (const ExplainedMultiplier& multiplier : explained.multipliers) {
      if (multiplier.held) product *= static_cast<double>(multiplier.factor) / scoring::kOneMicro;
    }
    EXPECT_EQ(static_cast<ScoreMilli>(std::floor(1000 * std::clamp(base * product, 0.0, 100.0) + 0.5)), explained.score);
    EXPECT_EQ(contributions, explained.base);
    EXPECT_EQ(explained.base + explained.multiplier_effect + explained.clamp_effect, explained.score);
  }
}

TEST_P(ExplainVectorsTest, DimensionsAreMadeOfTheirFactors) {
  for (size_t row = 0; row < columns_.rows; ++row) {
    for (const ExplainedDimension& dimension : ExplainRow(row).dimensions) {
      SCOPED_TRACE(dimension.name);
      ASSERT_EQ(dimension.combine, scoring::Combine::kProduct);
      double product = 1;
      for (const ExplainedFactor& factor : dimension.factors) {
        product *= factor.normalised;
        EXPECT_EQ(factor.compared == factor.compared, factor.normalised == factor.normalised);
        if (factor.benchmark_value > 0 && !std::isnan(factor.value)) {
          EXPECT_EQ(factor.compared, factor.value / factor.benchmark_value);
        }
      }
      if (std::isnan(dimension.points)) {
        EXPECT_TRUE(std::isnan(product));
      } else {
        EXPECT_EQ(product * 100, dimension.points);
      }
    }
  }
}

TEST_P(ExplainVectorsTest, SayExactlyWhatTheNextTierLacks) {
  for (size_t row = 0; row < columns_.rows; ++row) {
    SCOPED_TRACE(base_.vectors().customers[row].customer_id);
    const Explanation explained = ExplainRow(row);
    const TierTest* next = explained.NextTier();
    ASSERT_EQ(next == nullptr, explained.computed == 0);
    if (next == nullptr) continue;
    EXPECT_FALSE(next->reached);
    switch (explained.ladder_kind) {
      case LadderKind::kThresholds:
        EXPECT_GT(next->missing_points, 0);
        EXPECT_EQ(explained.score + next->missing_points, next->lower_bound);
        break;
      case LadderKind::kShares:
        if (explained.score_rank == 0) break;
        EXPECT_GT(next->missing_ranks, 0);
        EXPECT_LE(scorer_.TierByShare(explained.score_rank - next->missing_ranks, explained.score_rank_size), explained.computed - 1);
        EXPECT_EQ(scorer_.TierByShare(explained.score_rank - next->missing_ranks + 1, explained.score_rank_size), explained.computed);
        break;
      case LadderKind::kRules:
        EXPECT_GT(next->missing_criteria, 0);
        break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Presets, ExplainVectorsTest, ::testing::ValuesIn(testing::kPresets), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace rung::explanation
