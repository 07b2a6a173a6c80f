#include "libs/generator/catalogue.h"

#include <fmt/format.h>

namespace rung::generator {
namespace {

constexpr int kNewSkuPermille = 250;
constexpr int kNewBeforeFirstDay = 60;      // days
constexpr int kYoungestOldSku = 120;        // days before the first day
constexpr int kOldestSku = 2200;            // days before the first day
constexpr int kAlwaysListedPerCategory = 5;  // so that no basket has to go without

Day DrawListedDay(Stream& stream, bool may_be_new, Day first_day, Day last_day) {
  if (may_be_new && stream.Chance(kNewSkuPermille)) {
    return static_cast<Day>(stream.Between(first_day - kNewBeforeFirstDay, last_day));
  }
  return static_cast<Day>(first_day - stream.Between(kYoungestOldSku, kOldestSku));
}

// Prices end in a round tenth of a yuan, as they do on the market.
int32_t DrawPrice(Stream& stream, const Category& category) {
  const int64_t span = category.price_high_fen - category.price_low_fen;
  const int64_t skewed = stream.Below(span) * stream.Below(span) / span;
  return static_cast<int32_t>((category.price_low_fen + skewed) / 10 * 10);
}

}  // namespace

Catalogue::Catalogue(uint64_t seed, Day first_day, Day last_day) {
  Stream stream(seed, 0, Aspect::kCatalogue);
  for (int c = 0; c < kCategoryCount; ++c) {
    const Category& category = Categories()[c];
    category_start_.push_back(static_cast<SkuIndex>(skus_.size()));
    for (int i = 0; i < category.sku_count; ++i) {
      Sku sku;
      sku.code = fmt::format("{}-{:04d}", category.sku_prefix, i + 1);
      sku.category = std::string(category.code);
      sku.category_index = static_cast<uint8_t>(c);
      sku.unit = stream.Chance(category.weighed_permille) ? features::Unit::kKilogram : features::Unit::kPiece;
      sku.price_fen = DrawPrice(stream, category);
      sku.cost_permille =
          static_cast<int32_t>(stream.Between(category.cost_low_permille, category.cost_high_permille));
      sku.listed_day = DrawListedDay(stream, i >= kAlwaysListedPerCategory, first_day, last_day);
      skus_.push_back(std::move(sku));
    }
  }
  category_start_.push_back(static_cast<SkuIndex>(skus_.size()));
}

SkuIndex Catalogue::DrawSku(int category, Stream& stream) const {
  const int64_t start = category_start_[category];
  const int64_t count = category_start_[category + 1] - start;
  return static_cast<SkuIndex>(start + stream.Below(count) * stream.Below(count) / count);
}

}  // namespace rung::generator
