#include "libs/stats/estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Dense>

namespace rung::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kQuantile975 = 1.959963984540054;
// Steps in the logarithms of parameters: gradients and predictions carry about 1e-10 of noise.
constexpr double kStep = 1e-4;
// So near to an end of the box, in the logarithm, is at it.
constexpr double kEdge = 1e-3;
// Information per customer below this is a direction that the data don't see.
constexpr double kFlatInformation = 1e-9;

// Minus the second derivatives, from central differences of the gradient.
Eigen::MatrixXd Information(const Objective& objective, const std::vector<double>& point) {
  const auto size = static_cast<Eigen::Index>(point.size());
  Eigen::MatrixXd information(size, size);
  std::vector<double> shifted = point, above(point.size()), below(point.size());
  for (Eigen::Index i = 0; i < size; ++i) {
    shifted[i] = point[i] + kStep;
    objective(shifted, above);
    shifted[i] = point[i] - kStep;
    objective(shifted, below);
    shifted[i] = point[i];
    for (Eigen::Index j = 0; j < size; ++j) information(i, j) = (below[j] - above[j]) / (2 * kStep);
  }
  return 0.5 * (information + information.transpose());
}

double ToLine(double value, Scale scale) {
  return scale == Scale::kPositive ? std::log(value) : std::log(value) - std::log1p(-value);
}

double FromLine(double value, Scale scale) {
  return scale == Scale::kPositive ? std::exp(value) : 1 / (1 + std::exp(-value));
}

}  // namespace

std::string_view Name(Boundary boundary) {
  switch (boundary) {
    case Boundary::kNobodyLeaves: return "nobody leaves";
    case Boundary::kEqualRates: return "equal rates";
    case Boundary::kEqualDropout: return "equal dropout";
    case Boundary::kPolarRates: return "polar rates";
    case Boundary::kPolarDropout: return "polar dropout";
    case Boundary::kEqualSpend: return "equal spend";
    case Boundary::kSteadySpend: return "steady spend";
    case Boundary::kRegularityLimit: return "regularity limit";
    case Boundary::kInfiniteMean: return "infinite mean";
    case Boundary::kFlat: return "flat";
    case Boundary::kSearchLimit: return "search limit";
  }
  return "";
}

bool Estimate::at(Boundary boundary) const {
  return std::find(boundaries.begin(), boundaries.end(), boundary) != boundaries.end();
}

Estimate MakeEstimate(const Objective& objective, const Optimum& optimum, std::span<const std::string_view> names,
                      int64_t customers) {
  const auto n = static_cast<double>(customers);
  Estimate estimate;
  estimate.log_likelihood = optimum.value * n;
  estimate.customers = customers;
  estimate.evaluations = optimum.evaluations;
  estimate.converged = optimum.converged;
  for (size_t i = 0; i < names.size(); ++i) {
    estimate.parameters.push_back({names[i], std::exp(optimum.point[i]), kNaN, kNaN});
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(Information(objective, optimum.point));
  if (solver.info() != Eigen::Success || !(solver.eigenvalues().minCoeff() > kFlatInformation)) {
    estimate.boundaries.push_back(Boundary::kFlat);
    return estimate;
  }
  const Eigen::MatrixXd covariance =
      solver.eigenvectors() * (solver.eigenvalues() * n).cwiseInverse().asDiagonal() * solver.eigenvectors().transpose();
  estimate.log_covariance.assign(covariance.data(), covariance.data() + covariance.size());
  for (size_t i = 0; i < names.size(); ++i) {
    Parameter& parameter = estimate.parameters[i];
    const auto at = static_cast<Eigen::Index>(i);
    const double reach = kQuantile975 * std::sqrt(covariance(at, at));
    // One that leaves the box says nothing, whether the maximum is at its edge or the data can't tell the parameter.
    if (optimum.point[i] - reach < kLogParameterBox.lower || optimum.point[i] + reach > kLogParameterBox.upper) continue;
    parameter.lower = parameter.value * std::exp(-reach);
    parameter.upper = parameter.value * std::exp(reach);
  }
  return estimate;
}

void AddSearchLimit(const Optimum& optimum, Estimate& estimate) {
  const bool explained = std::any_of(estimate.boundaries.begin(), estimate.boundaries.end(), [](Boundary one) { return one != Boundary::kFlat; });
  const bool at_edge = std::any_of(optimum.point.begin(), optimum.point.end(), [](double value) {
    return value < kLogParameterBox.lower + kEdge || value > kLogParameterBox.upper - kEdge;
  });
  estimate.AddIf(at_edge && !explained, Boundary::kSearchLimit);
}

Interval PredictionInterval(const Estimate& estimate, Scale scale,
                            const std::function<double(std::span<const double>)>& predict) {
  const size_t size = estimate.parameters.size();
  if (estimate.log_covariance.size() != size * size) return {kNaN, kNaN};
  std::vector<double> values(size);
  for (size_t i = 0; i < size; ++i) values[i] = estimate.parameters[i].value;
  const double centre = predict(values);
  // At the ends of the range the transformed prediction isn't finite, and the prediction doesn't move with parameters.
  if (!std::isfinite(ToLine(centre, scale))) return {centre, centre};
  std::vector<double> slope(size);
  for (size_t i = 0; i < size; ++i) {
    const double value = values[i];
    values[i] = value * std::exp(kStep);
    const double above = ToLine(predict(values), scale);
    values[i] = value * std::exp(-kStep);
    const double below = ToLine(predict(values), scale);
    values[i] = value;
    slope[i] = (above - below) / (2 * kStep);
  }
  double variance = 0;
  for (size_t i = 0; i < size; ++i) {
    for (size_t j = 0; j < size; ++j) variance += slope[i] * slope[j] * estimate.log_covariance[i * size + j];
  }
  const double reach = kQuantile975 * std::sqrt(variance);
  return {FromLine(ToLine(centre, scale) - reach, scale), FromLine(ToLine(centre, scale) + reach, scale)};
}

}  // namespace rung::stats
