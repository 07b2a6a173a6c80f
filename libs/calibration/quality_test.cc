#include "libs/calibration/quality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace rung::calibration {
namespace {

using ::testing::ElementsAre;

TEST(MidRanks, ShareTheMeanOfTies) {
  EXPECT_THAT(MidRanks(std::vector<double>{3, 1, 3, 2, 3}), ElementsAre(4, 1, 4, 2, 4));
}

TEST(Spearman, IsOneForAnyRisingRelation) {
  EXPECT_DOUBLE_EQ(Spearman(std::vector<double>{1, 2, 3, 4}, std::vector<double>{1, 10, 11, 1e9}), 1);
  EXPECT_DOUBLE_EQ(Spearman(std::vector<double>{1, 2, 3, 4}, std::vector<double>{4, 3, 2, 1}), -1);
  EXPECT_TRUE(std::isnan(Spearman(std::vector<double>{1, 1, 1}, std::vector<double>{1, 2, 3})));
}

TEST(Spearman, CorrelatesMidRanks) {
  // Ranks 1, 2.5, 2.5, 4 and 2, 1, 3, 4: (1.5 · 0.5 + 1.5 · 1.5) / sqrt(4.5 · 5).
  EXPECT_DOUBLE_EQ(Spearman(std::vector<double>{1, 2, 2, 3}, std::vector<double>{20, 10, 30, 40}), 3 / std::sqrt(4.5 * 5));
}

TEST(RocAuc, CountsPairsWithTiesAsHalves) {
  // Pairs (happened, not): 3>1, 3>2, 2>1, 2=2: 3.5 of 4.
  EXPECT_DOUBLE_EQ(RocAuc(std::vector<double>{1, 2, 2, 3}, std::vector<double>{0, 0, 1, 1}), 3.5 / 4);
  EXPECT_TRUE(std::isnan(RocAuc(std::vector<double>{1, 2}, std::vector<double>{1, 1})));
}

}  // namespace
}  // namespace rung::calibration
