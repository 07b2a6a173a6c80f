#include "services/grading/draft_ladder.h"

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/wire/model_mapping.h"

namespace rung::grading {
namespace {

constexpr int16_t kDraftLadder = -1;

}  // namespace

absl::StatusOr<v1::Model> StoredDraft(const std::string& model_id, storage::ConfigStore& config) {
  RUNG_ASSIGN_OR_RETURN(const storage::DraftRow row, config.GetDraft({"model", model_id}, Deadline::After(5000)));
  return wire::ParseModelJson(row.body_json);
}

std::shared_ptr<const Ladder> DraftLadder(const v1::Model& message, const Ladder* current, const features::CodeBook& codes) {
  std::vector<Violation> violations;
  scoring::Model model = wire::FromWire(message, violations);
  storage::ModelRow row;
  row.ladder_no = kDraftLadder;
  row.ladder_id = message.model_id();
  if (current != nullptr) {
    row.version = current->row.version + 1;
    row.tier_codes = current->row.tier_codes;
  }
  for (const v1::Tier& tier : message.tiers()) {
    if (std::find(row.tier_codes.begin(), row.tier_codes.end(), tier.code()) == row.tier_codes.end()) row.tier_codes.push_back(tier.code());
  }
  return std::make_shared<Ladder>(std::move(row), message, std::move(model), codes);
}

Day ParseTrialDay(const std::string& as_of_date, Day today, Day by_default, std::vector<Violation>& violations) {
  if (as_of_date.empty()) return by_default;
  const auto day = ParseDay(as_of_date);
  if (day && *day <= today) return *day;
  violations.push_back({"as_of_date", "BAD_DATE", fmt::format("\"{}\" isn't a date up to today, {}; write it like \"2026-03-31\"",
                                                              Shorten(as_of_date, 40), FormatDay(today))});
  return by_default;
}

}  // namespace rung::grading
