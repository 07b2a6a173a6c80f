// What a delivered basket costs, by the rules under which it was quoted.
#pragma once

#include <optional>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/pricing/quote.h"

namespace rung::pricing {

struct Delivery {
  std::vector<QtyMilli> quantities;  ///< per line of the basket, as delivered; 0 or more
  std::vector<uint32_t> refused;     ///< lines of which the customer refused goods: priced afresh at what it kept
};

/// What became known of the customer after a degraded quote: its tier as of the quote's day, and its region.
struct KnownCustomer {
  TierTerms tier;
  std::vector<OfferAnswer> offers;  ///< as Basket::offers
  std::string region;               ///< counts for baskets whose region was unknown
};

struct Settlement {
  Quote quoted;
  Quote bill;  ///< lines carry the quantities billed
  /// The bill follows the tier that became known since the quote, because that is cheaper.
  bool by_known_tier = false;
};

/// Quotes the basket again, with the same tariff, and settles it. `known` counts for degraded quotes only.
/// INVALID_ARGUMENT when the basket can't be quoted or the delivery doesn't fit it.
absl::StatusOr<Settlement> Settle(const Tariff& tariff, const Basket& basket, const Delivery& delivery,
                                  const std::optional<KnownCustomer>& known = std::nullopt);

/// Quantity billed: what was delivered, up to the quoted quantity and the policy's tolerance, in whole pieces.
QtyMilli BilledQuantity(QtyMilli quoted, QtyMilli actual, Unit unit, Bps over_delivery);

}  // namespace rung::pricing
