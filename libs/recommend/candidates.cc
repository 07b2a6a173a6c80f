#include <algorithm>
#include <cmath>

#include "libs/recommend/ranker.h"

namespace rung::recommend {
namespace {

constexpr double kGapPrior = 1;             // gaps' worth of the customer's own rhythm in a SKU's cadence
constexpr double kLateMost = 3;             // of ln(days since / expected gap), either way
constexpr size_t kMostSupportingItems = 300;  // the newest; bounds the work for a buyer of everything
constexpr int32_t kRecentBaskets = 3;

double Log1(double x) { return std::log1p(x); }

// The expected gap between two baskets with the SKU: its own gaps, joined by one that the customer's rhythm and the share of
// baskets that hold it lead to.
double ExpectedGap(const PersonalItem& item, const PersonalHistory& personal, double base_gap) {
  const double own_gap = personal.median_gap_days > 0 ? personal.median_gap_days : base_gap;
  const double share = (item.baskets + 0.5) / (personal.baskets + 1.0);
  const double prior = std::max(1.0, own_gap) / share;
  return std::max(1.0, (item.last_day - item.first_day + kGapPrior * prior) / (item.baskets - 1 + kGapPrior));
}

}  // namespace

std::array<double, kTimingTerms> TimingTerms(const RepeatTiming& timing) {
  const double late = std::clamp(std::log(std::max(timing.days_since, 0.5) / timing.expected_gap_days), -kLateMost, kLateMost);
  return {Log1(timing.days_since), late, late * late, std::max(late, 0.0)};
}

Signals::Signals(const PurchaseHistory& history, const RankerOptions& with)
    : options(with),
      items(history),
      with_customer(Neighbours::Build(ItemGroups(history, Together::kWithCustomer, with.most_group_items),
                                      {.most = with.neighbours, .shrinkage = 0, .least_common = 2, .threads = with.threads})
                        .Reversed()),
      in_basket(Neighbours::Build(ItemGroups(history, Together::kInBasket, with.most_group_items),
                                  {.most = with.neighbours, .shrinkage = with.basket_shrinkage, .least_common = 2,
                                   .threads = with.threads})) {
  std::vector<Day> gaps;
  for (int32_t customer = 0; customer < history.customers(); ++customer) {
    const int64_t first = history.first_basket(customer), end = history.end_basket(customer);
    if (end - first >= 2) gaps.push_back(static_cast<Day>((history.basket(end - 1).day - history.basket(first).day) / (end - first - 1)));
  }
  if (gaps.empty()) return;
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  median_gap_days = *middle;
}

CandidateMaker::CandidateMaker(const PurchaseHistory& history, const Signals& signals)
    : history_(history), signals_(signals), support_(static_cast<size_t>(history.skus())), sales_(static_cast<size_t>(history.skus())),
      bought_(static_cast<size_t>(history.skus()), 0) {}

void CandidateMaker::Make(int32_t customer, Day today) {
  personal_ = Collect(history_, customer);
  for (const PersonalItem& item : personal_.items) bought_[static_cast<size_t>(item.sku)] = 1;
  AddSupport();
  MakeRepeats(today);
  MakeNovel(today);
  for (const int32_t sku : supported_) support_[static_cast<size_t>(sku)] = {};
  supported_.clear();
  for (const PersonalItem& item : personal_.items) bought_[static_cast<size_t>(item.sku)] = 0;
}

void CandidateMaker::AddSupport() {
  std::vector<const PersonalItem*> newest;
  for (const PersonalItem& item : personal_.items) newest.push_back(&item);
  if (newest.size() > kMostSupportingItems) {
    std::nth_element(newest.begin(), newest.begin() + kMostSupportingItems, newest.end(), [](const auto* a, const auto* b) {
      return a->baskets_since != b->baskets_since ? a->baskets_since < b->baskets_since : a->sku < b->sku;
    });
    newest.resize(kMostSupportingItems);
    std::sort(newest.begin(), newest.end(), [](const auto* a, const auto* b) { return a->sku < b->sku; });
  }
  const auto at = [&](int32_t sku) -> Support& {
    Support& support = support_[static_cast<size_t>(sku)];
    if (support.with_customer == 0 && support.in_basket == 0) supported_.push_back(sku);
    return support;
  };
  for (size_t i = 0; i < newest.size(); ++i) {
    const PersonalItem* item = newest[i];
    if (i + 1 < newest.size()) {
      signals_.with_customer.Prefetch(newest[i + 1]->sku);
      signals_.in_basket.Prefetch(newest[i + 1]->sku);
    }
    const double recency = DecayAfter(item->baskets_since);
    for (const Neighbour& neighbour : signals_.with_customer.of(item->sku)) {
      Support& support = at(neighbour.sku);
      support.with_customer += neighbour.similarity;
      support.recent_with_customer += neighbour.similarity * recency;
    }
    for (const Neighbour& neighbour : signals_.in_basket.of(item->sku)) {
      Support& support = at(neighbour.sku);
      support.in_basket += neighbour.similarity;
      if (item->baskets_since < kRecentBaskets) support.last_basket += neighbour.similarity;
      if (neighbour.similarity > support.best) {
        support.best = neighbour.similarity;
        support.because = item->sku;
      }
    }
  }
}

void CandidateMaker::MakeRepeats(Day today) {
  repeats_.clear();
  const double baskets = personal_.baskets;
  const double basket_size = Log1(static_cast<double>(personal_.lines) / std::max(1.0, baskets));
  for (const PersonalItem& item : personal_.items) {
    RepeatCandidate& candidate = repeats_.emplace_back();
    candidate.item = &item;
    candidate.timing = {static_cast<double>(today - item.last_day), ExpectedGap(item, personal_, signals_.median_gap_days)};
    const auto timing = TimingTerms(candidate.timing);
    const Support& support = support_[static_cast<size_t>(item.sku)];
    const Sales& sales = SalesOf(item.sku, today);
    candidate.terms = {1,
                       timing[0],
                       timing[1],
                       timing[2],
                       timing[3],
                       Log1(item.baskets),
                       item.baskets / baskets,
                       std::sqrt(item.decayed),
                       std::log((item.baskets + 0.2) / (baskets - item.baskets + 1)),
                       Log1(item.baskets_since),
                       item.baskets == 1 ? 1.0 : 0.0,
                       sales.recent,
                       sales.month,
                       sales.log_repeat_odds,
                       basket_size,
                       Log1(baskets),
                       Log1(support.in_basket)};
  }
}

void CandidateMaker::MakeNovel(Day today) {
  novel_.clear();
  const RankerOptions& options = signals_.options;
  std::vector<int32_t> chosen;
  for (const int32_t sku : supported_) {
    if (bought_[static_cast<size_t>(sku)] == 0) chosen.push_back(sku);
  }
  const auto strength = [&](int32_t sku) {
    const Support& support = support_[static_cast<size_t>(sku)];
    return support.with_customer + support.in_basket;
  };
  if (chosen.size() > options.novel_candidates) {
    std::nth_element(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(options.novel_candidates), chosen.end(),
                     [&](int32_t a, int32_t b) { return strength(a) != strength(b) ? strength(a) > strength(b) : a < b; });
    chosen.resize(options.novel_candidates);
  }
  for (const int32_t sku : Popular(today)) {
    if (bought_[static_cast<size_t>(sku)] == 0) chosen.push_back(sku);
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());

  const double baskets = personal_.baskets;
  const double basket_size = Log1(static_cast<double>(personal_.lines) / std::max(1.0, baskets));
  const double novelty = Log1(static_cast<double>(personal_.first_time_lines) / std::max(1.0, baskets - 1));
  const double items = std::max<double>(1, static_cast<double>(personal_.items.size()));
  for (const int32_t sku : chosen) {
    const Support& support = support_[static_cast<size_t>(sku)];
    const Sales& sales = SalesOf(sku, today);
    NovelCandidate& candidate = novel_.emplace_back();
    candidate.sku = sku;
    candidate.because = support.because;
    candidate.new_arrival = sales.age >= 0 && sales.age <= options.new_arrival_days;
    candidate.terms = {1,
                       Log1(support.with_customer),
                       Log1(support.recent_with_customer),
                       Log1(support.in_basket),
                       Log1(support.last_basket),
                       support.with_customer / std::sqrt(items),
                       support.in_basket / std::sqrt(items),
                       support.best,
                       sales.recent,
                       sales.month,
                       sales.log_age,
                       candidate.new_arrival ? 1.0 : 0.0,
                       basket_size,
                       novelty,
                       Log1(items),
                       sales.log_baskets};
  }
}

const CandidateMaker::Sales& CandidateMaker::SalesOf(int32_t sku, Day today) {
  Sales& sales = sales_[static_cast<size_t>(sku)];
  if (sales.known && sales.day == today) return sales;
  const int32_t days = signals_.options.popular_days;
  const ItemFacts& items = signals_.items;
  const double rate = items.repeat_rate(sku);
  sales.day = today;
  sales.known = true;
  sales.age = items.Age(sku, today);
  sales.log_age = Log1(std::max(sales.age, 0));
  sales.recent = Log1(items.Recent(sku, today, days));
  sales.month = Log1(items.Recent(sku, today, days / 3));
  sales.log_baskets = Log1(items.baskets(sku));
  sales.log_repeat_odds = std::log(rate / (1 - rate));
  return sales;
}

const std::vector<int32_t>& CandidateMaker::Popular(Day today) {
  if (popular_.empty() || popular_day_ != today) {
    popular_ = signals_.items.Popular(today, signals_.options.popular_days, signals_.options.novel_candidates);
    popular_day_ = today;
  }
  return popular_;
}

}  // namespace rung::recommend
