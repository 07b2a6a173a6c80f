// Placing an order by a signed quote.
#pragma once

#include <optional>
#include <string>

#include "rung/benefits/v1/redemption.pb.h"
#include "services/pricing/checkout.h"
#include "services/pricing/quote_tickets.h"

namespace rung::pricing_service {

/// Uses of what is limited, kept by the benefits service. Thread-safe.
class Reservations {
 public:
  virtual ~Reservations() = default;
  /// Reasons of RedemptionService.Reserve; UNAVAILABLE/BENEFITS_UNREACHABLE.
  virtual absl::StatusOr<benefits::v1::Reservation> Reserve(const benefits::v1::ReserveRequest& request, Deadline deadline) const = 0;
  /// A reservation of this order; nullopt when it has none of this id. UNAVAILABLE/BENEFITS_UNREACHABLE.
  virtual absl::StatusOr<std::optional<benefits::v1::Reservation>> Find(const std::string& customer_id, const std::string& order_id,
                                                                        const std::string& reservation_id, Deadline deadline) const = 0;
};

/// Thread-safe.
class QuoteVerifier {
 public:
  QuoteVerifier(const CheckoutSource& checkouts, const CouponSource& coupons, const Reservations& reservations, const QuoteTickets& tickets)
      : checkouts_(checkouts), coupons_(coupons), reservations_(reservations), tickets_(tickets) {}

  absl::Status Verify(const pricing::v1::VerifyQuoteRequest& request, pricing::v1::VerifyQuoteResponse& response, Deadline deadline) const;

 private:
  absl::StatusOr<std::vector<benefits::v1::Claim>> ClaimsOf(const pricing::v1::QuoteTicket& ticket, Deadline deadline) const;

  const CheckoutSource& checkouts_;
  const CouponSource& coupons_;
  const Reservations& reservations_;
  const QuoteTickets& tickets_;
};

}  // namespace rung::pricing_service
