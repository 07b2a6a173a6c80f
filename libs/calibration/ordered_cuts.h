// Where to cut a column of scores into tiers, when what a cut brings depends on its own place only.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "libs/scoring/model.h"

namespace rung::calibration {

using scoring::kMaxScoreMilli;
using scoring::ScoreMilli;

/// Lower bounds of all tiers but the bottom one: strictly falling, from at most 100,000 to at least 1.
using Cuts = std::vector<ScoreMilli>;

/// What cut `cut` (0: the top tier's bound) brings at `bound`. Sums over the cuts must fit into 64 bits.
using CutGain = std::function<int64_t(size_t cut, ScoreMilli bound)>;

/// The cuts with the greatest total gain, by dynamic programming over all bounds: exact, O(cuts × 100,000) time. Among
/// equals the lowest cut is as high as possible, then the one above it, and so on. `count` at most kMaxScoreMilli.
Cuts BestCuts(size_t count, const CutGain& gain);

/// Number of customers by score, as a running sum: how many have at least a score.
class ScoreColumn {
 public:
  /// Scores lie in 0 to kMaxScoreMilli.
  explicit ScoreColumn(const std::vector<ScoreMilli>& scores);

  int64_t size() const { return at_least_.front(); }
  /// Customers with score >= bound; `bound` in 0 to kMaxScoreMilli + 1.
  int64_t AtLeast(ScoreMilli bound) const { return at_least_[static_cast<size_t>(bound)]; }
  int64_t Exactly(ScoreMilli score) const { return AtLeast(score) - AtLeast(score + 1); }

 private:
  std::vector<int64_t> at_least_;
};

}  // namespace rung::calibration
