// Ranks over a population and what is made of them: percentiles, top shares, share ladders. A block equals its rows.
#include "libs/scoring/ranking.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <set>
#include <string>

#include "libs/scoring/scorer.h"

namespace rung::scoring {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
using Column = std::vector<double>;
using Scores = std::vector<ScoreMilli>;
using Tiers = std::vector<uint8_t>;

// 1 + number of members strictly better, by comparing everybody with everybody.
double NaiveRank(const Column& values, const std::vector<uint8_t>& member, bool lower_is_better, double value) {
  if (std::isnan(value)) return kMissing;
  double rank = 1;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!member.empty() && member[i] == 0) continue;
    rank += lower_is_better ? values[i] < value : values[i] > value;
  }
  return rank;
}

Column RandomColumn(std::mt19937_64& random, size_t size) {
  static constexpr double kSpecial[] = {0.0, -0.0, 1e300, -1e300, 5e-324, -5e-324, kMissing, kInfinity, -kInfinity};
  Column column(size);
  for (double& value : column) {
    switch (random() % 4) {
      case 0:
        value = kSpecial[random() % std::size(kSpecial)];
        break;
      case 1:
        value = std::uniform_real_distribution<double>(-1e6, 1e6)(random);
        break;
      default:
        value = static_cast<double>(random() % 9) - 4;  // many ties
    }
  }
  return column;
}

TEST(RankMembers, AgreesWithComparingEverybodyWithEverybody) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    const Column values = RandomColumn(random, random() % 120);
    std::vector<uint8_t> member(round % 4 == 0 ? 0 : values.size());  // every fourth time: all are members
    for (uint8_t& flag : member) flag = random() % 3 != 0;
    Column present;
    for (size_t i = 0; i < values.size(); ++i) {
      if (!std::isnan(values[i]) && (member.empty() || member[i] != 0)) present.push_back(values[i]);
    }
    std::sort(present.begin(), present.end());
    for (const bool lower_is_better : {false, true}) {
      Column ranks(values.size(), -1), again(values.size(), -1);
      const Ranking ranking = RankMembers(values, member, lower_is_better, ranks);
      EXPECT_EQ(ranking.sorted(), present);
      if (member.empty()) {
        EXPECT_EQ(Ranking::Of(values).sorted(), present);
      }
      RankRows(values, ranking, lower_is_better, again);
      for (size_t i = 0; i < values.size(); ++i) {
        const double naive = NaiveRank(values, member, lower_is_better, values[i]);
        for (const double rank : {ranks[i], again[i]}) {
          ASSERT_TRUE(rank == naive || (std::isnan(rank) && std::isnan(naive))) << rank << " isn't " << naive;
        }
      }
    }
  }
}

// Distributions that places treat differently: a gap between 0 and the rest, heavy tails, few values, infinities, values
// that differ in their last bits only.
TEST(RankMembers, RanksEveryDistributionLikeASort) {
  std::mt19937_64 random(11);
  constexpr size_t kRows = 20'000;
  const auto column = [&](auto draw) {
    Column values(kRows);
    for (double& value : values) value = random() % 50 == 0 ? kMissing : draw();
    return values;
  };
  std::lognormal_distribution<double> heavy(10, 3);
  std::normal_distribution<double> normal(0, 1e5);
  std::vector<Column> columns = {column([&] { return static_cast<double>(random() % 1000) * 60; }),
                                 column([&] { return heavy(random); }),
                                 column([&] { return normal(random); }),
                                 column([&] { return random() % 2 == 0 ? 7.0 : -0.0; }),
                                 column([&] { return random() % 9 == 0 ? kInfinity : normal(random); }),
                                 column([&] { return random() % 9 == 0 ? 1e308 : std::nextafter(1.0, 2 * static_cast<double>(random() % 2)); }),
                                 column([&] { return 1.0 + static_cast<double>(random() % 5000) * 0x1p-52; }),
                                 column([&] { return random() % 500 == 0 ? -1e300 : 1.0 + static_cast<double>(random() % 5000) * 0x1p-52; })};
  std::vector<Column> ranks(columns.size(), Column(kRows, -1));
  std::vector<ColumnToRank> tasks;
  for (size_t c = 0; c < columns.size(); ++c) tasks.push_back({columns[c], c % 2 == 1, ranks[c]});
  const std::vector<Ranking> rankings = RankColumns(tasks, {}, 3);
  for (size_t c = 0; c < columns.size(); ++c) {
    Column sorted;
    for (const double value : columns[c]) {
      if (!std::isnan(value)) sorted.push_back(value);
    }
    std::sort(sorted.begin(), sorted.end());
    ASSERT_EQ(rankings[c].sorted(), sorted) << c;
    for (size_t i = 0; i < kRows; ++i) {
      const double value = columns[c][i];
      if (std::isnan(value)) {
        ASSERT_TRUE(std::isnan(ranks[c][i])) << c;
        continue;
      }
      const auto better = c % 2 == 1 ? std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin()
                                     : sorted.end() - std::upper_bound(sorted.begin(), sorted.end(), value);
      ASSERT_EQ(ranks[c][i], static_cast<double>(1 + better)) << c << " row " << i;
    }
  }
}

