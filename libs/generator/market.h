// Weekly prices and promotions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libs/generator/catalogue.h"
#include "libs/generator/trade_calendar.h"

namespace rung::generator {

/// What each SKU costs in each week of the span, and which are promoted. Immutable once built.
class Market {
 public:
  Market(uint64_t seed, const Catalogue& catalogue, const TradeCalendar& calendar);

  /// Price in fen per kilogram or piece, at least 1, at a region's price level.
  int64_t PriceFen(SkuIndex sku, int week, int region_price_permille) const {
    const int64_t price = int64_t{usual_price_fen_[sku]} * quote(sku, week).price_permille * region_price_permille;
    return price < 1'000'000 ? 1 : DivideRoundHalfUp(price, 1'000'000);
  }

  /// 0 when the SKU isn't promoted in that week; else 5 to 30.
  int PercentOff(SkuIndex sku, int week) const { return quote(sku, week).percent_off; }

  /// SKUs promoted in that week; never empty.
  std::span<const SkuIndex> Promoted(int week) const {
    return {promoted_.data() + promoted_start_[week], promoted_.data() + promoted_start_[week + 1]};
  }

  /// SKUs listed in the 60 days up to the start of that week; may be empty.
  std::span<const SkuIndex> NewlyListed(int week) const {
    return {new_.data() + new_start_[week], new_.data() + new_start_[week + 1]};
  }

 private:
  struct Quote {
    uint16_t price_permille;  // of the usual price
    uint8_t percent_off;
  };

  const Quote& quote(SkuIndex sku, int week) const { return quotes_[week * usual_price_fen_.size() + sku]; }

  void AddWeek(const Catalogue& catalogue, Day week_start, int month, Stream& stream);

  std::vector<int32_t> usual_price_fen_;  // by SKU
  std::vector<Quote> quotes_;             // by week, then SKU
  std::vector<SkuIndex> promoted_;
  std::vector<size_t> promoted_start_{0};  // by week, and one more
  std::vector<SkuIndex> new_;
  std::vector<size_t> new_start_{0};  // by week, and one more
};

}  // namespace rung::generator
