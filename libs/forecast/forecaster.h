// From a customer's facts and a fit to what the customer will do. Batch and real time come through here.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include "libs/features/code_book.h"
#include "libs/features/feature.h"
#include "libs/features/fitted.h"
#include "libs/forecast/base_fit.h"
#include "libs/stats/bg_cnbd.h"
#include "libs/stats/gamma_gamma.h"

namespace rung::forecast {

/// Room for growth, each 0 to 1; NaN: unknown.
struct PotentialParts {
  double categories = 0;    ///< of the reference's categories, those not bought yet
  double spend = 0;         ///< of the reference's spend, what is not reached yet
  double new_products = 0;  ///< share of new products, as a part of the reference's
};

/// Immutable; thread-safe.
class Forecaster {
 public:
  /// INVALID_ARGUMENT when a parameter can't be one. Segments that `codes` doesn't know are those of nobody.
  static absl::StatusOr<Forecaster> Create(BaseFit fit, const features::CodeBook& codes);

  const BaseFit& fit() const { return fit_; }

  /// The wanted features; the others, and all of a customer who has never ordered, stay missing. `values` needs the groups
  /// kSpendGroup and kCategoryGroup when potential_index is wanted; `segment` is the code of the customer's, -1: none.
  ///
  /// The models take logarithms and exponentials, which differ in their last bit between math libraries. So results are
  /// rounded to far more digits than they are worth and far fewer than a double has.
  void Evaluate(const CustomerFacts& facts, const features::FeatureValues& values, int32_t segment,
                features::FittedSet wanted, features::FittedValues& out) const;

  double PAlive(const CustomerFacts& facts) const;
  /// Expected order days within `days`.
  double ExpectedOrders(const CustomerFacts& facts, double days) const;
  /// Expected value of an order day, in fen. Missing in a base without values, and for a customer whose orders have no
  /// costs in a base that is valued by margin.
  double ValuePerOrder(const CustomerFacts& facts) const;
  PotentialParts Potential(const features::FeatureValues& values, int32_t segment) const;

 private:
  Forecaster(BaseFit fit, const stats::BgCnbd& orders, std::optional<stats::GammaGamma> spend,
             absl::flat_hash_map<int32_t, PotentialReference> references)
      : fit_(std::move(fit)), orders_(orders), spend_(std::move(spend)), references_(std::move(references)) {}

  bool Valued(const CustomerFacts& facts) const;
  double Ltv(const CustomerFacts& facts) const;

  BaseFit fit_;
  stats::BgCnbd orders_;
  std::optional<stats::GammaGamma> spend_;
  absl::flat_hash_map<int32_t, PotentialReference> references_;  // by code of the segment
};

}  // namespace rung::forecast
