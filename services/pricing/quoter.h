// The use cases of rung.pricing.v1.PricingService that write nothing.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "libs/base/clock.h"
#include "libs/base/day.h"
#include "services/pricing/limits.h"
#include "services/pricing/quote_tickets.h"

namespace rung::pricing_service {

struct QuoterParts {
  const CheckoutSource& checkouts;
  const CustomerSource& customers;
  const CouponSource& coupons;
  const LimitSource& limits;
  const QuoteTickets& tickets;
  const Clock& clock;
  const BusinessZone& zone;
  std::function<std::string()> new_quote_id;
};

/// Thread-safe.
class Quoter {
 public:
  explicit Quoter(QuoterParts parts) : parts_(std::move(parts)) {}

  absl::Status Quote(const pricing::v1::QuoteRequest& request, pricing::v1::QuoteResponse& response, Deadline deadline) const;
  /// The same for threads that mustn't wait; nullopt: it takes more than this process's memory.
  std::optional<absl::Status> QuoteFromMemory(const pricing::v1::QuoteRequest& request, pricing::v1::QuoteResponse& response) const;
  absl::Status Settle(const pricing::v1::SettleQuoteRequest& request, pricing::v1::SettleQuoteResponse& response, Deadline deadline) const;

  /// Calls `send` for every message of up to 1,000 prices until it returns false.
  absl::Status ListPrices(const pricing::v1::ListPricesRequest& request,
                          const std::function<bool(const pricing::v1::ListPricesResponse&)>& send, Deadline deadline) const;

 private:
  struct Inputs;  // of one quote
  struct Priced;  // and what came of them
  static absl::StatusOr<Priced> Price(const pricing::v1::QuoteRequest& request, const Inputs& inputs);
  /// Does without what is used up. `priced` came of the inputs, and uses something limited.
  absl::Status KeepWithinLimits(const pricing::v1::QuoteRequest& request, Inputs& inputs, Priced& priced, Deadline deadline) const;
  absl::Status Answer(const pricing::v1::QuoteRequest& request, Inputs& inputs, const Priced& priced, pricing::v1::QuoteResponse& response, Deadline deadline) const;
  void AddIncentive(const pricing::v1::QuoteRequest& request, const Inputs& inputs, pricing::v1::QuoteResponse& response, Deadline deadline) const;
  Day Today() const { return parts_.zone.DayOf(parts_.clock.NowSeconds()); }

  QuoterParts parts_;
};

}  // namespace rung::pricing_service
