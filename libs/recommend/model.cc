#include "libs/recommend/model.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <numeric>
#include <set>
#include <thread>

#include "libs/recommend/logistic.h"

namespace rung::recommend {
namespace {

constexpr size_t kBlock = 1024;  // customers that a thread takes at once
constexpr uint32_t kRowsALine = 4;  // novel rows in 64 bytes

// A group's share of baskets is joined by as many baskets with everybody's share: one order says little of a whole segment.
constexpr double kPopularPriorBaskets = 20;

template <typename Row, typename Score>
void KeepBest(std::vector<Row>& rows, size_t most, Score score) {
  const auto better = [&](const Row& a, const Row& b) { return score(a) != score(b) ? score(a) > score(b) : a.sku < b.sku; };
  if (rows.size() > most) {
    std::nth_element(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(most), rows.end(), better);
    rows.resize(most);
  }
  std::sort(rows.begin(), rows.end(), better);
}

}  // namespace

int32_t Candidate::OverdueDays() const { return days_since - static_cast<int32_t>(std::lround(gap_days)); }

void RecommendModel::TakeCatalogue(const std::vector<CatalogueEntry>& catalogue) {
  std::set<std::string> categories = {""};
  for (const CatalogueEntry& entry : catalogue) categories.insert(entry.category);
  categories_.assign(categories.begin(), categories.end());
  for (const CatalogueEntry& entry : catalogue) {
    codes_.push_back(entry.sku);
    category_of_.push_back(static_cast<int32_t>(std::lower_bound(categories_.begin(), categories_.end(), entry.category) - categories_.begin()));
    margin_rates_.push_back(static_cast<float>(entry.MarginRate()));
  }
}

// Lists of the baskets of the last popular_days in which anything was sold, of everybody and of each region, segment and tier that
// bought something in them.
void RecommendModel::TakePopular(const Training& training, const Signals& signals, const RankerOptions& options) {
  const PurchaseHistory& history = training.base.history;
  const Day today = std::min(training.as_of, history.last_day()) + 1;
  std::map<std::pair<GroupKind, std::string>, std::vector<int32_t>> members;
  for (int32_t c = 0; c < history.customers(); ++c) {
    const TrainedCustomer& customer = training.customers[static_cast<size_t>(c)];
    members[{GroupKind::kEverybody, ""}].push_back(c);
    if (!customer.region.empty()) members[{GroupKind::kRegion, customer.region}].push_back(c);
    if (!customer.segment.empty()) members[{GroupKind::kSegment, customer.segment}].push_back(c);
    if (!customer.tier.empty()) members[{GroupKind::kTier, customer.tier}].push_back(c);
  }
  members[{GroupKind::kEverybody, ""}];
  std::vector<double> everybody(codes_.size(), 0);  // shares
  for (const auto& [group, customers] : members) {  // everybody comes first
    std::vector<int32_t> counts(codes_.size(), 0);
    int64_t baskets = 0;
    for (const int32_t c : customers) {
      for (int64_t b = history.end_basket(c); b-- > history.first_basket(c);) {
        const Basket basket = history.basket(b);
        if (basket.day < today - options.popular_days) break;
        ++baskets;
        for (const int32_t sku : basket.skus) ++counts[static_cast<size_t>(sku)];
      }
    }
    PopularList& list = lists_.emplace_back();
    list.kind = group.first;
    list.name = group.second;
    for (size_t sku = 0; sku < counts.size(); ++sku) {
      if (counts[sku] == 0) continue;
      const double share = (counts[sku] + kPopularPriorBaskets * everybody[sku]) / (static_cast<double>(baskets) + kPopularPriorBaskets);
      list.rows.push_back({static_cast<int32_t>(sku), static_cast<float>(share)});
    }
    if (group.first == GroupKind::kEverybody) {
      for (const PopularRow& row : list.rows) everybody[static_cast<size_t>(row.sku)] = row.share;
      TakeArrivals(list.rows, training, signals, today, options.new_arrival_days);
    }
    KeepBest(list.rows, kMostPopular, [](const PopularRow& row) { return row.share; });
  }
}

// Also what isn't among the best sold yet: of a large catalogue hardly any launch is.
void RecommendModel::TakeArrivals(const std::vector<PopularRow>& sold, const Training& training, const Signals& signals, Day today, int32_t days) {
  for (const PopularRow& row : sold) {
    const int32_t age = signals.items.Age(row.sku, today);
    const Day listed = training.base.catalogue[static_cast<size_t>(row.sku)].listed_day;
    if (age >= 0 && age <= days && (listed == 0 || today - listed <= days)) arrivals_.push_back(row);
  }
  // Of a young base everything is new: that says nothing.
  if (arrivals_.size() * 2 > sold.size()) arrivals_.clear();
  KeepBest(arrivals_, kMostPopular, [](const PopularRow& row) { return row.share; });
}

// One customer's rows.
struct RecommendModel::Made {
  CustomerRow row;
  std::vector<RepeatRow> repeats;
  std::vector<NovelRow> novel;
};

void RecommendModel::Make(CandidateMaker& maker, const RankerWeights& weights, const TrainedCustomer& customer, Made& made) const {
  made.repeats.clear();
  made.novel.clear();
  made.row = {maker.personal().baskets, maker.personal().last_day, static_cast<float>(maker.personal().median_gap_days),
              ListOf(GroupKind::kRegion, customer.region), ListOf(GroupKind::kSegment, customer.segment)};
  for (const RepeatCandidate& candidate : maker.repeats()) {
    // Terms 1 to kTimingTerms move with time.
    const auto& terms = candidate.terms;
    const double all = std::inner_product(terms.begin(), terms.end(), weights.repeat.begin(), 0.0);
    const double timing = std::inner_product(terms.begin() + 1, terms.begin() + 1 + kTimingTerms, weights.repeat.begin() + 1, 0.0);
    made.repeats.push_back({candidate.item->sku, static_cast<float>(all - timing), static_cast<float>(candidate.timing.expected_gap_days),
                            candidate.item->last_day, candidate.item->usual_quantity_milli, candidate.item->weekday});
  }
  // By what stands still: what isn't due today may be tomorrow.
  KeepBest(made.repeats, kMostRepeats, [](const RepeatRow& row) { return row.still; });
  for (const NovelCandidate& candidate : maker.novel()) {
    made.novel.push_back({candidate.sku, static_cast<float>(weights.Novel(candidate)), candidate.because, candidate.new_arrival ? 1 : 0});
  }
  KeepBest(made.novel, kMostNovel, [](const NovelRow& row) { return row.relevance; });
}

void RecommendModel::Append(const Made& made, const CustomerFingerprint& id) {
  rows_.push_back(made.row);
  repeats_.insert(repeats_.end(), made.repeats.begin(), made.repeats.end());
  novel_.insert(novel_.end(), made.novel.begin(), made.novel.end());
  first_repeat_.push_back(static_cast<uint32_t>(repeats_.size()));
  first_novel_.push_back(static_cast<uint32_t>(novel_.size()));
  numbers_.push_back(static_cast<int64_t>(id.number));
  checks_.push_back(id.check);
}

// Rounds of one block per thread: each thread's customers are appended in their order.
void RecommendModel::TakeCustomers(const Training& training, const Signals& signals, const RankerWeights& weights, int threads) {
  const PurchaseHistory& history = training.base.history;
  const auto customer = [&](int32_t c) -> const TrainedCustomer& { return training.customers[static_cast<size_t>(c)]; };
  std::vector<int32_t> order;
  for (int32_t c = 0; c < history.customers(); ++c) {
    if (history.basket_count(c) > 0) order.push_back(c);
  }
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return customer(a).id.number < customer(b).id.number; });
  // The most that there can be; pages that nothing is written to aren't taken.
  repeats_.reserve(std::min(order.size() * kMostRepeats, static_cast<size_t>(history.lines())));
  novel_.reserve(order.size() * kMostNovel);
  std::vector<CandidateMaker> makers;
  for (int t = 0; t < std::max(1, threads); ++t) makers.emplace_back(history, signals);
  const size_t round = kBlock * makers.size();
  std::vector<Made> made(std::min(round, order.size()));  // a round's, whose memory serves the next one
  for (size_t from = 0; from < order.size(); from += round) {
    std::vector<std::thread> running;
    for (size_t t = 0; t < makers.size(); ++t) {
      const size_t begin = std::min(order.size(), from + kBlock * t), end = std::min(order.size(), begin + kBlock);
      running.emplace_back([&, t, begin, end] {
        for (size_t i = begin; i < end; ++i) {
          makers[t].Make(order[i], training.as_of + 1);
          Make(makers[t], weights, customer(order[i]), made[i - from]);
        }
      });
    }
    for (std::thread& thread : running) thread.join();
    for (size_t i = from; i < std::min(order.size(), from + round); ++i) Append(made[i - from], customer(order[i]).id);
  }
}

