#include "libs/generator/market.h"

#include <algorithm>
#include <array>

namespace rung::generator {
namespace {

constexpr int kPromotedPermille = 70;
constexpr int kNewSkuPromotedPermille = 300;
constexpr int kNewDays = 60;
constexpr std::array<uint8_t, 8> kPercentOff = {5, 8, 10, 12, 15, 20, 25, 30};

bool IsNew(const Sku& sku, Day week_start) {
  return sku.listed_day <= week_start && sku.listed_day > week_start - kNewDays;
}

uint16_t DrawPricePermille(const Category& category, int month, Stream& stream) {
  const int64_t season = int64_t{category.winter_price_permille} * WinterPermille(month) / 1000;
  const int64_t move = stream.Between(-category.volatility_permille, category.volatility_permille);
  return static_cast<uint16_t>(std::max<int64_t>(500, 1000 + season + move));
}

}  // namespace

Market::Market(uint64_t seed, const Catalogue& catalogue, const TradeCalendar& calendar) {
  for (const Sku& sku : catalogue.skus()) usual_price_fen_.push_back(sku.price_fen);
  quotes_.reserve(usual_price_fen_.size() * static_cast<size_t>(calendar.week_count()));
  for (int week = 0; week < calendar.week_count(); ++week) {
    // A stream per week, named by its first day: two spans that start on the same day agree where they overlap.
    const Day week_start = calendar.first_day() + week * 7;
    Stream stream(seed, static_cast<uint64_t>(week_start), Aspect::kMarket);
    AddWeek(catalogue, week_start, calendar.MonthOf(week_start), stream);
  }
}

void Market::AddWeek(const Catalogue& catalogue, Day week_start, int month, Stream& stream) {
  for (size_t i = 0; i < catalogue.skus().size(); ++i) {
    const Sku& sku = catalogue.skus()[i];
    const bool is_new = IsNew(sku, week_start);
    const bool promoted = stream.Chance(is_new ? kNewSkuPromotedPermille : kPromotedPermille);
    const uint8_t percent_off = kPercentOff[stream.Below(kPercentOff.size())];
    const uint16_t price = DrawPricePermille(Categories()[sku.category_index], month, stream);
    const bool on_offer = promoted && sku.listed_day <= week_start;
    quotes_.push_back({price, on_offer ? percent_off : uint8_t{0}});
    if (on_offer) promoted_.push_back(static_cast<SkuIndex>(i));
    if (is_new) new_.push_back(static_cast<SkuIndex>(i));
  }
  if (promoted_.size() == promoted_start_.back()) {
    const SkuIndex fallback = catalogue.BestSeller(0);
    quotes_[quotes_.size() - catalogue.skus().size() + fallback].percent_off = kPercentOff[2];
    promoted_.push_back(fallback);
  }
  promoted_start_.push_back(promoted_.size());
  new_start_.push_back(new_.size());
}

}  // namespace rung::generator
