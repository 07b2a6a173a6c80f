// The population as the last batch left it, with every member's own values: what real time ranks against.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/customer_id.h"
#include "libs/scoring/population.h"
#include "libs/storage/run_store.h"

namespace rung::grading {

/// Immutable once built. A model without ranks, maxima or shares keeps no values at all.
struct FrozenBase {
  int64_t run_id = 0;
  int32_t model_version = 0;
  scoring::FrozenPopulation population;
  std::vector<int64_t> numbers;              ///< members, ascending; empty when no values are kept
  std::vector<std::vector<double>> ranked;   ///< by Scorer::ranked(), by member
  std::vector<std::vector<double>> maxima;   ///< by Scorer::maxima(), by member
  std::vector<int32_t> scores;               ///< share ladders, by member

  /// The customer's own frozen values; empty when it was no member, or when no comparison would miss them.
  scoring::FrozenSelf SelfOf(CustomerNumber customer) const;

  /// Lets go of members whose own values no comparison leaves out: without ranks and scores only those who hold a
  /// maximum matter. Population and answers stay the same; what is left can't be stored any more.
  void DropIdleMembers();
};

std::vector<storage::FrozenPart> EncodeFrozen(const FrozenBase& base, int16_t ladder_no);
/// DATA_LOSS when the parts don't fit together.
absl::StatusOr<FrozenBase> DecodeFrozen(const std::vector<storage::FrozenPart>& parts, const scoring::Scorer& scorer);

}  // namespace rung::grading
