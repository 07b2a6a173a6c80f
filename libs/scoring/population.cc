#include "libs/scoring/population.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "libs/scoring/decision_inputs.h"

namespace rung::scoring {
namespace {

std::vector<double> ComparedColumn(const Scorer& scorer, const BaseColumns& base, const ComparedFeature& compared) {
  std::vector<double> values(base.rows);
  scorer.ComparedValues(compared, base.features[compared.column],
                        compared.benchmark < 0 ? nullptr : base.benchmarks[compared.benchmark], base.rows, values.data());
  return values;
}

std::vector<bool> KnownFeatures(const BaseColumns& base) {
  std::vector<bool> known(base.features.size(), false);
  for (size_t f = 0; f < base.features.size(); ++f) {
    for (size_t i = 0; i < base.rows && !known[f]; ++i) {
      known[f] = base.member[i] != 0 && !std::isnan(base.features[f][i]);
    }
  }
  return known;
}

void AssignShares(const Scorer& scorer, const BaseColumns& base, GradedBase& graded) {
  const std::vector<ScoreMilli>& scores = graded.outputs.scores;
  const ScoreRanking& ranking = graded.population.scores = ScoreRanking::Of(scores, base.member);
  const bool lenient = scorer.has_margin();
  for (size_t i = 0; i < base.rows; ++i) {
    const auto tier_of = [&](int64_t rank) {
      return base.member[i] != 0 ? scorer.TierByShare(rank, ranking.size()) : scorer.bottom_tier();
    };
    graded.outputs.tiers[i] = tier_of(1 + ranking.Better(scores[i]));
    if (!lenient) continue;
    // Its own score isn't better than itself with the margin added, so nobody has to be left out.
    graded.outputs.lenient_tiers[i] = tier_of(1 + ranking.Better(scores[i] + scorer.model().stability.margin));
  }
}

}  // namespace

void TopTwo::Add(double value) {
  if (value > first) {
    second = first;
    first = value;
  } else if (value > second) {
    second = value;
  }
}

GradedBase GradeBase(Scorer& scorer, const BaseColumns& base, bool want_parts) {
  scorer.Resolve(KnownFeatures(base));
  GradedBase graded;
  FrozenPopulation& population = graded.population;
  population.choices = scorer.choices();
  population.members = std::count(base.member.begin(), base.member.end(), 1);

  ScoreInputs inputs;
  inputs.rows = base.rows;
  inputs.features = base.features;
  inputs.benchmarks = base.benchmarks;
  std::vector<ColumnToRank> columns;
  for (const ComparedFeature& compared : scorer.ranked()) {
    graded.ranked_values.push_back(ComparedColumn(scorer, base, compared));
    graded.ranks.emplace_back(base.rows);
  }
  for (size_t r = 0; r < scorer.ranked().size(); ++r) {
    columns.push_back({graded.ranked_values[r], scorer.ranked()[r].lower_is_better, graded.ranks[r]});
  }
  population.ranked = RankColumns(columns, base.member, static_cast<int>(std::thread::hardware_concurrency()));
  for (const Ranking& ranking : population.ranked) inputs.rank_sizes.push_back(static_cast<double>(ranking.size()));
  for (const auto& ranks : graded.ranks) inputs.ranks.push_back(ranks.data());
  for (const ComparedFeature& compared : scorer.maxima()) {
    TopTwo& top = population.maxima.emplace_back();
    const std::vector<double> values = ComparedColumn(scorer, base, compared);
    for (size_t i = 0; i < base.rows; ++i) {
      if (base.member[i] != 0 && !std::isnan(values[i])) top.Add(values[i]);
    }
    inputs.maxima.push_back(top.first);
  }
  graded.outputs.want_parts = want_parts;
  scorer.Score(inputs, graded.outputs);
  if (scorer.model().ladder_kind == LadderKind::kShares) AssignShares(scorer, base, graded);
  return graded;
}

GradedCustomer GradeOne(const Scorer& scorer, const FrozenPopulation& population, const FrozenSelf& self,
                        const std::vector<double>& features, const std::vector<double>& benchmarks, bool is_member) {
  return Grade(scorer, InputsOf(scorer, population, self, features, benchmarks, is_member));
}

}  // namespace rung::scoring
