// What is allowed and yet hardly meant: shown before a document is published.
#pragma once

#include <vector>

#include "libs/base/violation.h"
#include "libs/pricing/rules.h"

namespace rung::pricing {

/// The book by itself: prices below their floor, margins without a cost, days without a price, breaks for nothing and
/// breaks dearer than a lower one. Paths as in validation.h.
std::vector<Violation> Lint(const PriceBook& book);

/// Offers and policy against the book: offers for nothing, offers that never help, offers beyond the cap, kinds that
/// never apply. Paths begin with "offers" and "groups".
std::vector<Violation> LintOffers(const std::vector<Offer>& offers, const Policy& policy, const PriceBook& book);

}  // namespace rung::pricing
