// Expected values were computed with scipy 1.10 (nnls; minimise of the written-out likelihood) from the same integers.
#include "libs/calibration/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace rung::calibration {
namespace {

using ::testing::ElementsAre;

constexpr size_t kRows = 40;
constexpr size_t kDimensions = 4;

struct Worked {
  FitData data;  // outcomes: 0.5 a + 0.3 b - 0.4 c + noise; the fourth dimension says nothing
  std::vector<double> happened;
  std::vector<double> labels = {3, 0, 2, 3, 2, 3, 2, 3, 2, 2, 1, 1, 0, 3, 0, 2, 1, 1, 1, 0,
                                0, 2, 1, 2, 1, 2, 3, 1, 3, 3, 2, 0, 1, 2, 0, 0, 1, 2, 1, 1};
};

Worked MakeWorked() {
  uint32_t state = 7;
  const auto next = [&] {
    state = static_cast<uint32_t>((uint64_t{state} * 1103515245 + 12345) % (1U << 31));
    return static_cast<double>((state >> 8) % 101);
  };
  Worked worked;
  worked.data.dimensions.assign(kDimensions, std::vector<double>(kRows));
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t d = 0; d < kDimensions; ++d) worked.data.dimensions[d][i] = next();
  }
  const auto& x = worked.data.dimensions;
  for (size_t i = 0; i < kRows; ++i) worked.data.outcomes.push_back(0.5 * x[0][i] + 0.3 * x[1][i] - 0.4 * x[2][i] + 0.25 * next());
  std::vector<double> sorted = worked.data.outcomes;
  std::sort(sorted.begin(), sorted.end());
  for (const double outcome : worked.data.outcomes) worked.happened.push_back(outcome > (sorted[19] + sorted[20]) / 2 ? 1 : 0);
  return worked;
}

void ExpectNear(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << i;
}

TEST(FitWeights, IsNonNegativeLeastSquaresOfRanks) {
  const auto weights = FitWeights(MakeWorked().data, OutcomeKind::kAmount);
  ASSERT_TRUE(weights);
  ExpectNear(*weights, {0.58805456, 0.31421095, 0, 0.09773449}, 1e-6);
}

TEST(FitWeights, IsLogisticRegressionOfWhatHappened) {
  Worked worked = MakeWorked();
  worked.data.outcomes = worked.happened;
  const auto weights = FitWeights(worked.data, OutcomeKind::kHappened);
  ASSERT_TRUE(weights);
  ExpectNear(*weights, {0.672393921, 0.247842889, 0, 0.07976319}, 1e-4);
}

TEST(FitWeights, IsProportionalOddsRegressionOfLabels) {
  Worked worked = MakeWorked();
  worked.data.outcomes = worked.labels;
  const auto weights = FitWeights(worked.data, OutcomeKind::kLabel);
  ASSERT_TRUE(weights);
  ExpectNear(*weights, {0.597877606, 0.324773322, 0, 0.077349072}, 1e-4);
}

TEST(FitWeights, LooksAtTheOrderOfAmountsOnly) {
  Worked worked = MakeWorked();
  const auto weights = FitWeights(worked.data, OutcomeKind::kAmount);
  for (double& outcome : worked.data.outcomes) outcome = outcome * outcome * outcome * 1e9;  // the order stays
  ExpectNear(*FitWeights(worked.data, OutcomeKind::kAmount), *weights, 0);
}

TEST(FitWeights, LearnsNothingFromWhatDoesNotSpeakForTheOutcome) {
  FitData against;
  against.dimensions = {{0, 25, 50, 75, 100}, {10, 20, 30, 40, 50}};
  against.outcomes = {5, 4, 3, 2, 1};
  EXPECT_FALSE(FitWeights(against, OutcomeKind::kAmount));
  against.outcomes = {1, 1, 1, 0, 0};
  EXPECT_FALSE(FitWeights(against, OutcomeKind::kHappened));
  against.outcomes = {1, 1, 1, 1, 1};
  EXPECT_FALSE(FitWeights(against, OutcomeKind::kHappened));
  EXPECT_FALSE(FitWeights(against, OutcomeKind::kAmount));
}

TEST(FitWeights, StaysFiniteWhenADimensionTellsEverything) {
  FitData data;
  data.dimensions = {{0, 10, 20, 80, 90, 100}, {5, 5, 5, 5, 5, 5}};
  data.outcomes = {0, 0, 0, 1, 1, 1};
  const auto weights = FitWeights(data, OutcomeKind::kHappened);
  ASSERT_TRUE(weights);
  EXPECT_GT(weights->at(0), 0.99);
}

TEST(ToMicro, AddsUpToOne) {
  EXPECT_THAT(ToMicro({1.0 / 3, 1.0 / 3, 1.0 / 3}), ElementsAre(333'334, 333'333, 333'333));
  EXPECT_THAT(ToMicro({0.1, 0.2, 0.7}), ElementsAre(100'000, 200'000, 700'000));
  EXPECT_THAT(ToMicro({1.0}), ElementsAre(1'000'000));
}

}  // namespace
}  // namespace rung::calibration
