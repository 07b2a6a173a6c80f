// Correlation and dispersion of paired values.
#pragma once

#include <span>
#include <vector>

namespace rung::stats {

/// Sample standard deviation; 0 for fewer than two values.
double Deviation(std::span<const double> values);

/// Of values of equal number; NaN when either doesn't vary.
double PearsonCorrelation(std::span<const double> a, std::span<const double> b);

/// Pearson's of the ranks, ties at their mean rank.
double SpearmanCorrelation(std::span<const double> a, std::span<const double> b);

/// Ranks from 1 in ascending order, ties at their mean.
std::vector<double> MeanRanks(std::span<const double> values);

}  // namespace rung::stats
