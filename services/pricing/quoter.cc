#include "services/pricing/quoter.h"

#include <algorithm>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/pricing/price_list.h"
#include "libs/wire/quote_mapping.h"

namespace rung::pricing_service {
namespace {

namespace pb = pricing::v1;

constexpr int kPricesPerMessage = 1'000;
constexpr int kMaxSkus = 10'000;

absl::Status TierUnreachable(const CustomerFacts& facts) {
  return WithRetry(WithReason(UnavailableError("the customer's tier can't be had right now ({}), and fail_closed was asked for", facts.why_unknown), "TIER_UNREACHABLE"), 200);
}

// Checks that the libraries leave to the door.
std::vector<Violation> Check(const pb::QuoteRequest& request) {
  std::vector<Violation> violations;
  if (request.customer_id().empty()) violations.push_back({"customer_id", "REQUIRED", "must not be empty"});
  if (auto problem = FindTextProblem("customer_id", request.customer_id(), 128)) violations.push_back(*std::move(problem));
  if (request.lines().empty()) violations.push_back({"lines", "REQUIRED", "a basket needs at least one line"});
  if (request.lines_size() > static_cast<int>(pricing::kMaxLines)) {
    violations.push_back({"lines", "TOO_MANY", fmt::format("{} lines; at most {}", request.lines_size(), pricing::kMaxLines)});
  }
  return violations;
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

pb::QuoteTicket TicketOf(const pb::QuoteRequest& request, const CustomerFacts& facts, const Checkout& checkout, Day today) {
  pb::QuoteTicket ticket;
  ticket.set_customer_id(request.customer_id());
  ticket.set_tier_known(facts.tier.has_value());
  ticket.set_tier_code(facts.tier.value_or(""));
  ticket.set_region(request.region().empty() ? facts.region : request.region());
  ticket.set_segment(facts.segment);
  *ticket.mutable_versions() = checkout.versions;
  ticket.mutable_versions()->set_tier_version(facts.tier_version);
  ticket.set_quote_date(FormatDay(today));
  ticket.set_currency_code(request.currency_code());
  *ticket.mutable_lines() = request.lines();
  *ticket.mutable_coupon_ids() = request.coupon_ids();
  ticket.set_delivery_fee_fen(request.delivery_fee_fen());
  ticket.set_partial(request.partial());
  return ticket;
}

std::vector<std::string> Texts(const google::protobuf::RepeatedPtrField<std::string>& in) { return {in.begin(), in.end()}; }

}  // namespace

absl::Status Quoter::Quote(const pb::QuoteRequest& request, pb::QuoteResponse& response, Deadline deadline) const {
  std::vector<Violation> violations = Check(request);
  const auto languages = wire::ReadLanguages(request.languages(), violations);
  if (!violations.empty()) return InvalidRequest(violations);
  RUNG_ASSIGN_OR_RETURN(const auto checkout, parts_.checkouts.Current(request.price_book_id(), deadline));
  const CustomerFacts facts = parts_.customers.Get(request.customer_id(), deadline);
  if (!facts.tier && request.fail_closed()) return TierUnreachable(facts);
  const Day today = Today();
  pb::QuoteTicket ticket = TicketOf(request, facts, *checkout, today);
  std::vector<pricing::Coupon> coupons;
  if (!request.coupon_ids().empty()) {
    RUNG_ASSIGN_OR_RETURN(coupons, parts_.coupons.Find(request.customer_id(), Texts(request.coupon_ids()), today, deadline));
  }
  RUNG_ASSIGN_OR_RETURN(const pricing::Basket basket, BasketOf(ticket, *checkout, std::move(coupons)));
  RUNG_ASSIGN_OR_RETURN(const pricing::Quote quote, pricing::MakeQuote(*checkout->tariff, basket));
  ticket.set_quote_id(parts_.new_quote_id());
  ticket.set_total_fen(quote.total.value);
  response.set_quote_id(ticket.quote_id());
  response.set_tier_code(ticket.tier_code());
  *response.mutable_versions() = ticket.versions();
  wire::WriteQuote(*checkout->tariff, basket, quote, ViewOf(*checkout, ticket.tier_code(), request.with_trace(), languages), response.mutable_basket());
  if (quote.degraded) response.mutable_basket()->set_degraded_reason(facts.why_unknown);
  if (request.sign()) {
    parts_.tickets.Stamp(checkout->tariff->policy().quote_validity_seconds, ticket);
    *response.mutable_signed_quote() = parts_.tickets.Sign(ticket);
  }
  if (!facts.tier || languages.empty()) return absl::OkStatus();
  // A hint is worth no failure and no wait: without a path there is none.
  const auto path = parts_.customers.PathOf(request.customer_id(), deadline);
  if (!path) return absl::OkStatus();
  for (const pricing::Language language : languages) {
    const std::string text = benefits::Incentive(*checkout->benefits, {facts.tier, ticket.region(), ticket.segment(), ticket.customer_id()}, *path, today, language);
    if (text.empty()) break;
    (*response.mutable_incentive()->mutable_texts())[wire::LanguageCode(language)] = text;
    response.mutable_incentive()->set_next_tier_code(path->next_tier);
    response.mutable_incentive()->set_extra_spend_fen(path->extra_spend.value);
  }
  return absl::OkStatus();
}

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
  std::vector<pricing::Coupon> coupons;
  if (!ticket.coupon_ids().empty()) {
    const Day day = ParseDay(ticket.quote_date()).value_or(0);
    RUNG_ASSIGN_OR_RETURN(coupons, parts_.coupons.Find(ticket.customer_id(), Texts(ticket.coupon_ids()), day, deadline));
  }
  RUNG_ASSIGN_OR_RETURN(const pricing::Basket basket, BasketOf(ticket, *checkout, std::move(coupons)));
  std::optional<pricing::KnownCustomer> known;
  std::string tier = ticket.tier_code();
  if (!ticket.tier_known()) {
    const CustomerFacts facts = parts_.customers.Get(ticket.customer_id(), deadline);
    if (facts.tier) {
      benefits::PriceTerms terms = TermsOf(ticket, *checkout, *facts.tier);
      known = pricing::KnownCustomer{std::move(terms.tier), std::move(terms.offers)};
      tier = *facts.tier;
    }
  }
  RUNG_ASSIGN_OR_RETURN(const pricing::Settlement settlement, pricing::Settle(*checkout->tariff, basket, delivery, known));
  if (!settlement.by_known_tier && settlement.quoted.total.value != ticket.total_fen()) {
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

absl::Status Quoter::ListPrices(const pb::ListPricesRequest& request, const std::function<bool(const pb::ListPricesResponse&)>& send,
                                Deadline deadline) const {
  std::vector<Violation> violations;
  if (request.customer_id().empty()) violations.push_back({"customer_id", "REQUIRED", "must not be empty"});
  const auto languages = wire::ReadLanguages(request.languages(), violations);
  if (request.skus_size() > kMaxSkus) violations.push_back({"skus", "TOO_MANY", fmt::format("{} SKUs; at most {}", request.skus_size(), kMaxSkus)});
  if (!violations.empty()) return InvalidRequest(violations);
  RUNG_ASSIGN_OR_RETURN(const auto checkout, parts_.checkouts.Current(request.price_book_id(), deadline));
  const CustomerFacts facts = parts_.customers.Get(request.customer_id(), deadline);
  if (!facts.tier && request.fail_closed()) return TierUnreachable(facts);
  pricing::PriceListQuery query{.day = Today(), .region = request.region().empty() ? facts.region : request.region()};
  if (facts.tier) {
    benefits::PriceTerms terms = benefits::PriceTermsOf(checkout->benefits->For({facts.tier, query.region, facts.segment, request.customer_id()}, query.day), *facts.tier);
    query.tier = std::move(terms.tier);
    query.offers = std::move(terms.offers);
  }
  const pricing::Catalogue& catalogue = checkout->tariff->catalogue();
  pricing::PriceLister lister(*checkout->tariff, query);
  const wire::QuoteView view = ViewOf(*checkout, facts.tier.value_or(""), false, languages);
  pb::ListPricesResponse message;
  message.set_currency_code(catalogue.book().currency);
  message.set_tier_code(facts.tier.value_or(""));
  *message.mutable_versions() = checkout->versions;
  message.mutable_versions()->set_tier_version(facts.tier_version);
  message.set_degraded(!facts.tier);
  const auto add = [&](pricing::Catalogue::ItemNo item) {
    if (!request.category().empty() && !pricing::CategoryHolds(request.category(), catalogue.item(item).category)) return true;
    const auto price = lister.PriceOf(item);
    if (!price) return true;
    wire::WriteListedPrice(*checkout->tariff, *price, query.tier, view, message.add_entries());
    if (message.entries_size() < kPricesPerMessage) return true;
    const bool more = send(message);
    message.Clear();
    return more;
  };
  if (request.skus().empty()) {
    for (pricing::Catalogue::ItemNo item = 0; item < catalogue.size(); ++item) {
      if (!add(item)) return absl::OkStatus();
    }
  } else {
    for (const std::string& sku : request.skus()) {
      const auto item = catalogue.Find(sku);
      if (item && !add(*item)) return absl::OkStatus();
    }
  }
  // The last message, and the only one when there is nothing to list.
  if (!message.entries().empty() || !message.currency_code().empty()) send(message);
  return absl::OkStatus();
}

}  // namespace rung::pricing_service
