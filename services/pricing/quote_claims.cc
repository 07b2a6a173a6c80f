#include "services/pricing/quote_claims.h"

#include <map>

namespace rung::pricing_service {
namespace {

// What each rule took off the whole basket.
std::map<std::string_view, pricing::Fen> EffectsOf(const pricing::Quote& quote) {
  std::map<std::string_view, pricing::Fen> effects;
  for (const pricing::QuotedLine& line : quote.lines) {
    for (int i = 0; i < line.winner_count; ++i) {
      if (line.winners[i].kind != pricing::Kind::kBreak) effects[line.winners[i].id] += line.winners[i].effect;
    }
  }
  return effects;
}

// What the benefit gave on this basket; nullopt: it changed nothing.
std::optional<pricing::Fen> GivenBy(const benefits::Benefit& benefit, const std::map<std::string_view, pricing::Fen>& effects, const pricing::Basket& basket,
                                    const pricing::Quote& quote) {
  if (std::holds_alternative<benefits::FreeDelivery>(benefit.value)) {
    if (quote.fee_reason != pricing::FeeReason::kThresholdReached || basket.delivery_fee == pricing::Fen{0}) return std::nullopt;
    return basket.delivery_fee;
  }
  const bool rate = std::holds_alternative<benefits::DiscountRate>(benefit.value);
  if (!rate && !std::holds_alternative<benefits::ExclusiveOffer>(benefit.value)) return std::nullopt;
  const auto found = effects.find(rate ? std::string_view(pricing::kTierRuleId) : std::string_view(benefit.id));
  if (found == effects.end() || found->second == pricing::Fen{0}) return std::nullopt;  // a floor or cap may keep all of it back
  return found->second;
}

}  // namespace

std::vector<benefits::v1::Claim> BenefitClaimsOf(const pricing::v1::QuoteTicket& ticket, const Checkout& checkout, const pricing::Basket& basket,
                                                 const pricing::Quote& quote) {
  std::vector<benefits::v1::Claim> claims;
  if (!ticket.tier_known() || !checkout.limited) return claims;
  const auto effects = EffectsOf(quote);
  for (const benefits::Entitlement& entitlement : EntitlementsOf(ticket, checkout, ticket.tier_code())) {
    const benefits::Benefit& benefit = *entitlement.entry->benefit;
    if (entitlement.answer != benefits::Answer::kApplies || !benefit.quota) continue;
    const auto given = GivenBy(benefit, effects, basket, quote);
    if (!given) continue;
    benefits::v1::Claim& claim = claims.emplace_back();
    claim.set_benefit_id(benefit.id);
    claim.set_amount_fen(given->value);
  }
  return claims;
}

std::vector<benefits::v1::Claim> ClaimsOf(const pricing::v1::QuoteTicket& ticket, const Checkout& checkout, const pricing::Basket& basket,
                                          const pricing::Quote& quote) {
  std::vector<benefits::v1::Claim> claims = BenefitClaimsOf(ticket, checkout, basket, quote);
  for (const pricing::QuotedCoupon& coupon : quote.coupons) {
    if (coupon.verdict != pricing::CouponVerdict::kApplied) continue;
    benefits::v1::Claim& claim = claims.emplace_back();
    claim.set_issued_coupon_id(basket.coupons[coupon.coupon].id);
    claim.set_amount_fen(coupon.given.value);
  }
  return claims;
}

}  // namespace rung::pricing_service
