// sBG: how long contracts last when each is ended at every renewal with its own probability ~ Beta(alpha, beta).
//
//   Fader, Hardie, "How to Project Customer Retention", Journal of Interactive Marketing 21 (2007), below FH 2007
//   Fader, Hardie, "Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring Heterogeneity", Marketing
//   Science 29 (2010), below FH 2010
#pragma once

#include <cstdint>
#include <span>

#include <absl/status/statusor.h>

#include "libs/stats/estimate.h"

namespace rung::stats {

struct SbgParameters {
  double alpha = 1;
  double beta = 1;
};

class ShiftedBetaGeometric {
 public:
  /// INVALID_ARGUMENT that names the parameter.
  static absl::StatusOr<ShiftedBetaGeometric> Create(const SbgParameters& parameters);

  const SbgParameters& parameters() const { return p_; }

  /// Share of a cohort that is left after `renewals`, S(t) (FH 2007, eq. 6).
  double Survival(int32_t renewals) const;

  /// Share of those alive after `renewals` - 1 who renew once more, r(t) (FH 2007, eq. 8); renewals >= 1. It rises with time:
  /// who is likely to leave has left.
  double Retention(int32_t renewals) const;

  /// Expected future renewals of a customer who has renewed `renewals` times and is about to decide, each discounted by
  /// 1 + rate per period, the one at hand not at all (FH 2010, eq. 6: discounted expected residual lifetime, DERL). rate > 0.
  double ResidualLifetime(int32_t renewals, double rate) const;

 private:
  explicit ShiftedBetaGeometric(const SbgParameters& parameters) : p_(parameters) {}

  SbgParameters p_;
};

struct SbgFit {
  ShiftedBetaGeometric model;
  Estimate estimate;  ///< alpha, beta

  ShiftedBetaGeometric With(std::span<const double> values) const;
};

/// From the customers of a cohort who are alive at its start and after each renewal. INVALID_ARGUMENT when the numbers rise
/// or are fewer than two; FAILED_PRECONDITION when nobody has left.
absl::StatusOr<SbgFit> FitShiftedBetaGeometric(std::span<const int64_t> alive);

}  // namespace rung::stats
