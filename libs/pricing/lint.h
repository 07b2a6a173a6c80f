// What is allowed and yet hardly meant: shown before a document is published.
#pragma once

#include <vector>

#include "libs/base/violation.h"
#include "libs/pricing/catalogue.h"

namespace rung::pricing {

/// The book by itself: prices of 0 or below their floor, margins without a cost, days without a price, breaks for nothing and
/// breaks dearer than a lower one. Paths as in validation.h.
std::vector<Violation> Lint(const PriceBook& book);

/// Kinds that never apply. Paths begin with "groups".
std::vector<Violation> Lint(const Policy& policy);

/// Offers against the policy and the book: offers for nothing, fixed prices above the list, offers that never help, that the
/// floor or the cap take back. Paths begin with "offers[i]" and go on as those of ExclusiveOffer in a plan.
std::vector<Violation> LintOffers(const std::vector<Offer>& offers, const Policy& policy, const Catalogue& catalogue);

}  // namespace rung::pricing
