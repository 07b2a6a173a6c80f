#include "libs/scoring/population.h"

#include <algorithm>
#include <cmath>

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
  std::vector<double> scores(graded.outputs.scores.begin(), graded.outputs.scores.end());
  std::vector<double> ranks(base.rows);
  graded.population.scores = RankMembers(scores, base.member, false, ranks);
  for (size_t i = 0; i < base.rows; ++i) {
    graded.outputs.tiers[i] = base.member[i] != 0
                                  ? scorer.TierByShare(static_cast<int64_t>(ranks[i]), graded.population.scores.size())
                                  : scorer.bottom_tier();
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
  for (const ComparedFeature& compared : scorer.ranked()) {
    std::vector<double> values = ComparedColumn(scorer, base, compared);
    std::vector<double>& ranks = graded.ranks.emplace_back(base.rows);
    population.ranked.push_back(RankMembers(values, base.member, compared.lower_is_better, ranks));
    inputs.rank_sizes.push_back(static_cast<double>(population.ranked.back().size()));
    graded.ranked_values.push_back(std::move(values));
  }
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
  ScoreInputs inputs;
  inputs.rows = 1;
  for (const double& feature : features) inputs.features.push_back(&feature);
  for (const double& benchmark : benchmarks) inputs.benchmarks.push_back(&benchmark);
  const auto compared_value = [&](const ComparedFeature& compared) {
    double value;
    scorer.ComparedValues(compared, &features[compared.column],
                          compared.benchmark < 0 ? nullptr : &benchmarks[compared.benchmark], 1, &value);
    return value;
  };
  std::vector<double> ranks(scorer.ranked().size());
  for (size_t r = 0; r < scorer.ranked().size(); ++r) {
    const ComparedFeature& compared = scorer.ranked()[r];
    const double value = compared_value(compared);
    const Ranking empty;
    const Ranking& ranking = r < population.ranked.size() ? population.ranked[r] : empty;
    const double own = r < self.ranked.size() ? self.ranked[r] : std::nan("");
    const bool own_was_better = compared.lower_is_better ? own < value : own > value;
    const int64_t better = ranking.Better(value, compared.lower_is_better) - (own_was_better ? 1 : 0);
    ranks[r] = std::isnan(value) ? value : static_cast<double>(1 + better);
    inputs.rank_sizes.push_back(static_cast<double>(ranking.size() - (std::isnan(own) ? 0 : 1) + 1));
  }
  for (const double& rank : ranks) inputs.ranks.push_back(&rank);
  for (size_t m = 0; m < scorer.maxima().size(); ++m) {
    const TopTwo top = m < population.maxima.size() ? population.maxima[m] : TopTwo{};
    const double others = m < self.maxima.size() ? top.Without(self.maxima[m]) : top.first;
    const double value = compared_value(scorer.maxima()[m]);
    inputs.maxima.push_back(std::isnan(value) ? others : std::max(others, value));
  }
  ScoreOutputs outputs;
  outputs.want_parts = true;
  scorer.Score(inputs, outputs);
  GradedCustomer graded{outputs.scores[0], outputs.tiers[0], {}};
  for (const auto& part : outputs.parts) graded.parts.push_back(part[0]);
  if (scorer.model().ladder_kind == LadderKind::kShares) {
    const auto score = static_cast<double>(graded.score);
    const int64_t better = population.scores.Better(score, false) - (self.score > score ? 1 : 0);
    const int64_t n = population.scores.size() - (self.score == FrozenSelf::kNoScore ? 0 : 1) + 1;
    graded.tier = is_member ? scorer.TierByShare(1 + better, n) : scorer.bottom_tier();
  }
  return graded;
}

}  // namespace rung::scoring
