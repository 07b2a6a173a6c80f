#include "libs/calibration/ordered_cuts.h"

#include <limits>

namespace rung::calibration {

Cuts BestCuts(size_t count, const CutGain& gain) {
  if (count == 0) return {};
  constexpr int64_t kImpossible = std::numeric_limits<int64_t>::min();
  const auto bounds = static_cast<size_t>(kMaxScoreMilli) + 1;
  // best[b]: greatest gain of the cuts so far with the last of them at b or above; from[cut][b]: where that one is.
  std::vector<int64_t> best(bounds + 1, 0);
  std::vector<std::vector<ScoreMilli>> from(count, std::vector<ScoreMilli>(bounds + 1, 0));
  for (size_t cut = 0; cut < count; ++cut) {
    std::vector<int64_t> next(bounds + 1, kImpossible);
    for (ScoreMilli bound = kMaxScoreMilli; bound >= 1; --bound) {
      const auto b = static_cast<size_t>(bound);
      next[b] = next[b + 1];
      from[cut][b] = from[cut][b + 1];
      const int64_t above = cut == 0 ? 0 : best[b + 1];
      if (above == kImpossible) continue;
      const int64_t total = above + gain(cut, bound);
      if (next[b] != kImpossible && total <= next[b]) continue;
      next[b] = total;
      from[cut][b] = bound;
    }
    best = std::move(next);
  }
  Cuts cuts(count);
  ScoreMilli floor = 1;
  for (size_t cut = count; cut-- > 0;) {
    cuts[cut] = from[cut][static_cast<size_t>(floor)];
    floor = cuts[cut] + 1;
  }
  return cuts;
}

ScoreColumn::ScoreColumn(const std::vector<ScoreMilli>& scores) : at_least_(static_cast<size_t>(kMaxScoreMilli) + 2) {
  for (const ScoreMilli score : scores) ++at_least_[static_cast<size_t>(score)];
  for (size_t b = at_least_.size() - 1; b > 0; --b) at_least_[b - 1] += at_least_[b];
}

}  // namespace rung::calibration
