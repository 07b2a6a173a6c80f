// What the customer-base models know of one customer: how often, how recently, since when.
#pragma once

#include <cstdint>

#include <absl/status/status.h>

namespace rung::stats {

/// More repeats than a customer makes in a lifetime; a bound on tables and sums.
inline constexpr int64_t kMaxRepeats = 1'000'000;

/// Sufficient statistics of one customer. Transactions of one day are one; the first isn't counted. Times are in one
/// unit of the caller's choice (weeks in the literature), measured from the first transaction.
struct PurchaseHistory {
  int64_t repeats = 0;     ///< x: transactions after the first, 0 to kMaxRepeats
  double recency = 0;      ///< t_x: time of the last transaction; 0 exactly when repeats is 0
  double age = 0;          ///< T: end of the observation, at least recency
  double log_gap_sum = 0;  ///< sum of the logarithms of the times between transactions; matters to models with k > 1
};

/// INVALID_ARGUMENT that names the field, when the history can't be one: NaN, negative, recency after age.
absl::Status Check(const PurchaseHistory& history);

}  // namespace rung::stats
