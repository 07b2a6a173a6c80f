// Everything that a decision was made from: stored with it, it gives the same decision again, to the bit.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/scoring/population.h"
#include "libs/scoring/stability.h"

namespace rung::scoring {

/// One customer as the scorer took it. With the model of that version nothing else is needed to score it again: the
/// population is here only as what it said about this customer.
struct GradingInputs {
  std::vector<int> choices;        ///< Scorer::choices() at that time
  std::vector<double> features;    ///< by Scorer::features(); NaN: missing
  std::vector<double> benchmarks;  ///< by Model::benchmarks: the values that applied
  std::vector<double> ranks;       ///< by Scorer::ranked(): 1 + number strictly better; NaN: missing
  std::vector<double> rank_sizes;  ///< by Scorer::ranked(): n
  std::vector<double> maxima;      ///< by Scorer::maxima()
  bool is_member = false;          ///< of the population
  int64_t score_rank = 0;          ///< share ladders: 1 + number of members with a better score; 0: no member
  int64_t score_rank_size = 0;     ///< share ladders: n of that rank
  int64_t lenient_score_rank = 0;  ///< share ladders with a hysteresis margin: the rank with the margin added to the score
};

/// With the policy's state: what Decide was given.
struct DecisionInputs {
  int32_t model_version = 0;
  GradingInputs grading;
  Standing before;                    ///< its tiers are places in the model of that version
  RunKind kind = RunKind::kRealTime;
  Day as_of = 0;
  Day run_day = 0;
  int32_t fit_version = 0;            ///< for the record: of the fit behind fitted features; 0: there are none
};

/// In real time: against the others' frozen values. Parameters as for GradeOne.
GradingInputs InputsOf(const Scorer& scorer, const FrozenPopulation& population, const FrozenSelf& self,
                       const std::vector<double>& features, const std::vector<double>& benchmarks, bool is_member);

/// In the batch: one row of the base that GradeBase has graded.
GradingInputs InputsOf(const Scorer& scorer, const BaseColumns& base, const GradedBase& graded, size_t row);

/// Scores and assigns the computed tier. `scorer` must hold the model of the inputs and be bound to their choices.
GradedCustomer Grade(const Scorer& scorer, const GradingInputs& inputs, ScoreTrace* trace = nullptr);

/// The scorer's view of the inputs; points into them.
ScoreInputs RowOf(const GradingInputs& inputs);

}  // namespace rung::scoring
