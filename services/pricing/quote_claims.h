// What a quote uses of what is limited.
#pragma once

#include <vector>

#include "rung/benefits/v1/redemption.pb.h"
#include "services/pricing/checkout.h"

namespace rung::pricing_service {

/// The first part of ClaimsOf: benefits.
std::vector<benefits::v1::Claim> BenefitClaimsOf(const pricing::v1::QuoteTicket& ticket, const Checkout& checkout, const pricing::Basket& basket,
                                                 const pricing::Quote& quote);

/// A claim for every benefit with a quota that changed the quote, with what it took off, and for every coupon that
/// applied. The same ticket always makes the same claims in the same order.
std::vector<benefits::v1::Claim> ClaimsOf(const pricing::v1::QuoteTicket& ticket, const Checkout& checkout, const pricing::Basket& basket,
                                          const pricing::Quote& quote);

}  // namespace rung::pricing_service
