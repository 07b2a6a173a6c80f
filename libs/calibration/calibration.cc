#include "libs/calibration/calibration.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libs/base/status.h"
#include "libs/calibration/label_cuts.h"
#include "libs/calibration/quality.h"
#include "libs/calibration/share_solver.h"

namespace rung::calibration {
namespace {

using scoring::Micro;
using scoring::MissingPolicy;
using scoring::Model;
using scoring::ScoreMilli;

constexpr size_t kBlocks = 20;
constexpr size_t kBlocksMin = 10;
constexpr double kErrorsApart = 2.26;  // 97.5 % of Student's t with 9 degrees of freedom: the fewest blocks

double MultiplierOf(const Snapshot& snapshot, size_t row) { return snapshot.multipliers.empty() ? 1.0 : snapshot.multipliers[row]; }

// What a missing dimension counts as, so that the score is linear in the weights. Renormalised: the weighted mean of
// those present, which leaves the mean where it is.
double InsteadOf(const Model& model, const Snapshot& snapshot, size_t dimension, size_t row) {
  switch (model.dimensions[dimension].missing) {
    case MissingPolicy::kZero: return 0;
    case MissingPolicy::kNeutral: return 50;
    case MissingPolicy::kRenormalise: break;
  }
  double sum = 0, weights = 0;
  for (size_t d = 0; d < model.dimensions.size(); ++d) {
    const double part = snapshot.parts[d][row];
    if (std::isnan(part)) continue;
    const double weight = std::max(1.0, static_cast<double>(model.dimensions[d].weight));  // those of weight 0 have a say
    sum += weight * part;
    weights += weight;
  }
  return weights > 0 ? sum / weights : 0;
}

std::vector<size_t> KnownRows(const Snapshot& snapshot) {
  std::vector<size_t> rows;
  for (size_t i = 0; i < snapshot.outcomes.size(); ++i) {
    if (!std::isnan(snapshot.outcomes[i])) rows.push_back(i);
  }
  return rows;
}

FitData DataOf(const Model& model, const Snapshot& snapshot, const std::vector<size_t>& known, OutcomeKind kind) {
  const size_t stride = (known.size() + kFittedMax - 1) / kFittedMax;
  FitData data;
  data.dimensions.resize(model.dimensions.size());
  for (size_t k = 0; k < known.size(); k += stride) {
    const size_t row = known[k];
    const double outcome = snapshot.outcomes[row];
    data.outcomes.push_back(kind == OutcomeKind::kLabel ? static_cast<double>(model.tiers.size() - 1) - outcome : outcome);
    for (size_t d = 0; d < model.dimensions.size(); ++d) {
      const double part = snapshot.parts[d][row];
      data.dimensions[d].push_back(MultiplierOf(snapshot, row) * (std::isnan(part) ? InsteadOf(model, snapshot, d, row) : part));
    }
  }
  return data;
}

uint8_t TierOf(const Model& model, ScoreMilli score) {
  size_t tier = 0;
  while (tier + 1 < model.tiers.size() && score < model.tiers[tier].lower_bound) ++tier;
  return static_cast<uint8_t>(tier);
}

// Bounds of the draft, from the customers that it was fitted to.
absl::Status SetBounds(const Model& before, const Snapshot& training, const std::vector<size_t>& known, OutcomeKind kind, Model& draft) {
  if (draft.ladder_kind != scoring::LadderKind::kThresholds || draft.tiers.size() < 2) return absl::OkStatus();
  const std::vector<ScoreMilli> all = ScoresOf(draft, training);
  std::vector<ScoreMilli> scores;
  for (const size_t row : known) scores.push_back(all[row]);
  if (kind == OutcomeKind::kLabel) {
    std::vector<uint8_t> labels;
    for (const size_t row : known) labels.push_back(static_cast<uint8_t>(training.outcomes[row]));
    const Cuts cuts = LabelCuts(scores, labels, draft.tiers.size());
    for (size_t tier = 0; tier < cuts.size(); ++tier) draft.tiers[tier].lower_bound = cuts[tier];
    return absl::OkStatus();
  }
  const std::vector<ScoreMilli> old_scores = ScoresOf(before, training);
  std::vector<double> shares(draft.tiers.size());
  for (const size_t row : known) shares[TierOf(before, old_scores[row])] += 1.0 / static_cast<double>(known.size());
  RUNG_ASSIGN_OR_RETURN(const ShareSolution solution, SolveShares(scores, ToMicro(shares)));
  for (size_t tier = 0; tier < solution.cuts.size(); ++tier) draft.tiers[tier].lower_bound = solution.cuts[tier].bound;
  return absl::OkStatus();
}

double QualityOf(const Model& model, const std::vector<ScoreMilli>& scores, const Snapshot& snapshot, const std::vector<size_t>& rows, Measure measure) {
  std::vector<double> score, outcome;
  double right = 0;
  for (const size_t row : rows) {
    score.push_back(scores[row]);
    outcome.push_back(snapshot.outcomes[row]);
    if (measure == Measure::kAccuracy) right += TierOf(model, scores[row]) == snapshot.outcomes[row] ? 1 : 0;
  }
  switch (measure) {
    case Measure::kSpearman: return Spearman(score, outcome);
    case Measure::kRocAuc: return RocAuc(score, outcome);
    case Measure::kAccuracy: return rows.empty() ? NAN : right / static_cast<double>(rows.size());
  }
  return NAN;
}

// Compares both models on the later customers, and on blocks of them for the standard error.
void Compare(const Model& model, const Snapshot& later, const std::vector<size_t>& known, Calibration& out) {
  const std::vector<ScoreMilli> before = ScoresOf(model, later), after = ScoresOf(out.draft, later);
  out.before = QualityOf(model, before, later, known, out.measure);
  out.after = QualityOf(out.draft, after, later, known, out.measure);
  std::vector<double> differences;
  for (size_t block = 0; block < kBlocks; ++block) {
    std::vector<size_t> rows;
    for (size_t k = block; k < known.size(); k += kBlocks) rows.push_back(known[k]);
    const double difference = QualityOf(out.draft, after, later, rows, out.measure) - QualityOf(model, before, later, rows, out.measure);
    if (std::isfinite(difference)) differences.push_back(difference);
  }
  const auto n = static_cast<double>(differences.size());
  const double mean = std::accumulate(differences.begin(), differences.end(), 0.0) / n;
  double squares = 0;
  for (const double difference : differences) squares += (difference - mean) * (difference - mean);
  const bool measurable = differences.size() >= kBlocksMin && std::isfinite(out.after - out.before);
  out.standard_error = measurable ? std::sqrt(squares / (n - 1) / n) : INFINITY;
  const double difference = out.after - out.before;
  if (difference > kErrorsApart * out.standard_error) out.verdict = Verdict::kBetter;
  if (difference < -kErrorsApart * out.standard_error) out.verdict = Verdict::kWorse;
}

struct Words {
  const char* zh;
  const char* en;
};

void SayHowItWent(const Snapshot& later, Calibration& out) {
  constexpr Words kMeasures[] = {{"Spearman等级相关", "Spearman's rank correlation"}, {"AUC", "the AUC"}, {"准确率", "the accuracy"}};
  constexpr Words kVerdicts[] = {{"比现有模型好", "better than the present model"},
                                 {"与现有模型没有可靠差别，不建议发布", "no reliable difference from the present model; there is no reason to publish it"},
                                 {"比现有模型差，不应发布", "worse than the present model; don't publish it"}};
  if (!out.learnt) {
    out.note_zh = "没有一个维度能说明结果的好坏，保留现有权重";
    out.note_en = "no dimension speaks for a better outcome; the present weights stay";
    return;
  }
  const Words& measure = kMeasures[static_cast<size_t>(out.measure)];
  const Words& verdict = kVerdicts[static_cast<size_t>(out.verdict)];
  out.note_zh = fmt::format("在之后的数据上（截止日{}，{}个客户），{}从{:.4f}变为{:.4f}（差{:+.4f}，标准误{:.4f}）：{}", FormatDay(later.as_of),
                            out.later_customers, measure.zh, out.before, out.after, out.after - out.before, out.standard_error, verdict.zh);
  out.note_en = fmt::format("on later data (as of {}, {} customers) {} went from {:.4f} to {:.4f} (difference {:+.4f}, standard error {:.4f}): {}",
                            FormatDay(later.as_of), out.later_customers, measure.en, out.before, out.after, out.after - out.before,
                            out.standard_error, verdict.en);
}

absl::Status CheckSnapshot(const Model& model, const char* name, const Snapshot& snapshot, OutcomeKind kind) {
  const size_t n = snapshot.outcomes.size();
  if (snapshot.parts.size() != model.dimensions.size()) {
    return InvalidArgumentError("{}.parts: {} dimensions; the model has {}", name, snapshot.parts.size(), model.dimensions.size());
  }
  for (const auto& part : snapshot.parts) {
    if (part.size() != n) return InvalidArgumentError("{}.parts: {} values for {} customers", name, part.size(), n);
  }
  if (!snapshot.multipliers.empty() && snapshot.multipliers.size() != n) {
    return InvalidArgumentError("{}.multipliers: {} values for {} customers", name, snapshot.multipliers.size(), n);
  }
  for (size_t i = 0; i < n; ++i) {
    const double outcome = snapshot.outcomes[i];
    if (std::isnan(outcome)) continue;
    const bool label = outcome >= 0 && outcome < static_cast<double>(model.tiers.size()) && outcome == std::floor(outcome);
    const bool good = kind == OutcomeKind::kAmount ? std::isfinite(outcome) : kind == OutcomeKind::kHappened ? outcome == 0 || outcome == 1 : label;
    if (!good) {
      constexpr const char* kWanted[] = {"a finite number", "0 or 1", "the index of a tier"};
      return InvalidArgumentError("{}.outcomes[{}]: {} must be {}", name, i, outcome, kWanted[static_cast<size_t>(kind)]);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckModel(const Model& model, OutcomeKind kind) {
  if (model.score_kind != scoring::ScoreKind::kDimensions || model.dimensions.empty()) {
    return FailedPreconditionError("score_kind: only a model that is scored by dimensions has weights to calibrate");
  }
  if (model.ladder_kind == scoring::LadderKind::kRules) {
    return FailedPreconditionError("ladder_kind: a ladder of rules has neither weights nor lower bounds to calibrate");
  }
  if (kind == OutcomeKind::kLabel && model.ladder_kind != scoring::LadderKind::kThresholds) {
    return FailedPreconditionError("ladder_kind: labels are compared with tiers by threshold; this ladder goes by shares");
  }
  return absl::OkStatus();
}

}  // namespace

Snapshot SnapshotOf(const scoring::Scorer& scorer, const scoring::ScoreInputs& inputs) {
  scoring::ScoreOutputs outputs{.want_parts = true};
  scorer.Score(inputs, outputs);
  Snapshot snapshot;
  snapshot.parts = std::move(outputs.parts);
  const Model& model = scorer.model();
  if (model.multipliers.empty()) return snapshot;
  const double low = static_cast<double>(model.multiplier_min) / scoring::kOneMicro;
  const double high = static_cast<double>(model.multiplier_max) / scoring::kOneMicro;
  std::vector<double> row(inputs.features.size());
  for (size_t i = 0; i < inputs.rows; ++i) {
    for (size_t f = 0; f < row.size(); ++f) row[f] = inputs.features[f][i];
    const std::vector<bool> holding = scorer.MultipliersHolding(row);
    double product = 1;
    for (size_t m = 0; m < holding.size(); ++m) {
      if (holding[m]) product *= static_cast<double>(model.multipliers[m].factor) / scoring::kOneMicro;
    }
    snapshot.multipliers.push_back(std::clamp(product, low, high));
  }
  return snapshot;
}

std::vector<ScoreMilli> ScoresOf(const Model& model, const Snapshot& snapshot) {
  const size_t rows = snapshot.parts.empty() ? 0 : snapshot.parts.front().size();
  std::vector<ScoreMilli> scores(rows);
  for (size_t i = 0; i < rows; ++i) {
    double sum = 0, weights = 0;
    for (size_t d = 0; d < model.dimensions.size(); ++d) {
      const double part = snapshot.parts[d][i];
      const auto weight = static_cast<double>(model.dimensions[d].weight);
      const bool missing = std::isnan(part);
      if (missing && model.dimensions[d].missing == MissingPolicy::kRenormalise) continue;
      sum += weight * (!missing ? part : model.dimensions[d].missing == MissingPolicy::kNeutral ? 50.0 : 0.0);
      weights += weight;
    }
    const double score = (weights > 0 ? sum / weights : 0.0) * MultiplierOf(snapshot, i);
    scores[i] = static_cast<ScoreMilli>(1000.0 * std::clamp(score, 0.0, 100.0) + 0.5);
  }
  return scores;
}

absl::StatusOr<Calibration> Calibrate(const Model& model, const Snapshot& training, const Snapshot& later, OutcomeKind kind) {
  RUNG_RETURN_IF_ERROR(CheckModel(model, kind));
  RUNG_RETURN_IF_ERROR(CheckSnapshot(model, "training", training, kind));
  RUNG_RETURN_IF_ERROR(CheckSnapshot(model, "later", later, kind));
  if (later.as_of <= training.outcome_until) {
    return FailedPreconditionError("later.as_of: {} must be after the outcomes of the training data end ({}), or the test would know the answer",
                                   FormatDay(later.as_of), FormatDay(training.outcome_until));
  }
  const std::vector<size_t> known = KnownRows(training), later_known = KnownRows(later);
  if (known.size() < kTrainingMin || later_known.size() < kLaterMin) {
    return FailedPreconditionError("{} customers with an outcome to learn from and {} to test with; at least {} and {}", known.size(),
                                   later_known.size(), kTrainingMin, kLaterMin);
  }
  Calibration out{.draft = model, .training_customers = known.size(), .later_customers = later_known.size()};
  constexpr Measure kMeasures[] = {Measure::kSpearman, Measure::kRocAuc, Measure::kAccuracy};
  out.measure = kMeasures[static_cast<size_t>(kind)];
  if (const auto weights = FitWeights(DataOf(model, training, known, kind), kind)) {
    out.learnt = true;
    const std::vector<Micro> micro = ToMicro(*weights);
    for (size_t d = 0; d < micro.size(); ++d) out.draft.dimensions[d].weight = micro[d];
    RUNG_RETURN_IF_ERROR(SetBounds(model, training, known, kind, out.draft));
  }
  Compare(model, later, later_known, out);
  SayHowItWent(later, out);
  return out;
}

}  // namespace rung::calibration
