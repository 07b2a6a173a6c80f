#include "libs/stats/rolling_holdout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "libs/base/status.h"
#include "libs/stats/correlation.h"
#include "libs/stats/lifetime_value.h"
#include "libs/stats/pareto_nbd.h"

namespace rung::stats {
namespace {

using Column = std::vector<double>;

// What one method says of every customer; empty where it says nothing.
struct Forecasts {
  Column transactions;
  Column value;        // in money
  Column value_score;  // for ranking alone
  Column activity;     // for ranking alone: more is likelier to buy
  Column probability;  // to buy at all
};

struct Truth {
  Column transactions;
  Column value;
  std::vector<uint8_t> buys;
};

Truth TruthOf(std::span<const CustomerSummary> customers) {
  Truth truth;
  for (const CustomerSummary& customer : customers) {
    truth.transactions.push_back(static_cast<double>(customer.holdout_transactions));
    truth.value.push_back(customer.holdout_value);
    truth.buys.push_back(customer.holdout_transactions > 0 ? 1 : 0);
  }
  return truth;
}

HoldoutMetrics Measure(const Forecasts& forecasts, const Truth& truth) {
  HoldoutMetrics metrics;
  if (!forecasts.transactions.empty()) {
    metrics.mean_absolute_error = MeanAbsoluteError(forecasts.transactions, truth.transactions);
    metrics.total_ratio = TotalRatio(forecasts.transactions, truth.transactions);
    metrics.correlation = PearsonCorrelation(forecasts.transactions, truth.transactions);
    metrics.spearman = SpearmanCorrelation(forecasts.transactions, truth.transactions);
  }
  if (!forecasts.value.empty()) metrics.value_ratio = TotalRatio(forecasts.value, truth.value);
  if (const Column& score = forecasts.value_score.empty() ? forecasts.value : forecasts.value_score; !score.empty()) {
    metrics.value_correlation = PearsonCorrelation(score, truth.value);
    metrics.value_spearman = SpearmanCorrelation(score, truth.value);
    metrics.top_tenth_capture = CaptureOfTop(score, truth.value, 0.1);
    metrics.top_fifth_capture = CaptureOfTop(score, truth.value, 0.2);
  }
  if (const Column& score = forecasts.activity.empty() ? forecasts.probability : forecasts.activity; !score.empty()) {
    metrics.auc = AreaUnderCurve(score, truth.buys);
  }
  if (!forecasts.probability.empty()) metrics.brier = BrierScore(forecasts.probability, truth.buys);
  return metrics;
}

Forecasts OfModel(const CustomerModel& model, const SpendForecast& spend, std::span<const CustomerSummary> customers,
                  double horizon) {
  Forecasts forecasts;
  for (const CustomerSummary& customer : customers) {
    const double transactions = model.ExpectedTransactions(customer.history, horizon);
    forecasts.transactions.push_back(transactions);
    forecasts.value.push_back(transactions * spend.PerTransaction(customer));
    forecasts.probability.push_back(1 - model.ProbabilityOfNone(customer.history, horizon));
  }
  return forecasts;
}

// The rate so far goes on. A customer's first transaction counts in its value and not in its rate; nobody is taken to be
// younger than one unit of time, or a single day's order would be repeated every day.
Forecasts OfRate(std::span<const CustomerSummary> customers, double horizon) {
  Forecasts forecasts;
  for (const CustomerSummary& customer : customers) {
    const PurchaseHistory& history = customer.history;
    const double rate = history.age > 0 ? static_cast<double>(history.repeats) / history.age : 0;
    forecasts.transactions.push_back(rate * horizon);
    forecasts.value.push_back((customer.first_value + customer.repeat_value) / std::max(history.age, 1.0) * horizon);
    forecasts.probability.push_back(-std::expm1(-rate * horizon));
  }
  return forecasts;
}

Forecasts OfPastSpend(std::span<const CustomerSummary> customers) {
  Forecasts forecasts;
  for (const CustomerSummary& customer : customers) {
    forecasts.value_score.push_back(customer.first_value + customer.repeat_value);
  }
  return forecasts;
}

Forecasts OfRecency(std::span<const CustomerSummary> customers) {
  Forecasts forecasts;
  for (const CustomerSummary& customer : customers) forecasts.activity.push_back(customer.last_day);
  return forecasts;
}

void AddChurnSignals(const CustomerModel& model, std::span<const CustomerSummary> customers, const Period& period,
                     const HoldoutPlan& plan, const Truth& truth, FoldReport& report) {
  Forecasts alive, retention;
  for (const ChurnRisk risk : {ChurnRisk::kNone, ChurnRisk::kWatch, ChurnRisk::kHigh, ChurnRisk::kLost}) report.warnings.push_back({risk});
  const double base_gap = BaseGapDays(customers);
  for (const CustomerSummary& customer : customers) {
    alive.activity.push_back(model.PAlive(customer.history));
    const ChurnFacts facts = FactsOf(customer, period, alive.activity.back(), base_gap);
    retention.activity.push_back(AssessChurn(facts).retention);
    WarningRow& row = report.warnings[static_cast<size_t>(AssessChurn(facts, {.measure = plan.churn_measure}).risk)];
    ++row.customers;
    if (customer.holdout_transactions == 0) ++row.gone;
  }
  report.methods.push_back({"churn-rule", MethodKind::kChurnSignal, Measure(retention, truth)});
  report.methods.push_back({"p-alive", MethodKind::kChurnSignal, Measure(alive, truth)});
}

constexpr MetricDefinition kMetrics[] = {
    {"mean_absolute_error", &HoldoutMetrics::mean_absolute_error, Better::kLower, 0.005},
    {"total_ratio", &HoldoutMetrics::total_ratio, Better::kNearOne, 0.01},
    {"correlation", &HoldoutMetrics::correlation, Better::kHigher, 0.01},
    {"spearman", &HoldoutMetrics::spearman, Better::kHigher, 0.01},
    {"value_ratio", &HoldoutMetrics::value_ratio, Better::kNearOne, 0.01},
    {"value_correlation", &HoldoutMetrics::value_correlation, Better::kHigher, 0.01},
    {"value_spearman", &HoldoutMetrics::value_spearman, Better::kHigher, 0.01},
    {"top_tenth_capture", &HoldoutMetrics::top_tenth_capture, Better::kHigher, 0.01},
    {"top_fifth_capture", &HoldoutMetrics::top_fifth_capture, Better::kHigher, 0.01},
    {"auc", &HoldoutMetrics::auc, Better::kHigher, 0.01},
    {"brier", &HoldoutMetrics::brier, Better::kLower, 0.005},
};

// By how much `a` is better than `b`; NaN when either has no value.
double Lead(const MetricDefinition& metric, double a, double b) {
  switch (metric.better) {
    case Better::kLower: return b - a;
    case Better::kHigher: return a - b;
    case Better::kNearOne: return std::abs(b - 1) - std::abs(a - 1);
  }
  return 0;
}

std::vector<MethodScore> Means(const std::vector<FoldReport>& folds) {
  std::vector<MethodScore> means = folds[0].methods;
  for (size_t i = 0; i < means.size(); ++i) {
    for (const MetricDefinition& metric : kMetrics) {
      double sum = 0, count = 0;
      for (const FoldReport& fold : folds) {
        const double value = fold.methods[i].metrics.*metric.value;
        if (std::isnan(value)) continue;  // of a holdout in which everybody bought nobody can be told apart
        sum += value;
        count += 1;
      }
      means[i].metrics.*metric.value = count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return means;
}

std::vector<BaselineWin> Wins(const std::vector<MethodScore>& methods) {
  std::vector<BaselineWin> wins;
  const HoldoutMetrics& model = methods[0].metrics;
  for (const MetricDefinition& metric : kMetrics) {
    for (const MethodScore& method : methods) {
      const double value = method.metrics.*metric.value;
      if (method.kind == MethodKind::kBaseline && Lead(metric, value, model.*metric.value) > metric.margin) {
        wins.push_back({metric.name, method.name, model.*metric.value, value});
      }
    }
  }
  return wins;
}

absl::Status Check(const HoldoutPlan& plan) {
  if (plan.horizon_days < 1) return InvalidArgumentError("horizon_days: {} isn't 1 or more", plan.horizon_days);
  if (plan.folds < 1 || plan.folds > 100) return InvalidArgumentError("folds: {} isn't within 1 to 100", plan.folds);
  if (plan.step_days < 1) return InvalidArgumentError("step_days: {} isn't 1 or more", plan.step_days);
  return absl::OkStatus();
}

}  // namespace

std::span<const MetricDefinition> HoldoutMetricDefinitions() { return kMetrics; }

absl::StatusOr<FoldReport> EvaluateHoldout(std::span<const CustomerSummary> customers, const Period& period,
                                           const HoldoutPlan& plan) {
  HistoryGrouper grouper;
  for (const CustomerSummary& customer : customers) RUNG_RETURN_IF_ERROR(grouper.Add(customer.history));
  const GroupedHistories base = std::move(grouper).Finish();
  RUNG_ASSIGN_OR_RETURN(const RegularityFit fit, FitRegularity(base, plan.largest_regularity, {.threads = plan.threads}));
  const SpendForecast spend = SpendForecast::Fit(customers);
  const Truth truth = TruthOf(customers);
  const BgCnbd& model = fit.best.model;

  FoldReport report;
  report.period = period;
  report.customers = base.customers;
  report.buyers = std::count(truth.buys.begin(), truth.buys.end(), 1);
  for (const CustomerSummary& customer : customers) {
    report.transactions += customer.holdout_transactions;
    report.value += customer.holdout_value;
  }
  report.k = model.parameters().k;
  report.estimate = fit.best.estimate;
  report.spend_note = spend.why_not();
  const Forecasts forecasts = OfModel(model, spend, customers, period.horizon());
  report.calibration = CalibrationTable(forecasts.probability, truth.buys);
  report.methods.push_back({"mbg-cnbd", MethodKind::kModel, Measure(forecasts, truth)});
  if (plan.with_pareto_nbd) {
    RUNG_ASSIGN_OR_RETURN(const ParetoNbdFit pareto, FitParetoNbd(base));
    report.methods.push_back(
        {"pareto-nbd", MethodKind::kModel, Measure(OfModel(pareto.model, spend, customers, period.horizon()), truth)});
  }
  report.methods.push_back({"rate", MethodKind::kBaseline, Measure(OfRate(customers, period.horizon()), truth)});
  report.methods.push_back({"past-spend", MethodKind::kBaseline, Measure(OfPastSpend(customers), truth)});
  report.methods.push_back({"recency", MethodKind::kBaseline, Measure(OfRecency(customers), truth)});
  AddChurnSignals(model, customers, period, plan, truth, report);
  return report;
}

absl::StatusOr<HoldoutReport> EvaluateRolling(std::vector<Purchase>& purchases, const HoldoutPlan& plan) {
  RUNG_RETURN_IF_ERROR(Check(plan));
  HoldoutReport report;
  for (int i = 0; i < plan.folds; ++i) {
    const Day end = plan.last_day - i * plan.step_days;
    const Period period{end - plan.horizon_days, end, plan.days_per_unit};
    RUNG_ASSIGN_OR_RETURN(const auto customers, Summarise(purchases, period));
    auto fold = EvaluateHoldout(customers, period, plan);
    if (!fold.ok()) {
      return FailedPreconditionError("the holdout from {} to {}: {} (known until {}); a shorter horizon or fewer holdouts need less history",
                                     FormatDay(period.calibration_end + 1), FormatDay(end), Message(fold.status()), FormatDay(period.calibration_end));
    }
    report.folds.push_back(*std::move(fold));
  }
  report.methods = Means(report.folds);
  report.wins = Wins(report.methods);
  return report;
}

}  // namespace rung::stats
