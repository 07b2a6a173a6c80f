#include <cmath>

#include "libs/base/status.h"
#include "libs/stats/bg_cnbd_fit.h"
#include "libs/stats/pareto_nbd.h"

namespace rung::stats {
namespace {

constexpr std::string_view kNames[] = {"r", "alpha", "s", "beta"};
// A gain by dropout below this can't be told from none.
constexpr double kNoGain = 0.01;

ParetoNbdParameters FromLogs(std::span<const double> logs) {
  return {std::exp(logs[0]), std::exp(logs[1]), std::exp(logs[2]), std::exp(logs[3])};
}

}  // namespace

ParetoNbd ParetoNbdFit::With(std::span<const double> values) const {
  return *ParetoNbd::Create({values[0], values[1], values[2], values[3]});
}

absl::StatusOr<ParetoNbdFit> FitParetoNbd(const GroupedHistories& base) {
  // The NBD is where the Pareto/NBD ends when nobody leaves; its rates are where the search starts.
  RUNG_ASSIGN_OR_RETURN(const BgCnbdFit nbd, FitBgCnbd(base, 1, {.with_dropout = false}));
  const Objective objective = [&base](std::span<const double> point, std::span<double> gradient) {
    const ParetoNbdParameters p = FromLogs(point);
    const auto n = static_cast<double>(base.customers);
    ParetoNbdGradient slope;
    const double value = LogLikelihood(p, base, &slope) / n;
    gradient[0] = slope.r * p.r / n;
    gradient[1] = slope.alpha * p.alpha / n;
    gradient[2] = slope.s * p.s / n;
    gradient[3] = slope.beta * p.beta / n;
    return value;
  };
  const double longest = base.time_values.back();
  const std::vector<double> start = {std::log(nbd.model.parameters().r), std::log(nbd.model.parameters().alpha),
                                     std::log(0.5), std::log(0.5 * longest)};
  // Customers who never come back are taken for slow from the first start, for gone at once from the second.
  const double rate = static_cast<double>(base.repeats_sum) / longest / static_cast<double>(base.customers);
  const std::vector<double> gone_at_once = {0, -std::log(rate), std::log(0.1), std::log(1e-4 * longest)};
  const Optimum optimum = MaximiseFrom({start, gone_at_once}, objective, kLogParameterBox);
  const ParetoNbdParameters p = FromLogs(optimum.point);
  ParetoNbdFit fit{*ParetoNbd::Create(p), MakeEstimate(objective, optimum, kNames, base.customers)};
  fit.estimate.AddIf(fit.estimate.log_likelihood - nbd.estimate.log_likelihood < kNoGain, Boundary::kNobodyLeaves);
  fit.estimate.AddIf(p.r > kEqualShape, Boundary::kEqualRates);
  fit.estimate.AddIf(p.s > kEqualShape, Boundary::kEqualDropout);
  fit.estimate.AddIf(p.s < 1 && p.beta < kPolarShape * longest, Boundary::kPolarDropout);
  AddSearchLimit(optimum, fit.estimate);
  return fit;
}

}  // namespace rung::stats
