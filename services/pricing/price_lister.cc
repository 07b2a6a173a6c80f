// ListPrices.
#include <algorithm>

#include "libs/errors/errors.h"
#include "libs/pricing/price_list.h"
#include "services/pricing/asking.h"
#include "services/pricing/quoter.h"

namespace rung::pricing_service {
namespace {

namespace pb = pricing::v1;

constexpr int kPricesPerMessage = 1'000;
constexpr int kMaxSkus = 10'000;

// Of a price list, what is used up or can't be counted.
void LeaveOut(const std::vector<std::string>& limited, const std::optional<LeftByBenefit>& left, std::vector<benefits::Entitlement>& entitlements) {
  for (benefits::Entitlement& entitlement : entitlements) {
    benefits::v1::Claim claim;
    claim.set_benefit_id(entitlement.entry->benefit->id);
    const bool priced = std::find(limited.begin(), limited.end(), claim.benefit_id()) != limited.end();
    if (priced && FindShortage(claim, left)) entitlement.answer = benefits::Answer::kQuotaExhausted;
  }
}

}  // namespace

absl::Status Quoter::ListPrices(const pb::ListPricesRequest& request, const std::function<bool(const pb::ListPricesResponse&)>& send,
                                Deadline deadline) const {
  std::vector<Violation> violations = CheckAsker(request);
  const auto languages = wire::ReadLanguages(request.languages(), violations);
  if (request.skus_size() > kMaxSkus) violations.push_back({"skus", "TOO_MANY", fmt::format("{} SKUs; at most {}", request.skus_size(), kMaxSkus)});
  if (!violations.empty()) return InvalidRequest(violations);
  RUNG_ASSIGN_OR_RETURN(const auto checkout, parts_.checkouts.Current(request.price_book_id(), deadline));
  const CustomerFacts facts = parts_.customers.Get(request.customer_id(), checkout->benefits->plan().ladder_id, PartOf(deadline, kCustomerShare));
  if (!facts.tier && request.fail_closed()) return NoTier(facts);
  pricing::PriceListQuery query{.day = Today(), .region = request.region().empty() ? facts.region : request.region(),
                                .region_unknown = request.region().empty() && facts.unreachable()};
  bool limits_missing = false;
  if (facts.tier) {
    auto entitlements = checkout->benefits->For({facts.tier, query.region, facts.segment, request.customer_id()}, query.day);
    const auto limited = LimitedBenefits(entitlements);
    const LimitsQuery limits{request.customer_id(), checkout->versions.benefit_plan_id(), query.region};
    absl::StatusOr<LeftByBenefit> left = LeftByBenefit();
    if (!limited.empty()) left = parts_.limits.Left(limits, PartOf(deadline, kCouponShare));
    if (!left.ok() && request.fail_closed()) return left.status();
    limits_missing = !left.ok();
    LeaveOut(limited, left.ok() ? std::optional(*std::move(left)) : std::nullopt, entitlements);
    benefits::PriceTerms terms = benefits::PriceTermsOf(entitlements, *facts.tier);
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
  message.set_degraded(!facts.tier || limits_missing);
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
