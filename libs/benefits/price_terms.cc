#include "libs/benefits/price_terms.h"

namespace rung::benefits {
namespace {

const ExclusiveOffer* PricedOffer(const Benefit& benefit) {
  const auto* offer = std::get_if<ExclusiveOffer>(&benefit.value);
  return offer != nullptr && offer->scope ? offer : nullptr;
}

pricing::OfferAnswer AsOfferAnswer(Answer answer) {
  switch (answer) {
    case Answer::kApplies:
      return pricing::OfferAnswer::kApplies;
    case Answer::kNotYet:
      return pricing::OfferAnswer::kNotYet;
    case Answer::kEnded:
      return pricing::OfferAnswer::kEnded;
    case Answer::kQuotaExhausted:
    case Answer::kBudgetExhausted:
      return pricing::OfferAnswer::kUsedUp;
    case Answer::kSuperseded:
    case Answer::kWithdrawn:
      return pricing::OfferAnswer::kOverridden;
    case Answer::kOtherAudience:
      return pricing::OfferAnswer::kOtherCustomers;
    case Answer::kTierUnknown:
    case Answer::kHigherTier:
    case Answer::kOtherTier:
      break;
  }
  return pricing::OfferAnswer::kOtherTier;
}

}  // namespace

std::vector<const Entry*> PricedOffers(const Benefits& benefits) {
  std::vector<const Entry*> entries;
  for (const Entry& entry : benefits.entries()) {
    if (PricedOffer(*entry.benefit) != nullptr) entries.push_back(&entry);
  }
  return entries;
}

std::vector<pricing::Offer> OffersOf(const Benefits& benefits) {
  std::vector<pricing::Offer> offers;
  for (const Entry* entry : PricedOffers(benefits)) {
    const ExclusiveOffer& offer = *PricedOffer(*entry->benefit);
    pricing::Offer& out = offers.emplace_back();
    out.id = entry->benefit->id;
    out.names = entry->benefit->names;
    out.scope = *offer.scope;
    out.terms = offer.terms;
    out.days = entry->days;
    for (size_t rank = 0; rank < benefits.plan().tiers.size(); ++rank) {
      if (benefits.ReachesTier(*entry, rank)) out.tiers.push_back(benefits.plan().tiers[rank].code);
    }
  }
  return offers;
}

PriceTerms PriceTermsOf(const std::vector<Entitlement>& entitlements, std::string_view tier) {
  PriceTerms terms;
  terms.tier.code = tier;
  for (const Entitlement& entitlement : entitlements) {
    const Benefit& benefit = *entitlement.entry->benefit;
    if (PricedOffer(benefit) != nullptr) terms.offers.push_back(AsOfferAnswer(entitlement.answer));
    const bool used_up = entitlement.answer == Answer::kQuotaExhausted || entitlement.answer == Answer::kBudgetExhausted;
    if (entitlement.answer != Answer::kApplies && !used_up) continue;
    if (const auto* rate = std::get_if<DiscountRate>(&benefit.value)) {
      terms.tier.pay = rate->pay;
      terms.tier.pay_used_up = used_up;
    }
    if (used_up) continue;
    if (const auto* delivery = std::get_if<FreeDelivery>(&benefit.value)) terms.tier.free_delivery_from = delivery->from;
  }
  return terms;
}

}  // namespace rung::benefits
