#include "libs/stats/bg_cnbd_fit.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/base/status.h"
#include "libs/stats/bg_cnbd_likelihood.h"

namespace rung::stats {
namespace {

constexpr std::string_view kNames[] = {"r", "alpha", "a", "b"};
// A gain by dropout below this can't be told from none.
constexpr double kNoGain = 0.01;

BgCnbdParameters FromLogs(BgCnbdParameters parameters, std::span<const double> logs) {
  parameters.r = std::exp(logs[0]);
  parameters.alpha = std::exp(logs[1]);
  if (logs.size() == 2) {
    parameters.a = 0;
    parameters.b = 1;
  } else {
    parameters.a = std::exp(logs[2]);
    parameters.b = std::exp(logs[3]);
  }
  return parameters;
}

Objective PerCustomer(const GroupedHistories& base, const BgCnbdParameters& fixed, int threads) {
  return [&base, fixed, threads](std::span<const double> point, std::span<double> gradient) {
    const BgCnbdParameters p = FromLogs(fixed, point);
    const auto n = static_cast<double>(base.customers);
    BgCnbdGradient slope;
    const double value = LogLikelihood(p, base, &slope, threads) / n;
    gradient[0] = slope.r * p.r / n;
    gradient[1] = slope.alpha * p.alpha / n;
    if (point.size() == 4) {
      gradient[2] = slope.a * p.a / n;
      gradient[3] = slope.b * p.b / n;
    }
    return value;
  };
}

// Rates of one per mean time between transactions, one customer in ten leaving after a transaction.
std::vector<double> Start(const GroupedHistories& base, int k, bool with_dropout) {
  double observed = 0;
  for (const auto& group : base.groups) {
    observed += base.time_values[group.repeats == 0 ? group.age : group.recency] * group.customers;
  }
  const double per_time = k * static_cast<double>(base.repeats_sum) / std::max(observed, 1e-300);
  std::vector<double> start = {0, -std::log(per_time)};
  if (with_dropout) start.insert(start.end(), {std::log(0.5), std::log(4.5)});
  return start;
}

absl::Status CheckBase(const GroupedHistories& base, int k) {
  if (k < 1 || k > kMaxRegularity) return InvalidArgumentError("k: {} isn't within 1 to {}", k, kMaxRegularity);
  if (base.customers == 0) return FailedPreconditionError("no customers to fit to");
  if (base.repeats_sum == 0) {
    return FailedPreconditionError("none of {} customers has bought on a second day: there are no rates to fit",
                                   base.customers);
  }
  return absl::OkStatus();
}

BgCnbdFit FitFrom(const GroupedHistories& base, const BgCnbdParameters& fixed, std::vector<double> start, int threads) {
  const Objective objective = PerCustomer(base, fixed, threads);
  const Optimum optimum = Maximise(objective, std::move(start), kLogParameterBox);
  const std::span<const std::string_view> names(kNames, optimum.point.size());
  const BgCnbdParameters p = FromLogs(fixed, optimum.point);
  BgCnbdFit fit{*BgCnbd::Create(p), MakeEstimate(objective, optimum, names, base.customers)};
  fit.estimate.AddIf(p.r > kEqualShape, Boundary::kEqualRates);
  fit.estimate.AddIf(p.a + p.b > kEqualShape, Boundary::kEqualDropout);
  fit.estimate.AddIf(fit.estimate.parameters.size() == 4 && p.a + p.b < kPolarShape, Boundary::kPolarDropout);
  AddSearchLimit(optimum, fit.estimate);
  return fit;
}

BgCnbdFit FitWithout(const GroupedHistories& base, const BgCnbdParameters& fixed, int threads) {
  return FitFrom(base, fixed, Start(base, fixed.k, false), threads);
}

BgCnbdFit PreferWithoutDropout(BgCnbdFit with, BgCnbdFit without) {
  if (with.estimate.log_likelihood - without.estimate.log_likelihood >= kNoGain) return with;
  without.estimate.evaluations += with.estimate.evaluations;
  without.estimate.boundaries.push_back(Boundary::kNobodyLeaves);
  return without;
}

}  // namespace

BgCnbd BgCnbdFit::With(std::span<const double> values) const {
  BgCnbdParameters p = model.parameters();
  p.r = values[0];
  p.alpha = values[1];
  if (values.size() == 4) {
    p.a = values[2];
    p.b = values[3];
  }
  return *BgCnbd::Create(p);
}

absl::StatusOr<BgCnbdFit> FitBgCnbd(const GroupedHistories& base, int k, const BgCnbdFitOptions& options) {
  RUNG_RETURN_IF_ERROR(CheckBase(base, k));
  BgCnbdParameters fixed;
  fixed.k = k;
  fixed.first_dropout = options.first_dropout;
  BgCnbdFit without = FitWithout(base, fixed, options.threads);
  if (!options.with_dropout) return without;
  return PreferWithoutDropout(FitFrom(base, fixed, Start(base, k, true), options.threads), std::move(without));
}

absl::StatusOr<RegularityFit> FitRegularity(const GroupedHistories& base, int largest, const BgCnbdFitOptions& options) {
  RUNG_RETURN_IF_ERROR(CheckBase(base, largest));
  BgCnbdParameters fixed;
  fixed.first_dropout = options.first_dropout;
  std::vector<double> start = Start(base, 1, options.with_dropout);
  std::vector<double> log_likelihoods;
  std::optional<BgCnbdFit> best;
  for (fixed.k = 1; fixed.k <= largest; ++fixed.k) {
    BgCnbdFit fit = FitFrom(base, fixed, start, options.threads);
    log_likelihoods.push_back(fit.estimate.log_likelihood);
    if (best && fit.estimate.log_likelihood <= best->estimate.log_likelihood) break;
    // The next k starts with the rates of this one, events (k + 1) / k times as often. Dropout starts anew: a k that is
    // too small takes silences for chance and finds that nobody leaves, from where no search comes back.
    start[0] = std::log(fit.estimate.parameters[0].value);
    start[1] = std::log(fit.estimate.parameters[1].value * fixed.k / (fixed.k + 1.0));
    best = std::move(fit);
  }
  if (options.with_dropout) {
    fixed.k = best->model.parameters().k;
    best = PreferWithoutDropout(*std::move(best), FitWithout(base, fixed, options.threads));
  }
  if (largest > 1 && best->model.parameters().k == largest) {
    best->estimate.boundaries.push_back(Boundary::kRegularityLimit);
  }
  return RegularityFit{*std::move(best), std::move(log_likelihoods)};
}

}  // namespace rung::stats
