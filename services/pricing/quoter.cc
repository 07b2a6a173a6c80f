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

// What a quote leaves of the caller's time to each thing that it can do without, in percent of what is left then: after
// tier, coupons and the hint there is time enough to answer.
constexpr int kCustomerShare = 40;
constexpr int kCouponShare = 50;
constexpr int kHintShare = 50;
Deadline PartOf(Deadline deadline, int percent) { return Deadline::After(deadline.RemainingMs() * percent / 100); }

// fail_closed was asked for, and there is no tier.
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

// Who asks, for where and from which book.
template <typename Request>
std::vector<Violation> CheckAsker(const Request& request) {
  std::vector<Violation> violations;
  if (request.customer_id().empty()) violations.push_back({"customer_id", "REQUIRED", "must not be empty"});
  CheckText("customer_id", request.customer_id(), violations);
  CheckText("region", request.region(), violations);
  CheckText("price_book_id", request.price_book_id(), violations);
  return violations;
}

// Checks that the libraries leave to the door.
std::vector<Violation> Check(const pb::QuoteRequest& request) {
  std::vector<Violation> violations = CheckAsker(request);
  if (request.lines().empty()) violations.push_back({"lines", "REQUIRED", "a basket needs at least one line"});
  if (request.lines_size() > static_cast<int>(pricing::kMaxLines)) {
    violations.push_back({"lines", "TOO_MANY", fmt::format("{} lines; at most {}", request.lines_size(), pricing::kMaxLines)});
  }
  if (request.coupon_ids_size() > static_cast<int>(pricing::kMaxCoupons)) {
    violations.push_back({"coupon_ids", "TOO_MANY", fmt::format("{} coupons; at most {}", request.coupon_ids_size(), pricing::kMaxCoupons)});
    return violations;
  }
  for (int i = 0; i < request.coupon_ids_size(); ++i) {
    if (request.coupon_ids(i).empty()) violations.push_back({fmt::format("coupon_ids[{}]", i), "REQUIRED", "must not be empty"});
    CheckText(fmt::format("coupon_ids[{}]", i).c_str(), request.coupon_ids(i), violations);
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

// What the quote is made from, without lines and coupons: only a signed one needs them.
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
  ticket.set_delivery_fee_fen(request.delivery_fee_fen());
  ticket.set_partial(request.partial());
  return ticket;
}

}  // namespace

struct Quoter::Inputs {
  std::shared_ptr<const Checkout> checkout;
  CustomerFacts customer;
  std::vector<pricing::Coupon> coupons;
  bool coupons_missing = false;  // couldn't be looked at in time
  std::vector<pricing::Language> languages;

  const std::string& ladder() const { return checkout->benefits->plan().ladder_id; }
};

absl::Status Quoter::Quote(const pb::QuoteRequest& request, pb::QuoteResponse& response, Deadline deadline) const {
  std::vector<Violation> violations = Check(request);
  Inputs inputs{.languages = wire::ReadLanguages(request.languages(), violations)};
  if (!violations.empty()) return InvalidRequest(violations);
  RUNG_ASSIGN_OR_RETURN(inputs.checkout, parts_.checkouts.Current(request.price_book_id(), deadline));
  inputs.customer = parts_.customers.Get(request.customer_id(), inputs.ladder(), PartOf(deadline, kCustomerShare));
  if (!request.coupon_ids().empty()) {
    auto found = parts_.coupons.Find({.customer_id = request.customer_id(), .coupon_ids = {request.coupon_ids().begin(), request.coupon_ids().end()},
                                      .currency = inputs.checkout->tariff->catalogue().book().currency}, PartOf(deadline, kCouponShare));
    inputs.coupons_missing = absl::IsUnavailable(found.status());
    if (!found.ok() && (!inputs.coupons_missing || request.fail_closed())) return found.status();
    if (found.ok()) inputs.coupons = *std::move(found);
  }
  return Answer(request, std::move(inputs), response, deadline);
}

std::optional<absl::Status> Quoter::QuoteFromMemory(const pb::QuoteRequest& request, pb::QuoteResponse& response) const {
  // Sentences come with a hint, and that with a call.
  if (!request.coupon_ids().empty() || !request.languages().empty()) return std::nullopt;
  if (const auto violations = Check(request); !violations.empty()) return InvalidRequest(violations);
  Inputs inputs;
  auto checkout = parts_.checkouts.Current(request.price_book_id(), Deadline::Never());
  if (!checkout.ok()) return checkout.status();
  inputs.checkout = *std::move(checkout);
  auto customer = parts_.customers.Near(request.customer_id(), inputs.ladder());
  if (!customer) return std::nullopt;
  inputs.customer = *std::move(customer);
  return Answer(request, std::move(inputs), response, Deadline::Never());
}

