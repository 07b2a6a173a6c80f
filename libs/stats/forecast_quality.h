// How good a forecast was, once the truth is known.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rung::stats {

// All take spans of equal length. They are NaN where the question has no answer: no customers, or nothing to predict.

double MeanAbsoluteError(std::span<const double> predicted, std::span<const double> actual);

/// Sum of the predictions over the sum of the actual values: above 1 is too much.
double TotalRatio(std::span<const double> predicted, std::span<const double> actual);

/// Share of the actual total that belongs to the `share` of customers with the highest scores. Customers with the score at
/// the edge count in part.
double CaptureOfTop(std::span<const double> scores, std::span<const double> actual, double share);

/// Probability that a customer to whom it happened has a higher score than one to whom it didn't, ties counting half
/// (the area under the ROC curve; Hanley, McNeil, Radiology 143, 1982).
double AreaUnderCurve(std::span<const double> scores, std::span<const uint8_t> happened);

/// Mean squared error of probabilities (Brier, Monthly Weather Review 78, 1950).
double BrierScore(std::span<const double> probabilities, std::span<const uint8_t> happened);

struct CalibrationRow {
  double lower = 0;  ///< of the probabilities, inclusive
  double upper = 0;  ///< exclusive; inclusive in the last row
  int64_t customers = 0;
  double predicted = 0;  ///< mean probability
  double observed = 0;   ///< share to whom it happened
};

/// Probabilities in `rows` bands of equal width; bands without customers are left out.
std::vector<CalibrationRow> CalibrationTable(std::span<const double> probabilities, std::span<const uint8_t> happened,
                                             int rows = 10);

}  // namespace rung::stats
