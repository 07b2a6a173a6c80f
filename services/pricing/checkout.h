// What a quote is made from: one version of everything, and what is known of the customer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/deadline.h"
#include "libs/benefits/incentive.h"
#include "libs/benefits/price_terms.h"
#include "libs/pricing/settlement.h"
#include "rung/pricing/v1/quote.pb.h"

namespace rung::pricing_service {

/// Price book, policy and benefit plan of one version each, joined. Immutable and thread-safe.
struct Checkout {
  std::shared_ptr<const pricing::Tariff> tariff;  ///< its offers are OffersOf(*benefits)
  std::shared_ptr<const benefits::Benefits> benefits;
  pricing::v1::Versions versions;                 ///< without the tier's
  bool limited = false;                           ///< some benefit of the plan has a quota
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
  std::string why_unknown;  ///< when the tier is unset: TIER_UNREACHABLE, CUSTOMER_UNKNOWN, NO_LADDER, LADDER_UNKNOWN
  std::string region;
  std::string segment;

  /// The region isn't known either, which a customer without events doesn't have.
  bool unreachable() const { return !tier && why_unknown == "TIER_UNREACHABLE"; }
};

/// What grading knows of customers. Thread-safe.
class CustomerSource {
 public:
  virtual ~CustomerSource() = default;
  /// What is known without waiting for anything; nullopt: Get can tell.
  virtual std::optional<CustomerFacts> Near(const std::string& customer_id, const std::string& ladder_id) const = 0;
  /// Never fails: what can't be had by the deadline is unset.
  virtual CustomerFacts Get(const std::string& customer_id, const std::string& ladder_id, Deadline deadline) const = 0;
  /// The real path to the next tier, nullopt when there is none or it can't be had in time.
  virtual std::optional<benefits::UpgradePath> PathOf(const std::string& customer_id, const std::string& ladder_id, Deadline deadline) const = 0;
};

/// Coupons that a customer holds, or held.
struct CouponQuery {
  std::string customer_id;
  std::vector<std::string> coupon_ids;  ///< of issued coupons
  std::string currency;                 ///< of the basket
  /// The customer must be able to use them now. Not so for a quote that stands: its coupons may be held by its own order.
  bool usable_now = true;
};

struct HeldCoupon {
  pricing::Coupon coupon;
  std::string definition_id;                ///< of the coupon as published: its budget is shared by all that were issued
  std::optional<pricing::Fen> budget_left;  ///< of all customers; unset: unlimited
};

/// Thread-safe.
class CouponSource {
 public:
  virtual ~CouponSource() = default;
  /// In the order of the ids. INVALID_ARGUMENT with "coupon_ids[i]" COUPON_UNKNOWN, COUPON_NOT_USABLE, CURRENCY_MISMATCH;
  /// UNAVAILABLE/BENEFITS_UNREACHABLE.
  virtual absl::StatusOr<std::vector<HeldCoupon>> Find(const CouponQuery& query, Deadline deadline) const = 0;
};

using WireLines = google::protobuf::RepeatedPtrField<pricing::v1::BasketLine>;

/// The basket of a ticket with these lines: quoting, and quoting again for the settlement, go through here.
/// INVALID_ARGUMENT with violations.
absl::StatusOr<pricing::Basket> BasketOf(const pricing::v1::QuoteTicket& ticket, const WireLines& lines, const Checkout& checkout,
                                         std::vector<pricing::Coupon> coupons);

/// A ticket's coupons as they were quoted. UNAVAILABLE/BENEFITS_UNREACHABLE.
absl::StatusOr<std::vector<pricing::Coupon>> CouponsOf(const pricing::v1::QuoteTicket& ticket, const std::string& currency,
                                                       const CouponSource& source, Deadline deadline);

/// What a ticket's customer gets on its day in this tier; benefits that the quote does without are used up.
std::vector<benefits::Entitlement> EntitlementsOf(const pricing::v1::QuoteTicket& ticket, const Checkout& checkout, const std::string& tier);
/// The same as the tier's terms and answers to offers.
benefits::PriceTerms TermsOf(const pricing::v1::QuoteTicket& ticket, const Checkout& checkout, const std::string& tier);

}  // namespace rung::pricing_service
