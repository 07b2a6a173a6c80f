// What quotes, settlements and price lists have in common: who asks, how much time each part may take, how it is shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/text.h"
#include "libs/wire/quote_mapping.h"
#include "services/pricing/checkout.h"

namespace rung::pricing_service {

// What a quote leaves of the caller's time to each thing that it can do without, in percent of what is left then: after
// tier, coupons and the hint there is time enough to answer.
inline constexpr int kCustomerShare = 40;
inline constexpr int kCouponShare = 50;
inline constexpr int kHintShare = 50;
// What an order leaves to the benefits service: it hears in its time when that doesn't answer.
inline constexpr int kReserveShare = 70;
inline constexpr std::string_view kUnreachable = "BENEFITS_UNREACHABLE";

inline Deadline PartOf(Deadline deadline, int percent) { return Deadline::After(deadline.RemainingMs() * percent / 100); }

/// `fail_closed` was asked for, and there is no tier.
absl::Status NoTier(const CustomerFacts& facts);

void CheckText(const char* field, const std::string& text, std::vector<Violation>& violations);

/// Who asks, for where and from which book.
template <typename Request>
std::vector<Violation> CheckAsker(const Request& request) {
  std::vector<Violation> violations;
  if (request.customer_id().empty()) violations.push_back({"customer_id", "REQUIRED", "must not be empty"});
  CheckText("customer_id", request.customer_id(), violations);
  CheckText("region", request.region(), violations);
  CheckText("price_book_id", request.price_book_id(), violations);
  return violations;
}

/// Names of tiers as the plan has them.
wire::QuoteView ViewOf(const Checkout& checkout, const std::string& tier, bool with_trace, const std::vector<pricing::Language>& languages);

}  // namespace rung::pricing_service
