// Benefits, answers and reasons to upgrade, in sentences for people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/benefits/entitlements.h"
#include "libs/pricing/explanation.h"

namespace rung::benefits {

using pricing::Language;

/// "9 折", "满 300 元免配送费", "进口水果8折".
std::string Describe(const Plan& plan, const Benefit& benefit, Language language);

/// Why the benefit applies or doesn't, and until when.
std::string Explain(const Benefits& benefits, const Entitlement& entitlement, Language language);

/// A tier's name in the language, else its code.
std::string TierName(const Plan& plan, std::string_view code, Language language);

/// How far it is to the next tier, as grading computed it.
struct UpgradePath {
  std::string next_tier;
  Fen extra_spend;          ///< > 0
  std::optional<Day> by;    ///< spent by then, inclusive
};

/// What the customer would have in `next_tier` on that day and has not, or has less of, now: prices first. Empty when
/// the plan gives nothing more there.
std::vector<const Benefit*> GainsOf(const Benefits& benefits, const Customer& customer, std::string_view next_tier, Day day);

/// "再消费 20,000 元升级钻石会员，享 9 折、进口水果8折". Empty when the tier gives nothing more: nothing is promised that the
/// plan doesn't give.
std::string Incentive(const Benefits& benefits, const Customer& customer, const UpgradePath& path, Day day, Language language);

}  // namespace rung::benefits
