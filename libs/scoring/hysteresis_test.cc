// Which tier a customer would hold if bounds were lower by the hysteresis margin, in the batch and alone.
#include <gtest/gtest.h>

#include <limits>

#include "libs/scoring/population.h"

namespace rung::scoring {
namespace {

using Column = std::vector<double>;
using Tiers = std::vector<uint8_t>;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

GradedBase Grade(Scorer& scorer, const std::vector<Column>& features, const Tiers& member) {
  BaseColumns base{.rows = member.size(), .member = member};
  for (const Column& column : features) base.features.push_back(column.data());
  return GradeBase(scorer, base);
}

// A score of 100 x the feature "f".
Model ScoredBy(LadderKind kind, std::vector<Tier> tiers, ScoreMilli margin) {
  return {.dimensions = {{.name = "d", .weight = 1, .factors = {{"f"}}}}, .ladder_kind = kind, .tiers = std::move(tiers),
          .stability = {.margin = margin}};
}

TEST(Hysteresis, LowersTheBoundsOfThresholdsByPoints) {
  Scorer scorer(ScoredBy(LadderKind::kThresholds, {{.code = "gold", .lower_bound = 60'000}, {.code = "silver", .lower_bound = 45'000}, {.code = "bronze"}}, 2'000));
  const GradedBase graded = Grade(scorer, {{0.60, 0.599, 0.58, 0.57999, 0.44, 0.42}}, Tiers(6, 1));
  EXPECT_EQ(graded.outputs.tiers, (Tiers{0, 1, 1, 1, 2, 2}));
  EXPECT_EQ(graded.outputs.lenient_tiers, (Tiers{0, 0, 0, 1, 1, 2}));  // 58 is 2 below 60: no more than the margin
}

TEST(Hysteresis, AddsPointsToTheScoreThatSharesRank) {
  Scorer scorer(ScoredBy(LadderKind::kShares, {{.code = "top", .share = 300'000}, {.code = "rest", .share = kOneMicro}}, 3'000));
  // The top 30 % of ten are three, the last of them at 80 points.
  const Column f{0.95, 0.90, 0.80, 0.79, 0.77, 0.769, 0.50, 0.40, 0.30, 0.20, /* outside: */ 0.99};
  const Tiers member{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0};
  const GradedBase graded = Grade(scorer, {f}, member);
  EXPECT_EQ(graded.outputs.tiers, (Tiers{0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(graded.outputs.lenient_tiers, (Tiers{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}));
}

TEST(Hysteresis, LoosensTheBoundsOfRulesByAPart) {
  const Rules gold{3, {{{"orders", Comparison::kAtLeast, 8}, {}}, {{"returns", Comparison::kLess, 0.2}, {}}, {{"value"}, 500'000}}};
  Scorer scorer({.score_kind = ScoreKind::kAttainment, .ladder_kind = LadderKind::kRules,
                 .tiers = {{.code = "gold", .rules = gold}, {.code = "bronze"}}, .stability = {.margin_ratio = 250'000}});
  const Column orders{8, 7.9, 6, 5.9, 8, 8, 8, kMissing};
  const Column returns{0.1, 0.1, 0.24, 0.1, 0.25, 0.1, 0.1, 0.1};
  const Column value{8, 7, 6, 5, 4, 3, 2, 1};  // the top half: ranks 1 to 4; loosened by a quarter: to 5
  const GradedBase graded = Grade(scorer, {orders, returns, value}, Tiers(8, 1));
  EXPECT_EQ(graded.outputs.tiers, (Tiers{0, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(graded.outputs.lenient_tiers, (Tiers{0, 0, 0, 1, 1, 1, 1, 1}));  // 0.25 isn't less than 0.2 + a quarter of it
}

TEST(Hysteresis, IsTheSameForOneCustomerAsInTheBatch) {
  const std::vector<Tier> tiers{{.code = "a", .lower_bound = 70'000, .share = 200'000}, {.code = "b", .lower_bound = 40'000, .share = 600'000}, {.code = "c", .share = kOneMicro}};
  for (const LadderKind kind : {LadderKind::kThresholds, LadderKind::kShares}) {
    Scorer scorer(ScoredBy(kind, tiers, 4'500));
    Column f;
    Tiers member;
    for (int i = 0; i < 97; ++i) {
      f.push_back((i * 37 % 97) / 96.0);
      member.push_back(i % 5 != 0);
    }
    const GradedBase graded = Grade(scorer, {f}, member);
    for (size_t i = 0; i < f.size(); ++i) {
      FrozenSelf self;
      if (member[i] != 0) self.score = graded.outputs.scores[i];
      const GradedCustomer alone = GradeOne(scorer, graded.population, self, {f[i]}, {}, member[i] != 0);
      ASSERT_EQ(alone.tier, graded.outputs.tiers[i]) << i;
      ASSERT_EQ(alone.lenient_tier, graded.outputs.lenient_tiers[i]) << i;
    }
  }
}

TEST(Hysteresis, OfZeroCostsNothing) {
  Scorer scorer(ScoredBy(LadderKind::kThresholds, {{.code = "gold", .lower_bound = 60'000}, {.code = "bronze"}}, 0));
  EXPECT_TRUE(Grade(scorer, {{0.6}}, {1}).outputs.lenient_tiers.empty());
  EXPECT_FALSE(GradeOne(scorer, {}, {}, {0.6}, {}, true).lenient_tier);
}

}  // namespace
}  // namespace rung::scoring
