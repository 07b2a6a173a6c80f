#include "libs/pricing/price_list.h"

#include "libs/pricing/line_pricer.h"

namespace rung::pricing {

PriceLister::PriceLister(const Tariff& tariff, const PriceListQuery& query)
    : tariff_(tariff),
      query_(query),
      region_(query.region_unknown ? Catalogue::kSomewhere : tariff.catalogue().RegionOf(query.region)),
      tier_bit_(query.tier ? tariff.TierBit(query.tier->code) : 0),
      groups_(tariff.catalogue().group_count()) {}

bool PriceLister::OfferApplies(const Rule& rule) const {
  if (!query_.tier) return false;
  if (!query_.offers.empty()) return query_.offers[rule.offer] == OfferAnswer::kApplies;
  return (rule.tiers & tier_bit_) != 0 && rule.days.Hold(query_.day);
}

void PriceLister::Add(RuleNo number, std::vector<Candidate>& open) const {
  const Rule& rule = tariff_.rule(number);
  // A basket of one: a break is reached when its minimum is no more than that.
  const bool in = rule.kind == Kind::kBreak ? rule.min_quantity <= kOne : OfferApplies(rule);
  if (in) open.push_back({.id = rule.id, .rule = number, .kind = rule.kind, .terms = rule.terms});
}

const std::vector<Candidate>& PriceLister::OpenOf(Catalogue::ItemNo item) {
  Group& group = groups_[tariff_.catalogue().GroupOf(item)];
  if (!group.known) {
    group.known = true;
    if (query_.tier && query_.tier->pay && !query_.tier->pay_used_up) group.open.push_back({.id = kTierRuleId, .terms = {.pay = query_.tier->pay}});
    for (const RuleNo number : tariff_.CategoryRules(item)) Add(number, group.open);
  }
  return group.open;
}

std::optional<ListedPrice> PriceLister::PriceOf(Catalogue::ItemNo item) {
  const auto price = tariff_.catalogue().PriceOf(item, region_, query_.day);
  if (!price || !LineFits(*price, kOne)) return std::nullopt;
  candidates_ = OpenOf(item);
  for (const RuleNo number : tariff_.SkuRules(item)) Add(number, candidates_);
  QuotedLine line;
  line.quantity = kOne;
  PriceLine(tariff_.policy(), *price, candidates_, line);
  return ListedPrice{item, line.list, line.amount, line.cap_clipped, line.floor_clipped, line.winner_count, line.winners};
}

}  // namespace rung::pricing
