#include "services/pricing/quote_tickets.h"

#include "libs/errors/errors.h"

namespace rung::pricing_service {
namespace {

constexpr size_t kMaxTicketBytes = 1 << 20;

std::string Shown(UnixSeconds time) { return FormatDay(static_cast<Day>(time / kSecondsPerDay)) + fmt::format("T{:02}:{:02}:{:02}Z", time / 3600 % 24, time / 60 % 60, time % 60); }

}  // namespace

void QuoteTickets::Stamp(int32_t validity_seconds, pricing::v1::QuoteTicket& ticket) const {
  const UnixSeconds now = clock_.NowSeconds();
  ticket.mutable_issued_time()->set_seconds(now);
  ticket.mutable_expire_time()->set_seconds(now + validity_seconds);
}

absl::StatusOr<pricing::v1::SignedQuote> QuoteTickets::Sign(const pricing::v1::QuoteTicket& ticket) const {
  if (const size_t bytes = ticket.ByteSizeLong(); bytes > kMaxTicketBytes) {
    return InvalidField("lines", "TOO_LONG", fmt::format("the basket has {} bytes, and at most {} can be signed; leave out the lines that can't be priced", bytes, kMaxTicketBytes));
  }
  pricing::v1::SignedQuote quote;
  ticket.SerializeToString(quote.mutable_ticket());
  quote.set_key_id(signer_.current_key());
  quote.set_signature(signer_.Sign(quote.ticket()));
  return quote;
}

absl::StatusOr<pricing::v1::QuoteTicket> QuoteTickets::Open(const pricing::v1::SignedQuote& quote) const {
  const auto altered = [] {
    return WithReason(InvalidArgumentError("signed_quote: the signature doesn't fit; pass the quote on as it was given"), "QUOTE_ALTERED");
  };
  if (quote.ticket().size() > kMaxTicketBytes) return altered();
  if (quote.key_id() < 1 || quote.key_id() > 32767 || signer_.PublicKey(static_cast<sealing::KeyId>(quote.key_id())).empty()) {
    const bool retired = quote.key_id() >= 1 && quote.key_id() < signer_.current_key();
    return WithReason(FailedPreconditionError("signed_quote.key_id: key {} {}; ask for a new quote", quote.key_id(), retired ? "isn't in the key file any more" : "isn't in the key file yet"),
                      retired ? "KEY_EXPIRED" : "KEY_UNKNOWN");
  }
  if (!signer_.Verify(static_cast<sealing::KeyId>(quote.key_id()), quote.ticket(), quote.signature())) return altered();
  pricing::v1::QuoteTicket ticket;
  if (!ticket.ParseFromString(quote.ticket())) return altered();
  return ticket;
}

absl::Status QuoteTickets::CheckTime(const pricing::v1::QuoteTicket& ticket) const {
  const UnixSeconds now = clock_.NowSeconds();
  if (ticket.expire_time().seconds() <= now) {
    return WithReason(FailedPreconditionError("the quote expired at {}; ask for a new one", Shown(ticket.expire_time().seconds())), "QUOTE_EXPIRED");
  }
  if (ticket.issued_time().seconds() > now + kClockToleranceSeconds) {
    return WithReason(FailedPreconditionError("the quote was issued at {}, and it is {} here: the clocks disagree", Shown(ticket.issued_time().seconds()), Shown(now)),
                      "QUOTE_FROM_THE_FUTURE");
  }
  return absl::OkStatus();
}

}  // namespace rung::pricing_service
