// Weights and lower bounds proposed from what happened later, or from tiers given by hand, with the quality measured on
// data that are later still.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/day.h"
#include "libs/calibration/weights.h"
#include "libs/scoring/scorer.h"

namespace rung::calibration {

/// Customers as a model saw them on a day, and what became of them.
struct Snapshot {
  Day as_of = 0;          ///< of the features
  Day outcome_until = 0;  ///< last day that the outcomes tell of; for labels the day they were given
  std::vector<std::vector<double>> parts;  ///< by dimension, then customer: 0 to 100, NaN: missing
  std::vector<double> multipliers;         ///< by customer: the clamped product; empty: 1 for everybody
  std::vector<double> outcomes;            ///< by customer; NaN: unknown, left out. kLabel: index into Model::tiers
};

/// Fills parts and multipliers with the production scorer.
Snapshot SnapshotOf(const scoring::Scorer& scorer, const scoring::ScoreInputs& inputs);

/// Scores in thousandths under a model that differs from that of the snapshot in its weights only: the scorer's own
/// arithmetic, to the same bits.
std::vector<scoring::ScoreMilli> ScoresOf(const scoring::Model& model, const Snapshot& snapshot);

enum class Verdict {
  kBetter,
  kNoDifference,  ///< within 2.26 standard errors of the difference
  kWorse,
};

enum class Measure { kSpearman, kRocAuc, kAccuracy };  ///< for kAmount, kHappened, kLabel

struct Calibration {
  scoring::Model draft;  ///< with the proposed weights and bounds; the model itself when nothing could be learnt
  bool learnt = false;
  Measure measure = Measure::kSpearman;
  double before = 0;  ///< on the later snapshot
  double after = 0;
  double standard_error = 0;  ///< of after - before, from 20 blocks of customers
  Verdict verdict = Verdict::kNoDifference;
  size_t training_customers = 0;
  size_t later_customers = 0;
  std::string note_zh;
  std::string note_en;
};

inline constexpr size_t kTrainingMin = 200;
inline constexpr size_t kLaterMin = 500;
inline constexpr size_t kFittedMax = 200'000;  ///< customers that the fit looks at, evenly spaced

/// Proposes weights from `training` and measures them on `later`. Bounds: for labels those with the most customers in
/// their labelled tier; else those that leave the tiers' sizes as they were in `training`. Ladders by shares have none.
///
/// FAILED_PRECONDITION when the model isn't scored by dimensions, its ladder goes by rules, there are too few customers,
/// or `later` isn't later: its features must be of a day after the outcomes of `training`.
absl::StatusOr<Calibration> Calibrate(const scoring::Model& model, const Snapshot& training, const Snapshot& later, OutcomeKind kind);

}  // namespace rung::calibration
