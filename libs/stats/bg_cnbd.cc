#include "libs/stats/bg_cnbd.h"

#include <algorithm>
#include <cmath>

#include <boost/math/special_functions/beta.hpp>

#include "libs/base/status.h"
#include "libs/stats/bg_cnbd_likelihood.h"
#include "libs/stats/log_space.h"
#include "libs/stats/quadrature.h"

namespace rung::stats {
namespace {

// Terms below this share of the largest don't count.
constexpr double kNegligible = 1e-18;

// A negative binomial count of Poisson events: shape R, probability u of a further event (FHL 2005, eq. 8 without dropout; Ehrenberg
// 1959).
double LogEvents(double m, double shape, double log_u, double log_none) {
  return LogGamma(shape + m) - LogGamma(shape) - LogGamma(m + 1) + m * log_u + shape * log_none;
}

// Sum over m of P(m events) * C((m + pending) / k), where C(n) = sum over i <= n of the probability that the customer
// is still there for its i-th transaction. All terms are positive. It starts at the mode, where nothing underflows.
double ExpectedOver(double shape, double scale, double horizon, int pending, const BgCnbdParameters& p, double stay) {
  if (horizon <= 0) return 0;
  const double u = horizon / (scale + horizon);
  const double log_u = std::log(u), log_none = -std::log1p(horizon / scale);
  const double mode = std::max(0.0, std::floor((shape - 1) * horizon / scale));
  const double at_mode = std::exp(LogEvents(mode, shape, log_u, log_none));
  double m = mode, probability = at_mode;
  while (m > 0 && probability > kNegligible * at_mode) {
    probability *= m / ((shape + m - 1) * u);
    --m;
  }
  double transactions = 0, there = 1, counted = 0;  // C(counted), and the next term of C
  double sum = 0;
  for (;; ++m) {
    for (const double whole = std::floor((m + pending) / p.k); counted < whole; ++counted) {
      transactions += there;
      there *= (stay + counted) / (p.a + stay + counted);
    }
    sum += probability * transactions;
    const double ratio = (shape + m) / (m + 1) * u;
    // Beyond the mode the rest is at most geometric, while C grows by less than one per event.
    if (ratio < 1 && m > mode && probability * (transactions + 1) < kNegligible * sum * (1 - ratio) * (1 - ratio)) break;
    probability *= ratio;
    if (probability == 0) break;
  }
  return sum;
}

}  // namespace

absl::StatusOr<BgCnbd> BgCnbd::Create(const BgCnbdParameters& p) {
  if (p.k < 1 || p.k > kMaxRegularity) return InvalidArgumentError("k: {} isn't within 1 to {}", p.k, kMaxRegularity);
  if (!(p.r > 0) || !std::isfinite(p.r)) return InvalidArgumentError("r: {} isn't above 0", p.r);
  if (!(p.alpha > 0) || !std::isfinite(p.alpha)) return InvalidArgumentError("alpha: {} isn't above 0", p.alpha);
  if (!(p.a >= 0) || !std::isfinite(p.a)) return InvalidArgumentError("a: {} isn't 0 (nobody leaves) or above", p.a);
  if (!(p.b > 0) || !std::isfinite(p.b)) return InvalidArgumentError("b: {} isn't above 0", p.b);
  return BgCnbd(p);
}

double BgCnbd::LogLikelihood(const PurchaseHistory& history) const {
  GroupedHistories one;
  one.repeat_values = {history.repeats};
  one.time_values = {history.recency, history.age};
  one.groups = {{0, 0, 1, 1}};
  one.log_gap_sum = history.log_gap_sum;
  return stats::LogLikelihood(p_, one, nullptr);
}

BgCnbd::Alive BgCnbd::WhenAlive(const PurchaseHistory& history) const {
  Alive alive{};
  alive.shape = p_.r + static_cast<double>(p_.k * history.repeats);
  alive.scale = p_.alpha + history.age;
  alive.stay = p_.b + static_cast<double>(history.repeats);
  if (p_.first_dropout == FirstDropout::kAfterFirstTransaction) alive.stay += 1;
  const double u = (history.age - history.recency) / alive.scale;
  double term = 1, total = 0;
  for (int j = 0; j < p_.k; ++j) {
    alive.weights[j] = term;
    total += term;
    term *= (alive.shape + j) / (j + 1) * u;
  }
  for (int j = 0; j < p_.k; ++j) alive.weights[j] /= total;
  return alive;
}

double BgCnbd::PAlive(const PurchaseHistory& history) const {
  const double shape = p_.r + static_cast<double>(p_.k * history.repeats);
  const double u = (history.age - history.recency) / (p_.alpha + history.age);
  double term = 1, q = 1;
  for (int j = 1; j < p_.k; ++j) {
    term *= (shape + j - 1) / j * u;
    q += term;
  }
  return 1 / (1 + std::exp(LogOddsOfDropout(p_, history) - std::log(q)));
}

double BgCnbd::ExpectedWhenAlive(const Alive& alive, double horizon) const {
  double expected = 0;
  for (int j = 0; j < p_.k; ++j) {
    if (alive.weights[j] == 0) continue;
    expected += alive.weights[j] * ExpectedOver(alive.shape + j, alive.scale, horizon, j, p_, alive.stay);
  }
  return expected;
}

double BgCnbd::ExpectedTransactions(const PurchaseHistory& history, double horizon) const {
  return PAlive(history) * ExpectedWhenAlive(WhenAlive(history), horizon);
}

double BgCnbd::NoneWhenAlive(const Alive& alive, double horizon) const {
  const double u = horizon / (alive.scale + horizon);
  const double log_none = -std::log1p(horizon / alive.scale);
  double none = 0;
  for (int j = 0; j < p_.k; ++j) {
    double term = std::exp((alive.shape + j) * log_none), fewer = 0;
    for (int m = 0; m < p_.k - j; ++m) {
      fewer += term;
      term *= (alive.shape + j + m) / (m + 1) * u;
    }
    none += alive.weights[j] * fewer;
  }
  return std::min(none, 1.0);
}

double BgCnbd::ProbabilityOfNone(const PurchaseHistory& history, double horizon) const {
  const double alive = PAlive(history);
  return 1 - alive * (1 - NoneWhenAlive(WhenAlive(history), horizon));
}

double BgCnbd::ProbabilityOfRepeats(int64_t repeats, double age) const {
  const auto n = static_cast<double>(repeats);
  const bool from_first = p_.first_dropout == FirstDropout::kAfterFirstTransaction;
  const int64_t stays = from_first ? repeats : repeats - 1;  // before the last transaction's own chance to leave
  double log_stays = 0;
  for (int64_t i = 0; i < stays; ++i) log_stays -= std::log1p(p_.a / (p_.b + static_cast<double>(i)));
  const double last_chance = stays < 0 ? 0 : p_.a / (p_.a + p_.b + static_cast<double>(stays));
  if (age <= 0) return repeats == 0 ? 1 : 0;
  const double log_u = std::log(age / (p_.alpha + age)), log_none = -std::log1p(age / p_.alpha);
  double exactly = 0;
  for (int j = 0; j < p_.k; ++j) exactly += std::exp(LogEvents(p_.k * n + j, p_.r, log_u, log_none));
  const double at_least = repeats == 0 ? 1 : boost::math::ibeta(p_.k * n, p_.r, age / (p_.alpha + age));
  // FHL 2005, eq. 8, with k events to a transaction.
  return std::exp(log_stays) * ((1 - last_chance) * exactly + last_chance * at_least);
}

double BgCnbd::DiscountedTransactions(const PurchaseHistory& history, double horizon, double rate) const {
  const Alive alive = WhenAlive(history);
  // FHL 2005, eq. 10, discounted. By parts: the expected count is smooth, its density has k-fold waves.
  const double at_end = std::exp(-rate * horizon) * ExpectedWhenAlive(alive, horizon);
  if (rate == 0) return PAlive(history) * at_end;
  const double before = IntegrateGraded({.end = horizon, .distance = alive.scale, .longest = 4 / rate}, [&](double t) {
    return rate * std::exp(-rate * t) * ExpectedWhenAlive(alive, t);
  });
  return PAlive(history) * (at_end + before);
}

double BgCnbd::NextTransactionQuantile(const PurchaseHistory& history, double probability) const {
  const Alive alive = WhenAlive(history);
  double low = 0, high = alive.scale;
  // The wait has a heavy tail; doubling ends where a double does.
  while (1 - NoneWhenAlive(alive, high) < probability && high < 1e300) high *= 2;
  for (int i = 0; i < 100 && high - low > 1e-12 * high; ++i) {
    const double middle = 0.5 * (low + high);
    (1 - NoneWhenAlive(alive, middle) < probability ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace rung::stats
