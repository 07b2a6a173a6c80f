#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <thread>

#include <fmt/format.h>

#include "libs/base/status.h"
#include "libs/stats/bg_cnbd_fit.h"
#include "libs/stats/pareto_nbd.h"
#include "tools/rungctl/commands.h"
#include "tools/rungctl/errors.h"
#include "tools/rungctl/stats_labels.h"
#include "tools/rungctl/stats_tables.h"
#include "tools/rungctl/unused_lines.h"
#include "tools/rungctl/values.h"

namespace rung::ctl {
namespace {

using stats::CustomerSummary;

using Values = std::span<const double>;  // of the parameters, as the estimate has them

struct Fitted {
  std::unique_ptr<stats::CustomerModel> model;
  std::function<std::unique_ptr<stats::CustomerModel>(Values)> with;
  FitReport report;
};

template <typename Fit>
void Take(Fit fit, Fitted& fitted) {
  using Model = decltype(fit.model);
  fitted.model = std::make_unique<Model>(fit.model);
  fitted.report.estimate = fit.estimate;
  fitted.with = [fit = std::move(fit)](Values values) { return std::make_unique<Model>(fit.With(values)); };
}

int Threads() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

absl::StatusOr<Fitted> FitModel(const std::string& name, const stats::GroupedHistories& base) {
  Fitted fitted;
  fitted.report.model = name;
  if (name == "pareto-nbd") {
    RUNG_ASSIGN_OR_RETURN(stats::ParetoNbdFit fit, stats::FitParetoNbd(base));
    Take(std::move(fit), fitted);
    return fitted;
  }
  stats::BgCnbdFitOptions options;
  options.threads = Threads();
  options.with_dropout = name != "nbd";
  if (name == "bg-nbd") options.first_dropout = stats::FirstDropout::kAfterFirstRepeat;
  if (name == "mbg-cnbd") {
    RUNG_ASSIGN_OR_RETURN(stats::RegularityFit fit, stats::FitRegularity(base, stats::kMaxRegularity, options));
    fitted.report.log_likelihoods = std::move(fit.log_likelihoods);
    fitted.report.k = fit.best.model.parameters().k;
    Take(std::move(fit.best), fitted);
    return fitted;
  }
  RUNG_ASSIGN_OR_RETURN(stats::BgCnbdFit fit, stats::FitBgCnbd(base, 1, options));
  Take(std::move(fit), fitted);
  return fitted;
}

// The product of two forecasts whose fits know nothing of each other: variances of logarithms add up.
stats::Interval IntervalOfProduct(double a, const stats::Interval& of_a, double b, const stats::Interval& of_b) {
  const auto reach = [](double upper_a, double upper_b) { return std::exp(std::hypot(std::log(upper_a), std::log(upper_b))); };
  return {a * b / reach(a / of_a.lower, b / of_b.lower), a * b * reach(of_a.upper / a, of_b.upper / b)};
}

ForecastIntervals IntervalsOf(const Fitted& fitted, const stats::SpendForecast& spend, const CustomerSummary& customer, double horizon, double rate) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const stats::Estimate& estimate = fitted.report.estimate;
  ForecastIntervals intervals;
  intervals.p_alive = stats::PredictionInterval(estimate, stats::Scale::kProbability,
                                                [&](Values values) { return fitted.with(values)->PAlive(customer.history); });
  const auto transactions = [&](const stats::CustomerModel& model) {
    return rate > 0 ? model.DiscountedTransactions(customer.history, horizon, rate) : model.ExpectedTransactions(customer.history, horizon);
  };
  intervals.transactions =
      stats::PredictionInterval(estimate, stats::Scale::kPositive, [&](Values values) { return transactions(*fitted.with(values)); });
  intervals.value_per_transaction = intervals.value = {kNaN, kNaN};
  if (const auto& fit = spend.gamma_gamma()) {
    intervals.value_per_transaction = stats::PredictionInterval(fit->estimate, stats::Scale::kPositive, [&](Values values) {
      return fit->With(values).ExpectedSpend({customer.history.repeats, customer.mean_repeat_value(), customer.repeat_squares});
    });
    intervals.value = IntervalOfProduct(transactions(*fitted.model), intervals.transactions, spend.PerTransaction(customer), intervals.value_per_transaction);
  }
  return intervals;
}

// The customers to list: those asked for, then the most valuable ones.
absl::StatusOr<std::vector<size_t>> Listed(const StatsFit& command, const PurchaseFile& file,
                                           const std::vector<CustomerSummary>& customers, const std::vector<double>& values) {
  std::vector<size_t> listed;
  for (const std::string& id : command.customer_ids) {
    const auto found = std::find_if(customers.begin(), customers.end(), [&](const CustomerSummary& customer) {
      return file.customer_ids[static_cast<size_t>(customer.customer)] == id;
    });
    if (found == customers.end()) return NotFoundError("--customer: \"{}\" has no purchase in {}", id, command.source.file);
    listed.push_back(static_cast<size_t>(found - customers.begin()));
  }
  std::vector<size_t> order(customers.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const size_t wanted = std::min(order.size(), static_cast<size_t>(command.list));
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(wanted), order.end(),
                    [&](size_t a, size_t b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
  listed.insert(listed.end(), order.begin(), order.begin() + static_cast<std::ptrdiff_t>(wanted));
  return listed;
}

// A file of which no line is a purchase says nothing, and why is worth knowing.
absl::StatusOr<PurchaseFile> ReadSome(const PurchaseSource& source) {
  RUNG_ASSIGN_OR_RETURN(PurchaseFile file, ReadPurchases(source));
  if (!file.purchases.empty()) return file;
  UnusedLines unused;
  for (size_t i = 0; i < kSkipReasonCount; ++i) {
    unused.Add(LabelOf(static_cast<SkipReason>(i)).in(Language::kEnglish), file.skipped[i].count, file.skipped[i].first_line);
  }
  return FailedPreconditionError("{}: none of the {} lines is a purchase{}", source.file, FormatCount(file.lines_read), unused.text());
}

absl::StatusOr<std::string> Fit(const StatsFit& command, Session& session) {
  RUNG_ASSIGN_OR_RETURN(PurchaseFile file, ReadSome(command.source));
  const Day as_of = command.source.until_date.empty() ? file.last_day : *ParseDay(command.source.until_date);
  const stats::Period period{as_of, as_of};
  RUNG_ASSIGN_OR_RETURN(const std::vector<CustomerSummary> customers, stats::Summarise(file.purchases, period));
  stats::HistoryGrouper grouper;
  for (const CustomerSummary& customer : customers) RUNG_RETURN_IF_ERROR(grouper.Add(customer.history));
  const stats::GroupedHistories base = std::move(grouper).Finish();
  RUNG_ASSIGN_OR_RETURN(Fitted fitted, FitModel(command.model, base));
  const stats::SpendForecast spend = stats::SpendForecast::Fit(customers);

  const double discount_per_day = std::log1p(command.discount_percent / 100) / 365;
  FitReport& report = fitted.report;
  report.discount_percent = command.discount_percent;
  report.as_of = as_of;
  report.horizon_days = command.horizon_days;
  report.distinct_histories = static_cast<int64_t>(base.groups.size());
  report.spend = spend.gamma_gamma();
  report.spend_note = spend.why_not();
  if (const auto regularity = stats::WheatMorrisonRegularity(file.purchases, as_of); regularity.ok()) report.regularity = *regularity;
  std::vector<double> values;
  for (const CustomerSummary& customer : customers) {
    const stats::LifetimeValue value = stats::ExpectedValue(*fitted.model, spend, customer, period, command.horizon_days, discount_per_day);
    report.expected_alive += value.p_alive;
    report.expected_transactions += value.transactions;
    report.expected_value += value.value;
    values.push_back(value.value);
  }
  RUNG_ASSIGN_OR_RETURN(const std::vector<size_t> listed, Listed(command, file, customers, values));
  const double base_gap = stats::BaseGapDays(customers);
  std::vector<CustomerRow> rows;
  for (size_t place = 0; place < listed.size(); ++place) {
    const CustomerSummary& customer = customers[listed[place]];
    const auto value = stats::ExpectedValue(*fitted.model, spend, customer, period, command.horizon_days, discount_per_day);
    rows.push_back({file.customer_ids[static_cast<size_t>(customer.customer)], customer, value,
                    stats::ExpectedNextOrder(*fitted.model, customer, period),
                    stats::AssessChurn(stats::FactsOf(customer, period, value.p_alive, base_gap)), std::nullopt});
    if (place < command.customer_ids.size()) rows.back().intervals = IntervalsOf(fitted, spend, customer, command.horizon_days / period.days_per_unit, discount_per_day * period.days_per_unit);
  }
  return session.options.json ? FitJson(file, report, rows) : FitTables(file, report, rows, session.options.language);
}

absl::StatusOr<std::string> Evaluate(const StatsEvaluate& command, Session& session) {
  RUNG_ASSIGN_OR_RETURN(PurchaseFile file, ReadSome(command.source));
  stats::HoldoutPlan plan;
  plan.last_day = command.source.until_date.empty() ? file.last_day : *ParseDay(command.source.until_date);
  plan.horizon_days = command.horizon_days;
  plan.folds = command.folds;
  plan.step_days = command.step_days;
  plan.with_pareto_nbd = command.with_pareto_nbd;
  plan.threads = Threads();
  RUNG_ASSIGN_OR_RETURN(const stats::HoldoutReport report, stats::EvaluateRolling(file.purchases, plan));
  return session.options.json ? EvaluationJson(file, report) : EvaluationTables(file, report, session.options.language);
}

int Print(const absl::StatusOr<std::string>& text) {
  if (!text.ok()) return FailLocally(text.status());
  fmt::print("{}", *text);
  return kExitOk;
}

}  // namespace

int Run(const StatsFit& command, Session& session) {
  if (command.store) return FitStoredBase(command, session);
  return Print(Fit(command, session));
}

int Run(const StatsEvaluate& command, Session& session) { return Print(Evaluate(command, session)); }

}  // namespace rung::ctl
