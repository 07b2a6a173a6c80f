// What goes into an order.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/generator/customer_plan.h"
#include "libs/generator/history.h"
#include "libs/generator/marketplace.h"
#include "libs/generator/prng.h"

namespace rung::generator {

/// Fills one customer's baskets, one after the other.
class BasketFiller {
 public:
  BasketFiller(const Marketplace& marketplace, const CustomerPlan& plan)
      : marketplace_(marketplace),
        plan_(plan),
        stream_(marketplace.options.seed, static_cast<uint64_t>(plan.index), Aspect::kBaskets) {}

  /// Appends the lines of one delivery, at least one, no SKU twice. `coupon_percent_off` comes off every line that
  /// isn't promoted anyway; 0: no coupon.
  void Fill(Day day, int coupon_percent_off, std::vector<LineDraft>& lines);

 private:
  int DrawLineCount();
  SkuIndex DrawSku(int week, int attempt);
  bool Suits(SkuIndex sku, Day day, const LineDraft* basket, const LineDraft* basket_end);
  LineDraft PriceLine(SkuIndex sku, Day day, int coupon_percent_off);
  int64_t DrawQuantityMilli(const Sku& sku, Day day);

  const Marketplace& marketplace_;
  const CustomerPlan& plan_;
  Stream stream_;
};

}  // namespace rung::generator
