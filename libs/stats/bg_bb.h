// BG/BB: a customer has one opportunity to buy per period (a weekly delivery, a yearly gift), takes it with probability
// theta ~ Beta(alpha, beta) while alive, and leaves at the beginning of a period with probability
// omega ~ Beta(gamma, delta).
//
//   Fader, Hardie, Shang, "Customer-Base Analysis in a Discrete-Time Noncontractual Setting", Marketing Science 29
//   (2010), below FHS 2010
#pragma once

#include <cstdint>
#include <span>

#include <absl/status/statusor.h>

#include "libs/stats/estimate.h"

namespace rung::stats {

/// A bound on the sums over periods.
inline constexpr int32_t kMaxPeriods = 10'000;

struct PeriodHistory {
  int32_t transactions = 0;  ///< x: periods with a purchase
  int32_t last = 0;          ///< t_x: the last period with one, from 1; 0 exactly when transactions is 0
  int32_t periods = 0;       ///< n: opportunities so far, at most kMaxPeriods
  int64_t customers = 1;     ///< with this history
};

/// INVALID_ARGUMENT that names the field.
absl::Status Check(const PeriodHistory& history);

struct BgBbParameters {
  double alpha = 1;
  double beta = 1;
  double gamma = 1;
  double delta = 1;
};

class BgBb {
 public:
  /// INVALID_ARGUMENT that names the parameter.
  static absl::StatusOr<BgBb> Create(const BgBbParameters& parameters);

  const BgBbParameters& parameters() const { return p_; }

  /// Of one customer (FHS 2010, eq. 5).
  double LogLikelihood(const PeriodHistory& history) const;

  /// Probability that the customer is alive in period n + `ahead`, 1 being the next (FHS 2010, eq. A10).
  double PAlive(const PeriodHistory& history, int32_t ahead = 1) const;

  /// Expected transactions in the next `periods` (FHS 2010, eq. 13, as the sum over periods that it abbreviates: so
  /// gamma = 1 is no exception).
  double ExpectedTransactions(const PeriodHistory& history, int32_t periods) const;

  /// All future transactions, each discounted by 1 + rate per period, the next period by one (FHS 2010, eq. 14).
  /// rate > 0.
  double ResidualTransactions(const PeriodHistory& history, double rate) const;

 private:
  explicit BgBb(const BgBbParameters& parameters) : p_(parameters) {}

  BgBbParameters p_;
};

struct BgBbFit {
  BgBb model;
  Estimate estimate;  ///< alpha, beta, gamma, delta

  BgBb With(std::span<const double> values) const;
};

/// FAILED_PRECONDITION when nobody has bought; INVALID_ARGUMENT names the history that is wrong.
absl::StatusOr<BgBbFit> FitBgBb(std::span<const PeriodHistory> histories);

}  // namespace rung::stats
