#include "services/grading/calibrator.h"

#include <absl/cleanup/cleanup.h>
#include <absl/container/flat_hash_set.h>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/calibration/calibration.h"
#include "libs/errors/errors.h"
#include "services/grading/base_grading.h"
#include "services/grading/calibration_sample.h"
#include "services/grading/draft_ladder.h"

namespace rung::grading {
namespace {

constexpr int kDefaultHorizon = 90, kLeastHorizon = 30, kMostHorizon = 180;
constexpr int kDefaultSample = 20'000, kLeastSample = 1'000, kMostSample = 200'000;
constexpr int kMostLabels = 30'000;

using calibration::OutcomeKind;

OutcomeKind KindOf(OutcomeWanted wanted) {
  switch (wanted) {
    case OutcomeWanted::kMargin: return OutcomeKind::kAmount;
    case OutcomeWanted::kRetention: return OutcomeKind::kHappened;
    case OutcomeWanted::kLabel: break;
  }
  return OutcomeKind::kLabel;
}

int PlaceOf(const v1::Model& model, const std::string& code) {
  for (int t = 0; t < model.tiers_size(); ++t) {
    if (model.tiers(t).code() == code) return t;
  }
  return -1;
}

void CheckLabels(const v1::TierLabels& labels, const v1::Model& model, std::vector<Violation>& violations) {
  if (labels.labels_size() < 1 || labels.labels_size() > kMostLabels) {
    violations.push_back({"labels.labels", "OUT_OF_RANGE", fmt::format("{} labels; 1 to {}", labels.labels_size(), kMostLabels)});
    return;
  }
  absl::flat_hash_set<std::string_view> seen;
  for (int i = 0; i < labels.labels_size() && violations.size() < 100; ++i) {
    const auto& label = labels.labels(i);
    const std::string field = fmt::format("labels.labels[{}]", i);
    if (auto problem = FindRequiredTextProblem(field + ".customer_id", label.customer_id(), 128)) violations.push_back(*std::move(problem));
    if (!seen.insert(label.customer_id()).second) {
      violations.push_back({field + ".customer_id", "DUPLICATE", fmt::format("\"{}\" is labelled twice", Shorten(label.customer_id(), 80))});
    }
    if (PlaceOf(model, label.tier_code()) < 0) {
      violations.push_back({field + ".tier_code", "UNKNOWN_TIER", fmt::format("\"{}\" is no tier of {}", Shorten(label.tier_code(), 80), model.model_id())});
    }
  }
}

void Check(const v1::CalibrateModelRequest& request, const v1::Model& model, std::vector<Violation>& violations) {
  const auto check = [&](const char* field, int64_t value, int64_t least, int64_t most) {
    if (value != 0 && (value < least || value > most)) violations.push_back({field, "OUT_OF_RANGE", fmt::format("{} is outside {} to {}", value, least, most)});
  };
  check("horizon_days", request.horizon_days(), kLeastHorizon, kMostHorizon);
  check("sample_count", request.sample_count(), kLeastSample, kMostSample);
  if (request.has_labels()) {
    CheckLabels(request.labels(), model, violations);
  } else if (request.outcome() != v1::CALIBRATION_OUTCOME_MARGIN && request.outcome() != v1::CALIBRATION_OUTCOME_RETENTION) {
    violations.push_back({"goal", "REQUIRED", "give outcome (CALIBRATION_OUTCOME_MARGIN or CALIBRATION_OUTCOME_RETENTION) or labels"});
  }
}

// Outcomes need two horizons, one after the other: what was learnt ends before what is measured begins.
SampleWanted WantedOf(const v1::CalibrateModelRequest& request, const v1::Model& model, Day as_of) {
  SampleWanted wanted;
  wanted.horizon_days = request.horizon_days() == 0 ? kDefaultHorizon : request.horizon_days();
  if (request.has_labels()) {
    wanted.outcome = OutcomeWanted::kLabel;
    wanted.later_day = as_of;
    wanted.training_day = as_of - wanted.horizon_days;
    for (const auto& label : request.labels().labels()) {
      wanted.labels.emplace(static_cast<int64_t>(FingerprintOf(label.customer_id()).number), static_cast<uint8_t>(PlaceOf(model, label.tier_code())));
    }
    return wanted;
  }
  wanted.outcome = request.outcome() == v1::CALIBRATION_OUTCOME_MARGIN ? OutcomeWanted::kMargin : OutcomeWanted::kRetention;
  wanted.later_day = as_of - wanted.horizon_days;
  wanted.training_day = wanted.later_day - wanted.horizon_days - 1;
  return wanted;
}

calibration::Snapshot SnapshotOf(const std::shared_ptr<const Ladder>& ladder, const Moment& moment, const features::CodeBook& codes) {
  const BaseGrading graded(ladder, moment.base, codes);
  calibration::Snapshot snapshot = calibration::SnapshotOf(graded.scorer(), graded.ScorerInputs());
  snapshot.as_of = moment.base.as_of;
  snapshot.outcome_until = moment.outcome_until;
  snapshot.outcomes = moment.outcomes;
  return snapshot;
}

void Propose(const calibration::Calibration& found, const v1::Model& model, v1::CalibrationResult& out) {
  double before = 0;
  for (const auto& dimension : model.dimensions()) before += dimension.weight();
  *out.mutable_model() = model;
  for (int d = 0; d < model.dimensions_size(); ++d) {
    const double weight = static_cast<double>(found.draft.dimensions[d].weight) / scoring::kOneMicro;
    auto& item = *out.add_weights();
    item.set_dimension(model.dimensions(d).name());
    item.set_before(before > 0 ? model.dimensions(d).weight() / before : 0);
    item.set_after(found.learnt ? weight : item.before());
    if (found.learnt) out.mutable_model()->mutable_dimensions(d)->set_weight(weight);
  }
  if (!found.learnt || model.ladder_kind() != v1::LADDER_KIND_THRESHOLDS) return;
  for (int t = 0; t + 1 < model.tiers_size(); ++t) out.mutable_model()->mutable_tiers(t)->set_lower_bound(found.draft.tiers[t].lower_bound / 1000.0);
}

void Describe(const calibration::Calibration& found, const Sample& sample, v1::CalibrationResult& out) {
  out.set_learnt(found.learnt);
  out.set_measure(static_cast<v1::CalibrationMeasure>(static_cast<int>(found.measure) + 1));
  out.set_before(found.before);
  out.set_after(found.after);
  out.set_standard_error(found.standard_error);
  out.set_verdict(static_cast<v1::CalibrationVerdict>(static_cast<int>(found.verdict) + 1));
  out.set_training_date(FormatDay(sample.training.base.as_of));
  out.set_training_outcome_until_date(FormatDay(sample.training.outcome_until));
  out.set_training_customer_count(static_cast<int64_t>(found.training_customers));
  out.set_later_date(FormatDay(sample.later.base.as_of));
  out.set_later_outcome_until_date(FormatDay(sample.later.outcome_until));
  out.set_later_customer_count(static_cast<int64_t>(found.later_customers));
  out.set_note_zh(found.note_zh);
  out.set_note_en(found.note_en);
}

}  // namespace

absl::Status Calibrator::Calibrate(const v1::CalibrateModelRequest& request, const Write& write) {
  RUNG_ASSIGN_OR_RETURN(const v1::Model model, ChosenModel(request, parts_));
  std::vector<Violation> violations = parts_.kind.Violations(model);
  for (Violation& violation : violations) violation.field = "model." + violation.field;
  Check(request, model, violations);
  const Day today = parts_.zone.DayOf(parts_.clock.NowSeconds());
  const Day as_of = ParseTrialDay(request.as_of_date(), today, today - 1, violations);
  if (!violations.empty()) return InvalidRequest(violations);
  if (running_.exchange(true)) {
    return WithRetry(WithReason(ResourceExhaustedError("another calibration is running here; one at a time"), "CALIBRATION_RUNNING"), 1000);
  }
  const absl::Cleanup done = [this] { running_ = false; };
  return Run(request, model, as_of, write);
}

absl::Status Calibrator::Run(const v1::CalibrateModelRequest& request, const v1::Model& model, Day as_of, const Write& write) const {
  RUNG_ASSIGN_OR_RETURN(const int64_t expected, parts_.customers.ApproximateCount());
  v1::CalibrateModelResponse progress;
  const auto report = [&](const char* phase, int64_t done) -> absl::Status {
    progress.set_phase(phase);
    progress.set_done_count(done);
    progress.set_total_count(std::max(done, expected));
    return write(progress) ? absl::OkStatus() : CancelledError("the caller has gone away");
  };
  RUNG_RETURN_IF_ERROR(report("reading", 0));
  const auto ladder = DraftLadder(model, nullptr, parts_.codes);
  SampleWanted wanted = WantedOf(request, model, as_of);
  wanted.base.Add(LadderSet{ladder});
  wanted.one_in = std::max<int64_t>(1, expected / (request.sample_count() == 0 ? kDefaultSample : request.sample_count()));
  RUNG_ASSIGN_OR_RETURN(const Sample sample, LoadSample(source_, wanted, [&](int64_t rows) { return report("reading", rows); }));
  RUNG_RETURN_IF_ERROR(report("fitting", expected));
  const auto found = calibration::Calibrate(ladder->scorer.model(), SnapshotOf(ladder, sample.training, parts_.codes),
                                            SnapshotOf(ladder, sample.later, parts_.codes), KindOf(wanted.outcome));
  if (absl::IsFailedPrecondition(found.status())) return WithReason(found.status(), "NOT_CALIBRATABLE");
  RUNG_RETURN_IF_ERROR(found.status());
  Propose(*found, model, *progress.mutable_result());
  Describe(*found, sample, *progress.mutable_result());
  if (request.has_labels()) progress.mutable_result()->set_unknown_label_count(request.labels().labels_size() - sample.labels_found);
  return report("done", expected);
}

}  // namespace rung::grading