RecommendModel RecommendModel::Train(const Training& training, const RankerOptions& options) {
  const PurchaseHistory& history = training.base.history;
  RecommendModel model;
  model.as_of_ = training.as_of;
  model.lines_ = history.lines();
  model.baskets_ = history.baskets();
  model.TakeCatalogue(training.base.catalogue);
  // Each has parts that only one thread works on: side by side, with half of the threads each.
  RankerOptions for_fit = options, for_base = options;
  for_fit.threads = std::max(1, options.threads / 2);
  for_base.threads = std::max(1, options.threads - for_fit.threads);
  auto fit = std::async(options.threads > 1 ? std::launch::async : std::launch::deferred, [&] { return FitRanker(history, for_fit); });
  const Signals signals(history, for_base);
  const RankerWeights weights = fit.get();
  std::copy_n(weights.repeat.begin() + 1, kTimingTerms, model.timing_weights_.begin());
  model.TakePopular(training, signals, options);
  model.TakeCustomers(training, signals, weights, options.threads);
  model.TakeBaseGap();
  return model;
}

void RecommendModel::TakeBaseGap() {
  std::vector<float> gaps;
  for (const CustomerRow& row : rows_) {
    if (row.median_gap_days > 0) gaps.push_back(row.median_gap_days);
  }
  if (gaps.empty()) return;
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  base_gap_days_ = *middle;
}

