#include "libs/forecast/holdout_sample.h"

#include <algorithm>

namespace rung::forecast {
namespace {

constexpr int kHorizonDays = 91, kStepDays = 28, kFolds = 3;

bool Beats(const stats::HoldoutReport& report, std::string_view baseline, std::initializer_list<std::string_view> metrics) {
  return std::all_of(metrics.begin(), metrics.end(), [&](std::string_view metric) {
    return std::any_of(report.wins.begin(), report.wins.end(),
                       [&](const stats::BaselineWin& win) { return win.metric == metric && win.baseline == baseline; });
  });
}

double AucOf(const stats::HoldoutReport& report, std::string_view method) {
  const auto found = std::find_if(report.methods.begin(), report.methods.end(), [&](const stats::MethodScore& score) { return score.name == method; });
  return found == report.methods.end() ? stats::HoldoutMetrics::kNone : found->metrics.auc;
}

double Margin(std::string_view metric) {
  const auto all = stats::HoldoutMetricDefinitions();
  return std::find_if(all.begin(), all.end(), [&](const stats::MetricDefinition& one) { return one.name == metric; })->margin;
}

}  // namespace

void HoldoutSample::Add(int64_t customer, const CustomerFacts& facts) {
  if (facts.days.empty()) return;
  ++customers_;
  for (const OrderDay& day : facts.days) days_.push_back({customer, day});
}

void HoldoutSample::Merge(HoldoutSample&& other) {
  days_.insert(days_.end(), other.days_.begin(), other.days_.end());
  customers_ += other.customers_;
  other = {};
}

absl::StatusOr<stats::HoldoutReport> HoldoutSample::Evaluate(Day as_of, ValueKind kind, stats::ChurnMeasure churn, int threads) const {
  std::vector<stats::Purchase> purchases;
  purchases.reserve(days_.size());
  for (const SampledDay& sampled : days_) {
    // A day without a margin counts as an order day that brings nothing; bases are mostly with costs or mostly without.
    const features::Fen value = kind == ValueKind::kMargin ? (sampled.day.margin_known ? sampled.day.margin : 0) : sampled.day.net;
    purchases.push_back({sampled.customer, sampled.day.day, static_cast<double>(value) / kSpendUnit});
  }
  return stats::EvaluateRolling(
      purchases, {.last_day = as_of, .horizon_days = kHorizonDays, .folds = kFolds, .step_days = kStepDays, .threads = threads, .churn_measure = churn});
}

Methods BestMethods(const stats::HoldoutReport& report) {
  Methods best;
  if (Beats(report, "rate", {"mean_absolute_error", "total_ratio"})) best.orders = Method::kRate;
  if (Beats(report, "rate", {"top_tenth_capture", "top_fifth_capture", "value_ratio"})) {
    best.value = Method::kRate;
  } else if (Beats(report, "past-spend", {"top_tenth_capture", "top_fifth_capture"})) {
    best.value = Method::kPast;
  }
  if (AucOf(report, "recency") > AucOf(report, "churn-rule") + Margin("auc")) best.churn = stats::ChurnMeasure::kRecency;
  return best;
}

}  // namespace rung::forecast
