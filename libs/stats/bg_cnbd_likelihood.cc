#include "libs/stats/bg_cnbd_likelihood.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "libs/stats/log_space.h"

namespace rung::stats {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// With u = (T - t_x) / (alpha + T), R = r + k x and Q = sum over j < k of (R)_j / j! u^j, the likelihood of a history
// (FHL 2008, eq. 1, for k = 1 and the BG; Reutterer et al. 2021, as BTYDplus has it in xbgcnbd.LL) is
//
//   prod(gaps)^(k-1) / (k-1)!^x * (r)_kx alpha^r (alpha + T)^-R * P(stays each time) * (Q + e^z)
//
// where e^z = drop / stay * ((alpha + T) / (alpha + t_x))^R: the last transaction was either followed by no other within
// T - t_x (Q), or it was the end.
//
// Ratios of gamma functions are sums over integers: no two large logarithms are subtracted, and no digamma is needed.

// What depends on x alone.
struct CountTerms {
  double shape = 0;      // R
  double constant = 0;   // log of (r)_kx alpha^r P(stays) / (k-1)!^x, and its derivatives
  BgCnbdGradient slope;
  double log_odds = kNever;  // log(drop / stay)
  double odds_a = 0, odds_b = 0;
};

struct TimeTerms {
  double log = 0;      // log(alpha + t)
  double inverse = 0;  // 1 / (alpha + t)
};

// Transactions after which a customer may have left without having done so: with MBG the first counts, and the last
// one as well.
int64_t ChancesToLeave(const BgCnbdParameters& p, int64_t repeats) {
  return p.first_dropout == FirstDropout::kAfterFirstTransaction ? repeats + 1 : repeats;
}

// log(drop / stay) after the last transaction; stay is the probability to stay once more.
double LogDropOdds(const BgCnbdParameters& p, int64_t chances) {
  return chances == 0 || p.a == 0 ? kNever : std::log(p.a / (p.b + static_cast<double>(chances - 1)));
}

std::vector<CountTerms> TermsByCount(const BgCnbdParameters& p, const std::vector<int64_t>& counts) {
  std::vector<CountTerms> terms;
  terms.reserve(counts.size());
  const double log_k_factorial = LogGamma(static_cast<double>(p.k));
  CountTerms sum;  // prefix sums over Poisson events and over chances to leave
  sum.constant = p.r * std::log(p.alpha);
  sum.slope.r = std::log(p.alpha);
  sum.slope.alpha = p.r / p.alpha;
  int64_t events = 0, chances = 0;
  for (const int64_t count : counts) {
    for (; events < p.k * count; ++events) {
      const double rate = p.r + static_cast<double>(events);
      sum.constant += std::log(rate);
      sum.slope.r += 1 / rate;
    }
    for (const int64_t end = ChancesToLeave(p, count); chances < end; ++chances) {
      const double stay = p.b + static_cast<double>(chances), all = p.a + stay;
      sum.constant -= std::log1p(p.a / stay);
      sum.slope.a -= 1 / all;
      sum.slope.b += p.a / (stay * all);
    }
    CountTerms term = sum;
    term.shape = p.r + static_cast<double>(p.k * count);
    term.constant -= static_cast<double>(count) * log_k_factorial;
    term.log_odds = LogDropOdds(p, chances);
    if (term.log_odds != kNever) {
      term.odds_a = 1 / p.a;
      term.odds_b = -1 / (p.b + static_cast<double>(chances - 1));
    }
    terms.push_back(term);
  }
  return terms;
}

std::vector<TimeTerms> TermsByTime(double alpha, const std::vector<double>& times) {
  std::vector<TimeTerms> terms;
  terms.reserve(times.size());
  for (const double time : times) terms.push_back({std::log(alpha + time), 1 / (alpha + time)});
  return terms;
}

struct Sums {
  double value = 0;
  BgCnbdGradient gradient;

  void operator+=(const Sums& other) {
    value += other.value;
    gradient.r += other.gradient.r;
    gradient.alpha += other.gradient.alpha;
    gradient.a += other.gradient.a;
    gradient.b += other.gradient.b;
  }
};

struct Tables {
  int k;
  const GroupedHistories& base;
  std::vector<CountTerms> counts;
  std::vector<TimeTerms> times;
};

// Q and its derivatives by R and by log u.
struct Pending {
  double q = 1, by_shape = 0, by_log_u = 0;

