#include "services/benefits/document_kinds.h"

#include <algorithm>

#include "libs/base/findings.h"
#include "libs/benefits/lint.h"
#include "libs/benefits/validation.h"
#include "libs/lifecycle/currency_review.h"
#include "libs/wire/benefit_mapping.h"

namespace rung::benefits_service {
namespace {

using lifecycle::Finding;

const benefits::v1::BenefitPlan& AsPlan(const google::protobuf::Message& document) { return static_cast<const benefits::v1::BenefitPlan&>(document); }
const benefits::v1::CouponDefinition& AsCoupon(const google::protobuf::Message& document) {
  return static_cast<const benefits::v1::CouponDefinition&>(document);
}

void Add(std::vector<Violation> violations, Finding::Severity severity, std::vector<Finding>& out) {
  for (Violation& violation : violations) out.push_back({severity, std::move(violation)});
}

bool Contains(const std::vector<std::string>& codes, const std::string& code) { return std::find(codes.begin(), codes.end(), code) != codes.end(); }

// What plan and ladder don't share.
std::vector<Violation> CompareWithLadder(const benefits::Plan& plan, const std::vector<std::string>& ladder) {
  Findings findings;
  if (ladder.empty()) {
    findings.Add("ladder_id", "LADDER_UNKNOWN", "no model \"{}\" is published: nobody has a tier of this plan yet", Shorten(plan.ladder_id, 80));
    return std::move(findings).Take();
  }
  std::vector<std::string> codes;
  for (size_t i = 0; i < plan.tiers.size(); ++i) {
    codes.push_back(plan.tiers[i].code);
    if (!Contains(ladder, codes.back())) {
      findings.Add(fmt::format("tiers[{}].code", i), "TIER_UNKNOWN", "ladder \"{}\" has no tier \"{}\"", Shorten(plan.ladder_id, 80), Shorten(codes.back(), 80));
    }
  }
  std::vector<std::string> shared = ladder, in_order = codes;
  std::erase_if(shared, [&](const std::string& code) { return !Contains(codes, code); });
  std::erase_if(in_order, [&](const std::string& code) { return !Contains(ladder, code); });
  if (shared != in_order) findings.Add("tiers", "TIER_ORDER", "ladder \"{}\" ranks its tiers otherwise; best first", Shorten(plan.ladder_id, 80));
  for (const std::string& code : ladder) {
    if (!Contains(codes, code)) findings.Add("tiers", "TIER_MISSING", "customers of tier \"{}\" get nothing: the plan doesn't name it", code);
  }
  return std::move(findings).Take();
}

// The second plan takes the first one's place as "the only one" without taking any other.
std::vector<Violation> CompareWithPublished(const benefits::Plan& plan, const std::vector<std::string>& published) {
  Findings findings;
  if (published.size() == 1 && published[0] != plan.plan_id && published[0] != kDefaultPlan && plan.plan_id != kDefaultPlan) {
    findings.Add("plan_id", "NO_DEFAULT_PLAN",
                 "\"{}\" is the only plan so far and therefore everybody's. With \"{}\" beside it, whoever names no plan gets NO_BENEFIT_PLAN, and so do quotes "
                 "of price books that have no plan of their own id: publish what \"{}\" says as \"{}\" first",
                 Shorten(published[0], 80), Shorten(plan.plan_id, 80), Shorten(published[0], 80), kDefaultPlan);
  }
  return std::move(findings).Take();
}

}  // namespace

std::string BenefitPlanKind::IdOf(const google::protobuf::Message& document) const { return AsPlan(document).plan_id(); }

std::vector<Finding> BenefitPlanKind::Check(const google::protobuf::Message& document) const {
  std::vector<Finding> findings;
  std::vector<Violation> violations;
  const benefits::Plan plan = wire::FromWire(AsPlan(document), violations);
  Add(std::move(violations), Finding::kError, findings);
  Add(benefits::Validate(plan), Finding::kError, findings);
  if (!findings.empty()) return findings;  // lint is about plans that could be used
  Add(benefits::Lint(plan, parts_.Today()), Finding::kWarning, findings);
  Add(CompareWithLadder(plan, parts_.tiers_of(plan.ladder_id)), Finding::kWarning, findings);
  Add(CompareWithPublished(plan, parts_.published.PlanIds()), Finding::kWarning, findings);
  Add(lifecycle::ReviewCurrency(plan.currency, parts_.currency), Finding::kWarning, findings);
  return findings;
}

std::string CouponKind::IdOf(const google::protobuf::Message& document) const { return AsCoupon(document).coupon_id(); }

std::vector<Finding> CouponKind::Check(const google::protobuf::Message& document) const {
  std::vector<Finding> findings;
  std::vector<Violation> violations;
  const benefits::CouponDefinition definition = wire::FromWire(AsCoupon(document), violations);
  Add(std::move(violations), Finding::kError, findings);
  Add(benefits::Validate(definition), Finding::kError, findings);
  if (!findings.empty()) return findings;
  Add(benefits::Lint(definition, parts_.Today()), Finding::kWarning, findings);
  Add(lifecycle::ReviewCurrency(definition.currency, parts_.currency), Finding::kWarning, findings);
  return findings;
}

}  // namespace rung::benefits_service
