// What a model can reach: bounds of its factors, dimensions and score over all conceivable customers.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "libs/scoring/model.h"

namespace rung::scoring {

struct Range {
  double low = 0;
  double high = 0;

  bool operator==(const Range&) const = default;
};

/// The values that a normaliser gives to features within `x` (by default to any at all). The ends are reached; for
/// comparing normalisers [0, 1].
Range RangeOf(const Normaliser& normaliser, Range x);
Range RangeOf(const Normaliser& normaliser);

/// The product of the multipliers that can apply together, within the model's bounds. Exact: conditions on one feature
/// are tried together at every value where one of them turns, conditions on different features are independent.
Range MultiplierRange(const Model& model);

/// Bounds of the score in points, missing dimensions considered. Sound up to the rounding of doubles, not always tight: a
/// model that uses one feature in two factors may reach less. So what lies outside can't be reached; what lies inside may.
Range ScoreRange(const Model& model);

/// Bounds of the score in thousandths of a point, as the scorer rounds it: none lies outside.
struct MilliRange {
  ScoreMilli low = 0;
  ScoreMilli high = 0;
};
MilliRange ScoreMilliRange(const Model& model);

}  // namespace rung::scoring
