// What `rungctl stats` prints.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/stats/churn.h"
#include "libs/stats/estimate.h"
#include "libs/stats/lifetime_value.h"
#include "libs/stats/rolling_holdout.h"
#include "tools/rungctl/language.h"
#include "tools/rungctl/purchase_file.h"

namespace rung::ctl {

/// A fit and what it says of the base.
struct FitReport {
  std::string model;
  int k = 1;
  stats::Estimate estimate;
  std::vector<double> log_likelihoods;  ///< by k; empty when k wasn't searched
  std::optional<double> regularity;     ///< Wheat and Morrison's
  Day as_of = 0;
  int horizon_days = 0;
  double discount_percent = 0;  ///< a year; orders and values are discounted by it
  int64_t distinct_histories = 0;
  std::string spend_note;  ///< why there is no Gamma-Gamma
  std::optional<stats::GammaGammaFit> spend;
  double expected_alive = 0;
  double expected_transactions = 0;
  double expected_value = 0;
};

/// 95 % intervals of one customer's forecasts: how well they are known, not what chance will make of them. NaN: none.
struct ForecastIntervals {
  stats::Interval p_alive;
  stats::Interval transactions;
  stats::Interval value_per_transaction;
  stats::Interval value;
};

/// One customer of the list.
struct CustomerRow {
  std::string id;
  stats::CustomerSummary summary;
  stats::LifetimeValue value;
  stats::NextOrder next;
  stats::ChurnAssessment churn;
  std::optional<ForecastIntervals> intervals;  ///< of those who were asked for by name
};

std::string FitTables(const PurchaseFile& file, const FitReport& report, const std::vector<CustomerRow>& customers,
                      Language language);
std::string FitJson(const PurchaseFile& file, const FitReport& report, const std::vector<CustomerRow>& customers);

/// Of one holdout, and how well the churn rule warned over several; empty without rows.
std::string CalibrationTable(const std::vector<stats::CalibrationRow>& rows, Language language);
std::string WarningTable(const std::vector<stats::WarningRow>& rows, Language language);

std::string EvaluationTables(const PurchaseFile& file, const stats::HoldoutReport& report, Language language);
std::string EvaluationJson(const PurchaseFile& file, const stats::HoldoutReport& report);

}  // namespace rung::ctl
