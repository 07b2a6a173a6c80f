#include "services/grading/decision_record.h"

#include "libs/base/customer_id.h"
#include "libs/base/status.h"
#include "rung/grading/v1/decision.pb.h"

namespace rung::grading {
namespace {

uint64_t LayoutOf(const scoring::Scorer& scorer) {
  std::string names;
  for (const std::string& name : scorer.features()) names += name + "\n";
  return LocalFingerprint(names);
}

void Put(const scoring::Standing& standing, v1::StoredStanding& out) {
  out.set_graded(standing.graded);
  out.set_effective(standing.effective);
  out.set_computed(standing.computed);
  out.set_score_milli(standing.score);
  out.set_version(standing.version);
  out.set_as_of(standing.as_of);
  out.set_protected_since(standing.protected_since);
  out.set_granted_as_of(standing.granted_as_of);
  out.set_granted_by(standing.granted_by);
  out.set_protection_void(standing.protection_void);
  out.set_against(standing.against);
  out.set_judged_as_of(standing.judged_as_of);
  out.set_model_version(standing.model_version);
  out.set_override_until(standing.override_until);
  out.set_upgrades_frozen(standing.upgrades_frozen);
}

scoring::Standing Take(const v1::StoredStanding& in) {
  scoring::Standing standing;
  standing.graded = in.graded();
  standing.effective = static_cast<uint8_t>(in.effective());
  standing.computed = static_cast<uint8_t>(in.computed());
  standing.score = in.score_milli();
  standing.version = static_cast<uint32_t>(in.version());
  standing.as_of = in.as_of();
  standing.protected_since = in.protected_since();
  standing.granted_as_of = in.granted_as_of();
  standing.granted_by = in.granted_by();
  standing.protection_void = in.protection_void();
  standing.against = static_cast<uint8_t>(in.against());
  standing.judged_as_of = in.judged_as_of();
  standing.model_version = in.model_version();
  standing.override_until = in.override_until();
  standing.upgrades_frozen = in.upgrades_frozen();
  return standing;
}

}  // namespace

std::string EncodeDecision(const scoring::Scorer& scorer, const scoring::DecisionInputs& inputs) {
  const scoring::GradingInputs& grading = inputs.grading;
  v1::StoredDecision out;
  out.set_layout(LayoutOf(scorer));
  out.mutable_choices()->Assign(grading.choices.begin(), grading.choices.end());
  out.mutable_features()->Assign(grading.features.begin(), grading.features.end());
  out.mutable_benchmarks()->Assign(grading.benchmarks.begin(), grading.benchmarks.end());
  out.mutable_ranks()->Assign(grading.ranks.begin(), grading.ranks.end());
  out.mutable_rank_sizes()->Assign(grading.rank_sizes.begin(), grading.rank_sizes.end());
  out.mutable_maxima()->Assign(grading.maxima.begin(), grading.maxima.end());
  out.set_is_member(grading.is_member);
  out.set_score_rank(grading.score_rank);
  out.set_lenient_score_rank(grading.lenient_score_rank);
  out.set_score_rank_size(grading.score_rank_size);
  Put(inputs.before, *out.mutable_before());
  out.set_batch(inputs.kind == scoring::RunKind::kBatch);
  out.set_as_of(inputs.as_of);
  out.set_run_day(inputs.run_day);
  out.set_model_version(inputs.model_version);
  out.set_fit_version(inputs.fit_version);
  return out.SerializeAsString();
}

absl::StatusOr<scoring::DecisionInputs> DecodeDecision(const scoring::Scorer& scorer, std::string_view bytes) {
  v1::StoredDecision in;
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || bytes.empty()) {
    return Error(absl::StatusCode::kDataLoss, "the stored inputs of the decision can't be read");
  }
  if (in.layout() != LayoutOf(scorer) || static_cast<size_t>(in.features_size()) != scorer.features().size()) {
    return Error(absl::StatusCode::kDataLoss, "the stored inputs belong to another set of features than version {} of model {} has",
                 in.model_version(), scorer.model().model_id);
  }
  scoring::DecisionInputs inputs;
  scoring::GradingInputs& grading = inputs.grading;
  grading.choices.assign(in.choices().begin(), in.choices().end());
  grading.features.assign(in.features().begin(), in.features().end());
  grading.benchmarks.assign(in.benchmarks().begin(), in.benchmarks().end());
  grading.ranks.assign(in.ranks().begin(), in.ranks().end());
  grading.rank_sizes.assign(in.rank_sizes().begin(), in.rank_sizes().end());
  grading.maxima.assign(in.maxima().begin(), in.maxima().end());
  grading.is_member = in.is_member();
  grading.score_rank = in.score_rank();
  grading.lenient_score_rank = in.lenient_score_rank();
  grading.score_rank_size = in.score_rank_size();
  inputs.before = Take(in.before());
  inputs.kind = in.batch() ? scoring::RunKind::kBatch : scoring::RunKind::kRealTime;
  inputs.as_of = in.as_of();
  inputs.run_day = in.run_day();
  inputs.model_version = in.model_version();
  inputs.fit_version = in.fit_version();
  return inputs;
}

}  // namespace rung::grading
