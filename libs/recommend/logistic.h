// Logistic regression: probabilities from a weighted sum of terms.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rung::recommend {

double Sigmoid(double logit);

/// Rows of a regression, collected one by one.
struct LogisticRows {
  size_t terms = 0;            ///< of each row
  std::vector<double> values;  ///< row after row
  std::vector<uint8_t> hits;   ///< 0 or 1, of each row

  void Add(std::span<const double> row, bool hit) {
    values.insert(values.end(), row.begin(), row.end());
    hits.push_back(hit ? 1 : 0);
  }
};

/// Weights of the largest likelihood less ridge/2 × the sum of squared weights but the first one's, which is the constant.
/// By Newton's method (iteratively reweighted least squares: McCullagh and Nelder 1989, "Generalized Linear Models", 2.5).
/// Rows of one kind have one probability, (hits + 1/2) / (rows + 1), whatever their terms; without rows it is 1/2. Deterministic.
std::vector<double> FitLogistic(const LogisticRows& rows, double ridge);

}  // namespace rung::recommend
