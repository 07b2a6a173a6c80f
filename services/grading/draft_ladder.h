// Models that aren't published, as ladders to try out.
#pragma once

#include "libs/base/violation.h"
#include "libs/storage/config_store.h"
#include "rung/grading/v1/model.pb.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// NOT_FOUND/DRAFT_UNKNOWN.
absl::StatusOr<v1::Model> StoredDraft(const std::string& model_id, storage::ConfigStore& config);

/// The model as a ladder whose tier numbers agree with those of the current version; `current` may be null.
std::shared_ptr<const Ladder> DraftLadder(const v1::Model& message, const Ladder* current, const features::CodeBook& codes);

/// A request's `as_of_date`, which lies at most `today`; adds a violation when it is wrong.
Day ParseTrialDay(const std::string& as_of_date, Day today, Day by_default, std::vector<Violation>& violations);

}  // namespace rung::grading
