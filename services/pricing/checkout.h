// What a quote is made from: one version of everything, and what is known of the customer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/benefits/description.h"
#include "libs/benefits/price_terms.h"
#include "libs/pricing/settlement.h"
#include "rung/pricing/v1/quote.pb.h"

namespace rung::pricing_service {

/// Price book, policy and benefit plan of one version each, joined. Immutable and thread-safe.
struct Checkout {
  std::shared_ptr<const pricing::Tariff> tariff;  ///< its offers are OffersOf(*benefits)
  std::shared_ptr<const benefits::Benefits> benefits;
  pricing::v1::Versions versions;                 ///< without the tier's
};

/// Indexes and joins; all three have passed validation.
Checkout MakeCheckout(std::shared_ptr<const pricing::Catalogue> catalogue, pricing::Policy policy,
                      std::shared_ptr<const benefits::Benefits> benefits, pricing::v1::Versions versions);

/// Published configuration. Thread-safe.
class CheckoutSource {
 public:
  virtual ~CheckoutSource() = default;
  /// The current versions; an empty id is the installation's default book. FAILED_PRECONDITION/NO_PRICE_BOOK, NO_POLICY,
  /// NO_BENEFIT_PLAN.
  virtual absl::StatusOr<std::shared_ptr<const Checkout>> Current(std::string_view price_book_id, Deadline deadline) const = 0;
  /// The versions of an earlier quote. NOT_FOUND/VERSION_UNKNOWN.
  virtual absl::StatusOr<std::shared_ptr<const Checkout>> At(const pricing::v1::Versions& versions, Deadline deadline) const = 0;
};

struct CustomerFacts {
  std::optional<std::string> tier;  ///< unset: unknown or not reachable in time
  int64_t tier_version = 0;
  std::string why_unknown;  ///< reason when the tier is unset. Example: "TIER_UNREACHABLE"
  std::string region;
  std::string segment;
};

/// What grading knows of customers. Thread-safe.
class CustomerSource {
 public:
  virtual ~CustomerSource() = default;
  /// Never fails: what can't be had by the deadline is unset. NOT_FOUND/CUSTOMER_UNKNOWN is a customer without a tier.
  virtual CustomerFacts Get(const std::string& customer_id, Deadline deadline) const = 0;
  /// The real path to the next tier, nullopt when there is none or it can't be had in time.
  virtual std::optional<benefits::UpgradePath> PathOf(const std::string& customer_id, Deadline deadline) const = 0;
};

/// Coupons that a customer holds. Thread-safe.
class CouponSource {
 public:
  virtual ~CouponSource() = default;
  /// In the order of the ids. INVALID_ARGUMENT with "coupon_ids[i]" COUPON_UNKNOWN, COUPON_NOT_USABLE.
  virtual absl::StatusOr<std::vector<pricing::Coupon>> Find(const std::string& customer_id, const std::vector<std::string>& coupon_ids,
                                                            Day day, Deadline deadline) const = 0;
};

/// The basket that a ticket describes: quoting, and quoting again for the settlement, go through here. `tier` is the
/// ticket's own, or the one known since. INVALID_ARGUMENT with violations.
absl::StatusOr<pricing::Basket> BasketOf(const pricing::v1::QuoteTicket& ticket, const Checkout& checkout,
                                         std::vector<pricing::Coupon> coupons);

/// The tier's terms and answers to offers for the ticket's customer on its day.
benefits::PriceTerms TermsOf(const pricing::v1::QuoteTicket& ticket, const Checkout& checkout, const std::string& tier);

}  // namespace rung::pricing_service
