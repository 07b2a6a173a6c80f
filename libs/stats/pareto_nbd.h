// Pareto/NBD: Poisson transactions at rate lambda ~ Gamma(r, alpha) until an exponential end at rate mu ~ Gamma(s, beta).
//
//   Schmittlein, Morrison, Colombo, "Counting Your Customers: Who Are They and What Will They Do Next?", Management
//   Science 33 (1987)
//   Fader, Hardie, "A Note on Deriving the Pareto/NBD Model and Related Expressions" (2005), below FH 2005
//   Fader, Hardie, "Deriving an Expression for P(X(t)=x) Under the Pareto/NBD Model" (2006, revised 2020), below FH 2020
//   Fader, Hardie, "Deriving the Conditional PMF of the Pareto/NBD Model" (2014), below FH 2014
//   Fader, Hardie, Lee, "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", JMR 42 (2005), below FHL 2005
#pragma once

#include <absl/status/statusor.h>

#include "libs/stats/customer_model.h"
#include "libs/stats/estimate.h"
#include "libs/stats/grouped_histories.h"

namespace rung::stats {

struct ParetoNbdParameters {
  double r = 1;      ///< shape of the rates, > 0
  double alpha = 1;  ///< rate of the rates, in units of time, > 0
  double s = 1;      ///< shape of the ends, > 0
  double beta = 1;   ///< rate of the ends, in units of time, > 0
};

class ParetoNbd final : public CustomerModel {
 public:
  /// INVALID_ARGUMENT that names the parameter.
  static absl::StatusOr<ParetoNbd> Create(const ParetoNbdParameters& parameters);

  const ParetoNbdParameters& parameters() const { return p_; }

  double LogLikelihood(const PurchaseHistory& history) const override;  // FH 2014, eq. 3
  double PAlive(const PurchaseHistory& history) const override;  // FH 2014, eq. 9
  double ExpectedTransactions(const PurchaseHistory& history, double horizon) const override;  // FH 2005, eq. 27 and 41
  double ProbabilityOfNone(const PurchaseHistory& history, double horizon) const override;  // FH 2014, eq. 16 with x* = 0
  double ProbabilityOfRepeats(int64_t repeats, double age) const override;  // FH 2020, eq. 16
  double DiscountedTransactions(const PurchaseHistory& history, double horizon, double rate) const override;  // FHL 2005, eq. 2 up to the horizon
  /// Of who hasn't left: the wait is exponential at a gamma-distributed rate, FH 2014, eq. 16 with x* = 0 as s goes to 0: the quantile of a Lomax
  /// distribution.
  double NextTransactionQuantile(const PurchaseHistory& history, double probability) const override;

  /// Discounted expected residual transactions: all that will ever come, at a continuous rate > 0 per unit of time
  /// (DERT: FHL 2005, eq. 2).
  double ResidualTransactions(const PurchaseHistory& history, double rate) const;

 private:
  explicit ParetoNbd(const ParetoNbdParameters& parameters) : p_(parameters) {}
  double DiscountedLifetime(double age, double horizon, double rate) const;

  ParetoNbdParameters p_;
};

struct ParetoNbdGradient {
  double r = 0;
  double alpha = 0;
  double s = 0;
  double beta = 0;
};

/// Sum of the log-likelihoods of all customers, and its derivatives by the parameters when wanted.
double LogLikelihood(const ParetoNbdParameters& parameters, const GroupedHistories& base, ParetoNbdGradient* gradient);

struct ParetoNbdFit {
  ParetoNbd model;
  Estimate estimate;  ///< r, alpha, s, beta

  ParetoNbd With(std::span<const double> values) const;
};

/// Says Boundary::kNobodyLeaves when dropout raises the log-likelihood by less than 0.01; the model is kept, with dropout
/// that hardly shows. FAILED_PRECONDITION when nobody has bought twice.
absl::StatusOr<ParetoNbdFit> FitParetoNbd(const GroupedHistories& base);

}  // namespace rung::stats
