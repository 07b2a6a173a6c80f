#include "libs/stats/bg_bb.h"

#include <cmath>
#include <utility>
#include <vector>

#include <boost/math/special_functions/digamma.hpp>

#include "libs/base/status.h"
#include "libs/stats/log_space.h"

namespace rung::stats {
namespace {

constexpr std::string_view kNames[] = {"alpha", "beta", "gamma", "delta"};

struct Gradient {
  double alpha = 0, beta = 0, gamma = 0, delta = 0;
};

// log B(a + i, b + j) - log B(a, b): a customer who took i and left out j of i + j chances. Its derivatives by a and b are
// added with a weight.
double LogChances(double a, double b, double i, double j) { return LogBeta(a + i, b + j) - LogBeta(a, b); }

void AddSlope(double a, double b, double i, double j, double weight, double& by_a, double& by_b) {
  using boost::math::digamma;
  const double all = digamma(a + b + i + j) - digamma(a + b);
  by_a += weight * (digamma(a + i) - digamma(a) - all);
  by_b += weight * (digamma(b + j) - digamma(b) - all);
}

// One way to come to the history: alive in `periods` periods, then gone (or, for the whole n, perhaps not).
double LogPath(const BgBbParameters& p, const PeriodHistory& history, int32_t periods, bool gone) {
  return LogChances(p.alpha, p.beta, history.transactions, periods - history.transactions) +
         LogChances(p.gamma, p.delta, gone ? 1 : 0, periods);
}

double LogSum(const BgBbParameters& p, const PeriodHistory& history, Gradient* gradient) {
  double log_sum = LogPath(p, history, history.periods, false);
  for (int32_t lived = history.last; lived < history.periods; ++lived) {
    log_sum = LogAdd(log_sum, LogPath(p, history, lived, true));
  }
  if (gradient == nullptr) return log_sum;
  for (int32_t lived = history.last; lived <= history.periods; ++lived) {
    const bool gone = lived < history.periods;
    const double share = std::exp(LogPath(p, history, lived, gone) - log_sum);
    AddSlope(p.alpha, p.beta, history.transactions, lived - history.transactions, share, gradient->alpha, gradient->beta);
    AddSlope(p.gamma, p.delta, gone ? 1 : 0, lived, share, gradient->gamma, gradient->delta);
  }
  return log_sum;
}

BgBbParameters FromLogs(std::span<const double> logs) {
  return {std::exp(logs[0]), std::exp(logs[1]), std::exp(logs[2]), std::exp(logs[3])};
}

}  // namespace

absl::Status Check(const PeriodHistory& history) {
  if (history.periods < 0 || history.periods > kMaxPeriods) {
    return InvalidArgumentError("periods: {} isn't within 0 to {}", history.periods, kMaxPeriods);
  }
  if (history.last < 0 || history.last > history.periods) {
    return InvalidArgumentError("last: {} isn't within 0 to periods {}", history.last, history.periods);
  }
  if (history.transactions < 0 || history.transactions > history.last) {
    return InvalidArgumentError("transactions: {} isn't within 0 to last {}", history.transactions, history.last);
  }
  if (history.transactions == 0 && history.last != 0) {
    return InvalidArgumentError("last: {} without transactions; it must be 0", history.last);
  }
  if (history.customers < 0) return InvalidArgumentError("customers: {} is negative", history.customers);
  return absl::OkStatus();
}

absl::StatusOr<BgBb> BgBb::Create(const BgBbParameters& p) {
  const std::pair<std::string_view, double> named[] = {
      {"alpha", p.alpha}, {"beta", p.beta}, {"gamma", p.gamma}, {"delta", p.delta}};
  for (const auto& [name, value] : named) {
    if (!(value > 0) || !std::isfinite(value)) return InvalidArgumentError("{}: {} isn't above 0", name, value);
  }
  return BgBb(p);
}

double BgBb::LogLikelihood(const PeriodHistory& history) const { return LogSum(p_, history, nullptr); }

double BgBb::PAlive(const PeriodHistory& history, int32_t ahead) const {
  const double log_alive = LogChances(p_.alpha, p_.beta, history.transactions, history.periods - history.transactions) +
                           LogChances(p_.gamma, p_.delta, 0, history.periods + ahead);
  return std::exp(log_alive - LogSum(p_, history, nullptr));
}

double BgBb::ExpectedTransactions(const PeriodHistory& history, int32_t periods) const {
  const double takes = (p_.alpha + history.transactions) / (p_.alpha + p_.beta + history.periods);
  double alive = PAlive(history, 0), sum = 0;
  for (int32_t i = 0; i < periods; ++i) {
    alive *= (p_.delta + history.periods + i) / (p_.gamma + p_.delta + history.periods + i);
    sum += alive;
  }
  return takes * sum;
}

double BgBb::ResidualTransactions(const PeriodHistory& history, double rate) const {
  const double takes = (p_.alpha + history.transactions) / (p_.alpha + p_.beta + history.periods);
  double worth = PAlive(history, 0), sum = 0;
  // The terms fall at least as fast as (1 + rate)^-i.
  for (int32_t i = 0; worth > 1e-17 * rate * sum; ++i) {
    worth *= (p_.delta + history.periods + i) / (p_.gamma + p_.delta + history.periods + i) / (1 + rate);
    sum += worth;
  }
  return takes * sum;
}

BgBb BgBbFit::With(std::span<const double> values) const {
  return *BgBb::Create({values[0], values[1], values[2], values[3]});
}

absl::StatusOr<BgBbFit> FitBgBb(std::span<const PeriodHistory> histories) {
  int64_t customers = 0, transactions = 0;
  for (size_t i = 0; i < histories.size(); ++i) {
    if (const absl::Status status = Check(histories[i]); !status.ok()) {
      return InvalidArgumentError("histories[{}].{}", i, Message(status));
    }
    customers += histories[i].customers;
    transactions += histories[i].customers * histories[i].transactions;
  }
  if (transactions == 0) return FailedPreconditionError("none of {} customers has bought: there is nothing to fit", customers);
  const auto n = static_cast<double>(customers);
  const Objective objective = [histories, n](std::span<const double> point, std::span<double> gradient) {
    const BgBbParameters p = FromLogs(point);
    double value = 0;
    Gradient sum;
    for (const PeriodHistory& history : histories) {
      Gradient slope;
      const auto weight = static_cast<double>(history.customers);
      value += weight * LogSum(p, history, &slope);
      sum.alpha += weight * slope.alpha;
      sum.beta += weight * slope.beta;
      sum.gamma += weight * slope.gamma;
      sum.delta += weight * slope.delta;
    }
    gradient[0] = sum.alpha * p.alpha / n;
    gradient[1] = sum.beta * p.beta / n;
    gradient[2] = sum.gamma * p.gamma / n;
    gradient[3] = sum.delta * p.delta / n;
    return value / n;
  };
  // Customers who never buy are taken for gone from the first start, for no buyers from the second.
  const Optimum optimum = MaximiseFrom({{0, 0, std::log(0.5), std::log(2.0)}, {std::log(0.1), std::log(0.1), std::log(0.5), std::log(9.5)}}, objective,
                                       kLogParameterBox);
  const BgBbParameters p = FromLogs(optimum.point);
  BgBbFit fit{*BgBb::Create(p), MakeEstimate(objective, optimum, kNames, customers)};
  fit.estimate.AddIf(p.gamma / (p.gamma + p.delta) < 1e-5, Boundary::kNobodyLeaves);
  fit.estimate.AddIf(p.alpha + p.beta > kEqualShape, Boundary::kEqualRates);
  fit.estimate.AddIf(p.alpha + p.beta < kPolarShape, Boundary::kPolarRates);
  fit.estimate.AddIf(p.gamma + p.delta > kEqualShape, Boundary::kEqualDropout);
  fit.estimate.AddIf(p.gamma + p.delta < kPolarShape, Boundary::kPolarDropout);
  AddSearchLimit(optimum, fit.estimate);
  return fit;
}

}  // namespace rung::stats
