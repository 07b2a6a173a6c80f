#include <algorithm>
#include <cmath>

#include "libs/recommend/policy.h"

namespace rung::recommend {
namespace {

template <typename T>
bool Lists(const std::vector<T>& all, const T& one) {
  return all.empty() || std::find(all.begin(), all.end(), one) != all.end();
}

bool HasAll(const std::vector<std::string>& wanted, const std::vector<std::string>& has) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& one) { return std::find(has.begin(), has.end(), one) != has.end(); });
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

// Promotions alone take no other places than those of their slots.
bool MayTake(const std::optional<Source>& wanted, Source source) { return wanted ? source == *wanted : source != Source::kPromotion; }

// Many boosts of one SKU stay within what a score of 32 bits tells apart.
float Boosted(float factor, float more) { return std::clamp(factor * more, 1e-15F, 1e15F); }

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

struct CompiledPolicy::Ranked {
  float score;
  int32_t sku;
  uint32_t candidate;  // its number
};

// A list in the making. One per thread: it keeps its memory from list to list.
struct CompiledPolicy::Draft {
  size_t count = 0;
  int32_t most_per_category = 0;
  std::vector<Candidate> candidates;
  std::vector<Ranked> ranked;
  std::vector<float> sellable;                          // relevance of all that may be sold, whatever the policy
  std::vector<bool> taken;                              // by place in the ranking
  std::vector<ListItem> items;
  std::vector<std::pair<int32_t, int32_t>> categories;  // number, items

  void Begin(size_t wanted, int32_t per_category) {
    count = wanted;
    most_per_category = per_category;
    candidates.clear();
    ranked.clear();
    sellable.clear();
    items.clear();
    categories.clear();
  }
  bool full() const { return items.size() >= count; }
  const Candidate& At(size_t place) const { return candidates[ranked[place].candidate]; }
  bool Take(const RecommendModel& model, size_t place, const std::string& slot, bool exploration, const Promotion* promotion = nullptr) {
    const Candidate& candidate = At(place);
    const int32_t category = model.category_number(candidate.sku);
    if (most_per_category > 0 && !model.category(candidate.sku).empty()) {
      auto entry = std::find_if(categories.begin(), categories.end(), [&](const auto& c) { return c.first == category; });
      if (entry == categories.end()) entry = categories.insert(categories.end(), {category, 0});
      if (entry->second >= most_per_category) return false;
      ++entry->second;
    }
    taken[place] = true;
    ListItem& item = items.emplace_back(ListItem{candidate, ranked[place].score, slot, exploration});
    if (promotion != nullptr) {
      item.promotion_id = promotion->id;
      item.promotion_until = promotion->until;
    }
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
        if (named || In(categories, model.category_number(sku))) compiled.factors[static_cast<size_t>(sku)] = Boosted(compiled.factors[static_cast<size_t>(sku)], factor);
      }
    }
    for (int32_t sku = 0; sku < model.skus(); ++sku) {
      const float margin = std::max(0.0F, model.margin_rate(sku));
      float& all = compiled.factors[static_cast<size_t>(sku)];
      all = Boosted(all, 1 + static_cast<float>(audience.margin_weight_permille) / 1000 * margin);
    }
    for (const Slot& slot : audience.slots) {
      compiled.slots.push_back({slot.name, slot.count, slot.source, CategoriesOf(model, slot.categories)});
      // Categories that this model doesn't have: no SKU fits, which isn't the same as any.
      if (!slot.categories.empty() && compiled.slots.back().categories.empty()) compiled.slots.back().categories = {false};
      compiled.promotes = compiled.promotes || slot.source == Source::kPromotion;
    }
  }
  for (const Promotion& promotion : policy.promotions) promotions_.push_back(Compile(promotion));
}

CompiledPolicy::CompiledPromotion CompiledPolicy::Compile(const Promotion& promotion) const {
  CompiledPromotion compiled;
  for (const std::string& code : promotion.skus) {
    if (const int32_t sku = model_.FindSku(code); sku >= 0) compiled.skus.push_back(sku);
  }
  std::sort(compiled.skus.begin(), compiled.skus.end());
  compiled.categories = CategoriesOf(model_, promotion.categories);
  std::vector<int32_t> left = compiled.skus;
  if (const auto* everybody = model_.Popular({}, "", {}); everybody != nullptr) {
    for (const RecommendModel::PopularRow& row : everybody->rows) {
      const bool named = std::binary_search(compiled.skus.begin(), compiled.skus.end(), row.sku);
      if (!named && !In(compiled.categories, model_.category_number(row.sku))) continue;
      compiled.rows.push_back(row);
      if (named) std::erase(left, row.sku);
    }
  }
  for (const int32_t sku : left) compiled.rows.push_back({sku, 0});  // hardly anybody buys it
  return compiled;
}

