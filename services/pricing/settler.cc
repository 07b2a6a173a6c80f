// SettleQuote.
#include <algorithm>

#include "libs/errors/errors.h"
#include "services/pricing/asking.h"
#include "services/pricing/quoter.h"

namespace rung::pricing_service {

namespace pb = pricing::v1;

absl::Status Quoter::Settle(const pb::SettleQuoteRequest& request, pb::SettleQuoteResponse& response, Deadline deadline) const {
  std::vector<Violation> violations;
  const auto languages = wire::ReadLanguages(request.languages(), violations);
  pricing::Delivery delivery;
  for (const int64_t quantity : request.actual_quantities_milli()) delivery.quantities.push_back({quantity});
  for (int i = 0; i < request.refused_lines_size(); ++i) {
    const int32_t line = request.refused_lines(i);
    if (line < 0) violations.push_back({fmt::format("refused_lines[{}]", i), "OUT_OF_RANGE", fmt::format("{} is no line", line)});
    delivery.refused.push_back(static_cast<uint32_t>(std::max(line, 0)));
  }
  if (!violations.empty()) return InvalidRequest(violations);
  RUNG_ASSIGN_OR_RETURN(const pb::QuoteTicket ticket, parts_.tickets.Open(request.signed_quote()));
  RUNG_ASSIGN_OR_RETURN(const auto checkout, parts_.checkouts.At(ticket.versions(), deadline));
  RUNG_ASSIGN_OR_RETURN(auto coupons, CouponsOf(ticket, checkout->tariff->catalogue().book().currency, parts_.coupons, PartOf(deadline, kCouponShare)));
  RUNG_ASSIGN_OR_RETURN(const pricing::Basket basket, BasketOf(ticket, ticket.lines(), *checkout, std::move(coupons)));
  std::optional<pricing::KnownCustomer> known;
  std::string tier = ticket.tier_code();
  if (!ticket.tier_known()) {
    const CustomerFacts facts = parts_.customers.Get(ticket.customer_id(), checkout->benefits->plan().ladder_id, PartOf(deadline, kCustomerShare));
    if (facts.tier) {
      pb::QuoteTicket as_known = ticket;
      if (ticket.region_unknown()) as_known.set_region(facts.region);
      // Nothing that is limited was reserved for it.
      for (const std::string& id : LimitedBenefits(EntitlementsOf(as_known, *checkout, *facts.tier))) as_known.add_unavailable_benefit_ids(id);
      benefits::PriceTerms terms = TermsOf(as_known, *checkout, *facts.tier);
      known = pricing::KnownCustomer{std::move(terms.tier), std::move(terms.offers), as_known.region()};
      tier = *facts.tier;
    }
  }
  RUNG_ASSIGN_OR_RETURN(const pricing::Settlement settlement, pricing::Settle(*checkout->tariff, basket, delivery, known));
  if (settlement.quoted.total.value != ticket.total_fen()) {
    return InternalError("quote {} came out as {} and was signed as {}", ticket.quote_id(), settlement.quoted.total.value, ticket.total_fen());
  }
  pricing::Basket billed = basket;
  if (settlement.by_known_tier) billed.tier = known->tier;
  const wire::QuoteView view = ViewOf(*checkout, settlement.by_known_tier || ticket.tier_known() ? tier : std::string(), request.with_trace(), languages);
  wire::WriteQuote(*checkout->tariff, billed, settlement.bill, view, response.mutable_bill());
  wire::WriteDifferences(*checkout->tariff, settlement, delivery, view, &response);
  response.set_quoted_total_fen(ticket.total_fen());
  return absl::OkStatus();
}

}  // namespace rung::pricing_service
