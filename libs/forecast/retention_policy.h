// What is done about customers who are about to leave, and about new ones: rules, and which of them fits a customer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/day.h"
#include "libs/base/violation.h"
#include "libs/stats/churn.h"

namespace rung::forecast {

/// All conditions that are set have to hold. Empty lists take everybody.
struct RetentionCondition {
  std::vector<stats::ChurnRisk> risks;
  std::vector<std::string> tiers;
  std::vector<std::string> regions;
  std::vector<std::string> segments;
  std::vector<std::string> account_managers;
  std::optional<int32_t> most_order_days;   ///< within 365 days
  std::optional<int32_t> most_tenure_days;  ///< since the first order of the last 365 days
  int64_t least_value_fen = 0;              ///< of the last 365 days
  std::vector<std::string> tags;            ///< all of them
};

/// A coupon or a task.
struct RetentionRule {
  std::string rule_id;
  RetentionCondition when;
  std::string coupon_id;                     ///< empty: a task
  std::map<std::string, std::string> texts;  ///< of a task, by language
  int32_t again_after_days = 0;              ///< 0: the limit's days
};

struct RetentionPolicy {
  static constexpr int32_t kActionsPerDay = 10'000;

  std::vector<RetentionRule> rules;  ///< the first that fits counts
  int32_t limit_actions = 0;         ///< for one customer at most so many …
  int32_t limit_days = 0;            ///< … within so many days, today included
  int32_t actions_per_day = 0;       ///< 0: kActionsPerDay

  int32_t MostPerDay() const { return actions_per_day == 0 ? kActionsPerDay : actions_per_day; }
  int32_t AgainDays(const RetentionRule& rule) const { return rule.again_after_days == 0 ? limit_days : rule.again_after_days; }
  bool NamesTags() const;
  /// How many days back an action can be in the way of another one.
  int32_t FarthestDays() const;
};

/// What rules look at. Views are empty where nothing is known.
struct RetentionFacts {
  stats::ChurnRisk risk = stats::ChurnRisk::kNone;
  std::string_view tier;
  std::string_view region;
  std::string_view segment;
  std::string_view account_manager;
  int32_t order_days = 0;   ///< within 365 days
  int32_t tenure_days = 0;  ///< since the first order of the last 365 days
  int64_t value_fen = 0;
  std::vector<std::string_view> tags;  ///< ids
};

/// Everything that is wrong, with paths.
std::vector<Violation> Validate(const RetentionPolicy& policy);

/// The rule for a customer, or nullptr.
const RetentionRule* FirstFitting(const RetentionPolicy& policy, const RetentionFacts& facts);

}  // namespace rung::forecast
