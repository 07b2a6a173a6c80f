#include "libs/stats/pareto_nbd_likelihood.h"

#include <algorithm>
#include <cmath>

#include <boost/math/special_functions/digamma.hpp>

#include "libs/stats/log_space.h"
#include "libs/stats/quadrature.h"

namespace rung::stats {
namespace {

// Beyond e^-45 of its largest value the integrand adds nothing.
constexpr double kReach = 45;

struct Integrals {
  double one = 0;         // of the integrand itself
  double log_alpha = 0;   // times log(alpha + t), and so on
  double log_beta = 0;
  double over_alpha = 0;  // times 1 / (alpha + t)
  double over_beta = 0;
};

// Integral from t_x to T of the integrand divided by its value at t_x. With t = t_x + c (e^v - 1), where c = t_x + the
// larger of alpha and beta, that one's factor is an exponential in v, and the other's has its singularity at
// v = log(1 - near / c) < 0, near = t_x + the smaller one.
template <bool kWithGradient>
Integrals Integrate(const ParetoNbdParameters& p, double x, double recency, double age) {
  const double a0 = p.alpha + recency, b0 = p.beta + recency;
  const double c = std::max(a0, b0), near = std::min(a0, b0);
  const double near_power = p.alpha < p.beta ? p.r + x : p.s + 1;
  const double fall = p.r + x + p.s;  // the integrand falls at least like e^(-fall v)
  GradedRange range;
  range.end = std::min(std::log1p((age - recency) / c), kReach / fall);
  if (near_power > 1) range.end = std::min(range.end, std::log1p(near * std::expm1(kReach / (near_power - 1)) / c));
  range.distance = -std::log1p(-near / c);  // infinite for alpha = beta
  range.growth = std::min(2.0, 8 / near_power);
  range.longest = 8 / fall;
  const double log_a0 = std::log(a0), log_b0 = std::log(b0);
  Integrals sums;
  VisitGraded(range, [&](double v, double weight) {
    const double passed = c * std::expm1(v);
    const double a = std::log1p(passed / a0), b = std::log1p(passed / b0);
    const double value = weight * c * std::exp(v - (p.r + x) * a - (p.s + 1) * b);
    sums.one += value;
    if constexpr (kWithGradient) {
      sums.log_alpha += value * (log_a0 + a);
      sums.log_beta += value * (log_b0 + b);
      sums.over_alpha += value / (a0 + passed);
      sums.over_beta += value / (b0 + passed);
    }
  });
  return sums;
}

}  // namespace

ParetoNbdLikelihood::ParetoNbdLikelihood(const ParetoNbdParameters& p, int64_t repeats, double recency, double age,
                                         ParetoNbdGradient* gradient) {
  const auto x = static_cast<double>(repeats);
  const double log_alive = -(p.r + x) * std::log(p.alpha + age) - p.s * std::log(p.beta + age);
  const double log_start = -(p.r + x) * std::log(p.alpha + recency) - (p.s + 1) * std::log(p.beta + recency);
  const Integrals integrals =
      gradient != nullptr ? Integrate<true>(p, x, recency, age) : Integrate<false>(p, x, recency, age);
  const double log_left = log_start + std::log(p.s * integrals.one);  // -infinity when age is recency
  const double log_sum = LogAdd(log_alive, log_left);
  log_ = LogGamma(p.r + x) - LogGamma(p.r) + p.r * std::log(p.alpha) + p.s * std::log(p.beta) + log_sum;
  p_alive_ = std::exp(log_alive - log_sum);
  if (gradient == nullptr) return;
  const double alive = p_alive_, left = std::exp(log_start - log_sum);
  using boost::math::digamma;
  gradient->r = digamma(p.r + x) - digamma(p.r) + std::log(p.alpha) - alive * std::log(p.alpha + age) -
                left * p.s * integrals.log_alpha;
  gradient->alpha = p.r / p.alpha - (p.r + x) * (alive / (p.alpha + age) + left * p.s * integrals.over_alpha);
  gradient->s = std::log(p.beta) - alive * std::log(p.beta + age) + left * (integrals.one - p.s * integrals.log_beta);
  gradient->beta = p.s / p.beta - p.s * (alive / (p.beta + age) + left * (p.s + 1) * integrals.over_beta);
}

double LogLikelihood(const ParetoNbdParameters& parameters, const GroupedHistories& base, ParetoNbdGradient* gradient) {
  if (gradient != nullptr) *gradient = {};
  double sum = 0;
  for (const GroupedHistories::Group& group : base.groups) {
    ParetoNbdGradient slope;
    const ParetoNbdLikelihood likelihood(parameters, base.repeat_values[group.repeats], base.time_values[group.recency],
                                         base.time_values[group.age], gradient != nullptr ? &slope : nullptr);
    const double weight = group.customers;
    sum += weight * likelihood.log();
    if (gradient == nullptr) continue;
    gradient->r += weight * slope.r;
    gradient->alpha += weight * slope.alpha;
    gradient->s += weight * slope.s;
    gradient->beta += weight * slope.beta;
  }
  return sum;
}

}  // namespace rung::stats
