// How well a score foretells an outcome.
#pragma once

#include <span>
#include <vector>

namespace rung::calibration {

/// Ranks from 1, ties sharing their mean rank.
std::vector<double> MidRanks(std::span<const double> values);

/// Spearman's rank correlation, with mid-ranks. NaN when one side is constant.
double Spearman(std::span<const double> a, std::span<const double> b);

/// Area under the ROC curve: how often one to whom it happened (outcome above 0) scores higher than one to whom it
/// didn't; ties count half (Mann and Whitney 1947). NaN when all outcomes are the same.
double RocAuc(std::span<const double> scores, std::span<const double> outcomes);

}  // namespace rung::calibration
