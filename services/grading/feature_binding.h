// The features that a model names, bound to where they come from.
#pragma once

#include <string>
#include <vector>

#include "libs/features/code_book.h"
#include "libs/features/customer_state.h"
#include "libs/features/feature.h"
#include "libs/features/fitted.h"

namespace rung::grading {

/// Built-in features, fitted ones and outside values by name. An outside value goes before a fitted feature of its name.
/// Immutable; thread-safe.
class FeatureBinding {
 public:
  FeatureBinding(const std::vector<std::string>& names, const features::CodeBook& codes);

  /// FeatureGroup bits that the built-in ones need.
  uint32_t groups() const { return groups_; }
  size_t size() const { return sources_.size(); }
  /// The fitted ones among them; without any, `fitted` below may be all missing.
  features::FittedSet fitted() const { return fitted_; }
  double Value(size_t index, const features::FeatureValues& values, const features::FittedValues& fitted,
               const features::CustomerState& state, Day as_of) const;
  std::vector<double> Values(const features::FeatureValues& values, const features::FittedValues& fitted,
                             const features::CustomerState& state, Day as_of) const;

 private:
  struct Source {
    const features::FeatureDefinition* built_in;  // or
    const features::FittedDefinition* fitted;     // and, before it,
    int32_t attribute;                            // an outside value; -1: nobody has ever reported it
  };
  std::vector<Source> sources_;
  uint32_t groups_ = 0;
  features::FittedSet fitted_ = 0;
};

/// The latest value of an outside fact as of a day; NaN when there is none.
double OutsideValueOf(const features::CustomerState& state, int32_t attribute, Day as_of);

/// Neither closed nor a test account.
bool IsOpen(const features::CustomerState& state, Day as_of);

/// Whether the customer belongs to the population: open, not a test account, with an effective order in 365 days.
bool IsMember(const features::FeatureValues& values, const features::CustomerState& state, Day as_of);

}  // namespace rung::grading
