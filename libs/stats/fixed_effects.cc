#include "libs/stats/fixed_effects.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "libs/base/status.h"

namespace rung::stats {

absl::StatusOr<WithinSlope> FitWithinSlope(std::span<const uint32_t> group, std::span<const double> x,
                                           std::span<const double> y) {
  if (group.size() != x.size() || group.size() != y.size()) {
    return InvalidArgumentError("{} groups, {} x and {} y don't fit together", group.size(), x.size(), y.size());
  }
  struct Means {
    double x = 0, y = 0, rows = 0;
  };
  std::vector<Means> means(group.empty() ? 0 : size_t{*std::max_element(group.begin(), group.end())} + 1);
  for (size_t i = 0; i < group.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) return InvalidArgumentError("row {}: ({}, {}) isn't a point", i, x[i], y[i]);
    Means& mean = means[group[i]];
    mean.rows += 1;
    mean.x += (x[i] - mean.x) / mean.rows;
    mean.y += (y[i] - mean.y) / mean.rows;
  }
  double xx = 0, xy = 0, yy = 0;
  for (size_t i = 0; i < group.size(); ++i) {
    const double dx = x[i] - means[group[i]].x, dy = y[i] - means[group[i]].y;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  WithinSlope fit;
  fit.rows = static_cast<int64_t>(group.size());
  fit.groups = std::count_if(means.begin(), means.end(), [](const Means& mean) { return mean.rows > 0; });
  const int64_t freedom = fit.rows - fit.groups - 1;
  if (xx == 0 || freedom < 1) {
    return FailedPreconditionError("{} rows in {} groups: x must vary within a group, and rows exceed groups by two", fit.rows,
                                   fit.groups);
  }
  fit.slope = xy / xx;
  fit.standard_error = std::sqrt(std::max(0.0, yy - fit.slope * xy) / static_cast<double>(freedom) / xx);
  return fit;
}

}  // namespace rung::stats
