#include "services/pricing/quote_verifier.h"

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "services/pricing/asking.h"
#include "services/pricing/quote_claims.h"

namespace rung::pricing_service {
namespace {

namespace pb = pricing::v1;
using benefits::v1::Reservation;

constexpr int32_t kHoldSeconds = 900;
constexpr int32_t kMaxHoldSeconds = 604'800;

absl::Status Check(const pb::VerifyQuoteRequest& request) {
  std::vector<Violation> violations;
  if (request.order_id().empty()) violations.push_back({"order_id", "REQUIRED", "must not be empty"});
  if (auto problem = FindTextProblem("order_id", request.order_id(), 128)) violations.push_back(*std::move(problem));
  if (request.hold_seconds() < 0 || request.hold_seconds() > kMaxHoldSeconds) {
    violations.push_back({"hold_seconds", "OUT_OF_RANGE", fmt::format("{} is outside 1 to {}; 0 is the default of {}", request.hold_seconds(), kMaxHoldSeconds, kHoldSeconds)});
  }
  return violations.empty() ? absl::OkStatus() : InvalidRequest(violations);
}

// A quote has one reservation, whoever asks: its id is the quote's.
std::string ReservationId(const pb::QuoteTicket& ticket) { return "quote:" + ticket.quote_id(); }

benefits::v1::ReserveRequest RequestOf(const pb::QuoteTicket& ticket, const pb::VerifyQuoteRequest& verify, const std::vector<benefits::v1::Claim>& claims) {
  benefits::v1::ReserveRequest request;
  request.set_request_id(ReservationId(ticket));
  request.set_customer_id(ticket.customer_id());
  request.set_order_id(verify.order_id());
  *request.mutable_claims() = {claims.begin(), claims.end()};
  request.set_hold_seconds(verify.hold_seconds() == 0 ? kHoldSeconds : verify.hold_seconds());
  request.set_plan_id(ticket.versions().benefit_plan_id());
  benefits::v1::QuotedFor& quoted = *request.mutable_quoted_for();
  quoted.set_plan_version(ticket.versions().benefit_plan_version());
  quoted.set_quote_date(ticket.quote_date());
  quoted.set_tier_known(ticket.tier_known());
  quoted.set_tier_code(ticket.tier_code());
  quoted.set_region(ticket.region());
  quoted.set_segment(ticket.segment());
  return request;
}

absl::Status QuoteUsed(const pb::QuoteTicket& ticket) {
  return WithReason(AlreadyExistsError("another order has used quote {}; ask for a new one", ticket.quote_id()), "QUOTE_USED");
}

absl::Status CheckHeld(const Reservation& reservation) {
  const bool released = reservation.state() == benefits::v1::RESERVATION_STATE_RELEASED;
  if (!released && reservation.state() != benefits::v1::RESERVATION_STATE_EXPIRED) return absl::OkStatus();
  return WithReason(FailedPreconditionError("what this order had reserved {}; ask for a new quote", released ? "was released" : "wasn't committed in time"), "RESERVATION_ENDED");
}

}  // namespace

absl::StatusOr<std::vector<benefits::v1::Claim>> QuoteVerifier::ClaimsOf(const pb::QuoteTicket& ticket, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const auto checkout, checkouts_.At(ticket.versions(), deadline));
  RUNG_ASSIGN_OR_RETURN(auto coupons, CouponsOf(ticket, checkout->tariff->catalogue().book().currency, coupons_, PartOf(deadline, kCouponShare)));
  RUNG_ASSIGN_OR_RETURN(const pricing::Basket basket, BasketOf(ticket, ticket.lines(), *checkout, std::move(coupons)));
  RUNG_ASSIGN_OR_RETURN(const pricing::Quote quote, pricing::MakeQuote(*checkout->tariff, basket));
  if (quote.total.value != ticket.total_fen()) {
    return InternalError("quote {} came out as {} and was signed as {}", ticket.quote_id(), quote.total.value, ticket.total_fen());
  }
  return pricing_service::ClaimsOf(ticket, *checkout, basket, quote);
}

absl::Status QuoteVerifier::Verify(const pb::VerifyQuoteRequest& request, pb::VerifyQuoteResponse& response, Deadline deadline) const {
  RUNG_RETURN_IF_ERROR(Check(request));
  RUNG_ASSIGN_OR_RETURN(pb::QuoteTicket ticket, tickets_.Open(request.signed_quote()));
  const absl::Status time = tickets_.CheckTime(ticket);
  const auto answer = [&](const Reservation& reservation) {
    RUNG_RETURN_IF_ERROR(CheckHeld(reservation));
    response.add_reservation_ids(reservation.reservation_id());
    *response.mutable_hold_expire_time() = reservation.expire_time();
    *response.mutable_ticket() = std::move(ticket);
    return absl::OkStatus();
  };
  if (!time.ok()) {
    // An order that was placed in time hears so again.
    const auto earlier = reservations_.Find(ticket.customer_id(), request.order_id(), ReservationId(ticket), PartOf(deadline, kReserveShare));
    return earlier.ok() && *earlier ? answer(**earlier) : time;
  }
  RUNG_ASSIGN_OR_RETURN(const auto claims, ClaimsOf(ticket, deadline));
  const auto reserved = reservations_.Reserve(RequestOf(ticket, request, claims), PartOf(deadline, kReserveShare));
  if (reserved.ok()) return answer(*reserved);
  if (ReasonOf(reserved.status()) == "REQUEST_ID_REUSED") {
    // The same order may have asked with another hold.
    RUNG_ASSIGN_OR_RETURN(const auto earlier, reservations_.Find(ticket.customer_id(), request.order_id(), ReservationId(ticket), PartOf(deadline, kReserveShare)));
    return earlier ? answer(*earlier) : QuoteUsed(ticket);
  }
  const bool unreachable = ReasonOf(reserved.status()) == "BENEFITS_UNREACHABLE";
  if (!unreachable || !claims.empty() || request.fail_closed()) return reserved.status();
  response.set_degraded_reason("BENEFITS_UNREACHABLE");
  *response.mutable_ticket() = std::move(ticket);
  return absl::OkStatus();
}

}  // namespace rung::pricing_service
