// The SKUs on sale.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/day.h"
#include "libs/features/event.h"
#include "libs/generator/categories.h"
#include "libs/generator/prng.h"

namespace rung::generator {

/// Index into Catalogue::skus().
using SkuIndex = uint16_t;

struct Sku {
  std::string code;      ///< "LV-0031"
  std::string category;  ///< code of its category
  uint8_t category_index = 0;
  features::Unit unit = features::Unit::kPiece;
  int32_t price_fen = 0;      ///< usual price per kilogram or piece
  int32_t cost_permille = 0;  ///< cost as a share of the price
  Day listed_day = 0;         ///< first day on sale
};

/// 600 SKUs; about a fifth is listed after the span's first day or in the 60 days before it. Immutable once built.
class Catalogue {
 public:
  Catalogue(uint64_t seed, Day first_day, Day last_day);

  const std::vector<Sku>& skus() const { return skus_; }

  /// A SKU of the category; the first ones of each category sell best.
  SkuIndex DrawSku(int category, Stream& stream) const;

  /// The category's best seller. It is on sale on every day of the span.
  SkuIndex BestSeller(int category) const { return category_start_[category]; }

 private:
  std::vector<Sku> skus_;
  std::vector<SkuIndex> category_start_;  // one more than there are categories
};

}  // namespace rung::generator
