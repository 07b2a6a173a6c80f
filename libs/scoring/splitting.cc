#include "libs/scoring/splitting.h"

#include <algorithm>

namespace rung::scoring {

SplittingGain SplitAndRescore(const Scorer& scorer, const FrozenPopulation& population, int parts,
                              std::span<const SplitCustomer> customers) {
  SplittingGain gain{.parts = parts};
  for (const SplitCustomer& customer : customers) {
    const auto tier_of = [&](const std::vector<double>& features) {
      return GradeOne(scorer, population, customer.self, features, customer.benchmarks, customer.member).tier;
    };
    const int gained = tier_of(customer.as_is) - tier_of(customer.split);
    ++gain.customer_count;
    if (gained <= 0) continue;
    ++gain.gaining_count;
    gain.tiers_gained += gained;
    gain.most = std::max(gain.most, gained);
  }
  return gain;
}

}  // namespace rung::scoring
