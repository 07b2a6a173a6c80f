// How good the fit would have been on the base's own past: rolling holdouts over a sample of its customers.
//
// States hold the last year, so the holdouts lie within it: the models see what came before within the same window.
#pragma once

#include <vector>

#include <absl/status/statusor.h>

#include "libs/forecast/base_fit.h"
#include "libs/forecast/customer_facts.h"
#include "libs/stats/rolling_holdout.h"

namespace rung::forecast {

/// At most so many customers are looked at; more than that makes no figure surer.
inline constexpr int64_t kSampleWanted = 20'000;

/// Order days of sampled customers. One per thread.
class HoldoutSample {
 public:
  /// `customer`: any number; equal for one customer.
  void Add(int64_t customer, const CustomerFacts& facts);
  void Merge(HoldoutSample&& other);
  int64_t customers() const { return customers_; }

  /// Three holdouts of 91 days, each 28 days earlier. FAILED_PRECONDITION when there is nobody to fit to in one of them.
  /// `churn`: whose warnings are counted.
  absl::StatusOr<stats::HoldoutReport> Evaluate(Day as_of, ValueKind kind, stats::ChurnMeasure churn, int threads) const;

 private:
  struct SampledDay {
    int64_t customer;
    OrderDay day;
  };
  std::vector<SampledDay> days_;
  int64_t customers_ = 0;
};

/// The methods that did best: a baseline where it beats the model in every figure that its forecast is used for. Orders:
/// error and total; value: the share of the best tenth and fifth that it finds (and for the rate the total, too). Churn: recency
/// where its AUC is ahead of the joined rule's by the metric's margin.
Methods BestMethods(const stats::HoldoutReport& report);

}  // namespace rung::forecast
