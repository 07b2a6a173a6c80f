#include <algorithm>
#include <cmath>

#include "libs/recommend/policy.h"

namespace rung::recommend {
namespace {

bool Lists(const std::vector<std::string>& all, const std::string& one) {
  return all.empty() || std::find(all.begin(), all.end(), one) != all.end();
}

bool Better(const ListItem& a, const ListItem& b) { return a.score != b.score ? a.score > b.score : a.candidate.sku < b.candidate.sku; }

// splitmix64: the same draw for the same customer, day and SKU on every machine.
uint64_t Draw(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::vector<bool> CategoriesOf(const RecommendModel& model, const std::vector<std::string>& names) {
  std::vector<bool> categories;
  if (names.empty()) return categories;
  for (int32_t sku = 0; sku < model.skus(); ++sku) {
    const auto number = static_cast<size_t>(model.category_number(sku));
    if (number >= categories.size()) categories.resize(number + 1, false);
    categories[number] = categories[number] || std::find(names.begin(), names.end(), model.category(sku)) != names.end();
  }
  return categories;
}

bool In(const std::vector<bool>& categories, int32_t number) {
  return static_cast<size_t>(number) < categories.size() && categories[static_cast<size_t>(number)];
}

// Which SKUs this thread has met in this list: no set has to be built and emptied each time.
class Met {
 public:
  explicit Met(int32_t skus) {
    if (stamps_.size() < static_cast<size_t>(skus)) stamps_.resize(static_cast<size_t>(skus), 0);
    if (++stamp_ == 0) {
      std::fill(stamps_.begin(), stamps_.end(), 0);
      stamp_ = 1;
    }
  }
  bool Insert(int32_t sku) { return std::exchange(stamps_[static_cast<size_t>(sku)], stamp_) != stamp_; }

 private:
  static thread_local std::vector<uint32_t> stamps_;
  static thread_local uint32_t stamp_;
};
thread_local std::vector<uint32_t> Met::stamps_;
thread_local uint32_t Met::stamp_ = 0;

}  // namespace

// A list in the making.
struct CompiledPolicy::Draft {
  const RecommendModel& model;
  size_t count;
  int32_t most_per_category;
  std::vector<ListItem> items;
  std::vector<bool> taken;                            // by place in the ranking
  std::vector<std::pair<int32_t, int32_t>> categories;  // number, items

