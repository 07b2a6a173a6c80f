// Lower bounds of tiers that meet target shares of a base.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/calibration/ordered_cuts.h"

namespace rung::calibration {

/// One lower bound and what it reaches. Shares and counts are cumulative: this tier and the better ones.
struct ShareCut {
  ScoreMilli bound = 0;
  scoring::Micro target_share = 0;
  int64_t customers = 0;
  /// The wanted share, to the nearest customer.
  bool reached = false;
  /// When equal scores or the ends of the scale make the share unreachable: the nearest on either side, with the score
  /// whose customers can't be told apart. Equal to `customers` otherwise.
  int64_t customers_below = 0;
  int64_t customers_above = 0;
  ScoreMilli tied_score = 0;
  int64_t tied_customers = 0;
  std::string note_zh;  ///< empty when reached
  std::string note_en;
};

struct ShareSolution {
  std::vector<ShareCut> cuts;  ///< by tier, best first, without the bottom tier, whose bound is 0
  int64_t customers = 0;       ///< of the base
  bool reached = false;        ///< all of them
};

/// Exact bounds for target shares per tier, best first, the bottom tier included; they add up to 1. Minimises the number
/// of customers on the wrong side of a cut, summed over the cuts; among equals prefers round bounds (whole points, then
/// halves, tenths, hundredths). INVALID_ARGUMENT with the field and what is wrong.
absl::StatusOr<ShareSolution> SolveShares(const std::vector<ScoreMilli>& scores,
                                          const std::vector<scoring::Micro>& target_shares);

}  // namespace rung::calibration
