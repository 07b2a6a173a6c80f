// How good the models would have been, at several days of the past, beside baselines that need no model.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/stats/bg_cnbd_fit.h"
#include "libs/stats/churn.h"
#include "libs/stats/forecast_quality.h"
#include "libs/stats/purchase_log.h"

namespace rung::stats {

/// NaN where a method makes no such forecast.
struct HoldoutMetrics {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

  // Transactions of the horizon.
  double mean_absolute_error = kNone;
  double total_ratio = kNone;
  double correlation = kNone;  ///< Pearson
  double spearman = kNone;
  // Value of the horizon.
  double value_ratio = kNone;
  double value_correlation = kNone;
  double value_spearman = kNone;
  double top_tenth_capture = kNone;
  double top_fifth_capture = kNone;
  // Whether the customer buys at all within the horizon.
  double auc = kNone;
  double brier = kNone;
};

enum class Better : uint8_t { kLower, kHigher, kNearOne };

struct MetricDefinition {
  std::string_view name;  ///< as in JSON: "mean_absolute_error"
  double HoldoutMetrics::*value;
  Better better;
  double margin;  ///< differences below this don't decide anything
};

std::span<const MetricDefinition> HoldoutMetricDefinitions();

enum class MethodKind : uint8_t { kModel, kBaseline, kChurnSignal };

struct MethodScore {
  std::string name;  ///< "mbg-cnbd", "pareto-nbd", "rate", "past-spend", "recency", "churn-rule", "p-alive"
  MethodKind kind = MethodKind::kModel;
  HoldoutMetrics metrics;
};

struct HoldoutPlan {
  Day last_day = 0;         ///< until which purchases are complete; the newest holdout ends there
  int horizon_days = 182;
  int folds = 3;            ///< as many holdouts, each step_days earlier
  int step_days = 28;
  double days_per_unit = 7;
  int largest_regularity = kMaxRegularity;
  bool with_pareto_nbd = false;  ///< slower: a quadrature per customer and evaluation
  int threads = 1;
  ChurnMeasure churn_measure = ChurnMeasure::kJoined;  ///< of the warnings; the joined rule and recency are measured anyway
};

/// How well the churn rule warned: of the customers at a risk, how many didn't buy within the holdout.
struct WarningRow {
  ChurnRisk risk = ChurnRisk::kNone;
  int64_t customers = 0;
  int64_t gone = 0;
};

struct FoldReport {
  Period period;
  int64_t customers = 0;
  int64_t buyers = 0;  ///< of them, who bought within the holdout
  int64_t transactions = 0;
  double value = 0;
  int k = 1;
  Estimate estimate;      ///< of MBG/CNBD-k
  std::string spend_note; ///< why the Gamma-Gamma isn't used; empty when it is
  std::vector<MethodScore> methods;
  std::vector<CalibrationRow> calibration;  ///< of MBG/CNBD-k's probability to buy
  std::vector<WarningRow> warnings;         ///< one for each risk, rising
};

/// A baseline that beats MBG/CNBD-k by more than the metric's margin, in the mean over the folds.
struct BaselineWin {
  std::string_view metric;
  std::string baseline;
  double model_value = 0;
  double baseline_value = 0;
};

struct HoldoutReport {
  std::vector<FoldReport> folds;     ///< newest first
  std::vector<MethodScore> methods;  ///< means over the folds
  std::vector<BaselineWin> wins;     ///< empty: no baseline is better at anything
};

/// One fold: fits on what was known at period.calibration_end, forecasts until period.holdout_end and compares.
absl::StatusOr<FoldReport> EvaluateHoldout(std::span<const CustomerSummary> customers, const Period& period,
                                           const HoldoutPlan& plan);

/// All folds of the plan. Puts `purchases` in order. FAILED_PRECONDITION names the fold that has nobody to fit to.
absl::StatusOr<HoldoutReport> EvaluateRolling(std::vector<Purchase>& purchases, const HoldoutPlan& plan);

}  // namespace rung::stats
