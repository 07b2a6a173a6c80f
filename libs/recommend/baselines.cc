#include "libs/recommend/baselines.h"

#include <algorithm>
#include <cmath>

#include "libs/recommend/policy.h"

namespace rung::recommend {
namespace {

struct Scored {
  double score = 0;
  int32_t sku = 0;
  double then = 0;     // decides between equal scores,
  double at_last = 0;  // and this between equal ones of those
};

bool Better(const Scored& a, const Scored& b) {
  if (a.score != b.score) return a.score > b.score;
  if (a.then != b.then) return a.then > b.then;
  return a.at_last != b.at_last ? a.at_last > b.at_last : a.sku < b.sku;
}

bool Within(Scope scope, bool bought) { return scope == Scope::kAll || bought == (scope == Scope::kRepeats); }

std::vector<int32_t> Best(std::vector<Scored> scored, size_t k) {
  const auto kept = static_cast<std::ptrdiff_t>(std::min(k, scored.size()));
  std::partial_sort(scored.begin(), scored.begin() + kept, scored.end(), Better);
  std::vector<int32_t> best;
  for (std::ptrdiff_t i = 0; i < kept; ++i) best.push_back(scored[static_cast<size_t>(i)].sku);
  return best;
}

class Popular final : public Recommender {
 public:
  explicit Popular(const PurchaseHistory& history) : history_(history), counts_(static_cast<size_t>(history.skus()), 0) {
    for (int64_t b = 0; b < history.baskets(); ++b) {
      for (const int32_t sku : history.basket(b).skus) counts_[static_cast<size_t>(sku)] += 1;
    }
    std::vector<Scored> scored;
    for (int32_t sku = 0; sku < history.skus(); ++sku) {
      if (counts_[static_cast<size_t>(sku)] > 0) scored.push_back({.score = counts_[static_cast<size_t>(sku)], .sku = sku});
    }
    ordered_ = Best(scored, scored.size());
  }
  std::string name() const override { return "popular"; }
  double count(int32_t sku) const { return counts_[static_cast<size_t>(sku)]; }
  std::vector<int32_t> Top(int32_t customer, Day, Scope scope, size_t k) override {
    const PersonalHistory personal = Collect(history_, customer);
    std::vector<int32_t> top;
    for (size_t i = 0; i < ordered_.size() && top.size() < k; ++i) {
      if (Within(scope, personal.Find(ordered_[i]) != nullptr)) top.push_back(ordered_[i]);
    }
    return top;
  }

 private:
  const PurchaseHistory& history_;
  std::vector<double> counts_;
  std::vector<int32_t> ordered_;
};

class PersonalTop final : public Recommender {
 public:
  PersonalTop(const PurchaseHistory& history, double decay) : history_(history), decay_(decay), popular_(history) {}
  std::string name() const override { return decay_ == 1 ? "personal-top" : "personal-decay"; }
  std::vector<int32_t> Top(int32_t customer, Day today, Scope scope, size_t k) override {
    if (scope == Scope::kNew) return popular_.Top(customer, today, scope, k);
    const PersonalHistory personal = Collect(history_, customer);
    std::vector<Scored> scored;
    for (const PersonalItem& item : personal.items) scored.push_back({decay_ == 1 ? item.baskets : item.decayed, item.sku, static_cast<double>(item.last_day), popular_.count(item.sku)});
    std::vector<int32_t> top = Best(std::move(scored), k);
    if (scope == Scope::kAll && top.size() < k) {
      const auto more = popular_.Top(customer, today, Scope::kNew, k - top.size());
      top.insert(top.end(), more.begin(), more.end());
    }
    return top;
  }

