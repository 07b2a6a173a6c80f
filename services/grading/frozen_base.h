// The population as the last batch left it, with every member's own values: what real time ranks against.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/customer_id.h"
#include "libs/scoring/population.h"
#include "libs/storage/run_store.h"

namespace rung::grading {

using MemberNumbers = std::vector<int64_t>;  ///< ascending

/// Immutable once built. Of a member only what a comparison with the others has to leave out is kept.
struct FrozenBase {
  static constexpr uint32_t kNoValue = ~uint32_t{0};

  int64_t run_id = 0;
  int32_t model_version = 0;
  scoring::FrozenPopulation population;
  std::vector<std::optional<CustomerNumber>> holders;  ///< by Scorer::maxima(): who alone has the maximum
  // Models with ranks or shares only; ladders graded by one run share the numbers.
  std::shared_ptr<const MemberNumbers> members = std::make_shared<MemberNumbers>();
  std::vector<std::vector<uint32_t>> ranked;  ///< by Scorer::ranked(), by member: place in population.ranked, or kNoValue
  std::vector<scoring::ScoreMilli> scores;    ///< share ladders, by member

  /// The customer's own frozen values, as far as a comparison would count them.
  scoring::FrozenSelf SelfOf(CustomerNumber customer) const;
};

/// Places in a ranking of members with these ranks; NaN becomes kNoValue.
std::vector<uint32_t> PlacesOf(std::span<const double> ranks, const scoring::Ranking& ranking, bool lower_is_better);

std::vector<storage::FrozenPart> EncodeFrozen(const FrozenBase& base, int16_t ladder_no);
/// DATA_LOSS when the parts don't fit together.
absl::StatusOr<FrozenBase> DecodeFrozen(const std::vector<storage::FrozenPart>& parts, const scoring::Scorer& scorer);

}  // namespace rung::grading
