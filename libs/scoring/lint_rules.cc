// Ladders of rules: tiers that nobody can get, criteria that nobody of today's base meets.
#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "libs/scoring/lint_parts.h"

namespace rung::scoring::lint {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The values that a condition lets through.
struct Interval {
  double low = -kInfinity;
  bool low_open = false;
  double high = kInfinity;
  bool high_open = false;

  bool empty() const { return low > high || (low == high && (low_open || high_open)); }
  bool Within(const Interval& outer) const {
    const bool low_ok = low > outer.low || (low == outer.low && (low_open || !outer.low_open));
    const bool high_ok = high < outer.high || (high == outer.high && (high_open || !outer.high_open));
    return low_ok && high_ok;
  }
};

Interval IntervalOf(const Condition& condition) {
  switch (condition.comparison) {
    case Comparison::kGreater:
      return {.low = condition.value, .low_open = true};
    case Comparison::kAtLeast:
      return {.low = condition.value};
    case Comparison::kLess:
      return {.high = condition.value, .high_open = true};
    case Comparison::kAtMost:
      return {.high = condition.value};
  }
  return {};
}

Interval Both(const Interval& a, const Interval& b) {
  Interval out = a;
  if (b.low > out.low || (b.low == out.low && b.low_open)) out.low = b.low, out.low_open = b.low_open;
  if (b.high < out.high || (b.high == out.high && b.high_open)) out.high = b.high, out.high_open = b.high_open;
  return out;
}

// Whoever meets `stricter` meets `weaker`.
bool Implies(const Criterion& stricter, const Criterion& weaker) {
  if (stricter.condition.feature != weaker.condition.feature) return false;
  if (stricter.top_share.has_value() != weaker.top_share.has_value()) return false;
  if (stricter.top_share) return *stricter.top_share <= *weaker.top_share;
  return IntervalOf(stricter.condition).Within(IntervalOf(weaker.condition));
}

// Whoever holds enough of `rules` holds enough of `better`. Sound: a "yes" is certain.
bool Implies(const Rules& rules, const Rules& better) {
  const auto needed = static_cast<size_t>(rules.at_least);
  size_t implied = 0;
  std::vector<bool> used(rules.criteria.size());
  for (const Criterion& wanted : better.criteria) {
    for (size_t i = 0; i < rules.criteria.size(); ++i) {
      // Where all hold one criterion may vouch for several; where some may fail, only for one.
      if ((used[i] && needed < rules.criteria.size()) || !Implies(rules.criteria[i], wanted)) continue;
      used[i] = true;
      ++implied;
      break;
    }
  }
  const size_t failing = rules.criteria.size() - needed;
  return implied >= failing + static_cast<size_t>(better.at_least);
}

void CheckContradiction(const std::string& path, const Tier& tier, Findings& out) {
  if (tier.rules.at_least < static_cast<int>(tier.rules.criteria.size())) return;
  std::map<std::string_view, Interval> allowed;
  for (size_t k = 0; k < tier.rules.criteria.size(); ++k) {
    const Criterion& criterion = tier.rules.criteria[k];
    if (criterion.top_share) continue;
    Interval& interval = allowed[criterion.condition.feature];
    interval = Both(interval, IntervalOf(criterion.condition));
    if (!interval.empty()) continue;
    out.Add(fmt::format("{}.rules.criteria[{}]", path, k), Severity::kError, "TIER_UNREACHABLE",
            {fmt::format("nobody reaches {}: its criteria on {} exclude each other", tier.code, criterion.condition.feature),
             fmt::format("没有客户能达到{}：对{}的条件相互矛盾", tier.code, criterion.condition.feature)},
            {"change one of the two bounds, or ask for fewer criteria (MODE_ANY, MODE_AT_LEAST)",
             "修改其中一个界限，或减少需满足的条件数（MODE_ANY、MODE_AT_LEAST）"});
    return;
  }
}

void CheckTwice(const std::string& path, const Tier& tier, const LintInputs& inputs, Findings& out) {
  const auto& criteria = tier.rules.criteria;
  for (size_t k = 0; k < criteria.size(); ++k) {
    for (size_t j = 0; j < k; ++j) {
      const std::string family = inputs.traits(criteria[k].condition.feature).family;
      const bool same = criteria[k].condition.feature == criteria[j].condition.feature;
      const bool one_inside_the_other = Implies(criteria[k], criteria[j]) || Implies(criteria[j], criteria[k]);
      const bool related = !same && !family.empty() && family == inputs.traits(criteria[j].condition.feature).family;
      if (!one_inside_the_other && !related) continue;
      out.Add(fmt::format("{}.rules.criteria[{}].feature", path, k), same ? Severity::kWarning : Severity::kNote, "FEATURE_COUNTED_TWICE",
              {fmt::format("\"{}\" says the same as criteria[{}] (\"{}\")", criteria[k].condition.feature, j, criteria[j].condition.feature),
               fmt::format("“{}”与criteria[{}]（“{}”）含义重复", criteria[k].condition.feature, j, criteria[j].condition.feature)},
              {"keep the stricter one", "保留更严格的一条"});
    }
  }
}

void CheckSomebodyMeets(const std::string& path, const Model& model, const Tier& tier, const BaseSummary& base, Findings& out) {
  for (size_t k = 0; k < tier.rules.criteria.size(); ++k) {
    const Criterion& criterion = tier.rules.criteria[k];
    const std::string& feature = criterion.condition.feature;
    const std::string field = fmt::format("{}.rules.criteria[{}]", path, k);
    const FeatureSummary* summary = SummaryOf(model, &base, feature);
    if (summary == nullptr) continue;
    if (summary->present_count == 0) {
      out.Add(field + ".feature", Severity::kWarning, "FEATURE_MISSING_FOR_ALL",
              {fmt::format("no customer has \"{}\", so nobody meets this criterion", feature), fmt::format("没有客户具有“{}”，因此没有人满足该条件", feature)},
              {"choose a feature that this installation has, or a derived feature with several candidates",
               "选用本系统已有的特征，或使用含多个候选的派生特征"});
    } else if (criterion.top_share) {
      if (static_cast<double>(*criterion.top_share) * static_cast<double>(base.member_count) >= kOneMicro) continue;
      out.Add(field + ".top_share", Severity::kWarning, "NOBODY_MEETS",
              {fmt::format("of {} members this share is less than one customer", base.member_count),
               fmt::format("在{}个参评客户中，该占比不足一人", base.member_count)},
              {"give a larger share", "提高占比"});
    } else if (!SomebodyMeets(criterion.condition, *summary)) {
      out.Add(field + ".value", Severity::kWarning, "NOBODY_MEETS",
              {fmt::format("no customer of today's base meets it: {} runs from {} to {}", feature, summary->low, summary->high),
               fmt::format("今日没有客户满足：{}的范围为{}至{}", feature, summary->low, summary->high)},
              {fmt::format("choose a bound within {} to {}", summary->low, summary->high),
               fmt::format("在{}至{}之间选择界限", summary->low, summary->high)});
    }
  }
}

}  // namespace

