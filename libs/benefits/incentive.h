// Reasons to spend more: what the next tier really gives.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/benefits/description.h"
#include "libs/pricing/tariff.h"

namespace rung::benefits {

/// How far it is to the next tier, as grading computed it.
struct UpgradePath {
  std::string next_tier;
  Fen extra_spend;          ///< > 0
  std::string currency;     ///< of extra_spend
  std::optional<Day> by;    ///< spent by then, inclusive
};

/// What the customer would have in `next_tier` after that day and has not, or has less of, now: prices first. Empty when the
/// plan gives nothing more there. Left out is what the tariff's policy or book makes nothing of, what ends on that day, and
/// what all customers share a budget of, which may be used up by then.
std::vector<const Benefit*> GainsOf(const Benefits& benefits, const pricing::Tariff& tariff, const Customer& customer, std::string_view next_tier, Day day);

/// "再消费 20,000 元升级钻石会员，享 9 折、进口水果享 8 折". Empty when there are no gains: nothing is promised that the
/// configuration doesn't give. Nor when the plan, and so the book, is in another currency than the path: what is bought here
/// would count for something else there.
std::string Incentive(const std::vector<const Benefit*>& gains, const Plan& plan, const UpgradePath& path, Language language);

}  // namespace rung::benefits
