// What the whole base's history says of each SKU.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/recommend/history.h"

namespace rung::recommend {

/// Immutable.
class ItemFacts {
 public:
  explicit ItemFacts(const PurchaseHistory& history);

  int32_t skus() const { return static_cast<int32_t>(repeat_rate_.size()); }
  /// Baskets with it, of all time.
  int32_t baskets(int32_t sku) const;
  /// Baskets with it in the `days` days before `today`. Never looks at `today` or later: an evaluation that asks for a past
  /// day must not see what was popular after it.
  int32_t Recent(int32_t sku, Day today, int32_t days) const;
  /// Days since it was first bought, at least 0; -1 when that is not before `today`.
  int32_t Age(int32_t sku, Day today) const;
  /// Probability that a customer who has bought it buys it in a later basket, shrunk to the base's.
  double repeat_rate(int32_t sku) const { return repeat_rate_[static_cast<size_t>(sku)]; }

  /// The `most` best by Recent(), best first; of equal ones the lower number. Those nobody bought in the window are left out.
  std::vector<int32_t> Popular(Day today, int32_t days, size_t most) const;

 private:
  std::vector<size_t> start_{0};
  std::vector<Day> days_;  // of the baskets of each SKU, ascending
  std::vector<double> repeat_rate_;
};

}  // namespace rung::recommend
