// Gamma-Gamma: what a customer spends per transaction, when that doesn't depend on how often it buys.
//
// Values of transactions are Gamma(p, nu) with nu ~ Gamma(q, v) across customers.
//
//   Fader, Hardie, "The Gamma-Gamma Model of Monetary Value" (2013), below FH 2013
//   Colombo, Jiang, "A stochastic RFM model", Journal of Interactive Marketing 13 (1999)
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include <absl/status/statusor.h>

#include "libs/stats/estimate.h"

namespace rung::stats {

/// One customer's transactions and their mean value, in one unit of money.
struct SpendHistory {
  int64_t transactions = 0;
  double mean = 0;     ///< above 0 when there are transactions
  double squares = 0;  ///< sum of the squared values; 0: not known
};

struct GammaGammaParameters {
  double p = 1;  ///< shape of a customer's values, > 0
  double q = 2;  ///< shape across customers, > 0; the mean is finite only above 1
  double v = 1;  ///< scale across customers, in money, > 0
};

class GammaGamma {
 public:
  /// INVALID_ARGUMENT that names the parameter.
  static absl::StatusOr<GammaGamma> Create(const GammaGammaParameters& parameters);

  const GammaGammaParameters& parameters() const { return p_; }

  /// Logarithm of the density of the mean (FH 2013, eq. 1a); 0 without transactions.
  double LogLikelihood(const SpendHistory& history) const;

  /// Expected value of a future transaction, given those seen (FH 2013, eq. 5): between the population's mean and the
  /// customer's. Infinite when p x + q <= 1: then no mean exists.
  double ExpectedSpend(const SpendHistory& history) const;

 private:
  explicit GammaGamma(const GammaGammaParameters& parameters) : p_(parameters) {}

  GammaGammaParameters p_;
};

struct GammaGammaFit {
  GammaGamma model;
  Estimate estimate;           ///< p, q, v; Boundary::kInfiniteMean when q <= 1
  int64_t spenders = 0;        ///< with transactions of value above 0: the fit rests on them
  double correlation = 0;      ///< Pearson's, of transactions and mean values
  bool correlated = false;     ///< that correlation isn't negligible: the model's assumption fails
  /// Coefficient of variation of one customer's values, pooled over customers with two and more; the model says 1 / sqrt(p). NaN where
  /// squares aren't known.
  double variation = std::numeric_limits<double>::quiet_NaN();

  GammaGamma With(std::span<const double> values) const;
};

/// Above this correlation of frequency and spend, in absolute value, the Gamma-Gamma isn't believed: its expectations would be
/// too low for those who buy often and spend much, and too high for the rest.
inline constexpr double kMaxSpendCorrelation = 0.3;

/// The model sees means alone. In a base in which all have about as many transactions it can't tell differences between customers from
/// chance within them, and may call everything chance: believed no more when it says so many times the variation that was seen.
inline constexpr double kMostVariationRatio = 2;

/// Customers without transactions, or with a mean that isn't above 0, are left out: they have no gamma density. For repeat
/// buyers, give repeat transactions. FAILED_PRECONDITION when fewer than two remain or all means are equal;
/// INVALID_ARGUMENT for NaN and negative counts.
absl::StatusOr<GammaGammaFit> FitGammaGamma(std::span<const SpendHistory> histories);

/// Why a fit isn't to be used for forecasts: its assumption fails, or its mean doesn't exist. Empty when it is.
std::string WhyNotBelieved(const GammaGammaFit& fit);

}  // namespace rung::stats
