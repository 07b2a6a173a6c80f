// Maximum-likelihood fits of the BG/CNBD family.
#pragma once

#include <vector>

#include <absl/status/statusor.h>

#include "libs/stats/bg_cnbd.h"
#include "libs/stats/estimate.h"
#include "libs/stats/grouped_histories.h"

namespace rung::stats {

struct BgCnbdFitOptions {
  FirstDropout first_dropout = FirstDropout::kAfterFirstTransaction;
  bool with_dropout = true;  ///< false: a = 0, for k = 1 the NBD
  int threads = 1;
};

struct BgCnbdFit {
  BgCnbd model;
  Estimate estimate;  ///< r, alpha, a, b; without dropout r, alpha

  /// The model with these parameters in the order of the estimate, for PredictionInterval().
  BgCnbd With(std::span<const double> values) const;
};

/// A base in which nobody leaves (dropout raises the log-likelihood by less than 0.01) gives the model without dropout and
/// says Boundary::kNobodyLeaves. FAILED_PRECONDITION when nobody has bought twice; INVALID_ARGUMENT for k.
absl::StatusOr<BgCnbdFit> FitBgCnbd(const GroupedHistories& base, int k, const BgCnbdFitOptions& options = {});

struct RegularityFit {
  BgCnbdFit best;
  std::vector<double> log_likelihoods;  ///< of k = 1, 2, … as far as tried
};

/// The k whose likelihood is largest: k rises from 1 until the likelihood falls, to `largest` at most, where
/// Boundary::kRegularityLimit says that the end may lie beyond. `base` needs its log_gap_sum.
absl::StatusOr<RegularityFit> FitRegularity(const GroupedHistories& base, int largest = kMaxRegularity,
                                            const BgCnbdFitOptions& options = {});

}  // namespace rung::stats
