// A decision taken apart: every number that led to a tier, and what is lacking for the next one.
//
// All numbers come from the scorer itself (scoring::Grade with a trace): explaining is no second way of scoring.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/scoring/decision_inputs.h"
#include "libs/scoring/model.h"
#include "libs/scoring/scorer.h"
#include "libs/scoring/stability.h"

namespace rung::explanation {

using scoring::Micro;
using scoring::ScoreMilli;

struct ExplainedFactor {
  std::string feature;   ///< as the model names it
  std::string measured;  ///< the feature measured: another one when the model's is derived
  double value = 0;      ///< NaN: missing
  std::string benchmark;
  double benchmark_value = 0;  ///< 0: none
  double compared = 0;         ///< value / benchmark_value, else the value; NaN: missing
  scoring::Normaliser normaliser;
  double normalised = 0;  ///< 0 to 1; NaN: missing
  Micro weight = 0;       ///< within a weighted mean
  // Where the population comes in; 0: it doesn't.
  int64_t rank = 0;       ///< percentile: 1 + number of members strictly better
  int64_t rank_size = 0;
  double maximum = 0;     ///< to_max
};

struct ExplainedDimension {
  std::string name;
  Micro weight = 0;
  scoring::Combine combine = scoring::Combine::kProduct;
  scoring::MissingPolicy missing = scoring::MissingPolicy::kZero;
  double points = 0;          ///< 0 to 100; NaN: missing
  double counted_points = 0;  ///< after the missing policy; 0 when left out
  double counted_share = 0;   ///< of all weights that counted, 0 to 1; 0 when left out
  ScoreMilli contribution = 0;  ///< thousandths of a point; all of them add up to Explanation::base
  std::vector<ExplainedFactor> factors;
};

struct ExplainedMultiplier {
  std::string name;
  scoring::Condition condition;
  std::string measured;
  double value = 0;  ///< of the condition's feature; NaN: missing, so that the condition fails
  bool held = false;
  Micro factor = 0;
};

struct ExplainedCriterion {
  scoring::Condition condition;    ///< when `top_share` isn't set
  std::optional<Micro> top_share;
  std::string measured;
  double value = 0;  ///< NaN: missing, so that it doesn't hold
  int64_t rank = 0;  ///< top_share: among rank_size; at most `rank_allowed` holds
  int64_t rank_size = 0;
  int64_t rank_allowed = 0;
  bool held = false;
  double points = 0;            ///< attainment of the top tier's criteria, 0 to 100; NaN: missing, or of another tier
  ScoreMilli contribution = 0;  ///< attainment: thousandths of a point
};

/// What one tier asks, and whether the customer reaches it. `missing_…` are 0 when it is reached.
struct TierTest {
  std::string code;
  bool reached = false;
  ScoreMilli lower_bound = 0;     ///< thresholds
  ScoreMilli missing_points = 0;  ///< thresholds
  int64_t rank_allowed = 0;       ///< shares: the largest rank that the tier still takes
  int64_t missing_ranks = 0;      ///< shares: places to gain; 0 for a customer outside the population, too
  int at_least = 0;               ///< rules: how many criteria must hold
  int missing_criteria = 0;       ///< rules
  std::vector<ExplainedCriterion> criteria;
};

enum class StabilityRule {
  kFirstAssignment,   ///< the first tier isn't an upgrade and isn't protected
  kUpgradeAtOnce,
  kProtection,        ///< no downgrade before `until`
  kDowngradeWaits,    ///< for the batch
  kDowngradeInBatch,
  kProtectionVoid,    ///< the facts behind the upgrade were taken back
  kWithinMargin,      ///< the held tier's bound is missed by no more than the hysteresis margin
  kConfirmation,      ///< more batches have to say so
  kOverride,          ///< a person set the tier; the engine decides again from `until` on
  kFrozen,            ///< upgrades wait until a suspicion is cleared up
  kLevelLimit,        ///< a batch takes a limited number of levels
  kOlderFacts,        ///< a batch doesn't replace a decision on later facts
  kTierDropped,       ///< the tier that the customer had is no longer in the model; a batch gives it the computed one
};

struct ExplainedRule {
  StabilityRule rule;
  bool decided = false;  ///< it made the effective tier what it is; else it is only in force
  Day until = 0;         ///< kProtection: the first day without it
};

struct MissingFeature {
  std::string feature;
  std::string dimension;  ///< or the multiplier's name, or the tier's code
};

struct Explanation {
  Day as_of = 0;
  Day run_day = 0;
  scoring::ScoreKind score_kind = scoring::ScoreKind::kDimensions;
  scoring::LadderKind ladder_kind = scoring::LadderKind::kThresholds;

  // The score, in thousandths of a point: the dimensions' contributions add up to base, and
  // base + multiplier_effect + clamp_effect is the score, exactly.
  std::vector<ExplainedDimension> dimensions;  ///< of ScoreKind::kDimensions
  std::vector<ExplainedMultiplier> multipliers;
  ScoreMilli base = 0;
  double multiplier = 1;  ///< product of those that held, within the model's bounds
  ScoreMilli multiplier_effect = 0;
  ScoreMilli clamp_effect = 0;
  ScoreMilli score = 0;
  scoring::ScoreTrace trace;  ///< the same in full precision

  bool is_member = false;        ///< of the population
  int64_t score_rank = 0;        ///< shares: among score_rank_size; 0: no member
  int64_t score_rank_size = 0;

  std::vector<TierTest> tiers;  ///< best first
  uint8_t computed = 0;         ///< index into tiers
  scoring::Standing before;
  scoring::Decision decision;   ///< its tiers are indices into tiers
  std::vector<ExplainedRule> rules;
  std::vector<MissingFeature> missing;

  /// The tier above the effective one, or nullptr at the top. It may be reached already: then `rules` say why it
  /// isn't in effect.
  const TierTest* NextTier() const;
};

/// `scorer` must hold the model of the inputs and be bound to their choices.
Explanation Explain(const scoring::Scorer& scorer, const scoring::DecisionInputs& inputs);

}  // namespace rung::explanation
