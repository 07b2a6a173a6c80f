#include "services/pricing/offer_review.h"

#include "libs/base/findings.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/pricing/lint.h"

namespace rung::pricing_service {
namespace {

constexpr const char* kBeyondCap = "BEYOND_CAP";

// "offers[3].scope" of LintOffers: the offer's number, and the rest.
std::pair<size_t, std::string> Split(const std::string& field) {
  const size_t open = field.find('[') + 1, close = field.find(']');
  return {std::stoul(field.substr(open, close - open)), field.substr(close + 1)};
}

std::vector<Violation> LintOf(const Checkout& checkout) {
  return pricing::LintOffers(checkout.tariff->offers(), checkout.tariff->policy(), checkout.tariff->catalogue());
}

// Calls `add(checkout, finding)` for everything found in what a document would be joined with.
template <typename Add>
void ForEachFinding(const std::vector<Checkouts::Joined>& all, Findings& findings, Add add) {
  for (const Checkouts::Joined& joined : all) {
    if (!joined.ok()) {
      if (ReasonOf(joined.status()) == "CURRENCY_MISMATCH") findings.Add("currency_code", "CURRENCY_MISMATCH", "{}", Message(joined.status()));
      continue;
    }
    for (Violation& finding : LintOf(**joined)) add(**joined, std::move(finding));
  }
}

// Of an offer that stands in another document.
std::string OfferOf(const Checkout& checkout, const Violation& finding) {
  return fmt::format("\"{}\" of benefit plan \"{}\": {}", checkout.tariff->offers()[Split(finding.field).first].id, checkout.versions.benefit_plan_id(), finding.message);
}

}  // namespace

std::vector<Violation> OfferReview::OfPlan(benefits::Plan plan) const {
  Findings findings;
  const std::string id = plan.plan_id;
  ForEachFinding(checkouts_.With(id, benefits::Benefits::Build(std::move(plan))), findings, [&](const Checkout& checkout, Violation finding) {
    const auto [number, rest] = Split(finding.field);
    finding.field = checkout.benefits->PathOf(*benefits::PricedOffers(*checkout.benefits)[number]) + ".exclusive_offer" + rest;
    findings.Add(std::move(finding));
  });
  return std::move(findings).Take();
}

std::vector<Violation> OfferReview::OfBook(pricing::PriceBook book) const {
  Findings findings;
  const std::string id = book.book_id;
  ForEachFinding(checkouts_.With(id, pricing::Catalogue::Build(std::move(book))), findings, [&](const Checkout& checkout, Violation finding) {
    if (finding.reason != kBeyondCap) findings.Add("items", finding.reason, "{}", OfferOf(checkout, finding));
  });
  return std::move(findings).Take();
}

std::vector<Violation> OfferReview::OfPolicy(pricing::Policy policy) const {
  Findings findings;
  const std::string id = policy.policy_id;
  const auto joined = checkouts_.With(id, std::make_shared<const pricing::Policy>(std::move(policy)));
  for (const Checkouts::Joined& book : joined) {
    if (!book.ok() && ReasonOf(book.status()) == "NO_POLICY") findings.Add("policy_id", "NO_POLICY", "it would leave a book without a policy: {}", Message(book.status()));
  }
  ForEachFinding(joined, findings, [&](const Checkout& checkout, Violation finding) {
    if (finding.reason == kBeyondCap) findings.Add("max_discount_bps", finding.reason, "{}", OfferOf(checkout, finding));
  });
  return std::move(findings).Take();
}

}  // namespace rung::pricing_service
