#include "services/grading/decision_replayer.h"

#include <spdlog/spdlog.h>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/storage/store_error.h"
#include "services/grading/customer_grader.h"
#include "services/grading/decision_record.h"
#include "services/grading/tier_lookup.h"

namespace rung::grading {
namespace {

using Outcome = v1::ReplayTierResponse::Outcome;

Outcome StoredOutcome(const storage::TierChangeRow& row) {
  Outcome outcome;
  outcome.set_score_milli(row.score_milli);
  outcome.set_computed_tier_code(row.computed_tier);
  outcome.set_effective_tier_code(row.to_tier);
  outcome.set_version(row.version);
  return outcome;
}

Outcome ReplayedOutcome(const StoredDecision& stored) {
  const scoring::Scorer& scorer = stored.ladder->scorer;
  const scoring::DecisionInputs& inputs = stored.inputs;
  const scoring::GradedCustomer graded = scoring::Grade(scorer, inputs.grading);
  const scoring::Decision decision =
      Decide(inputs.before, {graded.tier, graded.score, inputs.as_of, graded.lenient_tier}, scorer.model().stability, inputs.kind, inputs.run_day);
  Outcome outcome;
  outcome.set_score_milli(graded.score);
  outcome.set_computed_tier_code(scorer.model().tiers[graded.tier].code);
  outcome.set_effective_tier_code(scorer.model().tiers[decision.standing.effective].code);
  outcome.set_version(decision.standing.version);
  return outcome;
}

bool Same(const Outcome& a, const Outcome& b) {
  return a.score_milli() == b.score_milli() && a.computed_tier_code() == b.computed_tier_code() &&
         a.effective_tier_code() == b.effective_tier_code() && a.version() == b.version();
}

// Set by a person: there is nothing to compute again.
bool IsOverride(const storage::TierChangeRow& row) { return row.inputs.empty(); }

}  // namespace

absl::StatusOr<StoredDecision> DecisionReplayer::Open(const Ladder& current, storage::TierChangeRow row) const {
  RUNG_ASSIGN_OR_RETURN(const auto version, ladders_.AtVersion(current, row.model_version));
  RUNG_ASSIGN_OR_RETURN(scoring::DecisionInputs inputs, DecodeDecision(version->scorer, row.inputs));
  auto bound = std::make_shared<Ladder>(version->row, version->message, version->scorer.model(), codes_);
  bound->scorer.SetChoices(inputs.grading.choices);
  return StoredDecision{std::move(bound), std::move(inputs), std::move(row)};
}

absl::StatusOr<StoredDecision> DecisionReplayer::Read(const std::string& customer_id, const std::string& ladder_id, int64_t version,
                                                      Deadline deadline) const {
  if (customer_id.empty()) return InvalidField("customer_id", "REQUIRED", "must not be empty");
  if (version < 0) return InvalidField("version", "OUT_OF_RANGE", "must be 0 (the newest decision) or greater");
  RUNG_ASSIGN_OR_RETURN(const auto ladder, ladders_.Find(ladder_id));
  RUNG_ASSIGN_OR_RETURN(const CustomerFingerprint customer, customers_.Known(customer_id, deadline));
  RUNG_ASSIGN_OR_RETURN(storage::TierChangeRow change, history_.Decision(customer.number, ladder->row.ladder_no, version, deadline));
  if (change.reason == kMergedReason) {
    const std::string target = change.cause.substr(change.cause.find(':') + 1);
    return WithReason(FailedPreconditionError("with version {} the account was merged into \"{}\"; replay an earlier version, or that id", change.version, target),
                      "ACCOUNT_MERGED", {{"target_customer_id", target}});
  }
  if (IsOverride(change)) {
    return WithReason(FailedPreconditionError("version {} wasn't computed, but set by hand or by a merge ({})", change.version, change.cause),
                      "SET_BY_HAND");
  }
  return Open(*ladder, std::move(change));
}

absl::Status DecisionReplayer::Replay(const v1::ReplayTierRequest& request, v1::ReplayTierResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const StoredDecision stored, Read(request.customer_id(), request.ladder_id(), request.version(), deadline));
  response.set_version(stored.row.version);
  response.set_model_version(stored.row.model_version);
  response.set_as_of_date(FormatDay(stored.row.as_of));
  *response.mutable_stored() = StoredOutcome(stored.row);
  *response.mutable_replayed() = ReplayedOutcome(stored);
  response.set_matches(Same(response.stored(), response.replayed()));
  return absl::OkStatus();
}

void DecisionReplayer::AuditSample(int limit, Deadline deadline) {
  const auto rows = history_.Sample(limit, deadline);
  if (!rows.ok()) {
    spdlog::warn("replay: no sample could be read: {}", Message(rows.status()));
    return;
  }
  const auto ladders = ladders_.Current();
  for (const storage::TierChangeRow& row : *rows) {
    if (IsOverride(row)) continue;
    const auto ladder = std::find_if(ladders->begin(), ladders->end(), [&](const auto& known) { return known->row.ladder_no == row.ladder_no; });
    if (ladder == ladders->end()) continue;
    const auto stored = Open(**ladder, row);
    if (storage::MayPass(stored.status())) return;
    ++replayed_;
    if (stored.ok() && Same(StoredOutcome(row), ReplayedOutcome(*stored))) continue;
    ++different_;
    spdlog::error("replay: customer number {} on ladder {}, version {}, is decided otherwise now: {}", static_cast<int64_t>(row.customer),
                  (*ladder)->row.ladder_id, row.version, stored.ok() ? "another outcome" : Message(stored.status()));
  }
}

}  // namespace rung::grading
