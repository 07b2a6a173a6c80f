#include "services/grading/ladder_prices.h"

#include <fmt/ranges.h>
#include <google/protobuf/util/json_util.h>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/wire/benefit_mapping.h"

namespace rung::grading {
namespace {

constexpr char kPlanKind[] = "benefit-plan";
constexpr char kDefaultPlan[] = "default";

absl::Status Unknown(const std::string& ladder_id, const std::string& plan_id, const std::vector<std::string>& known) {
  const std::string which = known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "));
  return InvalidField("benefit_plan_id", "UNKNOWN_PLAN",
                      fmt::format("no plan \"{}\" of ladder \"{}\" is published; published: {}", Shorten(plan_id, 80), Shorten(ladder_id, 80), which));
}

}  // namespace

absl::StatusOr<LadderPrices::Parsed*> LadderPrices::Parse(const storage::VersionRow& row) {
  Parsed& parsed = parsed_[row.key.document_id];
  if (parsed.version == row.version) return &parsed;
  benefits::v1::BenefitPlan message;
  std::vector<Violation> violations;
  const bool reads = google::protobuf::util::JsonStringToMessage(row.body_json, &message).ok();
  benefits::Plan plan = wire::FromWire(message, violations);
  if (!reads || !violations.empty()) {
    return InternalError("stored benefit plan {} version {} doesn't load", row.key.document_id, row.version);
  }
  parsed = {row.version, benefits::Benefits::Build(std::move(plan)), 0, nullptr};
  return &parsed;
}

absl::StatusOr<std::optional<PlanPrices>> LadderPrices::Find(const std::string& ladder_id, const std::string& plan_id, Day day) {
  RUNG_ASSIGN_OR_RETURN(const auto rows, config_.Current(kPlanKind, Deadline::After(5000)));
  std::lock_guard lock(mutex_);
  std::vector<std::string> known;
  Parsed* chosen = nullptr;
  std::string chosen_id;
  const std::string& wanted = plan_id.empty() ? kDefaultPlan : plan_id;
  for (const storage::VersionRow& row : rows) {
    RUNG_ASSIGN_OR_RETURN(Parsed* const parsed, Parse(row));
    if (parsed->benefits->plan().ladder_id != ladder_id) continue;
    const std::string& id = row.key.document_id;
    known.push_back(id);
    if (id != wanted && (chosen != nullptr || !plan_id.empty())) continue;
    chosen = parsed;
    chosen_id = id;
  }
  if (chosen == nullptr && !plan_id.empty()) return Unknown(ladder_id, plan_id, known);
  if (chosen == nullptr) return std::nullopt;
  if (chosen->cost == nullptr || chosen->day != day) {
    chosen->cost = std::make_shared<const benefits::AnnualCost>(chosen->benefits, day);
    chosen->day = day;
  }
  std::erase(known, chosen_id);
  return PlanPrices{chosen_id, chosen->version, chosen->cost, std::move(known)};
}

}  // namespace rung::grading
