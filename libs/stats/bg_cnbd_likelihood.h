// Log-likelihood of the BG/CNBD family over a grouped base, with its gradient.
#pragma once

#include <array>

#include "libs/stats/bg_cnbd.h"
#include "libs/stats/grouped_histories.h"

namespace rung::stats {

struct BgCnbdGradient {
  double r = 0;
  double alpha = 0;
  double a = 0;
  double b = 0;
};

/// Sum of the log-likelihoods of all customers; `gradient`, when wanted, takes its derivatives by the parameters
/// themselves. Runs on up to `threads` threads; the result doesn't depend on their number.
double LogLikelihood(const BgCnbdParameters& parameters, const GroupedHistories& base, BgCnbdGradient* gradient,
                     int threads = 1);

/// Logarithm of the odds of having left (FHL 2008, the second term of eq. 1 over the first) at the end of the observation, before the events since the last
/// transaction are looked at: log(drop / stay) + (r + k x) log((alpha + T) / (alpha + t_x)). -infinity when the customer can't have left.
double LogOddsOfDropout(const BgCnbdParameters& parameters, const PurchaseHistory& history);

}  // namespace rung::stats