absl::Status Quoter::Answer(const pb::QuoteRequest& request, Inputs inputs, pb::QuoteResponse& response, Deadline deadline) const {
  const Checkout& checkout = *inputs.checkout;
  if (!inputs.customer.tier && request.fail_closed()) return NoTier(inputs.customer);
  pb::QuoteTicket ticket = TicketOf(request, inputs.customer, checkout, Today());
  RUNG_ASSIGN_OR_RETURN(const pricing::Basket basket, BasketOf(ticket, request.lines(), checkout, std::move(inputs.coupons)));
  RUNG_ASSIGN_OR_RETURN(const pricing::Quote quote, pricing::MakeQuote(*checkout.tariff, basket));
  ticket.set_quote_id(parts_.new_quote_id());
  ticket.set_total_fen(quote.total.value);
  response.set_quote_id(ticket.quote_id());
  response.set_tier_code(ticket.tier_code());
  *response.mutable_versions() = ticket.versions();
  wire::WriteQuote(*checkout.tariff, basket, quote, ViewOf(checkout, ticket.tier_code(), request.with_trace(), inputs.languages), response.mutable_basket());
  if (inputs.coupons_missing) {
    response.mutable_basket()->set_degraded(true);
    response.mutable_basket()->set_degraded_reason("BENEFITS_UNREACHABLE");
    *response.mutable_basket()->mutable_unavailable_coupon_ids() = request.coupon_ids();
  }
  if (quote.degraded) response.mutable_basket()->set_degraded_reason(inputs.customer.why_unknown);
  if (request.sign()) {
    *ticket.mutable_lines() = request.lines();
    if (!inputs.coupons_missing) *ticket.mutable_coupon_ids() = request.coupon_ids();
    parts_.tickets.Stamp(checkout.tariff->policy().quote_validity_seconds, ticket);
    *response.mutable_signed_quote() = parts_.tickets.Sign(ticket);
  }
  if (inputs.customer.tier && !inputs.languages.empty()) AddIncentive(request, inputs, response, deadline);
  return absl::OkStatus();
}

// A hint is worth no failure and no wait: without a path there is none.
void Quoter::AddIncentive(const pb::QuoteRequest& request, const Inputs& inputs, pb::QuoteResponse& response, Deadline deadline) const {
  const auto path = parts_.customers.PathOf(request.customer_id(), inputs.ladder(), PartOf(deadline, kHintShare));
  if (!path) return;
  const benefits::Customer customer{inputs.customer.tier, request.region().empty() ? inputs.customer.region : request.region(), inputs.customer.segment, request.customer_id()};
  for (const pricing::Language language : inputs.languages) {
    const std::string text = benefits::Incentive(*inputs.checkout->benefits, customer, *path, Today(), language);
    if (text.empty()) return;
    (*response.mutable_incentive()->mutable_texts())[wire::LanguageCode(language)] = text;
    response.mutable_incentive()->set_next_tier_code(path->next_tier);
    response.mutable_incentive()->set_extra_spend_fen(path->extra_spend.value);
  }
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
  RUNG_ASSIGN_OR_RETURN(auto coupons, CouponsOf(ticket, checkout->tariff->catalogue().book().currency, parts_.coupons, deadline));
  RUNG_ASSIGN_OR_RETURN(const pricing::Basket basket, BasketOf(ticket, ticket.lines(), *checkout, std::move(coupons)));
  std::optional<pricing::KnownCustomer> known;
  std::string tier = ticket.tier_code();
  if (!ticket.tier_known()) {
    const CustomerFacts facts = parts_.customers.Get(ticket.customer_id(), checkout->benefits->plan().ladder_id, deadline);
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
  std::vector<Violation> violations = CheckAsker(request);
  const auto languages = wire::ReadLanguages(request.languages(), violations);
  if (request.skus_size() > kMaxSkus) violations.push_back({"skus", "TOO_MANY", fmt::format("{} SKUs; at most {}", request.skus_size(), kMaxSkus)});
  if (!violations.empty()) return InvalidRequest(violations);
  RUNG_ASSIGN_OR_RETURN(const auto checkout, parts_.checkouts.Current(request.price_book_id(), deadline));
  const CustomerFacts facts = parts_.customers.Get(request.customer_id(), checkout->benefits->plan().ladder_id, PartOf(deadline, kCustomerShare));
  if (!facts.tier && request.fail_closed()) return NoTier(facts);
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
