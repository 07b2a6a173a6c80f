#include "libs/calibration/label_cuts.h"

namespace rung::calibration {

Cuts LabelCuts(const std::vector<ScoreMilli>& scores, const std::vector<uint8_t>& labels, size_t tiers) {
  std::vector<ScoreColumn> by_label;
  for (size_t tier = 0; tier < tiers; ++tier) {
    std::vector<ScoreMilli> own;
    for (size_t i = 0; i < scores.size(); ++i) {
      if (labels[i] == tier) own.push_back(scores[i]);
    }
    by_label.emplace_back(own);
  }
  // Above its bound a cut gives the better tier instead of the worse one: right for some, wrong for others.
  return BestCuts(tiers - 1, [&](size_t cut, ScoreMilli bound) {
    return by_label[cut].AtLeast(bound) - by_label[cut + 1].AtLeast(bound);
  });
}

}  // namespace rung::calibration
