#include "libs/pricing/tariff.h"

#include <algorithm>
#include <map>

namespace rung::pricing {

std::shared_ptr<const Tariff> Tariff::Build(std::shared_ptr<const Catalogue> catalogue, std::vector<Offer> offers,
                                            Policy policy) {
  return std::shared_ptr<const Tariff>(new Tariff(std::move(catalogue), std::move(offers), std::move(policy)));
}

Tariff::Tariff(std::shared_ptr<const Catalogue> catalogue, std::vector<Offer> offers, Policy policy)
    : catalogue_(std::move(catalogue)),
      offers_(std::move(offers)),
      policy_(std::move(policy)),
      by_group_(catalogue_->group_count()),
      by_sku_(1),
      own_(catalogue_->size(), 0) {
  AddOffers();
  AddBreaks();
}

uint64_t Tariff::TierBit(std::string_view code) const {
  const auto found = std::find(tier_codes_.begin(), tier_codes_.end(), code);
  return found == tier_codes_.end() ? 0 : uint64_t{1} << (found - tier_codes_.begin());
}

void Tariff::AddOffers() {
  for (const Offer& offer : offers_) {
    Rule& rule = rules_.emplace_back();
    rule.kind = Kind::kOffer;
    rule.id = offer.id;
    rule.scope = offer.scope;
    rule.terms = offer.terms;
    rule.days = offer.days;
    rule.offer = static_cast<uint32_t>(rules_.size() - 1);
    for (const std::string& code : offer.tiers) {
      if (TierBit(code) == 0 && tier_codes_.size() < kMaxTierCodes) tier_codes_.push_back(code);
      rule.tiers |= TierBit(code);
    }
    Index(rule.offer, nullptr);
  }
}

void Tariff::AddBreaks() {
  std::map<std::pair<Scope, Unit>, uint32_t> ladders;
  for (const QuantityBreak& item : catalogue_->book().breaks) {
    const auto ladder = ladders.emplace(std::pair(item.scope, item.unit), static_cast<uint32_t>(ladders.size())).first->second;
    Rule& rule = rules_.emplace_back();
    rule.kind = Kind::kBreak;
    rule.id = item.id;
    rule.scope = item.scope;
    rule.terms = item.terms;
    rule.ladder = ladder;
    rule.min_quantity = item.min_quantity;
    Index(static_cast<RuleNo>(rules_.size() - 1), &item.unit);
  }
}

void Tariff::Index(RuleNo number, const Unit* unit) {
  const Rule& rule = rules_[number];
  if (rule.scope.kind == ScopeKind::kSku) {
    const auto item = catalogue_->Find(rule.scope.value);
    if (!item || (unit != nullptr && catalogue_->item(*item).unit != *unit)) return;
    if (own_[*item] == 0) {
      own_[*item] = static_cast<uint32_t>(by_sku_.size());
      by_sku_.emplace_back();
    }
    Enter(rule, number, by_sku_[own_[*item]]);
    return;
  }
  for (uint32_t group = 0; group < by_group_.size(); ++group) {
    if (unit != nullptr && catalogue_->UnitOfGroup(group) != *unit) continue;
    if (Covers(rule.scope, {}, catalogue_->CategoryOfGroup(group))) Enter(rule, number, by_group_[group]);
  }
}

void Tariff::Enter(const Rule& rule, RuleNo number, Found& found) {
  found.rules.push_back(number);
  if (rule.kind != Kind::kBreak) return;
  if (std::find(found.ladders.begin(), found.ladders.end(), rule.ladder) == found.ladders.end()) {
    found.ladders.push_back(rule.ladder);
  }
}

}  // namespace rung::pricing
