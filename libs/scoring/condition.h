// When a condition on a feature holds.
#pragma once

#include "libs/scoring/model.h"

namespace rung::scoring {

/// False for a missing (NaN) `x`.
inline bool Holds(const Condition& condition, double x) {
  switch (condition.comparison) {
    case Comparison::kGreater: return x > condition.value;
    case Comparison::kAtLeast: return x >= condition.value;
    case Comparison::kLess: return x < condition.value;
    case Comparison::kAtMost: return x <= condition.value;
  }
  return false;
}

}  // namespace rung::scoring
