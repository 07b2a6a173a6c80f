#include "services/grading/path_holds.h"

#include <fmt/format.h>

#include "services/grading/explanation_mapping.h"

namespace rung::grading {
namespace {

// The first day whose run decides again. An override that has been ended waits for its run, too.
Day OverrideEnds(const scoring::Standing& standing, Day today) { return std::max(standing.override_until, today + 1); }

// Runs that have to speak against the tier before it falls, tonight's included.
int VoicesMissing(const scoring::Standing& standing, const scoring::Stability& stability) {
  return std::max(1, stability.confirmation_batches - static_cast<int>(standing.against));
}

void Add(const char* reason, Day until, const explanation::Text& text, v1::PlanPathResponse& response) {
  v1::PathHold& hold = *response.add_holds();
  hold.set_reason(reason);
  if (until != 0) hold.set_until_date(FormatDay(until));
  ToWire(text, *hold.mutable_sentence());
}

}  // namespace

std::optional<path::HoldUp> HeldUpgrades(const scoring::Standing& standing, Day today) {
  if (!standing.graded) return std::nullopt;  // the first assignment isn't an upgrade
  if (standing.upgrades_frozen) return path::HoldUp{.frozen = true};
  if (standing.override_until == 0) return std::nullopt;
  return path::HoldUp{.until = OverrideEnds(standing, today)};
}

Day FirstDowngrade(const scoring::Standing& standing, const scoring::Stability& stability, Day today) {
  const Day first_run = standing.override_until == 0 ? today + 1 : OverrideEnds(standing, today);
  const Day confirmed = first_run + VoicesMissing(standing, stability) - 1;
  const bool is_protected = standing.protected_since != 0 && !standing.protection_void;
  return is_protected ? std::max(confirmed, ProtectedUntil(standing.protected_since, stability)) : confirmed;
}

void WriteHolds(const scoring::Standing& standing, const scoring::Stability& stability, Day today, v1::PlanPathResponse& response) {
  if (!standing.graded) return;
  if (standing.override_until != 0) {
    const Day ends = OverrideEnds(standing, today);
    Add("OVERRIDDEN", ends, {fmt::format("The tier was set by hand; the run of {} decides again.", FormatDay(ends)),
                             fmt::format("等级由人工设定；{}的评定起重新由系统决定。", FormatDay(ends))}, response);
  }
  if (standing.upgrades_frozen) {
    Add("FROZEN", 0, {"Upgrades are frozen because of an abuse case.", "因异常行为案件，升级已冻结。"}, response);
  }
  if (IsProtected(standing, stability, today)) {
    const Day until = ProtectedUntil(standing.protected_since, stability);
    Add("PROTECTED", until, {fmt::format("The tier is protected: no run before {} lowers it.", FormatDay(until)),
                             fmt::format("等级处于保护期：{}之前的评定不会降级。", FormatDay(until))}, response);
  }
  if (stability.confirmation_batches > 1) {
    Add("AWAITS_CONFIRMATION", 0, {fmt::format("A lower tier takes effect once {} runs in a row have said so; {} have.", stability.confirmation_batches, standing.against),
                                   fmt::format("连续{}次评定都更低才会降级；目前{}次。", stability.confirmation_batches, standing.against)}, response);
  }
  if (stability.max_levels_down > 0) {
    Add("LEVEL_LIMIT", 0, {fmt::format("A run lowers the tier by at most {} level(s).", stability.max_levels_down),
                           fmt::format("每次评定最多降{}级。", stability.max_levels_down)}, response);
  }
}

void WriteStatus(const features::CustomerState& state, Day today, v1::PlanPathResponse& response) {
  const features::AttributeValue* status = state.Latest(features::kStatus, today);
  if (status == nullptr || status->value == static_cast<double>(features::CustomerStatus::kOpen)) return;
  const bool closed = status->value == static_cast<double>(features::CustomerStatus::kClosed);
  Add(closed ? "CLOSED" : "TEST", 0,
      {fmt::format("The account is {}: nothing compares it with other customers, so that tiers for a share of the best stay out of reach.",
                   closed ? "closed" : "a test account"),
       fmt::format("该账户{}：不参与客户间的比较，按排名授予的等级无法达到。", closed ? "已关闭" : "为测试账户")}, response);
}

}  // namespace rung::grading