bool SomebodyMeets(const Condition& condition, const FeatureSummary& summary) {
  return !Both(IntervalOf(condition), {.low = summary.low, .high = summary.high}).empty();
}

void CheckRules(const Model& model, const LintInputs& inputs, Findings& out) {
  for (size_t i = 0; i + 1 < model.tiers.size(); ++i) {
    const Tier& tier = model.tiers[i];
    const std::string path = fmt::format("tiers[{}]", i);
    CheckContradiction(path, tier, out);
    for (size_t better = 0; better < i; ++better) {
      if (!Implies(tier.rules, model.tiers[better].rules)) continue;
      const std::string& above = model.tiers[better].code;
      out.Add(path + ".rules", Severity::kError, "TIER_UNREACHABLE",
              {fmt::format("nobody gets {}: whoever meets its criteria meets those of {}, which is better", tier.code, above),
               fmt::format("没有客户会停在{}：满足其条件者必已满足更高等级{}的条件", tier.code, above)},
              {fmt::format("make {} easier than {}, or remove it", tier.code, above), fmt::format("让{}的条件低于{}，或将其删除", tier.code, above)});
      break;
    }
    CheckTwice(path, tier, inputs, out);
    if (inputs.base != nullptr) CheckSomebodyMeets(path, model, tier, *inputs.base, out);
  }
}

}  // namespace rung::scoring::lint
