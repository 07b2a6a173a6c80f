// Scores customers with a model: columns for the batch, one row for real time, the same arithmetic for both.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libs/scoring/model.h"

namespace rung::scoring {

/// A feature, divided by a benchmark where there is one, that is compared with the population's.
struct ComparedFeature {
  int column = 0;      ///< index into Scorer::features()
  int benchmark = -1;  ///< index into Model::benchmarks; -1: none
  bool lower_is_better = false;

  bool operator==(const ComparedFeature&) const = default;
};

/// A block of customers. All columns have `rows` values; a missing one is NaN.
struct ScoreInputs {
  size_t rows = 0;
  std::vector<const double*> features;    ///< by Scorer::features()
  std::vector<const double*> ranks;       ///< by Scorer::ranked(): 1 + number strictly better
  std::vector<double> rank_sizes;         ///< by Scorer::ranked(): n of the ranks
  std::vector<double> maxima;             ///< by Scorer::maxima(): the population's maximum
  std::vector<const double*> benchmarks;  ///< by Model::benchmarks; nullptr: the default for everybody
};

/// How one row's score came about, every number as it was computed. Sums run in the model's order: the terms added up
/// and divided by the weights added up give `base`, and base * multiplier gives `raw`, bit for bit.
struct ScoreTrace {
  std::vector<std::vector<double>> factors;  ///< by dimension: normalised, NaN: missing
  std::vector<double> terms;                 ///< by dimension: weight * points, after the missing policy
  std::vector<double> weights;               ///< by dimension: as it counted; 0: left out
  double base = 0;                           ///< points before the multipliers
  double multiplier = 1;                     ///< product of those that held, within the model's bounds
  double raw = 0;                            ///< points before the clamp to [0, 100]
};

struct ScoreOutputs {
  std::vector<ScoreMilli> scores;
  std::vector<uint8_t> tiers;  ///< index into Model::tiers; not set for share ladders (TierByShare)
  std::vector<uint8_t> lenient_tiers;  ///< the same with bounds lower by the hysteresis margin; empty: no margin
  /// Per dimension (or criterion, for attainment) 0 to 100, NaN when missing; filled when `want_parts`.
  bool want_parts = false;
  std::vector<std::vector<double>> parts;
  ScoreTrace* trace = nullptr;  ///< filled when it is set; only with one row
};

/// A compiled model. Immutable and thread-safe.
class Scorer {
 public:
  struct CompiledFactor {
    const Factor* factor;
    int column;      ///< into features()
    int benchmark;   ///< into Model::benchmarks, -1: none
    int ranked;      ///< into ranked(), -1
    int maximum;     ///< into maxima(), -1
  };
  struct CompiledCriterion {
    const Criterion* criterion;
    int column;
    int ranked;
  };

  /// `model` must be valid (see Validate).
  explicit Scorer(Model model);
  Scorer(const Scorer& other);
  Scorer& operator=(const Scorer&) = delete;  // compiled parts point into the model

  const Model& model() const { return model_; }
  /// Names of the features that must be given, without repetition; derived features by their candidates.
  const std::vector<std::string>& features() const { return features_; }
  const std::vector<ComparedFeature>& ranked() const { return ranked_; }
  /// Features whose population maximum must be given.
  const std::vector<ComparedFeature>& maxima() const { return maxima_; }
  /// Where the factors of Model::dimensions get their values from.
  const std::vector<std::vector<CompiledFactor>>& dimensions() const { return dimensions_; }
  /// Columns of the multipliers' conditions, by Model::multipliers.
  const std::vector<int>& multiplier_columns() const { return multiplier_columns_; }
  /// By Model::tiers.
  const std::vector<std::vector<CompiledCriterion>>& criteria() const { return criteria_; }
  /// The values that ranks and maxima are taken of: the feature divided by its benchmark. `benchmark` is the row's
  /// column of ScoreInputs::benchmarks or nullptr.
  void ComparedValues(const ComparedFeature& compared, const double* feature, const double* benchmark, size_t count,
                      double* out) const;

  /// Chooses, for each derived feature, the first candidate that the base has. `known[i]`: some member of the
  /// population has features()[i]. Without candidates known the last one is taken. Call before using
  /// ranked()/maxima(); the choice is frozen with the population.
  void Resolve(const std::vector<bool>& known);
  /// The candidate chosen for each derived feature (index into first_known_of).
  const std::vector<int>& choices() const { return choices_; }
  void SetChoices(const std::vector<int>& choices);

  /// Scores a block, and assigns tiers by thresholds or rules.
  void Score(const ScoreInputs& inputs, ScoreOutputs& outputs) const;

  /// Which multipliers' conditions hold for one row of features (by features()), by Model::multipliers.
  std::vector<bool> MultipliersHolding(const std::vector<double>& features) const;

  /// Which criteria of a tier of a rule ladder hold for a row, by its Rules::criteria.
  std::vector<bool> CriteriaHolding(size_t tier, const ScoreInputs& inputs, size_t row = 0) const;

  /// The tier of a share ladder for a rank of the score among n; `rank` 0 (outside the population): bottom.
  uint8_t TierByShare(int64_t rank, int64_t n) const;
  uint8_t bottom_tier() const { return static_cast<uint8_t>(model_.tiers.size() - 1); }
  /// Whether downgrades have a hysteresis margin on this kind of ladder.
  bool has_margin() const;

 private:
  class NextBlock;

  void Bind();
  int ColumnOf(const std::string& feature);
  static int IndexOf(std::vector<ComparedFeature>& list, const ComparedFeature& wanted);
  void Normalise(const CompiledFactor& factor, const ScoreInputs& inputs, size_t from, size_t count,
                 double* out) const;
  void ScoreDimensions(const ScoreInputs& inputs, size_t from, size_t count, ScoreOutputs& outputs) const;
  void ScoreAttainment(const ScoreInputs& inputs, size_t from, size_t count, ScoreOutputs& outputs) const;
  void ApplyMultipliers(const ScoreInputs& inputs, size_t from, size_t count, double* scores, ScoreTrace* trace) const;
  void AssignByThresholds(size_t from, size_t count, ScoreMilli margin, const ScoreMilli* scores, uint8_t* tiers) const;
  void AssignByRules(const ScoreInputs& inputs, size_t from, size_t count,
                     const std::vector<std::vector<CompiledCriterion>>& criteria, uint8_t* tiers) const;
  void AssignTiers(const ScoreInputs& inputs, size_t from, size_t count, ScoreOutputs& outputs) const;

  Model model_;
  std::vector<std::string> features_;
  std::vector<int> choices_;
  std::vector<ComparedFeature> ranked_;
  std::vector<ComparedFeature> maxima_;
  std::vector<std::vector<CompiledFactor>> dimensions_;
  std::vector<int> multiplier_columns_;
  std::vector<std::vector<CompiledCriterion>> criteria_;  // by tier
  std::vector<Rules> lenient_rules_;                      // by tier: bounds loosened by the margin
  std::vector<std::vector<CompiledCriterion>> lenient_criteria_;
};

}  // namespace rung::scoring
