// What one customer's history says of each SKU that it bought: the material of buy-again.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/recommend/history.h"

namespace rung::recommend {

/// Each basket further back counts for so much less: the decay of the published baseline.
inline constexpr double kBasketDecay = 0.8;
/// kBasketDecay to the power of `baskets`.
double DecayAfter(int32_t baskets);

struct PersonalItem {
  int32_t sku = 0;
  int32_t baskets = 0;             ///< that hold it
  int32_t baskets_since = 0;       ///< bought after the last one that holds it
  Day first_day = 0;
  Day last_day = 0;
  double decayed = 0;              ///< sum of kBasketDecay^(baskets since) over the baskets that hold it
  int32_t usual_quantity_milli = 0;  ///< lower median over those baskets
  int8_t weekday = -1;             ///< 0 Monday to 6 Sunday, when at least 3 and 70 % of the baskets that hold it fall on it; else -1
};

struct PersonalHistory {
  std::vector<PersonalItem> items;  ///< by SKU
  int32_t baskets = 0;
  int64_t lines = 0;
  int64_t first_time_lines = 0;     ///< lines of SKUs that weren't bought before, without the first basket's
  Day first_day = 0;
  Day last_day = 0;
  double median_gap_days = 0;       ///< between baskets; 0 with fewer than two

  /// nullptr when the SKU was never bought.
  const PersonalItem* Find(int32_t sku) const;
};

/// 0 Monday to 6 Sunday.
int8_t WeekdayOf(Day day);

PersonalHistory Collect(const PurchaseHistory& history, int32_t customer);

}  // namespace rung::recommend
