// A frozen population knows of each member what the batch compared, before and after it has been stored.
#include "services/grading/frozen_base.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

namespace rung::grading {
namespace {

using scoring::FrozenSelf;
using Column = std::vector<double>;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

scoring::Scorer SharesOfRanksAndAMaximum() {
  const auto dimension = [](scoring::Factor factor) {
    return scoring::Dimension{.name = factor.feature, .weight = 1, .factors = {factor}};
  };
  return scoring::Scorer({.dimensions = {dimension({"spend", "", scoring::Percentile{}}), dimension({"gap", "", scoring::Percentile{true}}),
                                         dimension({"orders", "", scoring::ToMax{}})},
                          .ladder_kind = scoring::LadderKind::kShares,
                          .tiers = {{.code = "some", .share = 400'000}, {.code = "all", .share = 1'000'000}}});
}

// Members 10, 20, … with these spends and gaps, and scores 100, 200, …
FrozenBase Frozen(const scoring::Scorer& scorer, const Column& spend, const Column& gap) {
  FrozenBase base{.model_version = 3};
  base.population.members = static_cast<int64_t>(spend.size());
  base.population.choices = {1, 0};
  base.population.maxima = {{.first = 9, .second = 7}};
  base.holders = {CustomerNumber{20}};
  MemberNumbers numbers;
  for (size_t i = 0; i < spend.size(); ++i) {
    numbers.push_back(static_cast<int64_t>(10 * (i + 1)));
    base.scores.push_back(static_cast<int32_t>(100 * (i + 1)));
  }
  base.members = std::make_shared<MemberNumbers>(numbers);
  base.population.scores = scoring::ScoreRanking::Of(base.scores, {});
  for (size_t r = 0; r < 2; ++r) {
    const Column& values = r == 0 ? spend : gap;
    Column ranks(values.size());
    const bool lower_is_better = scorer.ranked()[r].lower_is_better;
    base.population.ranked.push_back(scoring::RankMembers(values, {}, lower_is_better, ranks));
    base.ranked.push_back(PlacesOf(ranks, base.population.ranked[r], lower_is_better));
  }
  return base;
}

void ExpectSelves(const FrozenBase& base, const Column& spend, const Column& gap) {
  for (size_t i = 0; i < spend.size(); ++i) {
    const auto number = static_cast<int64_t>(10 * (i + 1));
    const FrozenSelf self = base.SelfOf(CustomerNumber{number});
    ASSERT_EQ(self.ranked.size(), 2u) << number;
    EXPECT_EQ(std::bit_cast<uint64_t>(self.ranked[0]), std::bit_cast<uint64_t>(spend[i])) << number;
    EXPECT_EQ(std::bit_cast<uint64_t>(self.ranked[1]), std::bit_cast<uint64_t>(gap[i])) << number;
    EXPECT_EQ(self.score, 100 * static_cast<int32_t>(i + 1));
    EXPECT_EQ(base.population.maxima[0].Without(self.maxima[0]), number == 20 ? 7 : 9) << number;
  }
  const FrozenSelf nobody = base.SelfOf(CustomerNumber{15});
  EXPECT_TRUE(nobody.ranked.empty());
  EXPECT_EQ(nobody.score, FrozenSelf::kNoScore);
  EXPECT_EQ(base.population.maxima[0].Without(nobody.maxima[0]), 9);
}

TEST(FrozenBase, KnowsEveryMembersOwnValuesThroughStorage) {
  const scoring::Scorer scorer = SharesOfRanksAndAMaximum();
  std::mt19937 random(4);
  for (const size_t members : {1, 2, 5, 400}) {
    Column spend, gap;
    for (size_t i = 0; i < members; ++i) {
      spend.push_back(random() % 4 == 0 ? kMissing : static_cast<double>(random() % 50) / 7);
      gap.push_back(random() % 4 == 0 ? kMissing : -static_cast<double>(1 + random() % 50) / 3);
    }
    const FrozenBase base = Frozen(scorer, spend, gap);
    ExpectSelves(base, spend, gap);
    const auto again = DecodeFrozen(EncodeFrozen(base, 1), scorer);
    ASSERT_TRUE(again.ok()) << again.status();
    ExpectSelves(*again, spend, gap);
    EXPECT_EQ(again->model_version, 3);
    EXPECT_EQ(again->population.members, static_cast<int64_t>(members));
    EXPECT_EQ(again->population.choices, (std::vector<int>{1, 0}));
    EXPECT_EQ(again->population.scores.Better(100), static_cast<int64_t>(members) - 1);
    for (size_t r = 0; r < 2; ++r) EXPECT_EQ(again->population.ranked[r].sorted(), base.population.ranked[r].sorted());
  }
}

TEST(FrozenBase, WhatDoesNotFitIsRefused) {
  const scoring::Scorer scorer = SharesOfRanksAndAMaximum();
  const auto parts = EncodeFrozen(Frozen(scorer, {1, 2, 3}, {1, 2, 3}), 1);
  ASSERT_TRUE(DecodeFrozen(parts, scorer).ok());
  for (size_t missing = 0; missing < parts.size(); ++missing) {
    auto less = parts;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_TRUE(absl::IsDataLoss(DecodeFrozen(less, scorer).status())) << missing;
    auto shorter = parts;
    shorter[missing].body.pop_back();
    EXPECT_TRUE(absl::IsDataLoss(DecodeFrozen(shorter, scorer).status())) << missing;
  }
  auto other_format = parts;
  other_format[0].body[0] = 3;
  EXPECT_TRUE(absl::IsDataLoss(DecodeFrozen(other_format, scorer).status()));
  auto beyond = parts;
  beyond.back().body.replace(0, 4, "\xff\xff\xff\x7f");
  EXPECT_TRUE(absl::IsDataLoss(DecodeFrozen(beyond, scorer).status()));
}

}  // namespace
}  // namespace rung::grading
