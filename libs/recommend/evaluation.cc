#include "libs/recommend/evaluation.h"

#include <algorithm>
#include <cmath>

#include "libs/recommend/baselines.h"

namespace rung::recommend {
namespace {

using Target = PurchaseHistory::Split::Target;
using TargetsByScope = std::array<std::vector<int32_t>, kScopes.size()>;

std::vector<TargetsByScope> InScopes(const PurchaseHistory& known, const std::vector<Target>& targets) {
  std::vector<TargetsByScope> by_scope(targets.size());
  for (size_t t = 0; t < targets.size(); ++t) {
    const PersonalHistory personal = Collect(known, targets[t].customer);
    by_scope[t][static_cast<size_t>(Scope::kAll)] = targets[t].skus;
    for (const int32_t sku : targets[t].skus) {
      by_scope[t][static_cast<size_t>(personal.Find(sku) != nullptr ? Scope::kRepeats : Scope::kNew)].push_back(sku);
    }
  }
  return by_scope;
}

Training TrainingOf(PurchaseHistory known, const std::vector<CatalogueEntry>& catalogue) {
  Training training;
  training.as_of = known.last_day();
  for (int32_t customer = 0; customer < known.customers(); ++customer) training.customers.push_back({FingerprintOf(std::to_string(customer)), {}, {}, {}});
  training.base = {std::move(known), catalogue};
  return training;
}

RecommenderScore ScoreOf(Recommender& recommender, const std::vector<Target>& targets, const std::vector<TargetsByScope>& by_scope,
                         size_t k) {
  RecommenderScore score;
  score.name = recommender.name();
  std::array<int64_t, kScopes.size()> tested{};
  for (size_t t = 0; t < targets.size(); ++t) {
    for (size_t s = 0; s < kScopes.size(); ++s) {
      if (by_scope[t][s].empty()) continue;
      const NextBasketMetrics one = Compare(recommender.Top(targets[t].customer, targets[t].day, kScopes[s], k), by_scope[t][s], k);
      score.by_scope[s].recall += one.recall;
      score.by_scope[s].ndcg += one.ndcg;
      score.by_scope[s].hit += one.hit;
      ++tested[s];
    }
  }
  for (size_t s = 0; s < kScopes.size(); ++s) {
    const auto n = static_cast<double>(std::max<int64_t>(1, tested[s]));
    score.by_scope[s] = {score.by_scope[s].recall / n, score.by_scope[s].ndcg / n, score.by_scope[s].hit / n};
  }
  return score;
}

}  // namespace

std::string_view Name(Scope scope) {
  switch (scope) {
    case Scope::kAll: return "all";
    case Scope::kRepeats: return "repeats";
    case Scope::kNew: return "new";
  }
  return "";
}

NextBasketMetrics Compare(const std::vector<int32_t>& recommended, const std::vector<int32_t>& target, size_t k) {
  double hits = 0, gain = 0, ideal = 0;
  for (size_t i = 0; i < std::min(k, recommended.size()); ++i) {
    if (!std::binary_search(target.begin(), target.end(), recommended[i])) continue;
    hits += 1;
    gain += 1 / std::log2(static_cast<double>(i) + 2);
  }
  for (size_t i = 0; i < std::min(k, target.size()); ++i) ideal += 1 / std::log2(static_cast<double>(i) + 2);
  if (target.empty()) return {};
  return {hits / static_cast<double>(target.size()), gain / ideal, hits > 0 ? 1.0 : 0.0};
}

EvaluationReport Evaluate(const Base& base, const EvaluationPlan& plan) {
  const PurchaseHistory& history = base.history;
  PurchaseHistory::Split split = history.HoldOutLast(plan.least_baskets, plan.others);
  const Training training = TrainingOf(std::move(split.history), base.catalogue);
  const PurchaseHistory& known = training.base.history;
  const std::vector<TargetsByScope> by_scope = InScopes(known, split.targets);
  EvaluationReport report;
  report.k = plan.k;
  for (int32_t customer = 0; customer < history.customers(); ++customer) report.customers += history.basket_count(customer) > 0;
  for (const TargetsByScope& target : by_scope) {
    for (size_t s = 0; s < kScopes.size(); ++s) report.tested[s] += !target[s].empty();
    report.repeat_share += static_cast<double>(target[static_cast<size_t>(Scope::kRepeats)].size()) /
                           static_cast<double>(target[static_cast<size_t>(Scope::kAll)].size());
  }
  report.repeat_share /= std::max(1.0, static_cast<double>(by_scope.size()));
  report.weights = FitRanker(known, plan.ranker);
  const Signals signals(known, plan.ranker);
  for (int32_t sku = 0; sku < known.skus(); ++sku) report.items += signals.items.baskets(sku) > 0;
  std::vector<std::unique_ptr<Recommender>> recommenders;
  recommenders.push_back(MakePopular(known));
  recommenders.push_back(MakePersonalTop(known, 1));
  recommenders.push_back(MakePersonalTop(known, kBasketDecay));
  recommenders.push_back(MakeItemKnn(known, plan.knn_neighbours, plan.ranker.threads));
  const size_t baselines = recommenders.size();
  recommenders.push_back(MakeRanked(known, signals, report.weights));
  recommenders.push_back(MakeServed(training, plan.ranker));
  for (size_t r = 0; r < recommenders.size(); ++r) {
    report.scores.push_back(ScoreOf(*recommenders[r], split.targets, by_scope, plan.k));
    report.scores.back().baseline = r < baselines;
  }
  return report;
}

}  // namespace rung::recommend
