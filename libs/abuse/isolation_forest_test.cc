#include "libs/abuse/isolation_forest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>
#include <string>

#include "tests/support/vectors.h"

namespace rung::abuse {
namespace {

struct Labelled {
  std::vector<double> values;
  std::vector<bool> anomalous;
  Rows rows() const { return {values, values.size() / anomalous.size()}; }
};

Labelled Read(const std::string& name) {
  std::istringstream text(testing::ReadGzip(testing::SourcePath("tests/data/anomaly/" + name + ".csv.gz")));
  Labelled data;
  std::string line;
  std::getline(text, line);  // the header
  while (std::getline(text, line)) {
    std::istringstream cells(line);
    std::string cell;
    while (std::getline(cells, cell, ',')) data.values.push_back(std::stod(cell));
    data.anomalous.push_back(data.values.back() == 1);
    data.values.pop_back();
  }
  return data;
}

// Mann and Whitney's statistic: how often an anomalous row scores above an ordinary one, ties counting half.
double RocAuc(const std::vector<double>& scores, const std::vector<bool>& anomalous) {
  double wins = 0;
  int64_t pairs = 0;
  for (size_t a = 0; a < scores.size(); ++a) {
    for (size_t b = 0; anomalous[a] && b < scores.size(); ++b) {
      if (anomalous[b]) continue;
      ++pairs;
      wins += scores[a] > scores[b] ? 1.0 : (scores[a] == scores[b] ? 0.5 : 0.0);
    }
  }
  return wins / static_cast<double>(pairs);
}

std::vector<double> Scores(const Rows& rows, uint64_t seed) {
  const IsolationForest forest(rows, {.seed = seed});
  std::vector<double> scores;
  for (size_t i = 0; i < rows.size(); ++i) scores.push_back(forest.Score(rows[i]));
  return scores;
}

// Published: mean ROC AUC of ten seeds of scikit-learn's forest of 100 trees of 256 rows, fitted on all rows.
struct Published {
  const char* name;
  double auc;
};
class PublishedRocAuc : public ::testing::TestWithParam<Published> {};

TEST_P(PublishedRocAuc, IsReachedWithinThreeHundredths) {
  const Labelled data = Read(GetParam().name);
  double sum = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) sum += RocAuc(Scores(data.rows(), seed), data.anomalous);
  std::printf("%s: ROC AUC %.4f, published %.3f\n", GetParam().name, sum / 10, GetParam().auc);
  EXPECT_NEAR(sum / 10, GetParam().auc, 0.03);
}

INSTANTIATE_TEST_SUITE_P(, PublishedRocAuc,
                         ::testing::Values(Published{"cardio", 0.933}, Published{"thyroid", 0.978}, Published{"pendigits", 0.942}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(MeanSearchLength, IsThatOfBinarySearchTrees) {
  EXPECT_EQ(MeanSearchLength(0), 0);
  EXPECT_EQ(MeanSearchLength(1), 0);
  EXPECT_DOUBLE_EQ(MeanSearchLength(2), 1);  // 2 H(1) - 2/2
  EXPECT_DOUBLE_EQ(MeanSearchLength(3), 3 - 4.0 / 3);
  EXPECT_NEAR(MeanSearchLength(256), 10.248689925634562, 1e-12);  // in exact fractions
}

TEST(IsolationForest, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const Labelled data = Read("cardio");
  EXPECT_EQ(Scores(data.rows(), 3), Scores(data.rows(), 3));
  EXPECT_NE(Scores(data.rows(), 3), Scores(data.rows(), 4));
}

TEST(IsolationForest, SetsAnOutlierApart) {
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) values.insert(values.end(), {static_cast<double>(i % 20), static_cast<double>(i / 20)});
  values.insert(values.end(), {200, -300});
  const Rows rows{values, 2};
  const IsolationForest forest(rows, {});
  const double outlier = forest.Score(rows[400]);
  EXPECT_GT(outlier, 0.75);
  for (size_t i = 0; i < 400; ++i) EXPECT_LT(forest.Score(rows[i]), outlier - 0.1);
}

TEST(IsolationForest, FindsEqualRowsOrdinary) {
  // Nothing can be cut: every path is c(256) long, and equation (2) gives one half.
  const std::vector<double> values(600, 7.0);
  const IsolationForest forest(Rows{values, 2}, {});
  EXPECT_NEAR(forest.Score(std::vector<double>{7, 7}), 0.5, 1e-12);
  EXPECT_NEAR(forest.Score(std::vector<double>{-1, 1e9}), 0.5, 1e-12);
}

TEST(IsolationForest, SaysOneHalfWithoutRowsToCompareWith) {
  EXPECT_EQ(IsolationForest(Rows{{}, 2}, {}).Score(std::vector<double>{1, 2}), 0.5);
  const std::vector<double> one = {1, 2};
  EXPECT_EQ(IsolationForest(Rows{one, 2}, {}).Score(one), 0.5);
}

TEST(IsolationForest, GrowsFromAdjacentAndHugeNumbers) {
  const double next = std::nextafter(1.0, 2.0);
  const std::vector<double> values = {1.0, next, 1.0, next, -1.7e308, 1.7e308};
  const IsolationForest forest(Rows{values, 1}, {.trees = 50});
  for (const double value : values) {
    const double score = forest.Score(std::span(&value, 1));
    EXPECT_GT(score, 0);
    EXPECT_LE(score, 1);
  }
}

}  // namespace
}  // namespace rung::abuse
