// Lower bounds of tiers that agree best with tiers given by hand.
#pragma once

#include <vector>

#include "libs/calibration/ordered_cuts.h"

namespace rung::calibration {

/// The bounds under which the most customers get their labelled tier (0: the best): exact. `labels` by customer, each
/// below `tiers`; at least two tiers.
Cuts LabelCuts(const std::vector<ScoreMilli>& scores, const std::vector<uint8_t>& labels, size_t tiers);

}  // namespace rung::calibration
