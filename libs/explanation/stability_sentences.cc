#include <fmt/format.h>

#include "libs/base/day.h"
#include "libs/explanation/sentences.h"

namespace rung::explanation {

Text DescribeRule(const ExplainedRule& rule, const Explanation& explanation, const scoring::Model& model) {
  const Text effective = TierName(model.tiers[explanation.decision.standing.effective]);
  const Text computed = TierName(model.tiers[explanation.computed]);
  const int months = model.stability.protection_months;
  switch (rule.rule) {
    case StabilityRule::kFirstAssignment:
      return {fmt::format("{} is the first tier; a first tier isn't an upgrade and isn't protected.", effective.en),
              fmt::format("{}是首次评定的等级；首次评定不算升级，没有保护期。", effective.zh)};
    case StabilityRule::kTierDropped:
      return {fmt::format("The tier that the customer had is no longer in the model; the nightly run puts {} in its place, without protection.",
                          effective.en),
              fmt::format("原等级已不在模型中；夜间批量评定改为{}，没有保护期。", effective.zh)};
    case StabilityRule::kUpgradeAtOnce: {
      const Text before = TierName(model.tiers[explanation.before.effective]);
      return {fmt::format("Upgrades take effect at once: {} becomes {}.", before.en, effective.en),
              fmt::format("升级立即生效：由{}升为{}。", before.zh, effective.zh)};
    }
    case StabilityRule::kProtection:
      if (rule.decided) {
        return {fmt::format("Protected for {} months after the upgrade: {} stays at least until {}, although {} was computed.",
                            months, effective.en, FormatDay(rule.until), computed.en),
                fmt::format("升级后有{}个月保护期：{}至少保留到{}，尽管计算等级为{}。", months, effective.zh,
                            FormatDay(rule.until), computed.zh)};
      }
      return {fmt::format("Protected: no downgrade before {}.", FormatDay(rule.until)),
              fmt::format("保护期内：{}之前不会降级。", FormatDay(rule.until))};
    case StabilityRule::kDowngradeWaits:
      return {fmt::format("Downgrades take effect in the nightly run only: until then {} stays, although {} was computed.",
                          effective.en, computed.en),
              fmt::format("降级只在夜间批量评定中生效：在此之前保留{}，尽管计算等级为{}。", effective.zh, computed.zh)};
    case StabilityRule::kDowngradeInBatch: {
      const Text before = TierName(model.tiers[explanation.before.effective]);
      if (explanation.before.protection_void) {
        return {fmt::format("The run downgraded {} to {}.", before.en, effective.en),
                fmt::format("批量评定由{}降为{}。", before.zh, effective.zh)};
      }
      return {fmt::format("The run downgraded {} to {}: no protection was in force.", before.en, effective.en),
              fmt::format("批量评定由{}降为{}：当时没有保护期。", before.zh, effective.zh)};
    }
    case StabilityRule::kProtectionVoid:
      return {fmt::format("The protection since {} is void: the facts behind the upgrade were taken back, and what is left of "
                          "them no longer reaches the tier.", FormatDay(explanation.before.protected_since)),
              fmt::format("{}起的保护期已失效：升级所依据的事实已被撤回，余下的事实达不到该等级。",
                          FormatDay(explanation.before.protected_since))};
    case StabilityRule::kWithinMargin:
      if (model.ladder_kind == scoring::LadderKind::kRules) {
        const double percent = 100.0 * static_cast<double>(model.stability.margin_ratio) / scoring::kOneMicro;
        return {fmt::format("{} stays, although {} was computed: its criteria are missed by no more than {}%.", effective.en,
                            computed.en, percent),
                fmt::format("保留{}，尽管计算等级为{}：未达条件的差距不超过{}%。", effective.zh, computed.zh, percent)};
      }
      return {fmt::format("{} stays, although {} was computed: its bound is missed by no more than {} points.", effective.en,
                          computed.en, model.stability.margin / 1000.0),
              fmt::format("保留{}，尽管计算等级为{}：与门槛的差距不超过{}分。", effective.zh, computed.zh, model.stability.margin / 1000.0)};
    case StabilityRule::kConfirmation: {
      const int needed = model.stability.confirmation_batches, so_far = explanation.decision.standing.against;
      return {fmt::format("A downgrade takes {} runs in a row, {} so far: {} stays, although {} was computed.", needed, so_far,
                          effective.en, computed.en),
              fmt::format("连续{}次批量评定都低于当前等级才会降级，目前{}次：保留{}，尽管计算等级为{}。", needed, so_far, effective.zh,
                          computed.zh)};
    }
    case StabilityRule::kOverride:
      return {fmt::format("{} was set by hand and holds until {}, whatever is computed (now {}); the first run from then on decides.",
                          effective.en, FormatDay(rule.until), computed.en),
              fmt::format("{}为人工设定，在{}之前有效，不受计算结果（目前{}）影响；此后由首次批量评定决定。", effective.zh,
                          FormatDay(rule.until), computed.zh)};
    case StabilityRule::kFrozen:
      return {fmt::format("Upgrades are frozen until a review: {} stays, although {} was computed.", effective.en, computed.en),
              fmt::format("升级已冻结，待审核：保留{}，尽管计算等级为{}。", effective.zh, computed.zh)};
    case StabilityRule::kLevelLimit:
      return {fmt::format("A run takes at most {} level{}: {} for now, although {} was computed.", model.stability.max_levels_down,
                          model.stability.max_levels_down == 1 ? "" : "s", effective.en, computed.en),
              fmt::format("每次批量评定最多降{}级：暂为{}，尽管计算等级为{}。", model.stability.max_levels_down, effective.zh, computed.zh)};
    case StabilityRule::kOlderFacts:
      return {fmt::format("The run graded as of {} and doesn't replace the decision on the facts of {}.",
                          FormatDay(explanation.as_of), FormatDay(explanation.before.as_of)),
              fmt::format("批量评定的数据截至{}，不取代基于{}数据的决定。", FormatDay(explanation.as_of),
                          FormatDay(explanation.before.as_of))};
  }
  return {};
}

}  // namespace rung::explanation
