#include "libs/recommend/logistic.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

namespace rung::recommend {
namespace {

constexpr int kMostSteps = 30;
constexpr double kLeastStep = 1e-8;

}  // namespace

double Sigmoid(double logit) { return logit >= 0 ? 1 / (1 + std::exp(-logit)) : std::exp(logit) / (1 + std::exp(logit)); }

std::vector<double> FitLogistic(const LogisticRows& rows, double ridge) {
  const auto terms = static_cast<Eigen::Index>(rows.terms);
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(terms);
  const auto hits = std::count(rows.hits.begin(), rows.hits.end(), 1);
  const auto count = static_cast<std::ptrdiff_t>(rows.hits.size());
  if (hits == 0 || hits == count) {  // nothing tells the rows apart: all have the same probability
    weights[0] = std::log((static_cast<double>(hits) + 0.5) / (static_cast<double>(count - hits) + 0.5));
    return {weights.begin(), weights.end()};
  }
  weights[0] = std::log(static_cast<double>(hits) / static_cast<double>(count - hits));
  Eigen::VectorXd penalty = Eigen::VectorXd::Constant(terms, ridge);
  penalty[0] = 0;
  for (int step = 0; step < kMostSteps; ++step) {
    Eigen::VectorXd gradient = -penalty.cwiseProduct(weights);
    Eigen::MatrixXd curvature = penalty.asDiagonal();
    for (std::ptrdiff_t r = 0; r < count; ++r) {
      const Eigen::Map<const Eigen::VectorXd> row(rows.values.data() + r * terms, terms);
      const double p = Sigmoid(row.dot(weights));
      gradient.noalias() += (rows.hits[static_cast<size_t>(r)] - p) * row;
      curvature.selfadjointView<Eigen::Lower>().rankUpdate(row, p * (1 - p));
    }
    Eigen::VectorXd move = curvature.selfadjointView<Eigen::Lower>().ldlt().solve(gradient);
    // Newton may leap far from where the curvature was measured while the weights are still far off.
    const double longest = move.cwiseAbs().maxCoeff();
    if (longest > 5) move *= 5 / longest;
    weights += move;
    if (longest < kLeastStep) break;
  }
  return {weights.begin(), weights.end()};
}

}  // namespace rung::recommend
