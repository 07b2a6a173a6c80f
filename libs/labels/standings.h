// A customer's standings on all ladders, as bytes beside the customer's state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/labels/label.h"
#include "libs/scoring/stability.h"

namespace rung::labels {

/// A standing whose tiers are the ladder's tier numbers (stable), not places in a model.
struct LadderStanding {
  int16_t ladder_no = 0;
  scoring::Standing standing;

  bool operator==(const LadderStanding&) const = default;
};

using Standings = std::vector<LadderStanding>;  ///< by ladder_no

std::string EncodeStandings(const Standings& standings);
/// DATA_LOSS when the bytes are damaged.
absl::Status DecodeStandings(std::string_view bytes, Standings& standings);

/// The ladder's standing, or nullptr.
const scoring::Standing* Find(const Standings& standings, int16_t ladder_no);
void Set(Standings& standings, int16_t ladder_no, const scoring::Standing& standing);

Label LabelOf(const scoring::Standing& standing);

}  // namespace rung::labels