  bool full() const { return items.size() >= count; }
  bool Take(const std::vector<ListItem>& ranked, size_t place, const std::string& slot, bool exploration) {
    const int32_t category = model.category_number(ranked[place].candidate.sku);
    if (most_per_category > 0 && !model.category(ranked[place].candidate.sku).empty()) {
      auto entry = std::find_if(categories.begin(), categories.end(), [&](const auto& c) { return c.first == category; });
      if (entry == categories.end()) entry = categories.insert(categories.end(), {category, 0});
      if (entry->second >= most_per_category) return false;
      ++entry->second;
    }
    taken[place] = true;
    ListItem& item = items.emplace_back(ranked[place]);
    item.slot = slot;
    item.exploration = exploration;
    return true;
  }
};

CompiledPolicy::CompiledPolicy(const RecommendModel& model, const Policy& policy, const Unavailable& unavailable)
    : model_(model), policy_(policy), sellable_(static_cast<size_t>(model.skus()), true) {
  for (const std::string& code : unavailable) {
    if (const int32_t sku = model.FindSku(code); sku >= 0) sellable_[static_cast<size_t>(sku)] = false;
  }
  allowed_ = sellable_;
  for (const std::string& code : policy.excluded_skus) {
    if (const int32_t sku = model.FindSku(code); sku >= 0) allowed_[static_cast<size_t>(sku)] = false;
  }
  const std::vector<bool> excluded = CategoriesOf(model, policy.excluded_categories);
  for (int32_t sku = 0; sku < model.skus(); ++sku) {
    if (In(excluded, model.category_number(sku))) allowed_[static_cast<size_t>(sku)] = false;
  }
  for (const Audience& audience : policy.audiences) {
    CompiledAudience& compiled = audiences_.emplace_back();
    compiled.factors.assign(static_cast<size_t>(model.skus()), 1);
    for (const Boost& boost : audience.boosts) {
      const float factor = static_cast<float>(boost.factor_permille) / 1000;
      const std::vector<bool> categories = CategoriesOf(model, boost.categories);
      for (int32_t sku = 0; sku < model.skus(); ++sku) {
        const bool named = std::find(boost.skus.begin(), boost.skus.end(), model.code(sku)) != boost.skus.end();
        if (named || In(categories, model.category_number(sku))) compiled.factors[static_cast<size_t>(sku)] *= factor;
      }
    }
    for (int32_t sku = 0; sku < model.skus(); ++sku) {
      const float margin = std::max(0.0F, model.margin_rate(sku));
      compiled.factors[static_cast<size_t>(sku)] *= 1 + static_cast<float>(audience.margin_weight_permille) / 1000 * margin;
    }
    for (const Slot& slot : audience.slots) {
      compiled.slots.push_back({slot.name, slot.count, slot.source, CategoriesOf(model, slot.categories)});
      // Categories that this model doesn't have: no SKU fits, which isn't the same as any.
      if (!slot.categories.empty() && compiled.slots.back().categories.empty()) compiled.slots.back().categories = {false};
    }
  }
}

size_t CompiledPolicy::AudienceOf(const Listener& listener, const RecommendModel::Customer& customer, Day today) const {
  const std::string region = listener.region.empty() ? model_.GroupName(customer.region) : listener.region;
  const std::string segment = listener.segment.empty() ? model_.GroupName(customer.segment) : listener.segment;
  for (size_t i = 0; i + 1 < policy_.audiences.size(); ++i) {
    const AudienceCondition& when = policy_.audiences[i].when;
    if (!Lists(when.tier_codes, listener.tier_code) || !Lists(when.regions, region) || !Lists(when.segments, segment)) continue;
    if (when.most_purchase_days && customer.baskets > *when.most_purchase_days) continue;
    if (when.least_overdue_permille) {
      const float silent = static_cast<float>(today - customer.last_day);
      if (customer.median_gap_days <= 0 || silent * 1000 < customer.median_gap_days * static_cast<float>(*when.least_overdue_permille)) continue;
    }
    return i;
  }
  return policy_.audiences.size() - 1;
}

std::vector<ListItem> CompiledPolicy::Candidates(const RecommendModel::Customer& customer, const CompiledAudience& audience,
                                                 const ListRequest& request, std::vector<float>& sellable) const {
  std::vector<Candidate> candidates;
  candidates.reserve(RecommendModel::kMostRepeats + RecommendModel::kMostNovel + 2 * RecommendModel::kMostPopular);
  model_.AddPersonal(customer, request.today, candidates);
  model_.AddNewArrivals(candidates);
  const Audience& rules = policy_.audiences[static_cast<size_t>(&audience - audiences_.data())];
  model_.AddPopular(customer, request.customer.tier_code, rules.popular_by.empty() ? std::span<const GroupKind>(kPopularBy) : rules.popular_by, candidates);
  Met met(model_.skus());
  std::vector<ListItem> ranked;
  ranked.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    const auto sku = static_cast<size_t>(candidate.sku);
    if (!sellable_[sku] || !met.Insert(candidate.sku)) continue;
    sellable.push_back(candidate.relevance);
    if (!allowed_[sku]) continue;
    ListItem& item = ranked.emplace_back();
    item.candidate = candidate;
    item.score = candidate.relevance * audience.factors[sku];
  }
  // Only slots, limits and chance look beyond the first places.
  const bool plain = rules.slots.empty() && rules.most_per_category == 0 && rules.exploration_permille == 0;
  if (plain && ranked.size() > static_cast<size_t>(kMostItems)) {
    std::partial_sort(ranked.begin(), ranked.begin() + std::clamp(request.count, 1, kMostItems), ranked.end(), Better);
  } else {
    std::sort(ranked.begin(), ranked.end(), Better);
  }
  return ranked;
}

void CompiledPolicy::FillSlots(const CompiledAudience& audience, const std::vector<ListItem>& ranked, Draft& draft) const {
  for (const CompiledSlot& slot : audience.slots) {
    int32_t left = slot.count;
    for (size_t place = 0; place < ranked.size() && left > 0 && !draft.full(); ++place) {
      const Candidate& candidate = ranked[place].candidate;
      if (draft.taken[place] || (slot.source && candidate.source != *slot.source)) continue;
      if (!slot.categories.empty() && !In(slot.categories, model_.category_number(candidate.sku))) continue;
      left -= draft.Take(ranked, place, slot.name, false);
    }
  }
}

void CompiledPolicy::Explore(const ListRequest& request, const std::vector<ListItem>& ranked, Draft& draft) const {
  const size_t audience = AudienceOf(request.customer, model_.Find(request.customer.id), request.today);
  auto left = static_cast<int64_t>(draft.count) * policy_.audiences[audience].exploration_permille / 1000;
  std::vector<std::pair<uint64_t, size_t>> drawn;
  for (size_t place = 0; place < ranked.size(); ++place) {
    if (draft.taken[place] || ranked[place].candidate.source == Source::kBuyAgain) continue;
    const auto seed = static_cast<uint64_t>(request.customer.id.number) ^ Draw(static_cast<uint64_t>(request.today));
    drawn.emplace_back(Draw(seed + static_cast<uint64_t>(ranked[place].candidate.sku)), place);
  }
  std::sort(drawn.begin(), drawn.end());
  for (size_t i = 0; i < drawn.size() && left > 0 && !draft.full(); ++i) left -= draft.Take(ranked, drawn[i].second, "", true);
}

List CompiledPolicy::MakeList(const ListRequest& request) const {
  const RecommendModel::Customer customer = model_.Find(request.customer.id);
  const size_t number = AudienceOf(request.customer, customer, request.today);
  const Audience& audience = policy_.audiences[number];
  List list;
  list.audience = audience.name;
  list.coupon_program = audience.coupon_program;
  list.fallback = model_.skus() == 0 ? Fallback::kNoModel : customer.row < 0 ? Fallback::kUnknownCustomer : Fallback::kNone;
  std::vector<float> sellable;
  const std::vector<ListItem> ranked = Candidates(customer, audiences_[number], request, sellable);
  Draft draft{model_, static_cast<size_t>(std::clamp(request.count, 1, kMostItems)), audience.most_per_category, {},
              std::vector<bool>(ranked.size(), false), {}};
  FillSlots(audiences_[number], ranked, draft);
  if (audience.exploration_permille > 0) Explore(request, ranked, draft);
  for (size_t place = 0; place < ranked.size() && !draft.full(); ++place) {
    if (!draft.taken[place]) draft.Take(ranked, place, "", false);
  }
  list.items = std::move(draft.items);
  std::sort(list.items.begin(), list.items.end(), Better);
  if (list.items.empty() && list.fallback != Fallback::kNoModel) list.fallback = Fallback::kNothingAllowed;
  for (const ListItem& item : list.items) list.expected_hits += item.candidate.relevance;
  const auto best = static_cast<std::ptrdiff_t>(std::min(draft.count, sellable.size()));
  std::partial_sort(sellable.begin(), sellable.begin() + best, sellable.end(), std::greater<>());
  for (std::ptrdiff_t i = 0; i < best; ++i) list.expected_hits_by_relevance += sellable[static_cast<size_t>(i)];
  return list;
}

}  // namespace rung::recommend
