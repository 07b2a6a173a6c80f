#include "libs/calibration/share_solver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <random>
#include <set>

#include "libs/calibration/label_cuts.h"

namespace rung::calibration {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<scoring::Micro> kTargets = {50'000, 150'000, 300'000, 400'000, 100'000};  // 5/15/30/40/10

std::vector<ScoreMilli> BoundsOf(const ShareSolution& solution) {
  std::vector<ScoreMilli> bounds;
  for (const ShareCut& cut : solution.cuts) bounds.push_back(cut.bound);
  return bounds;
}

TEST(SolveShares, MeetsSharesExactlyWhereNobodyTies) {
  std::vector<ScoreMilli> scores(1000);
  for (int i = 0; i < 1000; ++i) scores[static_cast<size_t>(i)] = 37 + i * 99;
  const auto solution = SolveShares(scores, kTargets);
  ASSERT_TRUE(solution.ok()) << solution.status();
  EXPECT_TRUE(solution->reached);
  std::vector<int64_t> counts;
  for (const ShareCut& cut : solution->cuts) counts.push_back(cut.customers);
  EXPECT_THAT(counts, ElementsAre(50, 200, 500, 900));
  // Any bound between two neighbours does; a multiple of a tenth is the roundest that fits into 99 thousandths.
  EXPECT_THAT(BoundsOf(*solution), ElementsAre(94'000, 79'200, 49'500, 9'900));
}

TEST(SolveShares, CountsWithTheScoresLadder) {
  std::mt19937 random(3);
  std::vector<ScoreMilli> scores(5000);
  for (ScoreMilli& score : scores) score = static_cast<ScoreMilli>(random() % 100'001);
  const auto solution = SolveShares(scores, kTargets);
  ASSERT_TRUE(solution.ok());
  for (const ShareCut& cut : solution->cuts) {
    EXPECT_EQ(cut.customers, std::count_if(scores.begin(), scores.end(), [&](ScoreMilli s) { return s >= cut.bound; }));
  }
}

TEST(SolveShares, SaysWhatTiesPutOutOfReachAndWhatIsNearest) {
  // 100 customers: 8 with 90 points, 30 with 70, the others one by one below.
  std::vector<ScoreMilli> scores(8, 90'000);
  scores.insert(scores.end(), 30, 70'000);
  for (int i = 0; i < 62; ++i) scores.push_back(50'000 - i * 500);
  const auto solution = SolveShares(scores, {200'000, 300'000, 500'000});
  ASSERT_TRUE(solution.ok());
  EXPECT_FALSE(solution->reached);
  const ShareCut& top = solution->cuts[0];
  EXPECT_FALSE(top.reached);
  EXPECT_EQ(top.customers, 8);  // 12 too few rather than 18 too many
  EXPECT_EQ(top.customers_below, 8);
  EXPECT_EQ(top.customers_above, 38);
  EXPECT_EQ(top.tied_score, 70'000);
  EXPECT_EQ(top.tied_customers, 30);
  EXPECT_EQ(top.note_en,
            "a cumulative share of 20.00 % (20.0 customers) is out of reach: 30 customers tie at 70.000 points; nearest are 8.00 % (8) and "
            "38.00 % (38)");
  EXPECT_EQ(top.note_zh, "累计目标20.00%（20.0个客户）无法达到：70.000分处有30个客户同分；最接近的是8.00%（8个）和38.00%（38个）");
  EXPECT_TRUE(solution->cuts[1].reached);
  EXPECT_EQ(solution->cuts[1].customers, 50);
}

TEST(SolveShares, CannotKeepAFullScoreOutOfTheTop) {
  const auto solution = SolveShares({100'000, 100'000, 100'000, 0}, {250'000, 750'000});
  ASSERT_TRUE(solution.ok());
  EXPECT_EQ(solution->cuts[0].customers, 3);
  EXPECT_FALSE(solution->cuts[0].reached);
  EXPECT_EQ(solution->cuts[0].tied_score, 100'000);
  EXPECT_THAT(solution->cuts[0].note_en, HasSubstr("3 customers tie at 100.000 points; nearest are 75.00 % (3)"));
}

TEST(SolveShares, CannotLiftZeroPointsAboveTheBottom) {
  const auto solution = SolveShares({0, 0, 0, 60'000}, {750'000, 250'000});
  ASSERT_TRUE(solution.ok());
  EXPECT_EQ(solution->cuts[0].customers, 1);
  EXPECT_EQ(solution->cuts[0].customers_above, 1);
  EXPECT_EQ(solution->cuts[0].tied_customers, 3);
}

TEST(SolveShares, KeepsBoundsFallingWhenTargetsCoincide) {
  const auto solution = SolveShares({90'000, 80'000, 70'000, 60'000}, {500'000, 0, 500'000});
  ASSERT_TRUE(solution.ok());
  EXPECT_EQ(solution->cuts[0].customers, 2);
  EXPECT_EQ(solution->cuts[1].customers, 2);
  EXPECT_GT(solution->cuts[0].bound, solution->cuts[1].bound);
}

TEST(SolveShares, NamesWhatIsWrong) {
  EXPECT_THAT(std::string(SolveShares({}, kTargets).status().message()), HasSubstr("no customers"));
  EXPECT_THAT(std::string(SolveShares({1}, {500'000, 600'000}).status().message()), HasSubstr("add up to 1.1; they must add up to 1 (lower one of them by 0.1)"));
  EXPECT_THAT(std::string(SolveShares({1}, {1'500'000, -500'000}).status().message()), HasSubstr("target_shares[0]: 1.5"));
  EXPECT_THAT(std::string(SolveShares({100'001}, kTargets).status().message()), HasSubstr("100001 is outside"));
}

int64_t WrongSide(const std::vector<ScoreMilli>& scores, const Cuts& cuts, const std::vector<scoring::Micro>& targets) {
  int64_t sum = 0, cumulative = 0;
  for (size_t i = 0; i < cuts.size(); ++i) {
    cumulative += targets[i];
    const int64_t count = std::count_if(scores.begin(), scores.end(), [&](ScoreMilli s) { return s >= cuts[i]; });
    sum += std::abs(count * 1'000'000 - cumulative * static_cast<int64_t>(scores.size()));
  }
  return sum;
}

// All falling bounds just above, at or just below some score.
std::vector<Cuts> AllCuts(const std::vector<ScoreMilli>& scores, size_t count) {
  std::set<ScoreMilli> places = {1, 2, 3, 100'000, 99'999};
  for (const ScoreMilli score : scores) {
    for (const ScoreMilli p : {score - 1, score, score + 1}) {
      if (p >= 1 && p <= 100'000) places.insert(p);
    }
  }
  std::vector<Cuts> all = {{}};
  for (size_t cut = 0; cut < count; ++cut) {
    std::vector<Cuts> longer;
    for (const Cuts& cuts : all) {
      for (const ScoreMilli place : places) {
        if (!cuts.empty() && place >= cuts.back()) continue;
        longer.push_back(cuts);
        longer.back().push_back(place);
      }
    }
    all = std::move(longer);
  }
  return all;
}

TEST(SolveShares, IsAsGoodAsEveryOtherChoice) {
  std::mt19937 random(11);
  for (int round = 0; round < 25; ++round) {
    std::vector<ScoreMilli> scores(12);
    for (ScoreMilli& score : scores) score = static_cast<ScoreMilli>(random() % 6) * 20'000;
    const auto a = static_cast<scoring::Micro>(random() % 500'000), b = static_cast<scoring::Micro>(random() % 500'000);
    const std::vector<scoring::Micro> targets = {a, b, 1'000'000 - a - b};
    const auto solution = SolveShares(scores, targets);
    ASSERT_TRUE(solution.ok());
    int64_t best = INT64_MAX;
    for (const Cuts& cuts : AllCuts(scores, 2)) best = std::min(best, WrongSide(scores, cuts, targets));
    EXPECT_EQ(WrongSide(scores, BoundsOf(*solution), targets), best);
  }
}

TEST(LabelCuts, AgreeWithAsManyLabelsAsAnyBoundsCan) {
  std::mt19937 random(12);
  for (int round = 0; round < 25; ++round) {
    std::vector<ScoreMilli> scores(10);
    std::vector<uint8_t> labels(10);
    for (size_t i = 0; i < 10; ++i) {
      scores[i] = static_cast<ScoreMilli>(random() % 8) * 14'000;
      labels[i] = static_cast<uint8_t>(random() % 3);
    }
    const auto right = [&](const Cuts& cuts) {
      int count = 0;
      for (size_t i = 0; i < 10; ++i) count += (scores[i] >= cuts[0] ? 0 : scores[i] >= cuts[1] ? 1 : 2) == labels[i] ? 1 : 0;
      return count;
    };
    int best = 0;
    for (const Cuts& cuts : AllCuts(scores, 2)) best = std::max(best, right(cuts));
    EXPECT_EQ(right(LabelCuts(scores, labels, 3)), best);
  }
}

}  // namespace
}  // namespace rung::calibration
