// What would have changed a decision: for each feature alone, the nearest value that gives a better tier.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/scoring/decision_inputs.h"
#include "libs/scoring/scorer.h"

namespace rung::scoring {

/// The values that a feature can take: k / per_unit for whole numbers k.
struct FeatureGrid {
  double low = 0;
  double high = 1;
  double per_unit = 1;
};

/// The population that a decision was made against.
struct ComparedWith {
  const FrozenPopulation* population = nullptr;
  const FrozenSelf* self = nullptr;
};

struct Correction {
  int column = 0;         ///< into Scorer::features()
  double value = 0;       ///< as it was; NaN: missing
  double needed = 0;      ///< on the grid
  double not_enough = 0;  ///< the value one step nearer to `value`, or `value` itself when there is none between; NaN: any value is enough
  uint8_t tier = 0;       ///< the effective tier that the decision would have given
  ScoreMilli score = 0;
};

struct Corrections {
  std::vector<Correction> found;  ///< the relatively smallest change first; each was graded, and so was `not_enough`
  std::vector<int> untried;       ///< columns whose comparison with others can't be made again
};

/// Everything but one feature stays as it was stored: the others' values, the benchmarks, the standing before. A better
/// tier is a better *effective* one, so stability rules have their say.
///
/// Between two bounds of the model that concern a feature (knots, bands, criteria …) stretches of up to 256 grid points
/// are tried point by point, longer ones at places that lie ever further apart and then by halves. So the nearest value
/// is exact where the score moves in one direction along a stretch, which a feature that is used once always does; where
/// a feature is used against itself an island narrower than a 16th of its stretch may be passed over.
///
/// A population that doesn't give the stored ranks again isn't the one of the decision: then what depends on it is
/// `untried`. `grids` by Scorer::features(); `scorer` bound as for Grade.
Corrections SmallestCorrections(const Scorer& scorer, const DecisionInputs& inputs, const std::vector<FeatureGrid>& grids,
                                const ComparedWith& others);

}  // namespace rung::scoring
