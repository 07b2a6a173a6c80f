// Quantiles and scores by quantile.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rung::stats {

/// Linear interpolation between order statistics: type 7 of Hyndman, Fan, "Sample Quantiles in Statistical Packages", The
/// American Statistician 50 (1996). `sorted` is ascending and not empty, 0 <= probability <= 1.
double Quantile(std::span<const double> sorted, double probability);

/// The `bins` - 1 cuts between bins of equal shares, ascending.
std::vector<double> QuantileCuts(std::vector<double> values, int bins);

/// Which bin a value at a cut belongs to.
enum class BinEdge : uint8_t {
  kUpper,  ///< bins (lower, upper]
  kLower,  ///< bins [lower, upper)
};

/// Bin of a value from 1: 1 + the number of cuts below it (kUpper), or at or below it (kLower).
int BinOf(double value, std::span<const double> cuts, BinEdge edge);

}  // namespace rung::stats
