#include "libs/recommend/ranker.h"

#include <algorithm>
#include <numeric>

#include "libs/recommend/logistic.h"

namespace rung::recommend {
namespace {

constexpr int32_t kLeastBasketsToLearnFrom = 3;

constexpr std::string_view kRepeatNames[kRepeatTerms] = {
    "constant",   "days since",    "lateness",    "lateness²",      "overdue",          "baskets",     "share of baskets",
    "decayed",    "odds",          "baskets since", "bought once", "recent baskets", "baskets of month", "repeat rate", "basket size",
    "customer's baskets", "neighbours"};
constexpr std::string_view kNovelNames[kNovelTerms] = {
    "constant",      "with customer", "with customer, recent", "in basket",        "last baskets", "with customer per item",
    "in basket per item", "best neighbour", "recent baskets", "baskets of month", "age",          "new arrival",
    "basket size",   "novelty",       "items",                 "baskets"};

template <size_t n>
double Probability(const std::array<double, n>& terms, const std::vector<double>& weights) {
  return Sigmoid(std::inner_product(terms.begin(), terms.end(), weights.begin(), 0.0));
}

// For a base so young that nobody can be learnt from: what is usual, roughly.
struct Guess {
  std::string_view term;
  double weight;
  double constant;
};
std::vector<double> Untaught(std::span<const std::string_view> names, const Guess& guess) {
  std::vector<double> weights(names.size(), 0);
  weights[0] = guess.constant;
  weights[static_cast<size_t>(std::find(names.begin(), names.end(), guess.term) - names.begin())] = guess.weight;
  return weights;
}

}  // namespace

std::span<const std::string_view> RepeatTermNames() { return kRepeatNames; }
std::span<const std::string_view> NovelTermNames() { return kNovelNames; }

double RankerWeights::Repeat(const RepeatCandidate& candidate) const { return Probability(candidate.terms, repeat); }
double RankerWeights::Novel(const NovelCandidate& candidate) const { return Probability(candidate.terms, novel); }

RankerWeights FitRanker(const PurchaseHistory& history, const RankerOptions& options) {
  PurchaseHistory::Split split = history.HoldOutLast(kLeastBasketsToLearnFrom, PurchaseHistory::Others::kKeep);
  const Signals signals(split.history, options);
  CandidateMaker maker(split.history, signals);
  LogisticRows repeat, novel;
  repeat.terms = kRepeatTerms;
  novel.terms = kNovelTerms;
  // By day: what sells on a day is looked up once.
  std::stable_sort(split.targets.begin(), split.targets.end(), [](const auto& a, const auto& b) { return a.day < b.day; });
  const size_t stride = 1 + (std::max<size_t>(1, split.targets.size()) - 1) / static_cast<size_t>(std::max(1, options.most_fit_customers));
  for (size_t t = 0; t < split.targets.size(); t += stride) {
    const PurchaseHistory::Split::Target& target = split.targets[t];
    const auto hit = [&](int32_t sku) { return std::binary_search(target.skus.begin(), target.skus.end(), sku); };
    maker.Make(target.customer, target.day);
    for (const RepeatCandidate& candidate : maker.repeats()) repeat.Add(candidate.terms, hit(candidate.item->sku));
    for (const NovelCandidate& candidate : maker.novel()) novel.Add(candidate.terms, hit(candidate.sku));
  }
  RankerWeights weights;
  weights.repeat = repeat.hits.empty() ? Untaught(RepeatTermNames(), {"share of baskets", 2, -1.5}) : FitLogistic(repeat, options.ridge);
  weights.novel = novel.hits.empty() ? Untaught(NovelTermNames(), {"recent baskets", 0.3, -5}) : FitLogistic(novel, options.ridge);
  return weights;
}

}  // namespace rung::recommend
