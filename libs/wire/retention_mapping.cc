#include "libs/wire/retention_mapping.h"

#include <fmt/format.h>

namespace rung::wire {
namespace {

namespace pb = grading::v1;

std::vector<std::string> Strings(const google::protobuf::RepeatedPtrField<std::string>& in) { return {in.begin(), in.end()}; }

}  // namespace

pb::ChurnRisk ToWire(stats::ChurnRisk risk) {
  static_assert(static_cast<int>(stats::ChurnRisk::kLost) + 1 == pb::CHURN_RISK_LOST);  // the same order
  return static_cast<pb::ChurnRisk>(static_cast<int>(risk) + 1);
}

std::optional<stats::ChurnRisk> FromWire(pb::ChurnRisk risk) {
  if (risk < pb::CHURN_RISK_NONE || risk > pb::CHURN_RISK_LOST) return std::nullopt;
  return static_cast<stats::ChurnRisk>(static_cast<int>(risk) - 1);
}

forecast::RetentionPolicy FromWire(const pb::RetentionPolicy& in, std::vector<Violation>& violations) {
  forecast::RetentionPolicy out;
  out.limit_actions = in.limit().actions();
  out.limit_days = in.limit().days();
  out.actions_per_day = in.actions_per_day();
  for (int r = 0; r < in.rules_size(); ++r) {
    const pb::RetentionRule& from = in.rules(r);
    forecast::RetentionRule& rule = out.rules.emplace_back();
    rule.rule_id = from.rule_id();
    rule.coupon_id = from.coupon().coupon_id();
    rule.texts = {from.task().texts().begin(), from.task().texts().end()};
    rule.again_after_days = from.again_after_days();
    forecast::RetentionCondition& when = rule.when;
    for (int i = 0; i < from.when().risks_size(); ++i) {
      const auto risk = FromWire(from.when().risks(i));
      if (risk) {
        when.risks.push_back(*risk);
      } else {
        violations.push_back({fmt::format("rules[{}].when.risks[{}]", r, i), "UNKNOWN_VALUE", "choose CHURN_RISK_NONE, _WATCH, _HIGH or _LOST"});
      }
    }
    when.tiers = Strings(from.when().tier_codes());
    when.regions = Strings(from.when().regions());
    when.segments = Strings(from.when().segments());
    when.account_managers = Strings(from.when().account_managers());
    if (from.when().has_most_order_days()) when.most_order_days = from.when().most_order_days().value();
    if (from.when().has_most_tenure_days()) when.most_tenure_days = from.when().most_tenure_days().value();
    when.least_value_fen = from.when().least_value_minor();
    when.tags = Strings(from.when().tag_ids());
  }
  return out;
}

}  // namespace rung::wire
