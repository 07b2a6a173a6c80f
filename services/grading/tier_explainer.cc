#include "services/grading/tier_explainer.h"

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/explanation/sentences.h"
#include "libs/labels/standings.h"
#include "services/grading/customer_grader.h"
#include "services/grading/explanation_mapping.h"

namespace rung::grading {

absl::Status CheckPopulation(const Ladder& ladder) {
  if (ladder.GradesInRealTime()) return absl::OkStatus();
  return WithReason(FailedPreconditionError("ladder \"{}\" compares customers, and there is no population of its version {} to compare with; "
                                            "`rungctl regrade start` freezes one",
                                            ladder.row.ladder_id, ladder.row.version),
                    "NO_POPULATION");
}

void ExplainDecision(const Ladder& ladder, const scoring::DecisionInputs& inputs, const std::string& currency,
                     v1::Explanation& out) {
  const scoring::Model& model = ladder.scorer.model();
  const explanation::Explanation explained = explanation::Explain(ladder.scorer, inputs);
  const explanation::Style style{currency, model.display_scale};
  ToWire(explained, Describe(explained, model, style), ladder.message, out);
  out.set_ladder_id(model.model_id);
  out.set_model_version(inputs.model_version);
  out.set_fit_version(inputs.fit_version);
}

absl::Status TierExplainer::ExplainStored(const v1::ExplainTierRequest& request, v1::Explanation& out, Deadline deadline) const {
  if (!request.as_of_date().empty()) {
    return InvalidField("as_of_date", "MISMATCH", "a stored decision has a day of its own; give either as_of_date or version");
  }
  RUNG_ASSIGN_OR_RETURN(const StoredDecision stored,
                        context_.replayer.Read(request.customer_id(), request.ladder_id(), request.version(), deadline));
  ExplainDecision(*stored.ladder, stored.inputs, context_.currency, out);
  out.set_customer_id(request.customer_id());
  if (stored.inputs.before.graded) out.set_current_tier_code(stored.ladder->scorer.model().tiers[stored.inputs.before.effective].code);
  return absl::OkStatus();
}

absl::Status TierExplainer::Explain(const v1::ExplainTierRequest& request, v1::ExplainTierResponse& response,
                                    Deadline deadline) const {
  if (request.version() != 0) return ExplainStored(request, *response.mutable_explanation(), deadline);
  RUNG_ASSIGN_OR_RETURN(const Day as_of, context_.reader.ParseAsOf(request.as_of_date()));
  RUNG_ASSIGN_OR_RETURN(const auto ladder, context_.ladders.Find(request.ladder_id()));
  RUNG_RETURN_IF_ERROR(CheckPopulation(*ladder));
  RUNG_ASSIGN_OR_RETURN(const ReadCustomer customer, context_.reader.ReadGraded(request.customer_id(), as_of, deadline));
  labels::Standings standings;
  RUNG_RETURN_IF_ERROR(labels::DecodeStandings(customer.row.standings, standings));
  const scoring::Standing* known = labels::Find(standings, ladder->row.ladder_no);
  const scoring::Standing before = known == nullptr ? scoring::Standing{} : *known;
  const Day today = context_.zone.DayOf(context_.clock.NowSeconds());
  CustomerGrader grader(context_.codes, context_.reader.calendars(), context_.reader.fits(), context_.reader.sources());
  LadderGrading grading = grader.Grade(*ladder, customer.subject, customer.state, before, as_of, today);

  v1::Explanation& out = *response.mutable_explanation();
  const scoring::DecisionInputs inputs{.model_version = ladder->row.version,
                                       .grading = std::move(grading.inputs),
                                       .before = InPlaces(*ladder, before),
                                       .kind = scoring::RunKind::kRealTime,
                                       .as_of = as_of,
                                       .run_day = today,
                                       .fit_version = grading.fit_version};
  ExplainDecision(*ladder, inputs, context_.currency, out);
  out.set_customer_id(request.customer_id());
  if (before.graded) out.set_current_tier_code(ladder->CodeOf(before.effective));
  return absl::OkStatus();
}

}  // namespace rung::grading
