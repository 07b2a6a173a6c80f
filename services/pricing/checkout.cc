#include "services/pricing/checkout.h"

#include <algorithm>

#include "libs/errors/errors.h"
#include "libs/wire/quote_mapping.h"

namespace rung::pricing_service {

Checkout MakeCheckout(std::shared_ptr<const pricing::Catalogue> catalogue, pricing::Policy policy,
                      std::shared_ptr<const benefits::Benefits> benefits, pricing::v1::Versions versions) {
  auto tariff = pricing::Tariff::Build(std::move(catalogue), benefits::OffersOf(*benefits), std::move(policy));
  const auto& entries = benefits->entries();
  const bool limited = std::any_of(entries.begin(), entries.end(), [](const benefits::Entry& entry) { return entry.benefit->quota.has_value(); });
  return {std::move(tariff), std::move(benefits), std::move(versions), limited};
}

std::vector<benefits::Entitlement> EntitlementsOf(const pricing::v1::QuoteTicket& ticket, const Checkout& checkout, const std::string& tier) {
  const Day day = ParseDay(ticket.quote_date()).value_or(0);
  auto entitlements = checkout.benefits->For({tier, ticket.region(), ticket.segment(), ticket.customer_id()}, day);
  const auto& without = ticket.unavailable_benefit_ids();
  if (without.empty()) return entitlements;
  for (benefits::Entitlement& entitlement : entitlements) {
    const bool used_up = entitlement.answer == benefits::Answer::kApplies && std::find(without.begin(), without.end(), entitlement.entry->benefit->id) != without.end();
    if (used_up) entitlement.answer = benefits::Answer::kQuotaExhausted;
  }
  return entitlements;
}

benefits::PriceTerms TermsOf(const pricing::v1::QuoteTicket& ticket, const Checkout& checkout, const std::string& tier) {
  return benefits::PriceTermsOf(EntitlementsOf(ticket, checkout, tier), tier);
}

absl::StatusOr<std::vector<pricing::Coupon>> CouponsOf(const pricing::v1::QuoteTicket& ticket, const std::string& currency, const CouponSource& source,
                                                       Deadline deadline) {
  if (ticket.coupon_ids().empty()) return std::vector<pricing::Coupon>();
  RUNG_ASSIGN_OR_RETURN(auto held, source.Find({.customer_id = ticket.customer_id(), .coupon_ids = {ticket.coupon_ids().begin(), ticket.coupon_ids().end()},
                                                .currency = currency, .usable_now = false}, deadline));
  std::vector<pricing::Coupon> coupons;
  for (HeldCoupon& item : held) coupons.push_back(std::move(item.coupon));
  return coupons;
}

absl::StatusOr<pricing::Basket> BasketOf(const pricing::v1::QuoteTicket& ticket, const WireLines& lines, const Checkout& checkout,
                                         std::vector<pricing::Coupon> coupons) {
  const auto day = ParseDay(ticket.quote_date());
  if (!day) return InvalidField("quote_date", "BAD_DATE", "must be a day such as 2026-03-31");
  std::vector<Violation> violations;
  pricing::Basket basket{.day = *day,
                         .region = ticket.region(),
                         .region_unknown = ticket.region_unknown(),
                         .currency = ticket.currency_code(),
                         .lines = wire::ReadLines(lines, violations),
                         .coupons = std::move(coupons),
                         .delivery_fee = {ticket.delivery_fee_fen()},
                         .partial = ticket.partial()};
  if (!violations.empty()) return InvalidRequest(violations);
  if (ticket.tier_known()) {
    benefits::PriceTerms terms = TermsOf(ticket, checkout, ticket.tier_code());
    basket.tier = std::move(terms.tier);
    basket.offers = std::move(terms.offers);
  }
  return basket;
}

}  // namespace rung::pricing_service
