#include "services/pricing/asking.h"

#include "libs/errors/errors.h"

namespace rung::pricing_service {

absl::Status NoTier(const CustomerFacts& facts) {
  if (facts.why_unknown == "CUSTOMER_UNKNOWN") return WithReason(NotFoundError("the customer has no events here, and fail_closed was asked for"), facts.why_unknown);
  if (facts.why_unknown == "NO_LADDER" || facts.why_unknown == "LADDER_UNKNOWN") {
    return WithReason(FailedPreconditionError("the ladder of the benefit plan isn't published, and fail_closed was asked for"), facts.why_unknown);
  }
  return WithRetry(WithReason(UnavailableError("the customer's tier can't be had right now ({}), and fail_closed was asked for", facts.why_unknown), "TIER_UNREACHABLE"), 200);
}

void CheckText(const char* field, const std::string& text, std::vector<Violation>& violations) {
  if (auto problem = FindTextProblem(field, text, 128)) violations.push_back(*std::move(problem));
}

wire::QuoteView ViewOf(const Checkout& checkout, const std::string& tier, bool with_trace, const std::vector<pricing::Language>& languages) {
  wire::QuoteView view{.with_trace = with_trace};
  const benefits::Plan& plan = checkout.benefits->plan();
  for (const pricing::Language language : languages) {
    pricing::Speech speech{.language = language, .tier_name = tier.empty() ? std::string() : benefits::TierName(plan, tier, language)};
    for (const benefits::TierBenefits& item : plan.tiers) speech.tier_names[item.code] = benefits::TierName(plan, item.code, language);
    view.speeches.push_back(std::move(speech));
  }
  return view;
}

}  // namespace rung::pricing_service
