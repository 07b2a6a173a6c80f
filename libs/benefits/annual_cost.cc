#include "libs/benefits/annual_cost.h"

#include <algorithm>

#include "libs/benefits/comparison.h"

namespace rung::benefits {
namespace {

using pricing::kWhole;
using pricing::ScopeKind;
using pricing::Wide;

// An offer whose part of a year's goods is known: a rate on everything or on a category.
const ExclusiveOffer* CountedOffer(const Benefit& benefit) {
  const auto* offer = std::get_if<ExclusiveOffer>(&benefit.value);
  return offer != nullptr && offer->scope && offer->terms.pay && offer->scope->kind != ScopeKind::kSku ? offer : nullptr;
}

std::optional<Uncounted> NoteOn(const Benefit& benefit) {
  if (GivesNothing(benefit)) return std::nullopt;
  const auto* offer = std::get_if<ExclusiveOffer>(&benefit.value);
  if (offer != nullptr && offer->scope && CountedOffer(benefit) == nullptr) return Uncounted::kSingleGoods;
  const bool counted = std::holds_alternative<DiscountRate>(benefit.value) || std::holds_alternative<FreeDelivery>(benefit.value) ||
                       CountedOffer(benefit) != nullptr;
  if (!counted) return Uncounted::kNotMoney;
  return benefit.quota ? std::optional(Uncounted::kLimited) : std::nullopt;
}

template <typename T>
void SortUnique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

AnnualCost::AnnualCost(std::shared_ptr<const Benefits> benefits, Day day) : benefits_(std::move(benefits)), day_(day) {
  for (const Entry& entry : benefits_->entries()) {
    if (!entry.days.Hold(day)) continue;
    if (const auto why = NoteOn(*entry.benefit)) notes_.push_back({entry.benefit, *why});
    const ExclusiveOffer* offer = CountedOffer(*entry.benefit);
    if (offer != nullptr && offer->scope->kind == ScopeKind::kCategory) paths_.push_back(offer->scope->value);
    if (const auto* delivery = std::get_if<FreeDelivery>(&entry.benefit->value)) thresholds_.push_back(delivery->from.value);
  }
  SortUnique(paths_);
  SortUnique(thresholds_);
}

std::optional<size_t> AnnualCost::PathOf(std::string_view category) const {
  std::optional<size_t> best;
  for (size_t p = 0; p < paths_.size(); ++p) {
    if (!pricing::CategoryHolds(paths_[p], category)) continue;
    if (!best || paths_[p].size() > paths_[*best].size()) best = p;
  }
  return best;
}

AnnualCost::Prices AnnualCost::PricesOf(const Customer& customer) const {
  Prices prices;
  const std::vector<Entitlement> entitlements = benefits_->For(customer, day_);
  const auto applying = [&](auto&& visit) {
    for (const Entitlement& entitlement : entitlements) {
      if (entitlement.answer == Answer::kApplies) visit(*entitlement.entry->benefit);
    }
  };
  applying([&](const Benefit& benefit) {
    const ExclusiveOffer* offer = CountedOffer(benefit);
    if (const auto* rate = std::get_if<DiscountRate>(&benefit.value)) prices.pay = std::min(prices.pay, rate->pay);
    if (offer != nullptr && offer->scope->kind == ScopeKind::kAll) prices.pay = std::min(prices.pay, *offer->terms.pay);
    if (const auto* delivery = std::get_if<FreeDelivery>(&benefit.value)) {
      prices.free_delivery = std::lower_bound(thresholds_.begin(), thresholds_.end(), delivery->from.value) - thresholds_.begin();
    }
  });
  prices.pay_by_path.assign(paths_.size(), prices.pay);
  applying([&](const Benefit& benefit) {
    const ExclusiveOffer* offer = CountedOffer(benefit);
    if (offer == nullptr || offer->scope->kind != ScopeKind::kCategory) return;
    for (size_t p = 0; p < paths_.size(); ++p) {
      if (pricing::CategoryHolds(offer->scope->value, paths_[p])) prices.pay_by_path[p] = std::min(prices.pay_by_path[p], *offer->terms.pay);
    }
  });
  return prices;
}

AnnualCost::Cost AnnualCost::Of(const Prices& prices, const Year& year) {
  Cost cost;
  if (prices.free_delivery) cost.free_deliveries = year.orders_from[*prices.free_delivery];
  if (prices.pay_by_path.empty()) {
    cost.discount_fen = static_cast<int64_t>(pricing::RoundHalfUp(Wide{year.net_fen} * (kWhole.value - prices.pay.value), kWhole.value));
    return cost;
  }
  if (year.goods_fen == 0) return cost;
  int64_t rest = year.goods_fen;
  Wide off = 0;
  for (size_t p = 0; p < prices.pay_by_path.size(); ++p) {
    rest -= year.by_path[p];
    off += Wide{year.by_path[p]} * (kWhole.value - prices.pay_by_path[p].value);
  }
  off += Wide{rest} * (kWhole.value - prices.pay.value);
  // Amounts reach 10^14: off × net stays below 10^32, the divisor below 10^18.
  const Wide divisor = Wide{year.goods_fen} * kWhole.value;
  cost.discount_fen = static_cast<int64_t>((2 * off * year.net_fen + divisor) / (2 * divisor));
  return cost;
}

}  // namespace rung::benefits
