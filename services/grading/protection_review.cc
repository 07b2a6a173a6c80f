#include "services/grading/protection_review.h"

#include "libs/base/status.h"
#include "libs/features/corrections.h"
#include "services/grading/customer_grader.h"

namespace rung::grading {

using scoring::Standing;

absl::Status ProtectionReview::Review(const LadderSet& ladders, const FactsChange& change, Day today,
                                      labels::Standings& standings) {
  for (labels::LadderStanding& item : standings) {
    Standing& standing = item.standing;
    const auto ladder = std::find_if(ladders.begin(), ladders.end(),
                                     [&](const auto& known) { return known->row.ladder_no == item.ladder_no; });
    if (ladder == ladders.end() || standing.protected_since == 0 || standing.granted_by == 0) continue;
    const bool over = today >= ProtectedUntil(standing.protected_since, (*ladder)->scorer.model().stability);
    const bool came_late = standing.granted_as_of < today && change.earliest <= standing.granted_as_of;
    if (over || !(change.takes_back || came_late)) continue;
    RUNG_RETURN_IF_ERROR(ReviewOne(**ladder, change, standing));
  }
  return absl::OkStatus();
}

absl::Status ProtectionReview::ReviewOne(const Ladder& current, const FactsChange& change, Standing& standing) {
  RUNG_ASSIGN_OR_RETURN(const auto granting, ladders_.AtVersion(current, standing.granted_by));
  // Without a population there is no telling what a model that compares customers would have said.
  if (!granting->HasNumber(standing.effective) || !granting->GradesInRealTime()) return absl::OkStatus();
  const uint8_t granted = granting->PlaceOf(standing.effective);
  RUNG_ASSIGN_OR_RETURN(const uint8_t after, PlaceAsOf(*granting, change, standing.granted_as_of, true));
  if (after <= granted) {
    standing.protection_void = false;
    return absl::OkStatus();
  }
  if (standing.protection_void) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(const uint8_t before, PlaceAsOf(*granting, change, standing.granted_as_of, false));
  standing.protection_void = after > before;
  return absl::OkStatus();
}

absl::StatusOr<uint8_t> ProtectionReview::PlaceAsOf(const Ladder& granting, const FactsChange& change, Day as_of,
                                                    bool with_new_events) {
  const auto calendars = calendars_.Current();
  features::CustomerState state = with_new_events ? change.after : change.before;
  const BusinessCalendar& calendar = calendars->Of(state, as_of, codes_);
  if (!features::Reaches(state, as_of, calendar)) {
    RUNG_ASSIGN_OR_RETURN(state, change.rebuild(features::FoldDayAsOf(as_of, calendar), with_new_events));
  }
  features::CountBack(as_of, state);
  const features::DatedState dated = open_days_.Of(*calendars, state, as_of);
  evaluator_.Evaluate(dated.state, dated.as_of, values_);
  const auto forecaster = fits_.Current();
  fitted_evaluator_.Evaluate(forecaster.get(), dated, values_, granting.binding.fitted(), fitted_);
  const auto graded = GradeOne(granting.scorer, granting.frozen->population, granting.frozen->SelfOf(change.customer),
                               granting.binding.Values(values_, fitted_, dated.state, dated.as_of),
                               BenchmarksFor(granting.scorer.model(), dated.state, dated.as_of, codes_),
                               IsMember(values_, dated.state, dated.as_of));
  return graded.tier;
}

}  // namespace rung::grading
