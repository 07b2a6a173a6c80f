#include "libs/forecast/retention_policy.h"

#include <algorithm>
#include <set>

#include "libs/base/findings.h"

namespace rung::forecast {
namespace {

constexpr size_t kMostRules = 32;
constexpr size_t kMostCodes = 500;
constexpr size_t kCodeBytes = 128;
constexpr size_t kTextBytes = 500;
constexpr int64_t kMostValueFen = 1'000'000'000'000;

void CheckCodes(const std::string& path, const std::vector<std::string>& codes, Findings& findings) {
  findings.CheckCount(path, codes.size(), kMostCodes, "codes");
  for (size_t c = 0; c < std::min(codes.size(), kMostCodes); ++c) findings.CheckId(fmt::format("{}[{}]", path, c), codes[c], kCodeBytes);
}

void Check(const std::string& path, const RetentionCondition& when, Findings& findings) {
  if (when.risks.empty() && when.tags.empty() && !when.most_order_days && !when.most_tenure_days) {
    findings.Add(path, "REQUIRED", "say for whom: risks, tag_ids, most_order_days or most_tenure_days");
  }
  CheckCodes(path + ".tier_codes", when.tiers, findings);
  CheckCodes(path + ".regions", when.regions, findings);
  CheckCodes(path + ".segments", when.segments, findings);
  CheckCodes(path + ".account_managers", when.account_managers, findings);
  CheckCodes(path + ".tag_ids", when.tags, findings);
  if (when.most_order_days) findings.CheckRange(path + ".most_order_days", *when.most_order_days, 1, 365);
  if (when.most_tenure_days) findings.CheckRange(path + ".most_tenure_days", *when.most_tenure_days, 0, 365);
  findings.CheckRange(path + ".least_value_minor", when.least_value_fen, 0, kMostValueFen);
}

void Check(const std::string& path, const RetentionRule& rule, Findings& findings) {
  findings.CheckId(path + ".rule_id", rule.rule_id);
  Check(path + ".when", rule.when, findings);
  if (!rule.coupon_id.empty()) {
    findings.CheckId(path + ".coupon.coupon_id", rule.coupon_id);
  } else if (rule.texts.empty()) {
    findings.Add(path + ".action", "REQUIRED", "give coupon with a coupon_id, or task with texts");
  }
  for (const auto& [language, text] : rule.texts) {
    const std::string field = fmt::format("{}.task.texts[{}]", path, Shorten(language, 20));
    if (language != "zh" && language != "en") findings.Add(field, "UNKNOWN_VALUE", "a language is \"zh\" or \"en\"");
    findings.CheckId(field, text, kTextBytes);
  }
  findings.CheckRange(path + ".again_after_days", rule.again_after_days, 0, 366);
}

bool Among(std::string_view code, const std::vector<std::string>& codes) {
  return codes.empty() || std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool HasAll(const std::vector<std::string_view>& tags, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& tag) { return std::find(tags.begin(), tags.end(), tag) != tags.end(); });
}

bool Fits(const RetentionCondition& when, const RetentionFacts& facts) {
  if (!when.risks.empty() && std::find(when.risks.begin(), when.risks.end(), facts.risk) == when.risks.end()) return false;
  if (when.most_order_days && facts.order_days > *when.most_order_days) return false;
  if (when.most_tenure_days && facts.tenure_days > *when.most_tenure_days) return false;
  return facts.value_fen >= when.least_value_fen && Among(facts.tier, when.tiers) && Among(facts.region, when.regions) &&
         Among(facts.segment, when.segments) && Among(facts.account_manager, when.account_managers) && HasAll(facts.tags, when.tags);
}

}  // namespace

int32_t RetentionPolicy::FarthestDays() const {
  int32_t days = limit_days;
  for (const RetentionRule& rule : rules) days = std::max(days, AgainDays(rule));
  return days;
}

bool RetentionPolicy::NamesTags() const {
  return std::any_of(rules.begin(), rules.end(), [](const RetentionRule& rule) { return !rule.when.tags.empty(); });
}

std::vector<Violation> Validate(const RetentionPolicy& policy) {
  Findings findings;
  if (policy.rules.empty()) findings.Add("rules", "REQUIRED", "give 1 to {} rules", kMostRules);
  findings.CheckCount("rules", policy.rules.size(), kMostRules, "rules");
  std::set<std::string> ids;
  for (size_t r = 0; r < std::min(policy.rules.size(), kMostRules); ++r) {
    const std::string path = fmt::format("rules[{}]", r);
    Check(path, policy.rules[r], findings);
    if (!ids.insert(policy.rules[r].rule_id).second) findings.Add(path + ".rule_id", "DUPLICATE", "\"{}\" is there twice", Shorten(policy.rules[r].rule_id, 64));
  }
  findings.CheckRange("limit.actions", policy.limit_actions, 1, 100);
  findings.CheckRange("limit.days", policy.limit_days, 1, 366);
  findings.CheckRange("actions_per_day", policy.actions_per_day, 0, 1'000'000);
  return std::move(findings).Take();
}

const RetentionRule* FirstFitting(const RetentionPolicy& policy, const RetentionFacts& facts) {
  const auto rule = std::find_if(policy.rules.begin(), policy.rules.end(), [&](const RetentionRule& one) { return Fits(one.when, facts); });
  return rule == policy.rules.end() ? nullptr : &*rule;
}

}  // namespace rung::forecast
