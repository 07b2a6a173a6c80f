#include "libs/explanation/sentences.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "libs/base/day.h"

namespace rung::explanation {
namespace {

using scoring::Comparison;
using scoring::LadderKind;
using scoring::MissingPolicy;

Text Symbol(Comparison comparison) {
  switch (comparison) {
    case Comparison::kGreater:
      return {"more than", "大于"};
    case Comparison::kAtLeast:
      return {"at least", "不低于"};
    case Comparison::kLess:
      return {"less than", "小于"};
    case Comparison::kAtMost:
      return {"at most", "不高于"};
  }
  return {};
}

// "; ": a list within a sentence.
void Append(const Text& part, std::string_view separator_en, std::string_view separator_zh, Text& list) {
  if (!list.en.empty()) {
    list.en += separator_en;
    list.zh += separator_zh;
  }
  list.en += part.en;
  list.zh += part.zh;
}

class Describer {
 public:
  Describer(const Explanation& explanation, const scoring::Model& model, const Style& style)
      : explanation_(explanation), model_(model), style_(style) {}

  Sentences Run() {
    out_.summary = Summary();
    for (const ExplainedDimension& dimension : explanation_.dimensions) out_.breakdown.push_back(DescribeDimension(dimension));
    for (const ExplainedMultiplier& multiplier : explanation_.multipliers) out_.breakdown.push_back(DescribeMultiplier(multiplier));
    if (explanation_.clamp_effect != 0) {
      out_.breakdown.push_back({fmt::format("Scores end at {}.", Points(100'000, style_)),
                                fmt::format("得分以{}为上限。", Points(100'000, style_))});
    }
    if (model_.ladder_kind == LadderKind::kRules) {
      for (const ExplainedCriterion& criterion : explanation_.tiers.front().criteria) {
        if (explanation_.score_kind == scoring::ScoreKind::kAttainment) out_.breakdown.push_back(DescribeAttainment(criterion));
      }
    }
    for (const ExplainedRule& rule : explanation_.rules) out_.stability.push_back(DescribeRule(rule, explanation_, model_));
    AddMissing();
    AddNextTier();
    return std::move(out_);
  }

 private:
  Text Value(std::string_view feature, double value) const { return Quantity(feature, value, style_); }

  Text Summary() const {
    const Text computed = TierName(model_.tiers[explanation_.computed]);
    const scoring::Standing& after = explanation_.decision.standing;
    const std::string score = Points(explanation_.score, style_), day = FormatDay(explanation_.as_of);
    if (after.effective == explanation_.computed) {
      return {fmt::format("As of {} the score is {}: {}.", day, score, computed.en),
              fmt::format("截至{}，得分{}，等级为{}。", day, score, computed.zh)};
    }
    const Text effective = TierName(model_.tiers[after.effective]);
    return {fmt::format("As of {} the score is {}: computed {}, in effect {}.", day, score, computed.en, effective.en),
            fmt::format("截至{}，得分{}，计算等级为{}，生效等级为{}。", day, score, computed.zh, effective.zh)};
  }

  Text DescribeFactor(const ExplainedFactor& factor) const {
    const Text name = FeatureName(factor.measured), value = Value(factor.measured, factor.value);
    Text text{name.en + " " + value.en, name.zh + value.zh};
    if (std::isnan(factor.value)) return text;
    if (factor.benchmark_value > 0) {
      const Text benchmark = Value(factor.measured, factor.benchmark_value);
      text.en += fmt::format(" ({} times the benchmark {})", Number(factor.compared), benchmark.en);
      text.zh += fmt::format("（为基准值{}的{}倍）", benchmark.zh, Number(factor.compared));
    }
    if (factor.rank > 0) {
      text.en += fmt::format(" (rank {} of {})", factor.rank, factor.rank_size);
      text.zh += fmt::format("（{}家中第{}名）", factor.rank_size, factor.rank);
    }
    if (factor.maximum > 0 && factor.benchmark_value > 0) {  // of what is compared, which has no unit
      text.en += fmt::format(" (the best customer has {} times its own)", Number(factor.maximum));
      text.zh += fmt::format("（最高的客户为其基准值的{}倍）", Number(factor.maximum));
    } else if (factor.maximum > 0) {
      const Text maximum = Value(factor.measured, factor.maximum);
      text.en += fmt::format(" (the best customer has {})", maximum.en);
      text.zh += fmt::format("（最高的客户为{}）", maximum.zh);
    }
    text.en += ": " + Percent(factor.normalised);
    text.zh += "，折算" + Percent(factor.normalised);
    return text;
  }

  Text DescribeDimension(const ExplainedDimension& dimension) const {
    const Text name = DimensionName(dimension.name);
    Text factors;
    for (const ExplainedFactor& factor : dimension.factors) Append(DescribeFactor(factor), "; ", "；", factors);
    const std::string contribution = Points(dimension.contribution, style_);
    if (dimension.counted_share == 0) {
      return {fmt::format("Dimension {} is left out: {}.", name.en, factors.en),
              fmt::format("维度“{}”不参与计算：{}。", name.zh, factors.zh)};
    }
    const std::string points = Number(dimension.counted_points), share = Percent(dimension.counted_share);
    const bool missing = std::isnan(dimension.points);
    return {fmt::format("Dimension {} gives {} points: {}{} of 100, weight {}. {}.", name.en, contribution,
                        missing ? "it is missing and counts as " : "", points, share, Capital(factors.en)),
            fmt::format("维度“{}”贡献{}分：{}{}分（满分100），权重{}。{}。", name.zh, contribution, missing ? "数据缺失，按" : "得",
                        points, share, factors.zh)};
  }

  static std::string Capital(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
  }

  Text DescribeMultiplier(const ExplainedMultiplier& multiplier) const {
    const Text name = FeatureName(multiplier.measured), value = Value(multiplier.measured, multiplier.value);
    const Text bound = Value(multiplier.measured, multiplier.condition.value), symbol = Symbol(multiplier.condition.comparison);
    const std::string factor = Number(static_cast<double>(multiplier.factor) / scoring::kOneMicro);
    if (multiplier.held) {
      return {fmt::format("Multiplier {} applies: {} {} is {} {}, so the score is taken times {}.", multiplier.name, name.en,
                          value.en, symbol.en, bound.en, factor),
              fmt::format("调整系数“{}”生效：{}{}，{}{}，得分乘以{}。", multiplier.name, name.zh, value.zh, symbol.zh, bound.zh, factor)};
    }
    return {fmt::format("Multiplier {} (times {}) doesn't apply: it asks for {} {} {}, here {}.", multiplier.name, factor,
                        name.en, symbol.en, bound.en, value.en),
            fmt::format("调整系数“{}”（乘以{}）不生效：要求{}{}{}，现为{}。", multiplier.name, factor, name.zh, symbol.zh,
                        bound.zh, value.zh)};
  }

  // "orders a month over 90 days 12.3 (needs at least 15)"
  Text DescribeCriterion(const ExplainedCriterion& criterion) const {
    const Text name = FeatureName(criterion.measured), value = Value(criterion.measured, criterion.value);
    if (criterion.top_share) {
      const std::string share = Percent(static_cast<double>(*criterion.top_share) / scoring::kOneMicro);
      if (criterion.rank == 0) {
        return {fmt::format("{} {} (needs the top {})", name.en, value.en, share),
                fmt::format("{}{}（需进入前{}）", name.zh, value.zh, share)};
      }
      return {fmt::format("{} {}, rank {} of {} (needs the top {}: rank {})", name.en, value.en, criterion.rank,
                          criterion.rank_size, share, criterion.rank_allowed),
              fmt::format("{}{}，{}家中第{}名（需进入前{}，即第{}名以内）", name.zh, value.zh, criterion.rank_size,
                          criterion.rank, share, criterion.rank_allowed)};
    }
    const Text bound = Value(criterion.measured, criterion.condition.value), symbol = Symbol(criterion.condition.comparison);
    return {fmt::format("{} {} (needs {} {})", name.en, value.en, symbol.en, bound.en),
            fmt::format("{}{}（要求{}{}）", name.zh, value.zh, symbol.zh, bound.zh)};
  }

  Text DescribeAttainment(const ExplainedCriterion& criterion) const {
    const Text what = DescribeCriterion(criterion), top = TierName(model_.tiers.front());
    const std::string points = Points(criterion.contribution, style_);
    const double attained = std::isnan(criterion.points) ? 0 : criterion.points / 100;
    return {fmt::format("Towards {}: {}, attained to {}: {} points.", top.en, what.en, Percent(attained), points),
            fmt::format("对照{}：{}，达成{}，计{}分。", top.zh, what.zh, Percent(attained), points)};
  }

  void AddMissing() {
    std::set<std::string> told;
    for (const MissingFeature& missing : explanation_.missing) {
      if (!told.insert(missing.feature).second) continue;
      const Text name = FeatureName(missing.feature);
      const Text effect = EffectOfMissing(missing), why = WhyMissing(missing.feature);
      out_.missing.push_back({fmt::format("No value for {} ({}): {}.", name.en, why.en, effect.en),
                              fmt::format("{}没有数据（{}）：{}。", name.zh, why.zh, effect.zh)});
    }
  }

  Text EffectOfMissing(const MissingFeature& missing) const {
    for (const ExplainedDimension& dimension : explanation_.dimensions) {
      if (dimension.name != missing.dimension) continue;
      const Text name = DimensionName(dimension.name);
      if (!std::isnan(dimension.points)) {
        return {fmt::format("the other factors of {} count for more", name.en), fmt::format("“{}”按其余因子计算", name.zh)};
      }
      switch (dimension.missing) {
        case MissingPolicy::kZero:
          return {fmt::format("{} counts as 0", name.en), fmt::format("“{}”按0分计", name.zh)};
        case MissingPolicy::kNeutral:
          return {fmt::format("{} counts as 50", name.en), fmt::format("“{}”按50分计", name.zh)};
        case MissingPolicy::kRenormalise:
          return {fmt::format("{} is left out and the other dimensions count for more", name.en),
                  fmt::format("“{}”不计入，其余维度的权重相应提高", name.zh)};
      }
    }
    return {"a condition on it doesn't hold", "以它为前提的条件视为不成立"};
  }

  void AddNextTier() {
    const TierTest* next = explanation_.NextTier();
    if (next == nullptr) {
      const Text top = TierName(model_.tiers.front());
      out_.next_tier.push_back({fmt::format("{} is the highest tier.", top.en), fmt::format("{}已是最高等级。", top.zh)});
      return;
    }
    const Text name = TierName(model_.tiers[next - explanation_.tiers.data()]);
    if (next->reached) {
      out_.next_tier.push_back({fmt::format("{} is reached, but it isn't in effect.", name.en),
                                fmt::format("已达到{}的要求，但尚未生效。", name.zh)});
    } else if (model_.ladder_kind == LadderKind::kThresholds) {
      AddPointsMissing(*next, name);
    } else if (model_.ladder_kind == LadderKind::kShares) {
      AddRanksMissing(*next, name);
    } else {
      AddCriteriaMissing(*next, name);
    }
  }

  void AddPointsMissing(const TierTest& next, const Text& name) {
    const std::string bound = Points(next.lower_bound, style_), missing = Points(next.missing_points, style_);
    out_.next_tier.push_back({fmt::format("{} begins at {}: {} points are lacking.", name.en, bound, missing),
                              fmt::format("{}从{}分起，还差{}分。", name.zh, bound, missing)});
    const auto open = [](const ExplainedDimension& d) { return (100 - d.counted_points) * d.counted_share; };
    const auto widest = std::max_element(explanation_.dimensions.begin(), explanation_.dimensions.end(),
                                         [&](const auto& a, const auto& b) { return open(a) < open(b); });
    if (widest == explanation_.dimensions.end() || open(*widest) <= 0) return;
    const Text dimension = DimensionName(widest->name);
    const std::string points = Points(std::llround(1000 * open(*widest) * explanation_.multiplier), style_);
    out_.next_tier.push_back({fmt::format("Most is to be gained in {}: up to {} points.", dimension.en, points),
                              fmt::format("“{}”的提升空间最大：最多{}分。", dimension.zh, points)});
  }

  void AddRanksMissing(const TierTest& next, const Text& name) {
    if (explanation_.score_rank == 0) {
      out_.next_tier.push_back(
          {fmt::format("{} goes to the best of the customers who are open and ordered within 365 days; this one isn't among them.", name.en),
           fmt::format("{}只授予近365天有有效订单的正常客户中的前列，该客户不在其中。", name.zh)});
      return;
    }
    out_.next_tier.push_back(
        {fmt::format("{} goes to the best {} of {}; this customer is number {}: {} places are lacking.", name.en,
                     next.rank_allowed, explanation_.score_rank_size, explanation_.score_rank, next.missing_ranks),
         fmt::format("{}授予{}家中的前{}名，该客户为第{}名，还差{}名。", name.zh, explanation_.score_rank_size,
                     next.rank_allowed, explanation_.score_rank, next.missing_ranks)});
  }

  void AddCriteriaMissing(const TierTest& next, const Text& name) {
    const auto total = next.criteria.size();
    const auto held = std::count_if(next.criteria.begin(), next.criteria.end(), [](const auto& c) { return c.held; });
    Text lacking;
    for (const ExplainedCriterion& criterion : next.criteria) {
      if (!criterion.held) Append(DescribeCriterion(criterion), "; ", "；", lacking);
    }
    out_.next_tier.push_back(
        {fmt::format("{} needs {} of {} criteria, {} hold. Not met: {}.", name.en, next.at_least, total, held, lacking.en),
         fmt::format("{}要求{}项条件中至少满足{}项，目前满足{}项。未满足：{}。", name.zh, total, next.at_least, held, lacking.zh)});
  }

  const Explanation& explanation_;
  const scoring::Model& model_;
  const Style& style_;
  Sentences out_;
};

}  // namespace

Text TierName(const scoring::Tier& tier) {
  const auto in = [&](const char* language) {
    const auto it = tier.names.find(language);
    return it == tier.names.end() || it->second.empty() ? tier.code : it->second;
  };
  return {in("en"), in("zh")};
}

Sentences Describe(const Explanation& explanation, const scoring::Model& model, const Style& style) {
  return Describer(explanation, model, style).Run();
}

}  // namespace rung::explanation