  Pending(int k, double shape, double u) {
    double term = 1, term_by_shape = 0;
    for (int j = 1; j < k; ++j) {
      term_by_shape = (term_by_shape * (shape + j - 1) + term) / j * u;
      term *= (shape + j - 1) / j * u;
      q += term;
      by_shape += term_by_shape;
      by_log_u += j * term;
    }
  }
};

template <bool kWithGradient>
Sums SumOver(const Tables& tables, size_t begin, size_t end) {
  Sums sums;
  for (size_t i = begin; i < end; ++i) {
    const GroupedHistories::Group& group = tables.base.groups[i];
    const CountTerms& count = tables.counts[group.repeats];
    const TimeTerms& last = tables.times[group.recency];
    const TimeTerms& now = tables.times[group.age];
    const auto weight = static_cast<double>(group.customers);
    const double silence = tables.base.time_values[group.age] - tables.base.time_values[group.recency];
    const double u = silence * now.inverse;
    const Pending pending(tables.k, count.shape, u);
    const double log_ratio = now.log - last.log;
    const double z = count.log_odds + count.shape * log_ratio;
    // log(Q + e^z), scaled by the larger of the two when e^z may overflow.
    const double scale = std::max(z, 0.0);
    const double left = std::exp(z - scale), alive = pending.q * std::exp(-scale);
    const double total = left + alive;
    sums.value += weight * (count.constant - count.shape * now.log + scale + std::log(total));
    if constexpr (kWithGradient) {
      const double p_left = left / total, per_q = std::exp(-scale) / total;
      sums.gradient.r += weight * (count.slope.r - now.log + per_q * pending.by_shape + p_left * log_ratio);
      sums.gradient.alpha += weight * (count.slope.alpha - count.shape * now.inverse - per_q * pending.by_log_u * now.inverse +
                                       p_left * count.shape * (now.inverse - last.inverse));
      sums.gradient.a += weight * (count.slope.a + p_left * count.odds_a);
      sums.gradient.b += weight * (count.slope.b + p_left * count.odds_b);
    }
  }
  return sums;
}

// Sums of fixed blocks, added in order: the same bits with any number of threads.
constexpr size_t kBlock = 16'384;

template <bool kWithGradient>
Sums SumOverAll(const Tables& tables, int threads) {
  const size_t size = tables.base.groups.size(), blocks = (size + kBlock - 1) / kBlock;
  std::vector<Sums> partial(blocks);
  const size_t workers = std::clamp<size_t>(static_cast<size_t>(std::max(threads, 1)), 1, std::max<size_t>(blocks, 1));
  const auto work = [&](size_t worker) {
    for (size_t block = worker; block < blocks; block += workers) {
      partial[block] = SumOver<kWithGradient>(tables, block * kBlock, std::min(size, (block + 1) * kBlock));
    }
  };
  std::vector<std::thread> others;
  for (size_t worker = 1; worker < workers; ++worker) others.emplace_back(work, worker);
  work(0);
  for (std::thread& other : others) other.join();
  Sums sums;
  for (const Sums& part : partial) sums += part;
  return sums;
}

}  // namespace

double LogLikelihood(const BgCnbdParameters& parameters, const GroupedHistories& base, BgCnbdGradient* gradient,
                     int threads) {
  const Tables tables{parameters.k, base, TermsByCount(parameters, base.repeat_values),
                      TermsByTime(parameters.alpha, base.time_values)};
  const Sums sums = gradient != nullptr ? SumOverAll<true>(tables, threads) : SumOverAll<false>(tables, threads);
  if (gradient != nullptr) *gradient = sums.gradient;
  return sums.value + (parameters.k - 1) * base.log_gap_sum;
}

double LogOddsOfDropout(const BgCnbdParameters& parameters, const PurchaseHistory& history) {
  const double log_odds = LogDropOdds(parameters, ChancesToLeave(parameters, history.repeats));
  const double shape = parameters.r + static_cast<double>(parameters.k * history.repeats);
  return log_odds + shape * std::log1p((history.age - history.recency) / (parameters.alpha + history.recency));
}

}  // namespace rung::stats
