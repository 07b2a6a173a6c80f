#include "libs/stats/shifted_beta_geometric.h"

#include <cmath>
#include <utility>

#include "libs/base/status.h"

namespace rung::stats {
namespace {

constexpr std::string_view kNames[] = {"alpha", "beta"};

}  // namespace

absl::StatusOr<ShiftedBetaGeometric> ShiftedBetaGeometric::Create(const SbgParameters& p) {
  const std::pair<std::string_view, double> named[] = {{"alpha", p.alpha}, {"beta", p.beta}};
  for (const auto& [name, value] : named) {
    if (!(value > 0) || !std::isfinite(value)) return InvalidArgumentError("{}: {} isn't above 0", name, value);
  }
  return ShiftedBetaGeometric(p);
}

double ShiftedBetaGeometric::Survival(int32_t renewals) const {
  double log_left = 0;
  for (int32_t t = 0; t < renewals; ++t) log_left -= std::log1p(p_.alpha / (p_.beta + t));
  return std::exp(log_left);
}

double ShiftedBetaGeometric::Retention(int32_t renewals) const {
  return (p_.beta + renewals - 1) / (p_.alpha + p_.beta + renewals - 1);
}

double ShiftedBetaGeometric::ResidualLifetime(int32_t renewals, double rate) const {
  double worth = 1, sum = 0;
  for (int32_t t = renewals; worth > 1e-17 * rate * sum; ++t) {
    worth *= (p_.beta + t) / (p_.alpha + p_.beta + t);
    sum += worth;
    worth /= 1 + rate;
  }
  return sum;
}

ShiftedBetaGeometric SbgFit::With(std::span<const double> values) const { return *ShiftedBetaGeometric::Create({values[0], values[1]}); }

absl::StatusOr<SbgFit> FitShiftedBetaGeometric(std::span<const int64_t> alive) {
  if (alive.size() < 2) return InvalidArgumentError("alive: {} numbers; a cohort's start and one renewal are needed", alive.size());
  for (size_t t = 1; t < alive.size(); ++t) {
    if (alive[t] < 0 || alive[t] > alive[t - 1]) {
      return InvalidArgumentError("alive[{}]: {} isn't within 0 to the {} before", t, alive[t], alive[t - 1]);
    }
  }
  if (alive.back() == alive.front()) return FailedPreconditionError("none of {} customers has left", alive.front());
  const auto n = static_cast<double>(alive.front());
  // FH 2007, eq. B3: at each renewal some leave and the others stay.
  const Objective objective = [alive, n](std::span<const double> point, std::span<double> gradient) {
    const double a = std::exp(point[0]), b = std::exp(point[1]);
    double value = 0, by_a = 0, by_b = 0;
    for (size_t t = 1; t < alive.size(); ++t) {
      const double stay = b + static_cast<double>(t) - 1, all = a + stay;
      const auto stayed = static_cast<double>(alive[t]), left = static_cast<double>(alive[t - 1] - alive[t]);
      value += left * std::log(a / all) + stayed * std::log(stay / all);
      by_a += left / a - (left + stayed) / all;
      by_b += stayed / stay - (left + stayed) / all;
    }
    gradient[0] = by_a * a / n;
    gradient[1] = by_b * b / n;
    return value / n;
  };
  const Optimum optimum = Maximise(objective, {0, 0}, kLogParameterBox);
  const SbgParameters p{std::exp(optimum.point[0]), std::exp(optimum.point[1])};
  SbgFit fit{*ShiftedBetaGeometric::Create(p), MakeEstimate(objective, optimum, kNames, alive.front())};
  fit.estimate.AddIf(p.alpha + p.beta > kEqualShape, Boundary::kEqualDropout);
  fit.estimate.AddIf(p.alpha + p.beta < kPolarShape, Boundary::kPolarDropout);
  AddSearchLimit(optimum, fit.estimate);
  return fit;
}

}  // namespace rung::stats
