#include "libs/calibration/quality.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace rung::calibration {

std::vector<double> MidRanks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t first = 0; first < order.size();) {
    size_t last = first;
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    const double rank = static_cast<double>(first + last + 1) / 2;
    for (; first < last; ++first) ranks[order[first]] = rank;
  }
  return ranks;
}

double Spearman(std::span<const double> a, std::span<const double> b) {
  const std::vector<double> x = MidRanks(a), y = MidRanks(b);
  const double mean = (static_cast<double>(a.size()) + 1) / 2;  // of ranks, with or without ties
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : std::numeric_limits<double>::quiet_NaN();
}

double RocAuc(std::span<const double> scores, std::span<const double> outcomes) {
  const std::vector<double> ranks = MidRanks(scores);
  double rank_sum = 0, happened = 0;
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (!(outcomes[i] > 0)) continue;
    rank_sum += ranks[i];
    ++happened;
  }
  const double others = static_cast<double>(ranks.size()) - happened;
  if (happened == 0 || others == 0) return std::numeric_limits<double>::quiet_NaN();
  return (rank_sum - happened * (happened + 1) / 2) / (happened * others);
}

}  // namespace rung::calibration