RecommendModel::Customer RecommendModel::Find(const CustomerFingerprint& id) const {
  const auto number = static_cast<int64_t>(id.number);
  const auto found = std::lower_bound(numbers_.begin(), numbers_.end(), number);
  if (found == numbers_.end() || *found != number) return {};
  const auto at = static_cast<size_t>(found - numbers_.begin());
  if (checks_[at] != id.check) return {};
  const CustomerRow& row = rows_[at];
  return {static_cast<int32_t>(at), row.baskets, row.last_day, row.median_gap_days, row.region, row.segment};
}

void RecommendModel::AddPersonal(const Customer& customer, Day today, std::vector<Candidate>& out) const {
  if (customer.row < 0) return;
  const auto at = static_cast<size_t>(customer.row);
  // Not in any cache: what comes second is fetched while the first is worked on.
  for (uint32_t i = first_novel_[at]; i < first_novel_[at + 1]; i += kRowsALine) __builtin_prefetch(&novel_[i]);
  for (uint32_t i = first_repeat_[at]; i < first_repeat_[at + 1]; ++i) {
    const RepeatRow& row = repeats_[i];
    const int32_t days_since = std::max(0, today - row.last_day);
    const auto timing = TimingTerms({static_cast<double>(days_since), row.gap_days});
    const double logit = std::inner_product(timing.begin(), timing.end(), timing_weights_.begin(), static_cast<double>(row.still));
    Candidate& candidate = out.emplace_back();
    candidate = {row.sku, static_cast<float>(Sigmoid(logit)), Source::kBuyAgain, days_since, row.gap_days, static_cast<int8_t>(row.weekday),
                 row.usual_quantity_milli, -1, GroupKind::kEverybody};
  }
  for (uint32_t i = first_novel_[at]; i < first_novel_[at + 1]; ++i) {
    const NovelRow& row = novel_[i];
    Candidate& candidate = out.emplace_back();
    candidate.sku = row.sku;
    candidate.relevance = row.relevance;
    candidate.because = row.because;
    candidate.source = row.because >= 0 ? Source::kBoughtTogether : row.new_arrival != 0 ? Source::kNewArrival : Source::kPopular;
  }
}

const RecommendModel::PopularList* RecommendModel::Popular(const Customer& customer, const std::string& tier,
                                                           std::span<const GroupKind> groups) const {
  if (lists_.empty()) return nullptr;
  for (const GroupKind group : groups) {
    const int32_t list = group == GroupKind::kSegment ? customer.segment : group == GroupKind::kRegion ? customer.region : ListOf(GroupKind::kTier, tier);
    if (list >= 0 && !lists_[static_cast<size_t>(list)].rows.empty()) return &lists_[static_cast<size_t>(list)];
  }
  return &lists_.front();
}

bool RecommendModel::KnowsCategory(const std::string& name) const { return std::binary_search(categories_.begin(), categories_.end(), name); }

int32_t RecommendModel::FindSku(std::string_view code) const {
  const auto found = std::lower_bound(codes_.begin(), codes_.end(), code);
  return found != codes_.end() && *found == code ? static_cast<int32_t>(found - codes_.begin()) : -1;
}

int32_t RecommendModel::ListOf(GroupKind kind, const std::string& name) const {
  if (name.empty()) return -1;
  for (size_t i = 0; i < lists_.size(); ++i) {
    if (lists_[i].kind == kind && lists_[i].name == name) return static_cast<int32_t>(i);
  }
  return -1;
}

}  // namespace rung::recommend
