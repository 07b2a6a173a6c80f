#include "libs/scoring/decision_inputs.h"

#include <algorithm>
#include <cmath>

namespace rung::scoring {
namespace {

double ComparedValue(const Scorer& scorer, const ComparedFeature& compared, const GradingInputs& inputs) {
  double value;
  scorer.ComparedValues(compared, &inputs.features[compared.column],
                        compared.benchmark < 0 ? nullptr : &inputs.benchmarks[compared.benchmark], 1, &value);
  return value;
}

void AddRank(const Ranking& ranking, const ComparedFeature& compared, double value, double own, GradingInputs& inputs) {
  const bool own_was_better = compared.lower_is_better ? own < value : own > value;
  const int64_t better = ranking.Better(value, compared.lower_is_better) - (own_was_better ? 1 : 0);
  inputs.ranks.push_back(std::isnan(value) ? value : static_cast<double>(1 + better));
  inputs.rank_sizes.push_back(static_cast<double>(ranking.size() - (std::isnan(own) ? 0 : 1) + 1));
}

GradedCustomer ScoreRow(const Scorer& scorer, const GradingInputs& inputs, ScoreTrace* trace) {
  ScoreOutputs outputs;
  outputs.want_parts = true;
  outputs.trace = trace;
  scorer.Score(RowOf(inputs), outputs);
  GradedCustomer graded{outputs.scores[0], outputs.tiers[0], {}};
  for (const auto& part : outputs.parts) graded.parts.push_back(part[0]);
  if (scorer.has_margin()) graded.lenient_tier = outputs.lenient_tiers[0];
  return graded;
}

}  // namespace

ScoreInputs RowOf(const GradingInputs& inputs) {
  ScoreInputs row;
  row.rows = 1;
  for (const double& feature : inputs.features) row.features.push_back(&feature);
  for (const double& benchmark : inputs.benchmarks) row.benchmarks.push_back(&benchmark);
  for (const double& rank : inputs.ranks) row.ranks.push_back(&rank);
  row.rank_sizes = inputs.rank_sizes;
  row.maxima = inputs.maxima;
  return row;
}

GradingInputs InputsOf(const Scorer& scorer, const FrozenPopulation& population, const FrozenSelf& self,
                       const std::vector<double>& features, const std::vector<double>& benchmarks, bool is_member) {
  static const Ranking kNobody;
  GradingInputs inputs{.choices = scorer.choices(), .features = features, .benchmarks = benchmarks, .is_member = is_member};
  for (size_t r = 0; r < scorer.ranked().size(); ++r) {
    const ComparedFeature& compared = scorer.ranked()[r];
    const double own = r < self.ranked.size() ? self.ranked[r] : std::nan("");
    const Ranking& ranking = r < population.ranked.size() ? population.ranked[r] : kNobody;
    AddRank(ranking, compared, ComparedValue(scorer, compared, inputs), own, inputs);
  }
  for (size_t m = 0; m < scorer.maxima().size(); ++m) {
    const TopTwo top = m < population.maxima.size() ? population.maxima[m] : TopTwo{};
    const double others = m < self.maxima.size() ? top.Without(self.maxima[m]) : top.first;
    const double value = ComparedValue(scorer, scorer.maxima()[m], inputs);
    inputs.maxima.push_back(std::isnan(value) ? others : std::max(others, value));
  }
  if (scorer.model().ladder_kind != LadderKind::kShares) return inputs;
  const ScoreMilli score = ScoreRow(scorer, inputs, nullptr).score;
  const auto rank_of = [&](ScoreMilli points) {
    return is_member ? 1 + population.scores.Better(points) - (self.score > points ? 1 : 0) : 0;
  };
  inputs.score_rank = rank_of(score);
  if (scorer.has_margin()) inputs.lenient_score_rank = rank_of(score + scorer.model().stability.margin);
  inputs.score_rank_size = population.scores.size() - (self.score == FrozenSelf::kNoScore ? 0 : 1) + 1;
  return inputs;
}

GradingInputs InputsOf(const Scorer& scorer, const BaseColumns& base, const GradedBase& graded, size_t row) {
  GradingInputs inputs{.choices = graded.population.choices, .is_member = base.member[row] != 0};
  for (const double* column : base.features) inputs.features.push_back(column[row]);
  for (size_t b = 0; b < scorer.model().benchmarks.size(); ++b) {
    const double* column = b < base.benchmarks.size() ? base.benchmarks[b] : nullptr;
    inputs.benchmarks.push_back(column == nullptr ? scorer.model().benchmarks[b].default_value : column[row]);
  }
  for (size_t r = 0; r < graded.ranks.size(); ++r) {
    inputs.ranks.push_back(graded.ranks[r][row]);
    inputs.rank_sizes.push_back(static_cast<double>(graded.population.ranked[r].size()));
  }
  for (const TopTwo& top : graded.population.maxima) inputs.maxima.push_back(top.first);
  if (scorer.model().ladder_kind != LadderKind::kShares) return inputs;
  const ScoreRanking& scores = graded.population.scores;
  const auto rank_of = [&](ScoreMilli points) { return inputs.is_member ? 1 + scores.Better(points) : 0; };
  inputs.score_rank = rank_of(graded.outputs.scores[row]);
  // Its own score isn't better than itself with the margin added, so nobody has to be left out.
  if (scorer.has_margin()) inputs.lenient_score_rank = rank_of(graded.outputs.scores[row] + scorer.model().stability.margin);
  inputs.score_rank_size = scores.size();
  return inputs;
}

GradedCustomer Grade(const Scorer& scorer, const GradingInputs& inputs, ScoreTrace* trace) {
  GradedCustomer graded = ScoreRow(scorer, inputs, trace);
  if (scorer.model().ladder_kind == LadderKind::kShares) {
    graded.tier = scorer.TierByShare(inputs.score_rank, inputs.score_rank_size);
    if (scorer.has_margin()) graded.lenient_tier = scorer.TierByShare(inputs.lenient_score_rank, inputs.score_rank_size);
  }
  return graded;
}

}  // namespace rung::scoring
