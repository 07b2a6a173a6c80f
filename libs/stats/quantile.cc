#include "libs/stats/quantile.h"

#include <algorithm>
#include <cmath>

namespace rung::stats {

double Quantile(std::span<const double> sorted, double probability) {
  const double at = probability * static_cast<double>(sorted.size() - 1);
  const double below = std::floor(at);
  const auto i = static_cast<size_t>(below);
  if (i + 1 >= sorted.size()) return sorted.back();
  return sorted[i] + (at - below) * (sorted[i + 1] - sorted[i]);
}

std::vector<double> QuantileCuts(std::vector<double> values, int bins) {
  std::vector<double> cuts;
  if (values.empty()) return cuts;
  std::sort(values.begin(), values.end());
  for (int i = 1; i < bins; ++i) cuts.push_back(Quantile(values, static_cast<double>(i) / bins));
  return cuts;
}

int BinOf(double value, std::span<const double> cuts, BinEdge edge) {
  const auto end = edge == BinEdge::kUpper ? std::lower_bound(cuts.begin(), cuts.end(), value)
                                           : std::upper_bound(cuts.begin(), cuts.end(), value);
  return 1 + static_cast<int>(end - cuts.begin());
}

}  // namespace rung::stats