TEST(RankMembers, TiesShareTheBetterRank) {
  const Column values{10, 30, 20, 30, kMissing, 10};
  Column ranks(values.size());
  EXPECT_EQ(RankMembers(values, {}, false, ranks).size(), 5);
  EXPECT_EQ((Column{ranks[0], ranks[1], ranks[2], ranks[3], ranks[5]}), (Column{4, 1, 3, 1, 4}));
  RankMembers(values, {}, true, ranks);
  EXPECT_EQ((Column{ranks[0], ranks[1], ranks[2], ranks[3], ranks[5]}), (Column{1, 4, 3, 4, 1}));
  EXPECT_TRUE(std::isnan(ranks[4]));
}

TEST(Ranking, BothZerosAreOneValue) {
  Column ranks(3);
  RankMembers(Column{-0.0, 0.0, -1}, {}, false, ranks);
  EXPECT_EQ(ranks, (Column{1, 1, 3}));
  EXPECT_EQ(Ranking::Of(Column{0.0}).Better(-0.0, false), 0);
  EXPECT_EQ(Ranking::Of(Column{0.0}).Better(-0.0, true), 0);
}

TEST(Ranking, MaxWithoutLeavesOutOneOccurrence) {
  const Ranking ranking = Ranking::Of(Column{5, 9, 7});
  EXPECT_EQ(ranking.Max(), 9);
  EXPECT_EQ(ranking.MaxWithout(9), 7);
  EXPECT_EQ(ranking.MaxWithout(7), 9);
  EXPECT_EQ(ranking.MaxWithout(100), 9);  // not among them: nothing to leave out
  EXPECT_EQ(ranking.MaxWithout(kMissing), 9);
  EXPECT_EQ(Ranking::Of(Column{9, 9}).MaxWithout(9), 9);
  EXPECT_EQ(Ranking::Of(Column{9}).MaxWithout(9), 0);
  EXPECT_EQ(Ranking().Max(), 0);
  EXPECT_EQ(Ranking().MaxWithout(9), 0);
}

