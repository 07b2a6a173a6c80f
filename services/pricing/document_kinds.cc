#include "services/pricing/document_kinds.h"

#include "libs/lifecycle/currency_review.h"
#include "libs/pricing/lint.h"
#include "libs/pricing/validation.h"
#include "libs/wire/benefit_mapping.h"
#include "libs/wire/price_mapping.h"

namespace rung::pricing_service {
namespace {

const pricing::v1::PriceBook& AsBook(const google::protobuf::Message& document) { return static_cast<const pricing::v1::PriceBook&>(document); }
const pricing::v1::PricePolicy& AsPolicy(const google::protobuf::Message& document) { return static_cast<const pricing::v1::PricePolicy&>(document); }

void Append(lifecycle::Finding::Severity severity, std::vector<Violation> violations, std::vector<lifecycle::Finding>& findings) {
  for (Violation& violation : violations) findings.push_back({severity, std::move(violation)});
}

}  // namespace

std::string PriceBookKind::IdOf(const google::protobuf::Message& document) const { return AsBook(document).book_id(); }

std::vector<lifecycle::Finding> PriceBookKind::Check(const google::protobuf::Message& document) const {
  std::vector<Violation> unreadable;
  pricing::PriceBook book = wire::FromWire(AsBook(document), unreadable);
  std::vector<lifecycle::Finding> findings;
  Append(lifecycle::Finding::kError, std::move(unreadable), findings);
  Append(lifecycle::Finding::kError, pricing::Validate(book), findings);
  // Lint reads a book as what it says, which one that isn't valid doesn't.
  if (!findings.empty()) return findings;
  Append(lifecycle::Finding::kWarning, pricing::Lint(book), findings);
  Append(lifecycle::Finding::kWarning, lifecycle::ReviewCurrency(book.currency, currency_), findings);
  Append(lifecycle::Finding::kWarning, OfferReview(checkouts_).OfBook(std::move(book)), findings);
  return findings;
}

std::string PricePolicyKind::IdOf(const google::protobuf::Message& document) const { return AsPolicy(document).policy_id(); }

std::vector<lifecycle::Finding> PricePolicyKind::Check(const google::protobuf::Message& document) const {
  std::vector<Violation> unreadable;
  pricing::Policy policy = wire::FromWire(AsPolicy(document), unreadable);
  std::vector<lifecycle::Finding> findings;
  Append(lifecycle::Finding::kError, std::move(unreadable), findings);
  Append(lifecycle::Finding::kError, pricing::Validate(policy), findings);
  if (!findings.empty()) return findings;
  Append(lifecycle::Finding::kWarning, pricing::Lint(policy), findings);
  Append(lifecycle::Finding::kWarning, OfferReview(checkouts_).OfPolicy(std::move(policy)), findings);
  return findings;
}

std::vector<Violation> BenefitPlanReader::Review(const google::protobuf::Message& document) const {
  std::vector<Violation> unreadable;
  benefits::Plan plan = wire::FromWire(static_cast<const benefits::v1::BenefitPlan&>(document), unreadable);
  return unreadable.empty() ? OfferReview(checkouts_).OfPlan(std::move(plan)) : std::vector<Violation>();
}

}  // namespace rung::pricing_service
