#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "libs/recommend/evaluation.h"
#include "libs/recommend/logistic.h"
#include "libs/recommend/neighbours.h"

namespace rung::recommend {
namespace {

using ::testing::ElementsAre;

PurchaseHistory RandomHistory(int customers, int skus) {
  std::mt19937 random(7);
  std::vector<Line> lines;
  for (int i = 0; i < customers * 20; ++i) {
    lines.push_back({static_cast<int32_t>(random() % customers), static_cast<Day>(random() % 60),
                     static_cast<int32_t>((random() % skus) * (random() % skus) / skus), 1000});
  }
  return PurchaseHistory::Build(std::move(lines), customers, skus);
}

// Counts pairs the slow way: every group, every pair.
std::vector<std::vector<int>> CommonCounts(const ItemGroups& groups, int group_count, int skus) {
  std::vector<std::vector<int>> common(static_cast<size_t>(skus), std::vector<int>(static_cast<size_t>(skus), 0));
  for (int g = 0; g < group_count; ++g) {
    for (const int32_t a : groups.items(g)) {
      for (const int32_t b : groups.items(g)) ++common[static_cast<size_t>(a)][static_cast<size_t>(b)];
    }
  }
  return common;
}

TEST(Neighbours, AreTheMostSimilarByShrunkCosine) {
  constexpr int kSkus = 40;
  const PurchaseHistory history = RandomHistory(50, kSkus);
  const ItemGroups groups(history, Together::kInBasket, 1000);
  const auto common = CommonCounts(groups, static_cast<int>(history.baskets()), kSkus);
  const auto neighbours = Neighbours::Build(groups, {.most = 5, .shrinkage = 3, .least_common = 2, .threads = 2});
  for (int a = 0; a < kSkus; ++a) {
    std::vector<std::pair<double, int>> expected;
    for (int b = 0; b < kSkus; ++b) {
      const double n = common[a][b];
      if (b != a && n >= 2) expected.emplace_back(-static_cast<float>(n / std::sqrt(double(common[a][a]) * common[b][b]) * (n / (n + 3))), b);
    }
    std::sort(expected.begin(), expected.end());
    const auto row = neighbours.of(a);
    ASSERT_EQ(row.size(), std::min<size_t>(5, expected.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      EXPECT_EQ(row[i].sku, expected[i].second);
      EXPECT_FLOAT_EQ(row[i].similarity, static_cast<float>(-expected[i].first));
    }
  }
}

TEST(Neighbours, AreTheSameWithAnyNumberOfThreads) {
  const ItemGroups groups(RandomHistory(80, 60), Together::kWithCustomer, 1000);
  const auto one = Neighbours::Build(groups, {.most = 10, .shrinkage = 0, .least_common = 1, .threads = 1});
  const auto three = Neighbours::Build(groups, {.most = 10, .shrinkage = 0, .least_common = 1, .threads = 3});
  ASSERT_EQ(one.size(), three.size());
  for (int sku = 0; sku < 60; ++sku) {
    for (size_t i = 0; i < one.of(sku).size(); ++i) EXPECT_EQ(one.of(sku)[i].sku, three.of(sku)[i].sku);
  }
}

TEST(Neighbours, ReversedHoldTheSamePairs) {
  const ItemGroups groups(RandomHistory(30, 25), Together::kInBasket, 1000);
  const auto neighbours = Neighbours::Build(groups, {.most = 4, .shrinkage = 0, .least_common = 1, .threads = 1});
  const auto reversed = neighbours.Reversed();
  EXPECT_EQ(reversed.size(), neighbours.size());
  for (int sku = 0; sku < 25; ++sku) {
    for (const Neighbour& neighbour : neighbours.of(sku)) {
      const auto back = reversed.of(neighbour.sku);
      EXPECT_TRUE(std::any_of(back.begin(), back.end(), [&](const Neighbour& b) { return b.sku == sku && b.similarity == neighbour.similarity; }));
    }
  }
}

TEST(ItemGroups, KeepTheNewestOfABuyerOfEverything) {
  const auto history = PurchaseHistory::Build({{0, 1, 0, 1}, {0, 1, 1, 1}, {0, 2, 2, 1}, {0, 3, 3, 1}}, 1, 4);
  const ItemGroups groups(history, Together::kWithCustomer, 2);
  EXPECT_THAT(std::vector<int32_t>(groups.items(0).begin(), groups.items(0).end()), ElementsAre(3, 2));
  EXPECT_TRUE(groups.groups(0).empty());
}

// With one term that is 0 or 1 the likelihood has its largest value at the log odds.
TEST(Logistic, FindsTheLogOddsOfATable) {
  LogisticRows rows;
  rows.terms = 2;
  const auto add = [&](double x, int hits, int misses) {
    for (int i = 0; i < hits + misses; ++i) rows.Add(std::array{1.0, x}, i < hits);
  };
  add(0, 10, 90);
  add(1, 30, 20);
  const std::vector<double> weights = FitLogistic(rows, 0);
  EXPECT_NEAR(weights[0], std::log(10.0 / 90), 1e-9);
  EXPECT_NEAR(weights[1], std::log(30.0 / 20) - std::log(10.0 / 90), 1e-9);
}

TEST(Logistic, LearnsOnlyHowOftenFromRowsOfOneKind) {
  LogisticRows rows;
  rows.terms = 2;
  for (int i = 0; i < 99; ++i) rows.Add(std::array{1.0, 3.0}, false);
  const std::vector<double> weights = FitLogistic(rows, 1);
  EXPECT_NEAR(Sigmoid(weights[0]), 0.005, 1e-12);
  EXPECT_EQ(weights[1], 0);
}

TEST(Logistic, StaysFiniteWhenATermSeparatesTheRows) {
  LogisticRows rows;
  rows.terms = 2;
  for (int i = 0; i < 50; ++i) rows.Add(std::array{1.0, i < 25 ? 0.0 : 1.0}, i >= 25);
  const std::vector<double> weights = FitLogistic(rows, 1);
  EXPECT_GT(weights[1], 1);
  EXPECT_LT(weights[1], 50);
}

// Hits at places 1 and 3 of a target of 3: DCG 1 + 1/2, ideal 1 + 1/log2(3) + 1/2.
TEST(Compare, TakesTheIdealOverWhatTheTargetAllows) {
  const NextBasketMetrics metrics = Compare({5, 9, 7, 8}, {3, 5, 7}, 10);
  EXPECT_DOUBLE_EQ(metrics.recall, 2.0 / 3);
  EXPECT_NEAR(metrics.ndcg, 1.5 / 2.1309297535714573, 1e-12);
  EXPECT_EQ(metrics.hit, 1);
  EXPECT_EQ(Compare({1, 2}, {3}, 10).hit, 0);
  EXPECT_EQ(Compare({1, 2, 3}, {3}, 2).recall, 0);
}

TEST(Ranker, GivesTheSameWeightsEveryTime) {
  const PurchaseHistory history = RandomHistory(60, 40);
  RankerOptions options;
  const RankerWeights one = FitRanker(history, options);
  options.threads = 2;
  const RankerWeights two = FitRanker(history, options);
  EXPECT_EQ(one.repeat, two.repeat);
  EXPECT_EQ(one.novel, two.novel);
}

// Nobody has bought often enough to learn from.
TEST(Ranker, WithoutAnythingToLearnFromPrefersWhatWasBoughtBefore) {
  const RankerWeights weights = FitRanker(PurchaseHistory::Build({}, 0, 0), {});
  RepeatCandidate always, seldom;
  always.terms[0] = seldom.terms[0] = 1;
  always.terms[6] = 1;  // in every basket
  seldom.terms[6] = 0.1;
  NovelCandidate novel;
  novel.terms[0] = 1;
  EXPECT_GT(weights.Repeat(always), weights.Repeat(seldom));
  EXPECT_GT(weights.Repeat(seldom), weights.Novel(novel));
  EXPECT_LT(weights.Novel(novel), 0.1);
}

TEST(Evaluation, OfNobodyIsEmpty) {
  const EvaluationReport report = Evaluate(Base{PurchaseHistory::Build({}, 0, 0), {}}, {});
  EXPECT_EQ(report.customers, 0);
  EXPECT_EQ(report.tested[0], 0);
  for (const RecommenderScore& score : report.scores) EXPECT_EQ(score.by_scope[0].recall, 0);
}

}  // namespace
}  // namespace rung::recommend
