// What a fit says of its parameters besides their values.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "libs/stats/maximise.h"

namespace rung::stats {

/// What the data can't tell: a maximum that lies at the edge of the model.
enum class Boundary : uint8_t {
  kNobodyLeaves,      ///< dropout doesn't raise the likelihood: everybody is alive for ever
  kEqualRates,        ///< customers don't differ in how often they buy
  kEqualDropout,      ///< customers don't differ in how soon they leave
  kPolarRates,        ///< customers buy at every chance or at none: rates are all or nothing
  kPolarDropout,      ///< customers leave at the first chance or never: dropout is all or nothing
  kEqualSpend,        ///< customers don't differ in what they spend
  kSteadySpend,       ///< a customer spends the same each time
  kRegularityLimit,   ///< more regular than the largest k tried
  kInfiniteMean,      ///< an expected spend that doesn't exist (Gamma-Gamma with q <= 1)
  kFlat,              ///< the likelihood hardly changes along some direction: parameters are undetermined
  kSearchLimit,       ///< a parameter lies where the search ends, and none of the above says why
};

inline constexpr Boundary kBoundaries[] = {
    Boundary::kNobodyLeaves, Boundary::kEqualRates,  Boundary::kEqualDropout,    Boundary::kPolarRates,   Boundary::kPolarDropout, Boundary::kEqualSpend,
    Boundary::kSteadySpend,  Boundary::kRegularityLimit, Boundary::kInfiniteMean, Boundary::kFlat,         Boundary::kSearchLimit};

/// "nobody leaves", …
std::string_view Name(Boundary boundary);

/// Customers whose rates or dropout have a shape beyond this don't differ: coefficients of variation are below a hundredth. Far
/// enough within kLogParameterBox that also the slowest customers' shapes get there before their scales meet the bound.
inline constexpr double kEqualShape = 1e4;

/// Below this sum of its shapes a beta distribution has all its weight at 0 and 1: nearly all customers are at either end.
inline constexpr double kPolarShape = 1e-4;

struct Parameter {
  std::string_view name;
  double value = 0;
  double lower = 0;  ///< of the 95 % confidence interval; NaN where the data don't give any, be it that it would reach beyond kLogParameterBox
  double upper = 0;
};

/// A maximum-likelihood estimate. Intervals come from the observed information on the logarithms of the parameters, so
/// that they stay positive.
struct Estimate {
  std::vector<Parameter> parameters;
  double log_likelihood = 0;
  int64_t customers = 0;
  int evaluations = 0;
  bool converged = false;
  std::vector<Boundary> boundaries;
  std::vector<double> log_covariance;  ///< of the logarithms, row by row; empty when the information is singular

  bool at(Boundary boundary) const;
  void AddIf(bool reached, Boundary boundary) {
    if (reached) boundaries.push_back(boundary);
  }
  double aic() const { return 2.0 * static_cast<double>(parameters.size()) - 2.0 * log_likelihood; }
};

struct Interval {
  double lower = 0;
  double upper = 0;
};

/// Where fits search: logarithms of parameters, 3e-7 to 3e6.
inline constexpr Box kLogParameterBox{-15, 15};

/// Estimate from the optimum of a log-likelihood per customer in the logarithms of the parameters `names`.
Estimate MakeEstimate(const Objective& objective, const Optimum& optimum, std::span<const std::string_view> names,
                      int64_t customers);

/// Boundary::kSearchLimit when a parameter lies at the edge of kLogParameterBox and no boundary has been said that explains it.
void AddSearchLimit(const Optimum& optimum, Estimate& estimate);

enum class Scale : uint8_t { kPositive, kProbability };

/// 95 % interval of a prediction by the delta method: `predict` maps parameters (not their logarithms) to the prediction,
/// which lies within the interval. It is computed on the logarithm or on the logit, so that the interval stays in range.
/// NaN when the estimate has no covariance. It holds the customer's own randomness apart: it says how well the
/// expectation is known.
Interval PredictionInterval(const Estimate& estimate, Scale scale,
                            const std::function<double(std::span<const double>)>& predict);

}  // namespace rung::stats
