// From dated purchases to what the models need of each customer, with a holdout to test them on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/day.h"
#include "libs/stats/history.h"

namespace rung::stats {

struct Purchase {
  int64_t customer = 0;  ///< any number; equal for one customer
  Day day = 0;
  double value = 0;  ///< what it brought: net spend or margin
};

/// What is known of each customer at the end of `calibration_end`, and what it did until the end of `holdout_end`.
struct Period {
  Day calibration_end = 0;
  Day holdout_end = 0;       ///< equal to calibration_end: no holdout
  double days_per_unit = 7;  ///< of the histories' times; the literature uses weeks

  double horizon() const { return (holdout_end - calibration_end) / days_per_unit; }
};

/// Purchases of one day are one transaction.
struct CustomerSummary {
  int64_t customer = 0;
  PurchaseHistory history;
  Day first_day = 0;
  Day last_day = 0;
  double first_value = 0;    ///< of the first transaction
  double repeat_value = 0;   ///< sum over the transactions after the first
  double repeat_squares = 0;  ///< of their squared values
  double median_gap = 0;     ///< days between transactions; 0: none
  int64_t holdout_transactions = 0;
  double holdout_value = 0;

  /// Mean value of a repeat transaction; 0 without one.
  double mean_repeat_value() const {
    return history.repeats == 0 ? 0 : repeat_value / static_cast<double>(history.repeats);
  }
};

/// One entry per customer with a purchase until calibration_end, in ascending order of customers. Purchases after
/// holdout_end don't count. Puts `purchases` in order. INVALID_ARGUMENT for a period that ends before it begins, a
/// value that isn't a number, or more than kMaxRepeats transactions of a customer.
absl::StatusOr<std::vector<CustomerSummary>> Summarise(std::vector<Purchase>& purchases, const Period& period);

/// Shape of the times between transactions, 1 when they are exponential: from each customer's last two,
/// M = t2 / (t1 + t2) ~ Beta(k, k), k = (1 - 4 Var M) / (8 Var M) (Wheat, Morrison, "Estimating purchase regularity
/// with two interpurchase times", Journal of Marketing Research 27, 1990). Transactions until `last` count.
/// FAILED_PRECONDITION when fewer than two customers have three transactions, or all M are equal.
absl::StatusOr<double> WheatMorrisonRegularity(std::vector<Purchase>& purchases, Day last);

}  // namespace rung::stats
