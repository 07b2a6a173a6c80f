#include "libs/benefits/coupon.h"

#include <algorithm>

#include "libs/base/findings.h"
#include "libs/pricing/explanation.h"
#include "libs/pricing/validation.h"

namespace rung::benefits {
namespace {

constexpr int32_t kMaxValidDays = 3'660;
constexpr int64_t kMaxIssues = 1'000'000'000'000;

}  // namespace

std::optional<Day> LastDayOf(const CouponDefinition& definition, Day issued) {
  if (!definition.valid_days) return definition.days.until;
  const Day own = issued + *definition.valid_days - 1;
  return definition.days.until ? std::min(own, *definition.days.until) : own;
}

CouponAnswer AnswerFor(const CouponDefinition& definition, const std::optional<std::string>& tier, Day issued, Day day) {
  if (!definition.tiers.empty()) {
    if (!tier) return CouponAnswer::kTierUnknown;
    if (std::find(definition.tiers.begin(), definition.tiers.end(), *tier) == definition.tiers.end()) return CouponAnswer::kOtherTier;
  }
  if (day < issued || (definition.days.from && day < *definition.days.from)) return CouponAnswer::kNotYet;
  const auto last = LastDayOf(definition, issued);
  return last && day > *last ? CouponAnswer::kEnded : CouponAnswer::kUsable;
}

std::vector<Violation> Validate(const CouponDefinition& definition) {
  Findings findings;
  pricing::CheckCoupon("", definition.terms, findings);
  pricing::CheckNames("names", definition.names, findings);
  pricing::CheckDays("", definition.days, findings);
  if (definition.currency.size() != 3) {
    findings.Add("currency_code", "BAD_CURRENCY", "\"{}\" must be three capital letters, such as CNY", Shorten(definition.currency, 20));
  }
  findings.CheckCount("tier_codes", definition.tiers.size(), 32, "tiers");
  for (const std::string& code : definition.tiers) findings.CheckId("tier_codes", code);
  if (definition.valid_days) findings.CheckRange("valid_days", *definition.valid_days, 1, kMaxValidDays);
  if (definition.budget) findings.CheckRange("budget_fen", definition.budget->value, 0, 100 * pricing::kMaxAmount.value);
  if (definition.issues_per_customer) findings.CheckRange("issues_per_customer", *definition.issues_per_customer, 0, kMaxIssues);
  if (definition.issue_limit) findings.CheckRange("issue_limit", *definition.issue_limit, 0, kMaxIssues);
  return std::move(findings).Take();
}

std::vector<Violation> Lint(const CouponDefinition& definition, Day today) {
  Findings findings;
  if (definition.days.until && *definition.days.until < today) {
    findings.Add("until_date", "ENDED", "ended on {}: nobody can use it any more", FormatDay(*definition.days.until));
  }
  const pricing::Coupon& terms = definition.terms;
  const auto money = [&](pricing::Fen amount) { return pricing::FormatMoney(amount, definition.currency, pricing::Language::kEnglish); };
  if (terms.amount_off && terms.minimum < *terms.amount_off) {
    findings.Add("minimum_fen", "GOODS_FOR_NOTHING", "{} off from {} on: small baskets cost nothing", money(*terms.amount_off), money(terms.minimum));
  }
  if (terms.amount_off && definition.budget && *definition.budget < *terms.amount_off) {
    findings.Add("budget_fen", "NOBODY_CAN_USE", "{} don't pay for one use of {}", money(*definition.budget), money(*terms.amount_off));
  }
  if (definition.issues_per_customer == 0) findings.Add("issues_per_customer", "NOBODY_CAN_USE", "a limit of 0 leaves nothing to issue");
  if (definition.issue_limit == 0) findings.Add("issue_limit", "NOBODY_CAN_USE", "a limit of 0 leaves nothing to issue");
  return std::move(findings).Take();
}

}  // namespace rung::benefits