const Promotion* CompiledPolicy::PromotionOf(int32_t sku, Day today) const {
  for (size_t p = 0; p < promotions_.size(); ++p) {
    const CompiledPromotion& promotion = promotions_[p];
    if (!policy_.promotions[p].RunsOn(today)) continue;
    if (In(promotion.categories, model_.category_number(sku)) || std::binary_search(promotion.skus.begin(), promotion.skus.end(), sku)) return &policy_.promotions[p];
  }
  return nullptr;
}

size_t CompiledPolicy::AudienceOf(const Listener& listener, const RecommendModel::Customer& customer, Day today) const {
  const std::string region = listener.region.empty() ? model_.GroupName(customer.region) : listener.region;
  const std::string segment = listener.segment.empty() ? model_.GroupName(customer.segment) : listener.segment;
  for (size_t i = 0; i + 1 < policy_.audiences.size(); ++i) {
    const AudienceCondition& when = policy_.audiences[i].when;
    if (!Lists(when.tier_codes, listener.tier_code) || !Lists(when.regions, region) || !Lists(when.segments, segment)) continue;
    if (!HasAll(when.tags, listener.tags) || !Lists(when.churn_risks, listener.churn_risk)) continue;
    if (when.most_purchase_days && customer.baskets > *when.most_purchase_days) continue;
    if (when.least_overdue_permille) {
      const float silent = static_cast<float>(today - customer.last_day);
      const float gap = customer.median_gap_days > 0 ? customer.median_gap_days : model_.base_gap_days();
      if (customer.row < 0 || gap <= 0 || silent * 1000 < gap * static_cast<float>(*when.least_overdue_permille)) continue;
    }
    return i;
  }
  return policy_.audiences.size() - 1;
}

void CompiledPolicy::Rank(const RecommendModel::Customer& customer, size_t audience, const ListRequest& request, Draft& draft) const {
  const Audience& rules = policy_.audiences[audience];
  // Only slots, limits and chance look beyond the first places.
  const bool plain = rules.slots.empty() && rules.most_per_category == 0 && rules.exploration_permille == 0;
  // New arrivals and popular goods stand by relevance: a list by relevance alone takes no more of either than it is long.
  const bool by_relevance = plain && rules.boosts.empty() && rules.margin_weight_permille == 0;
  Met met(model_.skus());
  // Whether it has a place in the order, as number `candidate` of the candidates.
  const auto rank = [&](int32_t number, float relevance, size_t candidate) {
    const auto sku = static_cast<size_t>(number);
    if (!sellable_[sku] || !met.Insert(number)) return false;
    draft.sellable.push_back(relevance);
    if (allowed_[sku]) draft.ranked.push_back({relevance * audiences_[audience].factors[sku], number, static_cast<uint32_t>(candidate)});
    return static_cast<bool>(allowed_[sku]);
  };
  // What the model knows of the customer goes before what everybody buys: goods that it has left out are no likelier than the least of
  // those that it kept.
  float ceiling = 1;
  const auto rank_rows = [&](const std::vector<RecommendModel::PopularRow>& rows, Candidate candidate) {
    size_t left = by_relevance ? draft.count : rows.size();
    const float factor = rows.empty() || rows.front().share <= ceiling ? 1 : ceiling / rows.front().share;
    for (size_t r = 0; r < rows.size() && left > 0; ++r) {
      const float relevance = rows[r].share * factor;
      if (!rank(rows[r].sku, relevance, draft.candidates.size())) continue;
      candidate.sku = rows[r].sku;
      candidate.relevance = relevance;
      draft.candidates.push_back(candidate);
      --left;
    }
  };
  model_.AddPersonal(customer, request.today, draft.candidates);
  for (size_t c = 0; c < draft.candidates.size(); ++c) {
    rank(draft.candidates[c].sku, draft.candidates[c].relevance, c);
    if (draft.candidates[c].source != Source::kBuyAgain) ceiling = std::min(ceiling, draft.candidates[c].relevance);
  }
  Candidate arrival;
  arrival.source = Source::kNewArrival;
  rank_rows(model_.new_arrivals(), arrival);
  const auto groups = rules.popular_by.empty() ? std::span<const GroupKind>(kPopularBy) : rules.popular_by;
  if (const auto* popular = model_.Popular(customer, request.customer.tier_code, groups); popular != nullptr) {
    Candidate sold;
    sold.popular_with = popular->kind;
    rank_rows(popular->rows, sold);
  }
  for (size_t p = 0; audiences_[audience].promotes && p < promotions_.size(); ++p) {
    Candidate promoted;
    promoted.source = Source::kPromotion;
    if (policy_.promotions[p].RunsOn(request.today)) rank_rows(promotions_[p].rows, promoted);
  }
  const auto better = [](const Ranked& a, const Ranked& b) { return a.score != b.score ? a.score > b.score : a.sku < b.sku; };
  if (plain && draft.ranked.size() > draft.count) {
    std::partial_sort(draft.ranked.begin(), draft.ranked.begin() + static_cast<std::ptrdiff_t>(draft.count), draft.ranked.end(), better);
  } else {
    std::sort(draft.ranked.begin(), draft.ranked.end(), better);
  }
  draft.taken.assign(draft.ranked.size(), false);
}

