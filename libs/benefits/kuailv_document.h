// The benefit document of KuaiLv: {"diamond": {"discount_rate": 0.9, "exclusive_offers": ["进口水果8折"], …}, …}.
//
// What the document says comes back as it stood. Keys that this release knows become typed benefits; any other becomes a
// custom benefit of that name. Tiers inherit nothing, for each names all it gives.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/benefits/plan.h"

namespace rung::benefits {

struct KuaiLvImport {
  std::string plan_id;
  std::string ladder_id = "kuailv";
  std::string currency = "CNY";
  /// Best first; tiers that the document lacks stay out of the plan.
  std::vector<std::string> tier_codes = {"diamond", "platinum", "gold", "silver", "bronze"};
};

/// INVALID_ARGUMENT with every violation, under paths of the document ("diamond.discount_rate").
absl::StatusOr<Plan> ImportKuaiLv(std::string_view json, const KuaiLvImport& import);

/// FAILED_PRECONDITION naming what the form has no place for: overrides, inheritance, dates, quotas, replaced benefits.
absl::StatusOr<std::string> ExportKuaiLv(const Plan& plan);

}  // namespace rung::benefits