 private:
  const PurchaseHistory& history_;
  double decay_;
  Popular popular_;
};

class ItemKnn final : public Recommender {
 public:
  ItemKnn(const PurchaseHistory& history, size_t neighbours, int threads)
      : history_(history),
        neighbours_(Neighbours::Build(ItemGroups(history, Together::kWithCustomer, static_cast<size_t>(history.skus())),
                                      {.most = neighbours, .shrinkage = 0, .least_common = 1, .threads = threads})
                        .Reversed()),
        scores_(static_cast<size_t>(history.skus()), 0) {}
  std::string name() const override { return "item-knn"; }
  std::vector<int32_t> Top(int32_t customer, Day, Scope scope, size_t k) override {
    const PersonalHistory personal = Collect(history_, customer);
    std::vector<int32_t> touched;
    for (const PersonalItem& item : personal.items) {
      for (const Neighbour& neighbour : neighbours_.of(item.sku)) {
        double& score = scores_[static_cast<size_t>(neighbour.sku)];
        if (score == 0) touched.push_back(neighbour.sku);
        score += neighbour.similarity;
      }
    }
    std::vector<Scored> scored;
    for (const int32_t sku : touched) {
      const double score = std::exchange(scores_[static_cast<size_t>(sku)], 0.0);
      if (Within(scope, personal.Find(sku) != nullptr)) scored.push_back({.score = score, .sku = sku});
    }
    return Best(std::move(scored), k);
  }

 private:
  const PurchaseHistory& history_;
  Neighbours neighbours_;
  std::vector<double> scores_;
};

class Ranked final : public Recommender {
 public:
  Ranked(const PurchaseHistory& history, const Signals& signals, const RankerWeights& weights)
      : maker_(history, signals), weights_(weights) {}
  std::string name() const override { return "rung"; }
  std::vector<int32_t> Top(int32_t customer, Day today, Scope scope, size_t k) override {
    if (customer != customer_ || today != today_) maker_.Make(customer, today);
    customer_ = customer;
    today_ = today;
    std::vector<Scored> scored;
    if (scope != Scope::kNew) {
      for (const RepeatCandidate& candidate : maker_.repeats()) scored.push_back({.score = weights_.Repeat(candidate), .sku = candidate.item->sku});
    }
    if (scope != Scope::kRepeats) {
      for (const NovelCandidate& candidate : maker_.novel()) scored.push_back({.score = weights_.Novel(candidate), .sku = candidate.sku});
    }
    return Best(std::move(scored), k);
  }

 private:
  CandidateMaker maker_;
  const RankerWeights& weights_;
  int32_t customer_ = -1;
  Day today_ = 0;
};

class Served final : public Recommender {
 public:
  Served(const Training& training, const RankerOptions& options)
      : training_(training), model_(RecommendModel::Train(training, options)), lists_(model_, DefaultPolicy(), {}) {}

  std::string name() const override { return "rung-served"; }
  std::vector<int32_t> Top(int32_t customer, Day today, Scope scope, size_t k) override {
    ListRequest request;
    request.customer.id = training_.customers[static_cast<size_t>(customer)].id;
    request.today = today;
    request.count = scope == Scope::kAll ? static_cast<int32_t>(k) : kMostItems;
    const PersonalHistory personal = Collect(training_.base.history, customer);
    std::vector<int32_t> top;
    for (const ListItem& item : lists_.MakeList(request).items) {
      if (top.size() < k && Within(scope, personal.Find(item.candidate.sku) != nullptr)) top.push_back(item.candidate.sku);
    }
    return top;
  }

 private:
  const Training& training_;
  const RecommendModel model_;
  const CompiledPolicy lists_;
};

}  // namespace

std::unique_ptr<Recommender> MakePopular(const PurchaseHistory& history) { return std::make_unique<Popular>(history); }

std::unique_ptr<Recommender> MakePersonalTop(const PurchaseHistory& history, double decay) {
  return std::make_unique<PersonalTop>(history, decay);
}

std::unique_ptr<Recommender> MakeItemKnn(const PurchaseHistory& history, size_t neighbours, int threads) {
  return std::make_unique<ItemKnn>(history, neighbours, threads);
}

std::unique_ptr<Recommender> MakeRanked(const PurchaseHistory& history, const Signals& signals, const RankerWeights& weights) {
  return std::make_unique<Ranked>(history, signals, weights);
}

std::unique_ptr<Recommender> MakeServed(const Training& training, const RankerOptions& options) {
  return std::make_unique<Served>(training, options);
}

}  // namespace rung::recommend
