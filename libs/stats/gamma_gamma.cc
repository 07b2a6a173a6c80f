#include "libs/stats/gamma_gamma.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <boost/math/special_functions/digamma.hpp>

#include "libs/base/status.h"
#include "libs/stats/correlation.h"
#include "libs/stats/log_space.h"

namespace rung::stats {
namespace {

constexpr std::string_view kNames[] = {"p", "q", "v"};

struct Gradient {
  double p = 0, q = 0, v = 0;
};

// FH 2013, eq. 1a, grouped so that no power of a value is taken:
// log Gamma(px + q) - log Gamma(px) - log Gamma(q) + q log(v / (v + xm)) + px log(xm / (v + xm)) - log m
double LogDensity(const GammaGammaParameters& at, const SpendHistory& history, Gradient* gradient) {
  const double x = static_cast<double>(history.transactions), px = at.p * x;
  const double total = x * history.mean, all = at.v + total;
  const double log_v_share = -std::log1p(total / at.v), log_total_share = -std::log1p(at.v / total);
  if (gradient != nullptr) {
    using boost::math::digamma;
    const double psi = digamma(px + at.q);
    gradient->p = x * (psi - digamma(px) + log_total_share);
    gradient->q = psi - digamma(at.q) + log_v_share;
    gradient->v = at.q / at.v - (px + at.q) / all;
  }
  return LogGamma(px + at.q) - LogGamma(px) - LogGamma(at.q) + at.q * log_v_share + px * log_total_share -
         std::log(history.mean);
}

GammaGammaParameters FromLogs(std::span<const double> logs) {
  return {std::exp(logs[0]), std::exp(logs[1]), std::exp(logs[2])};
}

absl::StatusOr<std::vector<SpendHistory>> Spenders(std::span<const SpendHistory> histories) {
  std::vector<SpendHistory> spenders;
  for (size_t i = 0; i < histories.size(); ++i) {
    const SpendHistory& history = histories[i];
    if (history.transactions < 0 || !std::isfinite(history.mean)) {
      return InvalidArgumentError("histories[{}]: {} transactions of mean {} aren't a spend history", i,
                                  history.transactions, history.mean);
    }
    if (history.transactions > 0 && history.mean > 0) spenders.push_back(history);
  }
  return spenders;
}

double VariationWithin(std::span<const SpendHistory> histories) {
  double squares = 0, degrees = 0;
  for (const SpendHistory& history : histories) {
    if (history.transactions < 2 || !(history.mean > 0) || !(history.squares > 0)) continue;
    const double x = static_cast<double>(history.transactions);
    squares += std::max(0.0, history.squares / (history.mean * history.mean) - x);
    degrees += x - 1;
  }
  return degrees > 0 ? std::sqrt(squares / degrees) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

absl::StatusOr<GammaGamma> GammaGamma::Create(const GammaGammaParameters& p) {
  const std::pair<std::string_view, double> named[] = {{"p", p.p}, {"q", p.q}, {"v", p.v}};
  for (const auto& [name, value] : named) {
    if (!(value > 0) || !std::isfinite(value)) return InvalidArgumentError("{}: {} isn't above 0", name, value);
  }
  return GammaGamma(p);
}

double GammaGamma::LogLikelihood(const SpendHistory& history) const {
  return history.transactions == 0 ? 0 : LogDensity(p_, history, nullptr);
}

double GammaGamma::ExpectedSpend(const SpendHistory& history) const {
  const double x = static_cast<double>(history.transactions);
  const double degrees = p_.p * x + p_.q - 1;
  if (degrees <= 0) return std::numeric_limits<double>::infinity();
  return p_.p * (p_.v + x * history.mean) / degrees;
}

GammaGamma GammaGammaFit::With(std::span<const double> values) const {
  return *GammaGamma::Create({values[0], values[1], values[2]});
}

absl::StatusOr<GammaGammaFit> FitGammaGamma(std::span<const SpendHistory> histories) {
  RUNG_ASSIGN_OR_RETURN(std::vector<SpendHistory> spenders, Spenders(histories));
  std::vector<double> counts, means;
  double mean = 0;
  for (const SpendHistory& history : spenders) {
    counts.push_back(static_cast<double>(history.transactions));
    means.push_back(history.mean);
    mean += history.mean / static_cast<double>(spenders.size());
  }
  if (spenders.size() < 2 || Deviation(means) == 0) {
    return FailedPreconditionError("spend needs customers whose mean values differ; {} have a value above 0", spenders.size());
  }
  const auto n = static_cast<double>(spenders.size());
  // In units of the mean, so that the search is the same whatever the currency.
  for (SpendHistory& history : spenders) history.mean /= mean;
  const Objective objective = [&spenders, n](std::span<const double> point, std::span<double> gradient) {
    const GammaGammaParameters at = FromLogs(point);
    double value = 0;
    Gradient sum;
    for (const SpendHistory& history : spenders) {
      Gradient slope;
      value += LogDensity(at, history, &slope);
      sum.p += slope.p;
      sum.q += slope.q;
      sum.v += slope.v;
    }
    gradient[0] = sum.p * at.p / n;
    gradient[1] = sum.q * at.q / n;
    gradient[2] = sum.v * at.v / n;
    return value / n;
  };
  // Four values of a customer vary about as much as four customers; the mean is p v / (q - 1).
  const Optimum optimum = Maximise(objective, {std::log(4.0), std::log(4.0), std::log(0.75)}, kLogParameterBox);
  GammaGammaParameters p = FromLogs(optimum.point);
  p.v *= mean;
  GammaGammaFit fit{*GammaGamma::Create(p), MakeEstimate(objective, optimum, kNames, static_cast<int64_t>(spenders.size()))};
  fit.estimate.log_likelihood -= n * std::log(mean);
  Parameter& v = fit.estimate.parameters[2];
  v = {v.name, v.value * mean, v.lower * mean, v.upper * mean};
  fit.estimate.AddIf(p.q <= 1, Boundary::kInfiniteMean);
  fit.estimate.AddIf(p.q > kEqualShape, Boundary::kEqualSpend);
  fit.estimate.AddIf(p.p > kEqualShape, Boundary::kSteadySpend);
  AddSearchLimit(optimum, fit.estimate);
  fit.spenders = static_cast<int64_t>(spenders.size());
  fit.correlation = PearsonCorrelation(counts, means);
  fit.correlated = std::abs(fit.correlation) > kMaxSpendCorrelation;
  fit.variation = VariationWithin(histories);
  return fit;
}

std::string WhyNotBelieved(const GammaGammaFit& fit) {
  if (fit.correlated) {
    return fmt::format("frequency and spend are correlated: {:.2f}, at most {:.2f} is tolerated", fit.correlation, kMaxSpendCorrelation);
  }
  if (fit.estimate.at(Boundary::kInfiniteMean)) return fmt::format("spend has no mean: q is {:.3f}, at most 1", fit.model.parameters().q);
  const double modelled = 1 / std::sqrt(fit.model.parameters().p);
  if (modelled > kMostVariationRatio * fit.variation) {
    return fmt::format("the values of one customer vary by {:.0f} %, and the model takes {:.0f} % for chance: it can't tell customers apart",
                       100 * fit.variation, 100 * modelled);
  }
  return "";
}

}  // namespace rung::stats
