#include "services/grading/dry_grader.h"

#include <cmath>

#include "libs/base/status.h"
#include "libs/features/fitted.h"
#include "libs/labels/standings.h"
#include "services/grading/customer_grader.h"

namespace rung::grading {

absl::Status DryGrader::Grade(const v1::GradeCustomerRequest& request, v1::GradeCustomerResponse& response,
                              Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const Day as_of, reader_.ParseAsOf(request.as_of_date()));
  RUNG_ASSIGN_OR_RETURN(const auto ladder, ladders_.Find(request.ladder_id()));
  RUNG_ASSIGN_OR_RETURN(const ReadCustomer customer, reader_.ReadGraded(request.customer_id(), as_of, deadline));
  labels::Standings standings;
  RUNG_RETURN_IF_ERROR(labels::DecodeStandings(customer.row.standings, standings));
  const scoring::Standing* known = labels::Find(standings, ladder->row.ladder_no);
  const scoring::Standing before = known == nullptr ? scoring::Standing{} : *known;
  CustomerGrader grader(codes_, reader_.calendars(), reader_.fits(), reader_.sources());
  const Day today = zone_.DayOf(clock_.NowSeconds());
  const LadderGrading grading = grader.Grade(*ladder, customer.subject, customer.state, before, as_of, today);

  const scoring::Model& model = ladder->scorer.model();
  response.set_customer_id(request.customer_id());
  response.set_ladder_id(model.model_id);
  response.set_model_version(ladder->row.version);
  response.set_as_of_date(FormatDay(as_of));
  response.set_score_milli(grading.graded.score);
  response.set_computed_tier_code(model.tiers[grading.graded.tier].code);
  response.set_effective_tier_code(ladder->CodeOf(grading.decision.standing.effective));
  if (before.graded) response.set_current_tier_code(ladder->CodeOf(before.effective));
  response.set_reason(std::string(ReasonName(grading.decision.reason)));
  if (!ladder->GradesInRealTime()) response.set_provisional_reason("NO_POPULATION");
  const bool attainment = model.score_kind == scoring::ScoreKind::kAttainment;
  for (size_t p = 0; p < grading.graded.parts.size(); ++p) {
    v1::GradedPart& part = *response.add_parts();
    part.set_name(attainment ? model.tiers[0].rules.criteria[p].condition.feature : model.dimensions[p].name);
    if (!attainment) part.set_weight(static_cast<double>(model.dimensions[p].weight) / scoring::kOneMicro);
    if (!std::isnan(grading.graded.parts[p])) part.set_value(grading.graded.parts[p]);
  }
  const std::vector<bool> holding = ladder->scorer.MultipliersHolding(grading.inputs.features);
  for (size_t m = 0; m < holding.size(); ++m) {
    v1::GradedMultiplier& multiplier = *response.add_multipliers();
    multiplier.set_name(model.multipliers[m].name);
    multiplier.set_factor(static_cast<double>(model.multipliers[m].factor) / scoring::kOneMicro);
    multiplier.set_applied(holding[m]);
  }
  for (size_t f = 0; f < grading.inputs.features.size(); ++f) {
    v1::FeatureValue& value = *response.add_features();
    const std::string& name = ladder->scorer.features()[f];
    value.set_name(name);
    if (features::IsMissing(grading.inputs.features[f])) {
      value.set_missing(std::string(features::WhyMissing(name)));
    } else {
      value.set_number(grading.inputs.features[f]);
    }
  }
  const scoring::Standing& after = grading.decision.standing;
  response.set_protection_void(after.protection_void);
  if (grading.decision.held_by != scoring::ChangeReason::kNone) {
    response.set_held_by(std::string(ReasonName(grading.decision.held_by)));
  }
  if (IsProtected(after, model.stability, today)) {
    response.set_protected_until_date(FormatDay(ProtectedUntil(after.protected_since, model.stability)));
  }
  return absl::OkStatus();
}

}  // namespace rung::grading