TEST(ScoreRanking, CountsWhoIsBetterAsComparingEverybodyDoes) {
  std::mt19937 random(5);
  Scores scores{0, kMaxScoreMilli, kMaxScoreMilli};
  Tiers member{1, 1, 0};
  for (int i = 0; i < 300; ++i) {
    scores.push_back(static_cast<ScoreMilli>(random() % 2 == 0 ? random() % (kMaxScoreMilli + 1) : 50'000 + random() % 5));
    member.push_back(random() % 4 != 0);
  }
  for (const Tiers& who : {member, Tiers{}}) {
    const ScoreRanking ranking = ScoreRanking::Of(scores, who);
    Scores asked = scores;
    asked.insert(asked.end(), {-1, -kMaxScoreMilli, kMaxScoreMilli + 1, 49'999, 50'005});
    for (const ScoreMilli score : asked) {
      int64_t better = 0, size = 0;
      for (size_t i = 0; i < scores.size(); ++i) {
        if (!who.empty() && who[i] == 0) continue;
        better += scores[i] > score ? 1 : 0;
        ++size;
      }
      ASSERT_EQ(ranking.Better(score), better) << score;
      ASSERT_EQ(ranking.size(), size);
    }
  }
  EXPECT_EQ(ScoreRanking().Better(-1), 0);
  EXPECT_EQ(ScoreRanking().Better(0), 0);
}

// A population with everything that a scorer asks of it.
class Base {
 public:
  Base(const Scorer& scorer, std::vector<Column> features, std::vector<Column> benchmarks = {}, Tiers member = {})
      : scorer_(scorer), features_(std::move(features)), benchmarks_(std::move(benchmarks)) {
    for (const ComparedFeature& feature : scorer_.ranked()) {
      const Column values = Compared(feature);
      Column& ranks = ranks_.emplace_back(values.size());
      sizes_.push_back(static_cast<double>(RankMembers(values, member, feature.lower_is_better, ranks).size()));
    }
    for (const ComparedFeature& feature : scorer_.maxima()) maxima_.push_back(Ranking::Of(Compared(feature)).Max());
  }

  ScoreOutputs Score(size_t from, size_t rows) const {
    ScoreInputs inputs{.rows = rows, .rank_sizes = sizes_, .maxima = maxima_};
    for (const Column& column : features_) inputs.features.push_back(column.data() + from);
    for (const Column& column : ranks_) inputs.ranks.push_back(column.data() + from);
    for (const Column& column : benchmarks_) inputs.benchmarks.push_back(column.data() + from);
    ScoreOutputs outputs{.want_parts = true};
    scorer_.Score(inputs, outputs);
    return outputs;
  }
  ScoreOutputs Score() const { return Score(0, features_.at(0).size()); }

 private:
  Column Compared(const ComparedFeature& feature) const {
    const Column& values = features_.at(feature.column);
    Column out(values.size());
    const double* benchmark = feature.benchmark < 0 ? nullptr : benchmarks_[feature.benchmark].data();
    scorer_.ComparedValues(feature, values.data(), benchmark, values.size(), out.data());
    return out;
  }

  const Scorer& scorer_;
  std::vector<Column> features_, benchmarks_, ranks_;
  Column sizes_, maxima_;
};

Model OneFactor(Factor factor) {
  return {.dimensions = {{.name = "d", .weight = 1, .factors = {std::move(factor)}}}, .tiers = {{.code = "all"}}};
}

TEST(Percentile, TiesShareTheBetterPercentile) {
  const Column values{40, 10, 40, 20, kMissing};  // n = 4: ranks 1, 4, 1, 3
  const Scorer higher(OneFactor({"f", "", Percentile{}})), lower(OneFactor({"f", "", Percentile{true}}));
  EXPECT_EQ(Base(higher, {values}).Score().scores, (Scores{100'000, 25'000, 100'000, 50'000, 0}));
  EXPECT_EQ(Base(lower, {values}).Score().scores, (Scores{50'000, 100'000, 50'000, 75'000, 0}));
}

TEST(Percentile, RanksOutsidersAmongTheMembers) {
  const Scorer scorer(OneFactor({"f", "", Percentile{}}));
  const Base base(scorer, {{40, 30, 20, 10, /* outside: */ 50, 30, 5}}, {}, {1, 1, 1, 1, 0, 0, 0});
  EXPECT_EQ(base.Score().scores, (Scores{100'000, 75'000, 50'000, 25'000, 100'000, 75'000, 0}));
}

TEST(Percentile, ComparesAfterTheBenchmark) {
  Model model = OneFactor({"f", "b", Percentile{}});
  model.benchmarks = {{"b", 1, {}}};
  const Scorer scorer(model);  // 10 / 1, 30 / 10, 20 / 4: ranks 1, 3, 2
  EXPECT_EQ(Base(scorer, {{10, 30, 20}}, {{1, 10, 4}}).Score().scores, (Scores{100'000, 33'333, 66'667}));
}

// Diamond 15 a month, 5,000 yuan, top 10 %; gold 8, 2,000, top 30 %; silver 3, 800, top 70 %; bronze otherwise.
Model MeicaiModel(int at_least) {
  const auto rules = [&](double orders, double aov, Micro share) {
    const auto kAtLeast = Comparison::kAtLeast;
    return Rules{at_least, {{{"orders", kAtLeast, orders}, {}}, {{"aov", kAtLeast, aov}, {}}, {{"value"}, share}}};
  };
  return {.score_kind = ScoreKind::kAttainment,
          .ladder_kind = LadderKind::kRules,
          .tiers = {{.code = "diamond", .rules = rules(15, 500'000, 100'000)},
                    {.code = "gold", .rules = rules(8, 200'000, 300'000)},
                    {.code = "silver", .rules = rules(3, 80'000, 700'000)}, {.code = "bronze"}}};
}

TEST(Rules, AllAnyAndAtLeastKNeverCountAMissingFeature) {
  const Column orders{15, 14.5, 15, 8, 7.9, 3, 3, 3, 15, kMissing, 15};
  const Column aov{5e5, 9e5, kMissing, 2e5, 80'000, 79'999, 80'000, 80'000, 5e5, kMissing, 5e5};
  const Column value{10, 9, 8, 7, 6, 5, 4, 3, 2, 1, kMissing};  // ranks 1 to 10 of 10
  const auto tiers = [&](int at_least) {
    const Scorer scorer(MeicaiModel(at_least));
    return Base(scorer, {orders, aov, value}).Score().tiers;
  };
  EXPECT_EQ(tiers(3), (Tiers{0, 1, 3, 2, 2, 3, 2, 3, 3, 3, 3}));  // 14.5 orders a month is gold
  EXPECT_EQ(tiers(2), (Tiers{0, 1, 1, 1, 2, 2, 2, 2, 0, 3, 0}));
  EXPECT_EQ(tiers(1), (Tiers{0, 0, 0, 1, 2, 2, 2, 2, 0, 3, 0}));
}

TEST(Rules, TiesAreInTheTopShareTogether) {
  const auto top = [](Micro share) { return Rules{1, {{{"value"}, share}}}; };
  const Scorer scorer({.score_kind = ScoreKind::kAttainment, .ladder_kind = LadderKind::kRules,
                       .tiers = {{.code = "a", .rules = top(100'000)}, {.code = "b", .rules = top(300'000)},
                                 {.code = "c"}}});
  const Base base(scorer, {{9, 9, 8, 9, 8, 6, 5, 4, 3, 2}});  // ranks 1, 1, 4, 1, 4, 6, …: 4 isn't in the top 30 %
  EXPECT_EQ(base.Score().tiers, (Tiers{0, 0, 2, 0, 2, 2, 2, 2, 2, 2}));
}

TEST(Attainment, IsTheMeanOverTheTopTiersCriteria) {
  const Scorer scorer(MeicaiModel(3));  // values 8, 4, 2 and missing: percentiles 1, 2/3, 1/3 of n = 3
  const Base base(scorer, {{7.5, 30, 3, kMissing}, {250'000, 5, kMissing, kMissing}, {8, 4, 2, kMissing}});
  // (.5 + .5 + 1) / 3; (1 + .00001 + 2/3) / 3; (.2 + 0 + 1/3) / 3; nothing
  EXPECT_EQ(base.Score().scores, (Scores{66'667, 55'556, 17'778, 0}));
}

Scorer SharesScorer() {
  return Scorer({.dimensions = OneFactor({"f"}).dimensions, .ladder_kind = LadderKind::kShares,
                 .tiers = {{.code = "diamond", .share = 100'000}, {.code = "gold", .share = 300'000},
                           {.code = "silver", .share = 700'000}, {.code = "bronze", .share = kOneMicro}}});
}

TEST(Shares, TierIsTheHighestWhoseCumulativeShareCoversTheRank) {
  const Scorer scorer = SharesScorer();
  for (int64_t n = 10; n <= 3'000'000; n *= 3) {
    for (const auto& [last, tier] : {std::pair{n / 10, 0}, {n / 10 * 3, 1}, {n / 10 * 7, 2}}) {
      EXPECT_EQ(scorer.TierByShare(last, n), tier) << n;
      EXPECT_EQ(scorer.TierByShare(last + 1, n), tier + 1) << n;
    }
    EXPECT_EQ(scorer.TierByShare(1, n), 0) << n;
    EXPECT_EQ(scorer.TierByShare(n, n), 3) << n;
  }
  EXPECT_EQ(scorer.TierByShare(1, 9), 1);  // 11.1 %
}

TEST(Shares, MembersOutsideThePopulationAreAtTheBottom) {
  EXPECT_EQ(SharesScorer().TierByShare(0, 100), 3);
  EXPECT_EQ(SharesScorer().TierByShare(0, 0), 3);
}

// Every normaliser, both ways to combine, every policy, multipliers and benchmarks.
Model EverythingModel() {
  using enum MissingPolicy;
  const auto mean = Combine::kWeightedMean;
  const Knots knots{{{-3, 10}, {0, 20}, {0.7, 45.5}, {3, 100}}};
  const Bands bands{{{-1, 0.3}, {1, 0.9}}};
  const Penalty penalty{0.3};
  return {.dimensions = {{"a", 350'000, {}, kZero, {{"x", "p", knots}, {"y", "", Identity{}}}},
                         {"b", 250'000, mean, kNeutral, {{"y", "q", Percentile{}, 3}, {"z", "", Percentile{true}, 7}}},
                         {"c", 200'000, {}, kRenormalise, {{"z", "", Saturate{2}}, {"x", "", TargetOver{0.3}}}},
                         {"d", 150'000, mean, kRenormalise, {{"x", "q", ToMax{}}, {"w", "", Reciprocal{3}}}},
                         {"e", 50'000, mean, kZero, {{"w", "", MinMax{-1, 2}}, {"z", "", bands}, {"y", "", penalty}}}},
          .multipliers = {{"m", 1'100'000, {"w", {}, 1}}, {"n", 950'000, {"x", Comparison::kLess, 0}}},
          .benchmarks = {{"p", 1, {}}, {"q", 1, {}}},
          .tiers = {{.code = "gold", .lower_bound = 60'000}, {.code = "silver", .lower_bound = 40'000}, {}}};
}

TEST(Score, OfOneRowAloneEqualsTheRowInABlockBitForBit) {
  constexpr size_t kRows = 2000;
  std::mt19937_64 random(99);
  const auto column = [&](double low, double high, unsigned missing_percent) {
    Column out(kRows);
    for (double& value : out) {
      const double drawn = std::uniform_real_distribution(low, high)(random);
      value = random() % 100 < missing_percent ? kMissing : drawn;
    }
    return out;
  };
  for (const Model& model : {EverythingModel(), MeicaiModel(2)}) {
    const Scorer scorer(model);
    std::vector<Column> features, benchmarks;
    for (size_t i = 0; i < scorer.features().size(); ++i) features.push_back(column(-4, 20, 15));
    for (size_t i = 0; i < model.benchmarks.size(); ++i) benchmarks.push_back(column(0.5, 3, 0));
    const Base base(scorer, features, benchmarks);
    const ScoreOutputs block = base.Score();
    EXPECT_GT(std::set(block.scores.begin(), block.scores.end()).size(), kRows / 2);
    for (const size_t rows : {1, 7, 600}) {
      for (size_t from = 0; from + rows <= kRows; from += rows) {
        const ScoreOutputs alone = base.Score(from, rows);
        ASSERT_EQ(std::memcmp(alone.scores.data(), &block.scores[from], rows * sizeof(ScoreMilli)), 0) << from;
        ASSERT_EQ(std::memcmp(alone.tiers.data(), &block.tiers[from], rows), 0) << from;
        ASSERT_EQ(alone.parts.size(), block.parts.size());
        for (size_t d = 0; d < alone.parts.size(); ++d) {
          ASSERT_EQ(std::memcmp(alone.parts[d].data(), &block.parts[d][from], rows * sizeof(double)), 0) << from;
        }
      }
    }
  }
}

}  // namespace
}  // namespace rung::scoring
