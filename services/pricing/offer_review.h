// Offers of a benefit plan beside the goods that they are for: what hardly was meant, shown before any of the documents
// that meet in a checkout is published.
#pragma once

#include <vector>

#include "libs/base/violation.h"
#include "services/pricing/checkouts.h"

namespace rung::pricing_service {

/// Thread-safe. Reviews a document together with those of the other kinds that are in force.
class OfferReview {
 public:
  explicit OfferReview(const Checkouts& checkouts) : checkouts_(checkouts) {}

  /// Paths are those of rung.benefits.v1.BenefitPlan.
  std::vector<Violation> OfPlan(benefits::Plan plan) const;
  /// The offers are another document's: the field is that of the goods, "items".
  std::vector<Violation> OfBook(pricing::PriceBook book) const;
  std::vector<Violation> OfPolicy(pricing::Policy policy) const;

 private:
  const Checkouts& checkouts_;
};

}  // namespace rung::pricing_service
