#include "services/grading/customer_grader.h"

#include "services/grading/decision_record.h"

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
    case ChangeReason::kOverridden:
      return "OVERRIDDEN";
    case ChangeReason::kFrozen:
      return "FROZEN";
    case ChangeReason::kTierDropped:
      return "TIER_DROPPED";
  }
  return "NONE";
}

Standing InPlaces(const Ladder& ladder, const Standing& standing) {
  Standing places = standing;
  places.effective = ladder.PlaceOf(standing.effective);
  places.computed = ladder.PlaceOf(standing.computed);
  if (standing.graded && !ladder.HasNumber(standing.effective)) {
    places.graded = false;
    places.override_until = 0;
  }
  return places;
}

Decision DecideOn(const Ladder& ladder, const Standing& before, const scoring::Computed& computed, scoring::RunKind kind,
                  Day run_day) {
  const Standing places = InPlaces(ladder, before);
  const bool dropped = before.graded && !places.graded;
  if (dropped && kind == scoring::RunKind::kRealTime) return {before, ChangeReason::kNone, ChangeReason::kAwaitsBatch};
  Decision decision = Decide(places, computed, ladder.scorer.model().stability, kind, run_day);
  const bool older_facts = before.graded && kind == scoring::RunKind::kBatch && computed.as_of < before.as_of;
  if (decision.standing == places) {
    decision.standing = before;
  } else {
    decision.standing.effective = ladder.NumberOf(decision.standing.effective);
    decision.standing.computed = ladder.NumberOf(decision.standing.computed);
    if (decision.reason == ChangeReason::kUpgrade) decision.standing.granted_by = ladder.row.version;
  }
  if (!older_facts) decision.standing.model_version = ladder.row.version;
  return decision;
}

bool IsRecorded(const Decision& decision, const Standing& before) {
  return decision.effective_changed() || decision.standing.model_version != before.model_version;
}

storage::TierChangeRow ChangeRowOf(const Ladder& ladder, CustomerNumber customer, const scoring::DecisionInputs& inputs,
                                   const Standing& before, const Decision& decision, UnixMicros recorded_at, const std::string& cause) {
  const Standing& after = decision.standing;
  const std::string_view reason = decision.effective_changed() ? ReasonName(decision.reason) : kModelReason;
  return {customer, ladder.row.ladder_no, after.version, before.graded ? ladder.CodeOf(before.effective) : std::string(),
          ladder.CodeOf(after.effective), ladder.CodeOf(after.computed), decision.effective_changed() ? after.score : scoring::Grade(ladder.scorer, inputs.grading).score,
          std::string(reason), ladder.row.version, inputs.as_of, recorded_at, cause, EncodeDecision(ladder.scorer, inputs)};
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

LadderGrading CustomerGrader::Grade(const Ladder& ladder, CustomerNumber subject, const features::CustomerState& state,
                                    const Standing& before, Day as_of, Day run_day) {
  const features::DatedState dated = open_days_.Of(*calendars_.Current(), state, as_of);
  Evaluate(dated, ladder.binding.fitted());
  LadderGrading grading{GradeEvaluated(ladder, subject, dated), {}};
  const scoring::GradedCustomer& graded = grading.graded;
  grading.decision = DecideOn(ladder, before, {graded.tier, graded.score, as_of, graded.lenient_tier}, scoring::RunKind::kRealTime, run_day);
  return grading;
}

void CustomerGrader::Evaluate(const features::DatedState& dated, features::FittedSet fitted) {
  evaluator_.Evaluate(dated.state, dated.as_of, values_);
  fit_version_ = 0;
  if (fitted == 0) return;  // nothing reads `fitted_` then
  const auto forecaster = fits_.Current();
  fitted_evaluator_.Evaluate(forecaster.get(), dated, values_, fitted, fitted_);
  if (forecaster != nullptr) fit_version_ = forecaster->fit().version;
}

LadderGrade CustomerGrader::GradeEvaluated(const Ladder& ladder, CustomerNumber subject, const features::DatedState& dated) const {
  LadderGrade grade;
  grade.inputs = InputsOf(ladder.scorer, ladder.frozen->population, ladder.frozen->SelfOf(subject),
                          ladder.binding.Values(values_, fitted_, dated.state, dated.as_of),
                          BenchmarksFor(ladder.scorer.model(), dated.state, dated.as_of, codes_),
                          IsMember(values_, dated.state, dated.as_of));
  grade.graded = scoring::Grade(ladder.scorer, grade.inputs);
  if (ladder.binding.fitted() != 0) grade.fit_version = fit_version_;
  return grade;
}

void CustomerGrader::Regrade(const LadderSet& ladders, const CustomerFingerprint& customer, const features::CustomerState& state,
                             Day today, UnixMicros now, const std::string& cause, labels::Standings& standings,
                             std::vector<storage::TierChangeRow>& changes, std::vector<storage::LabelRow>& label_rows) {
  Judge(ladders, customer.number, state, today);
  Settle(customer, today, now, cause, standings, changes, label_rows);
}

void CustomerGrader::Judge(const LadderSet& ladders, CustomerNumber subject, const features::CustomerState& state, Day today) {
  const features::DatedState dated = open_days_.Of(*calendars_.Current(), state, today);
  features::FittedSet fitted = 0;
  for (const auto& ladder : ladders) fitted |= ladder->binding.fitted();
  Evaluate(dated, fitted);
  judged_.clear();
  for (const auto& ladder : ladders) {
    if (ladder->GradesInRealTime()) judged_.push_back({ladder, GradeEvaluated(*ladder, subject, dated)});
  }
}

void CustomerGrader::Settle(const CustomerFingerprint& customer, Day today, UnixMicros now, const std::string& cause,
                            labels::Standings& standings, std::vector<storage::TierChangeRow>& changes,
                            std::vector<storage::LabelRow>& label_rows) const {
  const bool is_new = standings.empty();
  for (const auto& [ladder, grade] : judged_) {
    const Standing* known = labels::Find(standings, ladder->row.ladder_no);
    const Standing before = known == nullptr ? Standing{} : *known;
    const Decision decision = DecideOn(*ladder, before, {grade.graded.tier, grade.graded.score, today, grade.graded.lenient_tier},
                                       scoring::RunKind::kRealTime, today);
    labels::Set(standings, ladder->row.ladder_no, decision.standing);
    if (!IsRecorded(decision, before)) continue;
    const scoring::DecisionInputs inputs{ladder->row.version, grade.inputs, InPlaces(*ladder, before),
                                         scoring::RunKind::kRealTime, today, today, grade.fit_version};
    changes.push_back(ChangeRowOf(*ladder, customer.number, inputs, before, decision, now, cause));
    if (!decision.effective_changed()) continue;
    label_rows.push_back({customer, ladder->row.ladder_no, labels::Pack(labels::LabelOf(decision.standing))});
  }
  if (is_new && standings.empty()) label_rows.push_back({customer, 0, 0});  // other processes learn that the customer exists
}

}  // namespace rung::grading
