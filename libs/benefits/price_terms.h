// Benefits as pricing sees them: the tier's rate and threshold, and who may have which offer.
#pragma once

#include <vector>

#include "libs/benefits/entitlements.h"
#include "libs/pricing/quote.h"

namespace rung::benefits {

/// All offers of the plan that a price can follow, in the order of entries(). Each names the tiers that can ever have it.
std::vector<pricing::Offer> OffersOf(const Benefits& benefits);
/// Where they stand, one each.
std::vector<const Entry*> PricedOffers(const Benefits& benefits);

struct PriceTerms {
  pricing::TierTerms tier;
  std::vector<pricing::OfferAnswer> offers;  ///< as OffersOf lists them
};

/// What the answers of For() mean for a basket.
PriceTerms PriceTermsOf(const std::vector<Entitlement>& entitlements, std::string_view tier);

}  // namespace rung::benefits
