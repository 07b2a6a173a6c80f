// What every customer-base model answers about a customer.
#pragma once

#include <limits>

#include "libs/stats/history.h"

namespace rung::stats {

/// A model with its parameters. Histories must have passed Check(); horizons are finite and at least 0, in the unit of the
/// histories. Nothing here is NaN then, however often a customer orders. Thread-safe.
class CustomerModel {
 public:
  virtual ~CustomerModel() = default;

  /// Logarithm of the probability density of the history. The default-constructed history has 0.
  virtual double LogLikelihood(const PurchaseHistory& history) const = 0;

  /// Probability that the customer hasn't left by the end of the observation.
  virtual double PAlive(const PurchaseHistory& history) const = 0;

  /// Expected transactions within `horizon` after the end of the observation. Of the default-constructed history: of a
  /// customer whose first transaction was just now.
  virtual double ExpectedTransactions(const PurchaseHistory& history, double horizon) const = 0;

  /// Probability of no transaction at all within `horizon` after the end of the observation.
  virtual double ProbabilityOfNone(const PurchaseHistory& history, double horizon) const = 0;

  /// Probability that a customer has made `repeats` transactions within `age` of its first one.
  virtual double ProbabilityOfRepeats(int64_t repeats, double age) const = 0;

  /// Expected transactions within `horizon`, each counted as exp(-rate * time until it).
  virtual double DiscountedTransactions(const PurchaseHistory& history, double horizon, double rate) const = 0;

  /// Time after the end of the observation by which the next transaction has come with `probability` (0 to 1, both
  /// excluded), provided that the customer is alive and stays.
  virtual double NextTransactionQuantile(const PurchaseHistory& history, double probability) const = 0;
};

}  // namespace rung::stats