void CompiledPolicy::FillSlots(const CompiledAudience& audience, Day today, Draft& draft) const {
  for (const CompiledSlot& slot : audience.slots) {
    int32_t left = slot.count;
    for (size_t place = 0; place < draft.ranked.size() && left > 0 && !draft.full(); ++place) {
      const Candidate& candidate = draft.At(place);
      const bool promotes = slot.source == Source::kPromotion;
      if (draft.taken[place] || (!promotes && !MayTake(slot.source, candidate.source))) continue;
      if (!slot.categories.empty() && !In(slot.categories, model_.category_number(candidate.sku))) continue;
      const Promotion* promotion = promotes ? PromotionOf(candidate.sku, today) : nullptr;
      if (!promotes || promotion != nullptr) left -= draft.Take(model_, place, slot.name, false, promotion);
    }
  }
}

void CompiledPolicy::Explore(const ListRequest& request, int32_t permille, Draft& draft) const {
  auto left = static_cast<int64_t>(draft.count) * permille / 1000;
  if (left == 0) return;
  std::vector<std::pair<uint64_t, size_t>> drawn;
  for (size_t place = 0; place < draft.ranked.size(); ++place) {
    const Candidate& candidate = draft.At(place);
    if (draft.taken[place] || candidate.source == Source::kBuyAgain || candidate.source == Source::kPromotion) continue;
    const auto seed = static_cast<uint64_t>(request.customer.id.number) ^ Draw(static_cast<uint64_t>(request.today));
    drawn.emplace_back(Draw(seed + static_cast<uint64_t>(candidate.sku)), place);
  }
  std::sort(drawn.begin(), drawn.end());
  for (size_t i = 0; i < drawn.size() && left > 0 && !draft.full(); ++i) left -= draft.Take(model_, drawn[i].second, "", true);
}

List CompiledPolicy::MakeList(const ListRequest& request) const {
  static thread_local Draft draft;
  const RecommendModel::Customer customer = model_.Find(request.customer.id);
  const size_t number = AudienceOf(request.customer, customer, request.today);
  const Audience& audience = policy_.audiences[number];
  draft.Begin(static_cast<size_t>(std::clamp(request.count, 1, kMostItems)), audience.most_per_category);
  List list;
  list.audience = audience.name;
  list.coupon_program = audience.coupon_program;
  list.fallback = model_.skus() == 0 ? Fallback::kNoModel : customer.row < 0 ? Fallback::kUnknownCustomer : Fallback::kNone;
  Rank(customer, number, request, draft);
  FillSlots(audiences_[number], request.today, draft);
  Explore(request, audience.exploration_permille, draft);
  for (size_t place = 0; place < draft.ranked.size() && !draft.full(); ++place) {
    if (!draft.taken[place] && draft.At(place).source != Source::kPromotion) draft.Take(model_, place, "", false);
  }
  list.items.assign(std::make_move_iterator(draft.items.begin()), std::make_move_iterator(draft.items.end()));
  for (ListItem& item : list.items) {  // nothing is recommended beside what can't be had
    int32_t& because = item.candidate.because;
    if (because >= 0 && !sellable_[static_cast<size_t>(because)]) because = -1;
  }
  std::sort(list.items.begin(), list.items.end(), Better);
  if (list.items.empty() && list.fallback != Fallback::kNoModel) list.fallback = Fallback::kNothingAllowed;
  for (const ListItem& item : list.items) list.expected_hits += item.candidate.relevance;
  const auto best = static_cast<std::ptrdiff_t>(std::min(draft.count, draft.sellable.size()));
  std::partial_sort(draft.sellable.begin(), draft.sellable.begin() + best, draft.sellable.end(), std::greater<>());
  for (std::ptrdiff_t i = 0; i < best; ++i) list.expected_hits_by_relevance += draft.sellable[static_cast<size_t>(i)];
  return list;
}

}  // namespace rung::recommend
