// What is known of the features' meaning beyond their values: for advice about models, never for scoring.
#pragma once

#include <string_view>

namespace rung::features {

struct Traits {
  /// Features of one family say the same about a customer on different scales; empty: a family of its own.
  std::string_view family;
  /// +1: more is better for the wholesaler; -1: less is; 0: neither.
  int direction = 0;
  /// For features that grow when a customer cuts one order into several: the feature that counts days instead.
  std::string_view by_days;
};

/// Traits of a feature by name; of an unknown one (an outside value) the default.
Traits TraitsOf(std::string_view feature);

}  // namespace rung::features
