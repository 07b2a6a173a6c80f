#include "services/pricing/quoter.h"

#include <algorithm>
#include <map>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/pricing/explanation.h"
#include "libs/wire/quote_mapping.h"
#include "services/pricing/asking.h"
#include "services/pricing/quote_claims.h"

namespace rung::pricing_service {
namespace {

namespace pb = pricing::v1;

// Larger baskets take a millisecond and more: not from the threads that answer everybody.
constexpr int kMaxLinesAtOnce = 500;

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

// A coupon takes all that it gives on this basket, or isn't taken. Several of one definition share its budget, in the order
// in which they apply.
absl::Status CheckBudgets(const std::vector<HeldCoupon>& coupons, const pricing::Quote& quote, const std::string& currency) {
  const auto money = [&](pricing::Fen amount) { return pricing::FormatMoney(amount, currency, pricing::Language::kEnglish); };
  std::vector<Violation> violations;
  std::map<std::string_view, pricing::Fen> taken;  // by definition
  for (const pricing::QuotedCoupon& quoted : quote.coupons) {
    const HeldCoupon& held = coupons[quoted.coupon];
    if (!held.budget_left) continue;
    pricing::Fen& before = taken[held.definition_id];
    const pricing::Fen left = *held.budget_left - before;
    if (quoted.given <= left) {
      before += quoted.given;
      continue;
    }
    violations.push_back({fmt::format("coupon_ids[{}]", quoted.coupon), "COUPON_NOT_USABLE",
                          fmt::format("\"{}\": it takes {} off this basket, and the budget of all customers has {} left{}: leave it out", held.coupon.id, money(quoted.given),
                                      money(left), before == pricing::Fen{0} ? "" : " beside the basket's other coupons")});
  }
  return violations.empty() ? absl::OkStatus() : InvalidRequest(violations);
}

// What the quote is made from.
pb::QuoteTicket TicketOf(const pb::QuoteRequest& request, const CustomerFacts& facts, const Checkout& checkout, Day today) {
  pb::QuoteTicket ticket;
  ticket.set_customer_id(request.customer_id());
  ticket.set_tier_known(facts.tier.has_value());
  ticket.set_tier_code(facts.tier.value_or(""));
  ticket.set_region(request.region().empty() ? facts.region : request.region());
  ticket.set_region_unknown(request.region().empty() && facts.unreachable());
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
  std::vector<HeldCoupon> coupons;
  bool coupons_missing = false;  // couldn't be looked at in time
  std::vector<pricing::Language> languages;
  pb::QuoteTicket ticket;            // without lines and coupons: only a signed one needs them
  std::vector<Shortage> shortages;   // limited benefits that the ticket does without

  const std::string& ladder() const { return checkout->benefits->plan().ladder_id; }
};

struct Quoter::Priced {
  pricing::Basket basket;
  pricing::Quote quote;
  std::vector<benefits::v1::Claim> claims;  // for limited benefits that changed the quote
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
  inputs.ticket = TicketOf(request, inputs.customer, *inputs.checkout, Today());
  RUNG_ASSIGN_OR_RETURN(Priced priced, Price(request, inputs));
  if (!priced.claims.empty()) RUNG_RETURN_IF_ERROR(KeepWithinLimits(request, inputs, priced, deadline));
  RUNG_RETURN_IF_ERROR(CheckBudgets(inputs.coupons, priced.quote, inputs.checkout->tariff->catalogue().book().currency));
  return Answer(request, inputs, priced, response, deadline);
}

std::optional<absl::Status> Quoter::QuoteFromMemory(const pb::QuoteRequest& request, pb::QuoteResponse& response) const {
  // Sentences come with a hint, and that with a call.
  if (!request.coupon_ids().empty() || !request.languages().empty() || request.lines_size() > kMaxLinesAtOnce) return std::nullopt;
  if (const auto violations = Check(request); !violations.empty()) return InvalidRequest(violations);
  Inputs inputs;
  auto checkout = parts_.checkouts.Current(request.price_book_id(), Deadline::Never());
  if (!checkout.ok()) return checkout.status();
  inputs.checkout = *std::move(checkout);
  auto customer = parts_.customers.Near(request.customer_id(), inputs.ladder());
  if (!customer) return std::nullopt;
  inputs.customer = *std::move(customer);
  inputs.ticket = TicketOf(request, inputs.customer, *inputs.checkout, Today());
  const auto priced = Price(request, inputs);
  if (!priced.ok()) return priced.status();
  if (!priced->claims.empty()) return std::nullopt;  // what is left is counted by the benefits service
  return Answer(request, inputs, *priced, response, Deadline::Never());
}

absl::StatusOr<Quoter::Priced> Quoter::Price(const pb::QuoteRequest& request, const Inputs& inputs) {
  std::vector<pricing::Coupon> coupons;
  for (const HeldCoupon& held : inputs.coupons) coupons.push_back(held.coupon);
  RUNG_ASSIGN_OR_RETURN(pricing::Basket basket, BasketOf(inputs.ticket, request.lines(), *inputs.checkout, std::move(coupons)));
  RUNG_ASSIGN_OR_RETURN(pricing::Quote quote, pricing::MakeQuote(*inputs.checkout->tariff, basket));
  auto claims = BenefitClaimsOf(inputs.ticket, *inputs.checkout, basket, quote);
  return Priced{std::move(basket), std::move(quote), std::move(claims)};
}

absl::Status Quoter::KeepWithinLimits(const pb::QuoteRequest& request, Inputs& inputs, Priced& priced, Deadline deadline) const {
  const LimitsQuery query{request.customer_id(), inputs.ticket.versions().benefit_plan_id(), inputs.ticket.region()};
  auto found = parts_.limits.Left(query, PartOf(deadline, kCouponShare));
  if (!found.ok() && request.fail_closed()) return found.status();
  const std::optional<LeftByBenefit> left = found.ok() ? std::optional(*std::move(found)) : std::nullopt;
  // What takes the place of something that is used up may be limited itself. Each round takes away at least one.
  for (;;) {
    const size_t before = inputs.shortages.size();
    for (const benefits::v1::Claim& claim : priced.claims) {
      auto shortage = FindShortage(claim, left);
      if (!shortage) continue;
      inputs.ticket.add_unavailable_benefit_ids(claim.benefit_id());
      inputs.shortages.push_back(*std::move(shortage));
    }
    if (before == inputs.shortages.size()) return absl::OkStatus();
    RUNG_ASSIGN_OR_RETURN(priced, Price(request, inputs));
  }
}

absl::Status Quoter::Answer(const pb::QuoteRequest& request, Inputs& inputs, const Priced& priced, pb::QuoteResponse& response, Deadline deadline) const {
  const Checkout& checkout = *inputs.checkout;
  if (!inputs.customer.tier && request.fail_closed()) return NoTier(inputs.customer);
  pb::QuoteTicket& ticket = inputs.ticket;
  ticket.set_quote_id(parts_.new_quote_id());
  ticket.set_total_fen(priced.quote.total.value);
  response.set_quote_id(ticket.quote_id());
  response.set_tier_code(ticket.tier_code());
  *response.mutable_versions() = ticket.versions();
  pb::PricedBasket& basket = *response.mutable_basket();
  wire::WriteQuote(*checkout.tariff, priced.basket, priced.quote, ViewOf(checkout, ticket.tier_code(), request.with_trace(), inputs.languages), &basket);
  for (const Shortage& shortage : inputs.shortages) Write(shortage, checkout.benefits->plan(), parts_.zone, inputs.languages, basket.add_unavailable_benefits());
  const bool limits_missing = !inputs.shortages.empty() && inputs.shortages[0].reason == kUnreachable;
  if (inputs.coupons_missing || limits_missing) {
    basket.set_degraded(true);
    basket.set_degraded_reason(std::string(kUnreachable));
  }
  if (inputs.coupons_missing) *basket.mutable_unavailable_coupon_ids() = request.coupon_ids();
  if (priced.quote.degraded) basket.set_degraded_reason(inputs.customer.why_unknown);
  if (request.sign()) {
    *ticket.mutable_lines() = request.lines();
    if (!inputs.coupons_missing) *ticket.mutable_coupon_ids() = request.coupon_ids();
    parts_.tickets.Stamp(checkout.tariff->policy().quote_validity_seconds, ticket);
    RUNG_ASSIGN_OR_RETURN(*response.mutable_signed_quote(), parts_.tickets.Sign(ticket));
  }
  if (inputs.customer.tier && !inputs.languages.empty()) AddIncentive(request, inputs, response, deadline);
  return absl::OkStatus();
}

// A hint is worth no failure and no wait: without a path there is none.
void Quoter::AddIncentive(const pb::QuoteRequest& request, const Inputs& inputs, pb::QuoteResponse& response, Deadline deadline) const {
  const auto path = parts_.customers.PathOf(request.customer_id(), inputs.ladder(), PartOf(deadline, kHintShare));
  if (!path) return;
  const benefits::Customer customer{inputs.customer.tier, request.region().empty() ? inputs.customer.region : request.region(), inputs.customer.segment, request.customer_id()};
  const auto gains = benefits::GainsOf(*inputs.checkout->benefits, *inputs.checkout->tariff, customer, path->next_tier, Today());
  for (const pricing::Language language : inputs.languages) {
    const std::string text = benefits::Incentive(gains, inputs.checkout->benefits->plan(), *path, language);
    if (text.empty()) return;
    (*response.mutable_incentive()->mutable_texts())[wire::LanguageCode(language)] = text;
    response.mutable_incentive()->set_next_tier_code(path->next_tier);
    response.mutable_incentive()->set_extra_spend_fen(path->extra_spend.value);
  }
}

}  // namespace rung::pricing_service
