// How exploitable a model is by order splitting: how many tiers customers gain at no more spend.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libs/scoring/population.h"

namespace rung::scoring {

/// One customer as it is and as if it had cut its orders (features::SplitOrders), by Scorer::features().
struct SplitCustomer {
  std::vector<double> as_is;
  std::vector<double> split;
  std::vector<double> benchmarks;  ///< by Model::benchmarks
  FrozenSelf self;
  bool member = true;
};

struct SplittingGain {
  int parts = 0;              ///< into how many each order was cut
  int64_t customer_count = 0;
  int64_t gaining_count = 0;  ///< customers who gain at least a tier
  int64_t tiers_gained = 0;   ///< in sum
  int most = 0;               ///< by one customer
};

/// Grades every customer both ways with the scorer that grades in real time, against the same population. Each is
/// alone in splitting: the others keep their ranks.
SplittingGain SplitAndRescore(const Scorer& scorer, const FrozenPopulation& population, int parts,
                              std::span<const SplitCustomer> customers);

}  // namespace rung::scoring
