#include "services/grading/customer_grader.h"

namespace rung::grading {

using scoring::ChangeReason;
using scoring::Decision;
using scoring::Standing;

std::string_view ReasonName(ChangeReason reason) {
  switch (reason) {
    case ChangeReason::kNone:
      return "NONE";
    case ChangeReason::kFirst:
      return "FIRST";
    case ChangeReason::kUpgrade:
      return "UPGRADE";
    case ChangeReason::kDowngrade:
      return "DOWNGRADE";
    case ChangeReason::kProtected:
      return "PROTECTED";
    case ChangeReason::kAwaitsBatch:
      return "AWAITS_BATCH";
    case ChangeReason::kComputedOnly:
      return "COMPUTED_ONLY";
    case ChangeReason::kWithinMargin:
      return "WITHIN_MARGIN";
    case ChangeReason::kAwaitsConfirmation:
      return "AWAITS_CONFIRMATION";
  }
  return "NONE";
}

Standing InPlaces(const Ladder& ladder, const Standing& standing) {
  Standing places = standing;
  places.effective = ladder.PlaceOf(standing.effective);
  places.computed = ladder.PlaceOf(standing.computed);
  return places;
}

Decision DecideOn(const Ladder& ladder, const Standing& before, uint8_t computed_place, scoring::ScoreMilli score, Day as_of,
                  scoring::RunKind kind, Day run_day) {
  const Standing places = InPlaces(ladder, before);
  Decision decision = Decide(places, {computed_place, score, as_of}, ladder.scorer.model().stability, kind, run_day);
Decision DecideOn(const Ladder& ladder, const Standing& before, const scoring::Computed& computed, scoring::RunKind kind,
                  Day run_day) {
  Standing places = before;
  places.effective = ladder.PlaceOf(before.effective);
  places.computed = ladder.PlaceOf(before.computed);
  Decision decision = Decide(places, computed, ladder.scorer.model().stability, kind, run_day);
  if (decision.standing == places) {
    decision.standing = before;
    return decision;
  }
  decision.standing.effective = ladder.NumberOf(decision.standing.effective);
  decision.standing.computed = ladder.NumberOf(decision.standing.computed);
  if (decision.reason == ChangeReason::kUpgrade) decision.standing.granted_by = ladder.row.version;
  return decision;
}

storage::TierChangeRow ChangeRowOf(const Ladder& ladder, CustomerNumber customer, const Standing& before,
                                   const Decision& decision, UnixMicros recorded_at, const std::string& cause) {
  const Standing& after = decision.standing;
  return {customer, ladder.row.ladder_no, after.version, before.graded ? ladder.CodeOf(before.effective) : std::string(),
          ladder.CodeOf(after.effective), ladder.CodeOf(after.computed), after.score, std::string(ReasonName(decision.reason)),
          ladder.row.version, after.as_of, recorded_at, cause};
}

std::vector<double> BenchmarksFor(const scoring::Model& model, const features::CustomerState& state, Day as_of,
                                  const features::CodeBook& codes) {
  std::string region, segment;
  const bool any_overrides = std::any_of(model.benchmarks.begin(), model.benchmarks.end(),
                                         [](const scoring::Benchmark& b) { return !b.overrides.empty(); });
  if (any_overrides) {
    const auto word = [&](int32_t attribute, features::CodeKind kind) {
      const features::AttributeValue* value = state.Latest(attribute, as_of);
      return value == nullptr ? std::string() : codes.Word(kind, static_cast<int32_t>(value->value));
    };
    region = word(features::kRegion, features::CodeKind::kRegion);
    segment = word(features::kSegment, features::CodeKind::kSegment);
  }
  std::vector<double> values;
  for (const scoring::Benchmark& benchmark : model.benchmarks) values.push_back(benchmark.For(region, segment));
  return values;
}

LadderGrading CustomerGrader::Grade(const Ladder& ladder, CustomerNumber customer, const features::CustomerState& state,
                                    const Standing& before, Day as_of, Day run_day) {
  evaluator_.Evaluate(state, as_of, values_);
  return GradeEvaluated(ladder, customer, state, before, as_of, run_day);
}

LadderGrading CustomerGrader::GradeEvaluated(const Ladder& ladder, CustomerNumber customer, const features::CustomerState& state,
                                             const Standing& before, Day as_of, Day run_day) const {
  LadderGrading grading;
  grading.inputs = InputsOf(ladder.scorer, ladder.frozen->population, ladder.frozen->SelfOf(customer),
                            ladder.binding.Values(values_, state, as_of),
                            BenchmarksFor(ladder.scorer.model(), state, as_of, codes_), IsMember(values_, state, as_of));
  grading.graded = scoring::Grade(ladder.scorer, grading.inputs);
  grading.decision = DecideOn(ladder, before, grading.graded.tier, grading.graded.score, as_of, scoring::RunKind::kRealTime, run_day);
  const scoring::GradedCustomer& graded = grading.graded;
  grading.decision = DecideOn(ladder, before, {graded.tier, graded.score, as_of, graded.lenient_tier},
                              scoring::RunKind::kRealTime, run_day);
  return grading;
}

void CustomerGrader::Regrade(const LadderSet& ladders, const CustomerFingerprint& customer, const features::CustomerState& state,
                             Day today, UnixMicros now, const std::string& cause, labels::Standings& standings,
                             std::vector<storage::TierChangeRow>& changes, std::vector<storage::LabelRow>& label_rows) {
  const bool is_new = standings.empty();
  evaluator_.Evaluate(state, today, values_);
  for (const auto& ladder : ladders) {
    if (!ladder->GradesInRealTime()) continue;
    const Standing* known = labels::Find(standings, ladder->row.ladder_no);
    const Standing before = known == nullptr ? Standing{} : *known;
    const Decision decision = GradeEvaluated(*ladder, customer.number, state, before, today, today).decision;
    labels::Set(standings, ladder->row.ladder_no, decision.standing);
    if (!decision.effective_changed()) continue;
    changes.push_back(ChangeRowOf(*ladder, customer.number, before, decision, now, cause));
    label_rows.push_back({customer, ladder->row.ladder_no, labels::Pack(labels::LabelOf(decision.standing))});
  }
  if (is_new && standings.empty()) label_rows.push_back({customer, 0, 0});  // other processes learn that the customer exists
}

}  // namespace rung::grading
