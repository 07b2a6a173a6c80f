// Signed quotes: issued, opened, and how long they hold.
#pragma once

#include <absl/status/statusor.h>

#include "libs/base/clock.h"
#include "libs/sealing/signer.h"
#include "rung/pricing/v1/quote.pb.h"

namespace rung::pricing_service {

/// The purpose of the signer that signs quotes.
inline constexpr const char* kQuotePurpose = "quote";
/// How far another server's clock may be ahead of ours.
inline constexpr int64_t kClockToleranceSeconds = 60;

/// Thread-safe.
class QuoteTickets {
 public:
  QuoteTickets(const sealing::Signer& signer, const Clock& clock) : signer_(signer), clock_(clock) {}

  /// Stamps the ticket with the time of issue and expiry.
  void Stamp(int32_t validity_seconds, pricing::v1::QuoteTicket& ticket) const;
  /// INVALID_ARGUMENT (lines TOO_LONG) for more than could be opened again: baskets of goods that the book has fit.
  absl::StatusOr<pricing::v1::SignedQuote> Sign(const pricing::v1::QuoteTicket& ticket) const;

  /// The ticket, if one of our keys signed it. INVALID_ARGUMENT/QUOTE_ALTERED; FAILED_PRECONDITION/KEY_EXPIRED for a key that
  /// is in the key file no more, KEY_UNKNOWN for one that isn't there yet.
  absl::StatusOr<pricing::v1::QuoteTicket> Open(const pricing::v1::SignedQuote& quote) const;

  /// Whether an order may be placed by it now. FAILED_PRECONDITION/QUOTE_EXPIRED, QUOTE_FROM_THE_FUTURE.
  absl::Status CheckTime(const pricing::v1::QuoteTicket& ticket) const;

 private:
  const sealing::Signer& signer_;
  const Clock& clock_;
};

}  // namespace rung::pricing_service
