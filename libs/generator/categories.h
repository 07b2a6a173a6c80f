// The categories of goods: how many SKUs, at which prices, and when they are in season.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rung::generator {

inline constexpr int kCategoryCount = 16;

struct Category {
  std::string_view code;        ///< at most 15 bytes
  std::string_view sku_prefix;  ///< "LV"
  int32_t sku_count;
  int32_t weighed_permille;     ///< SKUs sold by kilogram; the others by piece
  int32_t price_low_fen;        ///< per kilogram or piece
  int32_t price_high_fen;
  int32_t cost_low_permille;    ///< cost as a share of the price
  int32_t cost_high_permille;
  int32_t quantity_milli;       ///< usual quantity of a line, in grams or thousandths of a piece
  int32_t winter_price_permille;///< how much dearer it is in January than on the yearly average
  int32_t volatility_permille;  ///< largest weekly move of the price
  std::array<int16_t, 12> demand_permille;  ///< January first; 1000 is the yearly average
};

const std::array<Category, kCategoryCount>& Categories();

/// How much of winter there is in a month (0: January): 1000 in January, -1000 in July.
int WinterPermille(int month);

}  // namespace rung::generator
