#include "libs/pricing/catalogue.h"

namespace rung::pricing {
namespace {

constexpr Catalogue::RegionNo kEverywhere = 0;

template <typename T>
std::optional<T> FirstGiven(int64_t own, int64_t inherited) {
  const int64_t value = own >= 0 ? own : inherited;
  return value >= 0 ? std::optional<T>(T{value}) : std::nullopt;
}

}  // namespace

std::shared_ptr<const Catalogue> Catalogue::Build(PriceBook book) {
  return std::shared_ptr<const Catalogue>(new Catalogue(std::move(book)));
}

Catalogue::Catalogue(PriceBook book) : book_(std::move(book)) {
  regions_.emplace(std::string_view(), kEverywhere);
  by_sku_.reserve(book_.items.size());
  entries_.reserve(book_.items.size());
  prices_.reserve(book_.items.size());
  for (const Item& item : book_.items) {
    by_sku_.emplace(item.sku, static_cast<ItemNo>(entries_.size()));
    entries_.push_back({static_cast<uint32_t>(prices_.size()), static_cast<uint32_t>(item.prices.size()), AddGroup(item)});
    for (const Price& price : item.prices) prices_.push_back(Flatten(price));
  }
}

uint32_t Catalogue::AddGroup(const Item& item) {
  const auto [found, added] = groups_by_category_[static_cast<int>(item.unit)].emplace(item.category, group_count());
  if (added) groups_.push_back({item.category, item.unit});
  return found->second;
}

Catalogue::FlatPrice Catalogue::Flatten(const Price& price) {
  FlatPrice flat;
  flat.region = regions_.emplace(price.region, static_cast<RegionNo>(regions_.size())).first->second;
  if (price.days.from) flat.from = *price.days.from;
  if (price.days.until) flat.until = *price.days.until;
  flat.list = price.list.value;
  if (price.cost) flat.cost = price.cost->value;
  if (price.floor) flat.floor = price.floor->value;
  if (price.min_margin) flat.min_margin = price.min_margin->value;
  return flat;
}

std::optional<Catalogue::ItemNo> Catalogue::Find(std::string_view sku) const {
  const auto found = by_sku_.find(sku);
  return found == by_sku_.end() ? std::nullopt : std::optional<ItemNo>(found->second);
}

Catalogue::RegionNo Catalogue::RegionOf(std::string_view region) const {
  const auto found = regions_.find(region);
  return found == regions_.end() ? kEverywhere : found->second;
}

std::optional<UnitPrice> Catalogue::PriceOf(ItemNo item, RegionNo region, Day day) const {
  static constexpr FlatPrice kNothing;
  const FlatPrice* regional = nullptr;
  const FlatPrice* general = nullptr;
  const Entry& entry = entries_[item];
  for (uint32_t i = entry.first_price; i < entry.first_price + entry.price_count; ++i) {
    const FlatPrice& price = prices_[i];
    if (day < price.from || day > price.until) continue;
    if (price.region == kEverywhere) {
      general = &price;
    } else if (price.region == region || (region == kSomewhere && (regional == nullptr || price.list > regional->list))) {
      regional = &price;
    }
  }
  if (region == kSomewhere && regional != nullptr && general != nullptr && general->list >= regional->list) regional = nullptr;
  if (regional == nullptr && general == nullptr) return std::nullopt;
  const FlatPrice& own = regional != nullptr ? *regional : *general;
  const FlatPrice& rest = general != nullptr ? *general : kNothing;
  return UnitPrice{{own.list}, FirstGiven<Fen>(own.cost, rest.cost), FirstGiven<Fen>(own.floor, rest.floor),
                   FirstGiven<Bps>(own.min_margin, rest.min_margin)};
}

}  // namespace rung::pricing
