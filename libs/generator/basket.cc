#include "libs/generator/basket.h"

#include <algorithm>

#include "libs/generator/regions.h"

namespace rung::generator {
namespace {

constexpr int kLinesMax = 40;
constexpr int kAttempts = 7;           // to find a SKU that suits; then the basket has a line less
constexpr int kRepertoireAttempts = 3;  // after which it takes what it doesn't usually buy
constexpr int kTryNewPermille = 25;
constexpr int kExplorePermille = 60;

}  // namespace

void BasketFiller::Fill(Day day, int coupon_percent_off, std::vector<LineDraft>& lines) {
  const size_t start = lines.size();
  const int wanted = DrawLineCount();
  const int week = marketplace_.calendar.WeekOf(day);
  for (int i = 0; i < wanted; ++i) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const SkuIndex sku = DrawSku(week, attempt);
      if (!Suits(sku, day, lines.data() + start, lines.data() + lines.size())) continue;
      lines.push_back(PriceLine(sku, day, coupon_percent_off));
      break;
    }
  }
  if (lines.size() == start) {
    lines.push_back(PriceLine(marketplace_.catalogue.BestSeller(0), day, coupon_percent_off));
  }
}

// Between half and one and a half times the usual count; the fraction is rounded at random, so that the mean holds.
int BasketFiller::DrawLineCount() {
  const int64_t milli = plan_.lines_milli * stream_.Between(500, 1500) / 1000;
  return static_cast<int>(std::clamp<int64_t>((milli + stream_.Below(1000)) / 1000, 1, kLinesMax));
}

SkuIndex BasketFiller::DrawSku(int week, int attempt) {
  if (plan_.promotion_permille > 0 && stream_.Chance(plan_.promotion_permille)) {
    const auto promoted = marketplace_.market.Promoted(week);
    return promoted[stream_.Below(static_cast<int64_t>(promoted.size()))];
  }
  const int64_t mood = stream_.Below(1000);
  const auto newly_listed = marketplace_.market.NewlyListed(week);
  if (mood < kTryNewPermille && !newly_listed.empty()) {
    return newly_listed[stream_.Below(static_cast<int64_t>(newly_listed.size()))];
  }
  if (mood < kExplorePermille || attempt >= kRepertoireAttempts) {
    return marketplace_.catalogue.DrawSku(DrawCategory(plan_.segment, stream_), stream_);
  }
  // The smaller of two draws: favourites come first.
  const int64_t a = stream_.Below(plan_.repertoire_size);
  const int64_t b = stream_.Below(plan_.repertoire_size);
  return plan_.repertoire[std::min(a, b)];
}

bool BasketFiller::Suits(SkuIndex index, Day day, const LineDraft* basket, const LineDraft* basket_end) {
  const Sku& sku = marketplace_.catalogue.skus()[index];
  if (sku.listed_day > day) return false;
  const auto is_same = [index](const LineDraft& line) { return line.sku == index; };
  if (std::any_of(basket, basket_end, is_same)) return false;
  const int demand_permille = Categories()[sku.category_index].demand_permille[marketplace_.calendar.MonthOf(day)];
  return demand_permille >= 1000 || stream_.Chance(demand_permille);
}

LineDraft BasketFiller::PriceLine(SkuIndex index, Day day, int coupon_percent_off) {
  const Sku& sku = marketplace_.catalogue.skus()[index];
  const int week = marketplace_.calendar.WeekOf(day);
  const int64_t price_fen = marketplace_.market.PriceFen(index, week, Regions()[plan_.region].price_permille);
  const int promoted_percent_off = marketplace_.market.PercentOff(index, week);
  const int percent_off = promoted_percent_off > 0 ? promoted_percent_off : coupon_percent_off;
  LineDraft line;
  line.sku = index;
  line.quantity_milli = DrawQuantityMilli(sku, day);
  const int64_t gross = DivideRoundHalfUp(price_fen * line.quantity_milli, 1000);
  line.promotional_discount = DivideRoundHalfUp(gross * percent_off, 100);
  line.amount = gross - line.promotional_discount;
  line.cost = DivideRoundHalfUp(price_fen * sku.cost_permille * line.quantity_milli, 1'000'000);
  return line;
}

// At least a kilogram or a piece, so that the unit price can be told from the line.
int64_t BasketFiller::DrawQuantityMilli(const Sku& sku, Day day) {
  const int64_t usual_milli = int64_t{Categories()[sku.category_index].quantity_milli} * plan_.quantity_permille / 1000;
  const int64_t quantity_milli =
      usual_milli * stream_.Between(600, 1400) / 1000 * marketplace_.calendar.BasketPermille(day) / 1000;
  const int64_t step_milli = sku.unit == features::Unit::kKilogram ? 100 : 1000;
  return std::max<int64_t>(1000, DivideRoundHalfUp(quantity_milli, step_milli) * step_milli);
}

}  // namespace rung::generator
