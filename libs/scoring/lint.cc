#include "libs/scoring/lint.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "libs/scoring/lint_parts.h"
#include "libs/scoring/reach.h"

namespace rung::scoring {
namespace lint {

std::string Points(double milli) { return fmt::format("{}", std::round(milli) / 1000.0); }

void Findings::Add(std::string field, Severity severity, std::string code, Sentence message, Sentence way_out) {
  list.push_back({std::move(field), severity, std::move(code), std::move(message), std::move(way_out)});
}

const FeatureSummary* SummaryOf(const Model& model, const BaseSummary* base, std::string_view feature) {
  if (base == nullptr) return nullptr;
  const auto find = [&](std::string_view name) -> const FeatureSummary* {
    const auto it = base->features.find(name);
    return it == base->features.end() ? nullptr : &it->second;
  };
  for (const DerivedFeature& derived : model.derived_features) {
    if (derived.name != feature) continue;
    const FeatureSummary* last = nullptr;
    for (const std::string& candidate : derived.first_known_of) {
      last = find(candidate);
      if (last != nullptr && last->present_count > 0) return last;
    }
    return last;
  }
  return find(feature);
}

namespace {

void CheckThresholds(const Model& model, const MilliRange& score, Findings& out) {
  const ScoreMilli high = score.high, low = score.low;
  for (size_t i = 0; i < model.tiers.size(); ++i) {
    const Tier& tier = model.tiers[i];
    const std::string field = fmt::format("tiers[{}].lower_bound", i);
    if (tier.lower_bound > high) {
      out.Add(field, Severity::kError, "TIER_UNREACHABLE",
              {fmt::format("no score reaches {}: the weights, normalisers and multipliers give at most {} points, the bound is {}",
                           tier.code, Points(high), Points(tier.lower_bound)),
               fmt::format("任何得分都达不到{}：权重、归一化与调整系数最多给出{}分，门槛为{}分", tier.code, Points(high), Points(tier.lower_bound))},
              {fmt::format("lower the bound to {} or less, or raise what the dimensions can give", Points(high)),
               fmt::format("把门槛降到{}分或以下，或提高各维度可得的分数", Points(high))});
    } else if (i > 0 && low >= model.tiers[i - 1].lower_bound) {
      out.Add(field, Severity::kError, "TIER_UNREACHABLE",
              {fmt::format("nobody falls to {}: every score is at least {} points, where {} begins", tier.code, Points(low),
                           model.tiers[i - 1].code),
               fmt::format("没有客户会落到{}：所有得分至少{}分，已达到{}的门槛", tier.code, Points(low), model.tiers[i - 1].code)},
              {fmt::format("raise the bound of {} above {}, or remove {}", model.tiers[i - 1].code, Points(low), tier.code),
               fmt::format("把{}的门槛提高到{}分以上，或删除{}", model.tiers[i - 1].code, Points(low), tier.code)});
    }
  }
}

void CheckShares(const Model& model, const BaseSummary* base, Findings& out) {
  if (base == nullptr || base->member_count == 0) return;
  for (size_t i = 0; i + 1 < model.tiers.size(); ++i) {
    if (static_cast<double>(model.tiers[i].share) * static_cast<double>(base->member_count) >= kOneMicro) break;
    const double share = 100.0 * static_cast<double>(model.tiers[i].share) / kOneMicro;
    out.Add(fmt::format("tiers[{}].share", i), Severity::kWarning, "NOBODY_MEETS",
            {fmt::format("{} % of today's {} members is less than one customer", share, base->member_count),
             fmt::format("今日{}个参评客户的{}%不足一人", base->member_count, share)},
            {fmt::format("give at least {} %", std::ceil(1e6 / static_cast<double>(base->member_count)) / 1e4),
             fmt::format("至少设为{}%", std::ceil(1e6 / static_cast<double>(base->member_count)) / 1e4)});
  }
}

// The margin of a ladder by thresholds. One finding: a smaller margin is the way out of all.
void CheckMargin(const Model& model, const MilliRange& score, Findings& out) {
  const ScoreMilli margin = model.stability.margin;
  for (size_t i = 0; i + 1 < model.tiers.size(); ++i) {
    const ScoreMilli bound = model.tiers[i].lower_bound;
    if (bound - margin > score.low) continue;
    const std::string kept = Points(std::max(0, bound - margin)), low = Points(score.low), most = Points(bound - score.low);
    out.Add("stability.margin_points", Severity::kError, "HELD_FOREVER",
            {fmt::format("nobody ever loses {}: it is kept down to {} points, and no score is below {}", model.tiers[i].code, kept, low),
             fmt::format("{}永远不会被降级：低至{}分仍保留，而没有得分低于{}分", model.tiers[i].code, kept, low)},
            {fmt::format("give less than {}", most), fmt::format("设为小于{}分", most)});
    return;
  }
  for (size_t i = 0; i + 2 < model.tiers.size(); ++i) {
    const ScoreMilli bound = model.tiers[i].lower_bound, below = model.tiers[i + 1].lower_bound;
    if (bound - margin >= below) continue;
    out.Add("stability.margin_points", Severity::kWarning, "MARGIN_WIDER_THAN_TIER",
            {fmt::format("{} is kept with a score that is only worth {}", model.tiers[i].code, model.tiers[i + 2].code),
             fmt::format("得分只够{}时仍保留{}", model.tiers[i + 2].code, model.tiers[i].code)},
            {fmt::format("give at most {}, the height of the tier below", Points(bound - below)),
             fmt::format("最多设为{}分，即下一等级的高度", Points(bound - below))});
    return;
  }
}

void CheckStability(const Model& model, const MilliRange& score, Findings& out) {
  const Stability& stability = model.stability;
  constexpr int kMonthsOfFacts = 12;
  if (stability.protection_months > kMonthsOfFacts) {
    const bool never = stability.protection_months >= 36;
    out.Add("stability.protection_months", never ? Severity::kError : Severity::kWarning, "PROTECTION_OUTLIVES_FACTS",
            {fmt::format("protection of {} months goes on when everything behind the upgrade has left the 365-day windows{}",
                         stability.protection_months, never ? "; in practice it never ends" : ""),
             fmt::format("保护期{}个月：升级所依据的事实早已离开365天窗口，保护仍在{}", stability.protection_months, never ? "，实际上永不结束" : "")},
            {"give at most 12 months; 3 is usual", "最多设12个月；通常为3个月"});
  }
  if (model.ladder_kind == LadderKind::kThresholds && stability.margin > 0) CheckMargin(model, score, out);
  const bool all_loose = model.ladder_kind == LadderKind::kRules && stability.margin_ratio >= kOneMicro;
  const bool all_points = model.ladder_kind == LadderKind::kShares && stability.margin >= kMaxScoreMilli;
  if (all_loose || all_points) {
    // No error: who lacks a feature or leaves the population still loses the tier.
    out.Add(all_loose ? "stability.margin_ratio" : "stability.margin_points", Severity::kWarning, "HELD_FOREVER",
            {"the margin is as large as the bounds themselves: hardly anybody is ever downgraded", "滞后区间与门槛本身一样大：几乎没有人会被降级"},
            {all_loose ? "give a part of the bounds, such as 0.05" : "give a few points, such as 2",
             all_loose ? "设为门槛的一部分，例如0.05" : "设为几分，例如2"});
  }
}

void CheckUnused(const Model& model, Findings& out) {
  std::set<std::string_view> benchmarks, features;
  for (const Dimension& dimension : model.dimensions) {
    for (const Factor& factor : dimension.factors) {
      benchmarks.insert(factor.benchmark);
      features.insert(factor.feature);
    }
  }
  for (const Multiplier& multiplier : model.multipliers) features.insert(multiplier.when.feature);
  for (const Tier& tier : model.tiers) {
    for (const Criterion& criterion : tier.rules.criteria) features.insert(criterion.condition.feature);
  }
  for (size_t i = 0; i < model.benchmarks.size(); ++i) {
    if (benchmarks.contains(model.benchmarks[i].name)) continue;
    out.Add(fmt::format("benchmarks[{}]", i), Severity::kWarning, "UNUSED_BENCHMARK",
            {fmt::format("no factor divides by \"{}\"", model.benchmarks[i].name), fmt::format("没有因子使用基准值“{}”", model.benchmarks[i].name)},
            {"name it as a factor's benchmark, or remove it", "在某个因子的benchmark中引用它，或将其删除"});
  }
  for (size_t i = 0; i < model.derived_features.size(); ++i) {
    if (features.contains(model.derived_features[i].name)) continue;
    out.Add(fmt::format("derived_features[{}]", i), Severity::kWarning, "UNUSED_DERIVED_FEATURE",
            {fmt::format("nothing uses \"{}\"", model.derived_features[i].name), fmt::format("没有任何地方使用派生特征“{}”", model.derived_features[i].name)},
            {"use it as a feature, or remove it", "作为特征使用它，或将其删除"});
  }
}

void CheckSplitting(const Model& model, const LintInputs& inputs, Findings& out) {
  const SplittingGain& gain = *inputs.splitting;
  if (gain.gaining_count == 0) return;
  std::string first, swaps_en, swaps_zh;
  const auto look = [&](const std::string& field, const std::string& feature) {
    const FeatureTraits traits = inputs.traits(feature);
    if (traits.by_days.empty()) return;
    if (first.empty()) first = field;
    swaps_en += fmt::format("{}{}: \"{}\" instead of \"{}\"", swaps_en.empty() ? "" : "; ", field, traits.by_days, feature);
    swaps_zh += fmt::format("{}{}：用“{}”代替“{}”", swaps_zh.empty() ? "" : "；", field, traits.by_days, feature);
  };
  for (size_t d = 0; d < model.dimensions.size(); ++d) {
    for (size_t f = 0; f < model.dimensions[d].factors.size(); ++f) {
      look(fmt::format("dimensions[{}].factors[{}].feature", d, f), model.dimensions[d].factors[f].feature);
    }
  }
  for (size_t m = 0; m < model.multipliers.size(); ++m) look(fmt::format("multipliers[{}].when.feature", m), model.multipliers[m].when.feature);
  for (size_t t = 0; t < model.tiers.size(); ++t) {
    for (size_t k = 0; k < model.tiers[t].rules.criteria.size(); ++k) {
      look(fmt::format("tiers[{}].rules.criteria[{}].feature", t, k), model.tiers[t].rules.criteria[k].condition.feature);
    }
  }
  const double share = 100.0 * static_cast<double>(gain.gaining_count) / static_cast<double>(gain.customer_count);
  const double mean = static_cast<double>(gain.tiers_gained) / static_cast<double>(gain.gaining_count);
  out.Add(first.empty() ? "dimensions" : first, share >= 10 ? Severity::kWarning : Severity::kNote, "EXPLOITABLE_BY_SPLITTING",
          {fmt::format("{:.1f} % of {} typical customers gain a tier or more at no more spend when they cut each order into {}: "
                       "{:.1f} tiers on average, {} at most", share, gain.customer_count, gain.parts, mean, gain.most),
           fmt::format("{}个典型客户中有{:.1f}%只需把每张订单拆成{}张，不多花一分钱即可升级：平均{:.1f}级，最多{}级",
                       gain.customer_count, share, gain.parts, mean, gain.most)},
          swaps_en.empty() ? Sentence{"count days instead of orders, or ask for an order value, too", "按天数而非订单数计算，或同时要求客单价"}
                           : Sentence{"count days instead of orders: " + swaps_en, "按天数而非订单数计算：" + swaps_zh});
}

}  // namespace
}  // namespace lint

BaseSummary SummariseBase(const std::vector<std::string>& names, const BaseColumns& base) {
  BaseSummary summary{.customer_count = static_cast<int64_t>(base.rows),
                      .member_count = std::count(base.member.begin(), base.member.end(), 1)};
  for (size_t f = 0; f < names.size(); ++f) {
    FeatureSummary& feature = summary.features[names[f]];
    for (size_t i = 0; i < base.rows; ++i) {
      const double x = base.features[f][i];
      if (std::isnan(x)) continue;
      const bool first = feature.present_count++ == 0;
      feature.low = first ? x : std::min(feature.low, x);
      feature.high = first ? x : std::max(feature.high, x);
    }
  }
  return summary;
}

std::vector<Finding> Lint(const Model& model, const LintInputs& inputs) {
  lint::Findings out;
  const MilliRange score = ScoreMilliRange(model);
  lint::CheckDimensions(model, inputs, out);
  lint::CheckMultipliers(model, inputs, out);
  lint::CheckUnused(model, out);
  if (model.ladder_kind == LadderKind::kThresholds) lint::CheckThresholds(model, score, out);
  if (model.ladder_kind == LadderKind::kShares) lint::CheckShares(model, inputs.base, out);
  if (model.ladder_kind == LadderKind::kRules) lint::CheckRules(model, inputs, out);
  lint::CheckStability(model, score, out);
  if (inputs.splitting != nullptr) lint::CheckSplitting(model, inputs, out);
  return std::move(out.list);
}

}  // namespace rung::scoring
