// Weights of dimensions fitted to an outcome: non-negative, adding up to 1.
#pragma once

#include <optional>
#include <vector>

#include "libs/scoring/model.h"

namespace rung::calibration {

/// What a customer's later worth is measured by.
enum class OutcomeKind {
  kAmount,    ///< a number, the more the better: next quarter's margin. Its rank counts, as amounts are heavy-tailed
  kHappened,  ///< 1 or 0: stayed
  kLabel,     ///< 0 … n-1, the higher the better: a tier given by hand, counted from the bottom
};

struct FitData {
  /// By dimension, then customer: 0 to 100, no value missing.
  std::vector<std::vector<double>> dimensions;
  std::vector<double> outcomes;
};

/// kAmount: non-negative least squares of the outcome's mid-ranks, with a free intercept. kHappened and kLabel:
/// proportional-odds logistic regression (McCullagh 1980; two classes: logistic regression) with non-negative slopes
/// and a ridge of 10^-4. Both are convex; solved by sequential quadratic programming (Kraft 1994, in NLopt).
///
/// The slopes, scaled to add up to 1. nullopt when no dimension speaks for a better outcome: all slopes are 0, or all
/// outcomes the same.
std::optional<std::vector<double>> FitWeights(const FitData& data, OutcomeKind kind);

/// Millionths that add up to one, by the largest remainders; earlier ones win ties.
std::vector<scoring::Micro> ToMicro(const std::vector<double>& weights);

}  // namespace rung::calibration
