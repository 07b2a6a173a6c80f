#include "libs/stats/pareto_nbd.h"

#include <cmath>
#include <limits>

#include "libs/base/status.h"
#include "libs/stats/log_space.h"
#include "libs/stats/pareto_nbd_likelihood.h"
#include "libs/stats/quadrature.h"

namespace rung::stats {
namespace {

// Probability of n Poisson events by t, at a rate ~ Gamma(shape, scale).
double Events(double n, double shape, double scale, double t) {
  if (t <= 0) return n == 0 ? 1 : 0;
  const double log_count = LogGamma(shape + n) - LogGamma(shape) - LogGamma(n + 1);
  return std::exp(log_count + n * std::log(t / (scale + t)) - shape * std::log1p(t / scale));
}

// Probability that the end hasn't come by t, at a rate ~ Gamma(shape, scale).
double Stays(double shape, double scale, double t) { return std::exp(-shape * std::log1p(t / scale)); }

// Probability of n transactions within t of a customer who is alive at its begin: the end comes after t, or at tau with
// n transactions before (FH 2020, eq. 16, whose sums are this integral).
double RepeatsWhenAlive(double n, const ParetoNbdParameters& p, double t) {
  const double distance = std::min(p.alpha, p.beta);
  // n events make the integrand a polynomial of that degree within a panel; shorter panels keep it smooth.
  const double longest = t / (1 + n / 10);
  // Large shapes make it decay within a fraction of the distance.
  const double growth = std::min(2.0, 8 / std::max(p.r + n, p.s + 1));
  const double ended = IntegrateGraded({.end = t, .distance = distance, .growth = growth, .longest = longest}, [&](double tau) {
    return p.s / (p.beta + tau) * Stays(p.s, p.beta, tau) * Events(n, p.r, p.alpha, tau);
  });
  return Events(n, p.r, p.alpha, t) * Stays(p.s, p.beta, t) + ended;
}

// What the history leaves of a customer who is alive: again a Pareto/NBD.
ParetoNbdParameters WhenAlive(const ParetoNbdParameters& p, const PurchaseHistory& history) {
  return {p.r + static_cast<double>(history.repeats), p.alpha + history.age, p.s, p.beta + history.age};
}

}  // namespace

absl::StatusOr<ParetoNbd> ParetoNbd::Create(const ParetoNbdParameters& p) {
  const std::pair<std::string_view, double> named[] = {{"r", p.r}, {"alpha", p.alpha}, {"s", p.s}, {"beta", p.beta}};
  for (const auto& [name, value] : named) {
    if (!(value > 0) || !std::isfinite(value)) return InvalidArgumentError("{}: {} isn't above 0", name, value);
  }
  return ParetoNbd(p);
}

double ParetoNbd::LogLikelihood(const PurchaseHistory& history) const {
  return ParetoNbdLikelihood(p_, history.repeats, history.recency, history.age).log();
}

double ParetoNbd::PAlive(const PurchaseHistory& history) const {
  return ParetoNbdLikelihood(p_, history.repeats, history.recency, history.age).p_alive();
}

double ParetoNbd::ExpectedTransactions(const PurchaseHistory& history, double horizon) const {
  const ParetoNbdParameters alive = WhenAlive(p_, history);
  // FH 2005, eq. 41: mean rate times mean lifetime within the horizon; s = 1 is no exception this way.
  const double log_growth = std::log1p(horizon / alive.beta), exponent = p_.s - 1;
  const double lifetime =
      alive.beta * (std::abs(exponent * log_growth) < 1e-12 ? log_growth : -std::expm1(-exponent * log_growth) / exponent);
  return PAlive(history) * alive.r / alive.alpha * lifetime;
}

double ParetoNbd::ProbabilityOfNone(const PurchaseHistory& history, double horizon) const {
  const double alive = PAlive(history);
  return 1 - alive * (1 - RepeatsWhenAlive(0, WhenAlive(p_, history), horizon));
}

double ParetoNbd::ProbabilityOfRepeats(int64_t repeats, double age) const {
  return RepeatsWhenAlive(static_cast<double>(repeats), p_, age);
}

// Integral of exp(-rate t) times the probability to stay until t: of FHL 2005, eq. 2, up to the horizon.
double ParetoNbd::DiscountedLifetime(double age, double horizon, double rate) const {
  const double beta = p_.beta + age;
  const double longest = rate > 0 ? 8 / rate : std::numeric_limits<double>::infinity();
  const GradedRange range{.end = horizon, .distance = beta, .growth = std::min(2.0, 8 / p_.s), .longest = longest};
  return IntegrateGraded(range, [&](double t) { return std::exp(-rate * t) * Stays(p_.s, beta, t); });
}

double ParetoNbd::DiscountedTransactions(const PurchaseHistory& history, double horizon, double rate) const {
  const ParetoNbdParameters alive = WhenAlive(p_, history);
  return PAlive(history) * alive.r / alive.alpha * DiscountedLifetime(history.age, horizon, rate);
}

double ParetoNbd::ResidualTransactions(const PurchaseHistory& history, double rate) const {
  return DiscountedTransactions(history, 45 / rate, rate);  // exp(-45) is below a double's last digit
}

double ParetoNbd::NextTransactionQuantile(const PurchaseHistory& history, double probability) const {
  const ParetoNbdParameters alive = WhenAlive(p_, history);
  return alive.alpha * std::expm1(-std::log1p(-probability) / alive.r);
}

}  // namespace rung::stats
