// The kinds of business that buy, and what they buy.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "libs/generator/categories.h"
#include "libs/generator/prng.h"

namespace rung::generator {

enum class Segment : uint8_t { kRestaurant, kHotpot, kCanteen, kHotel, kShop };

inline constexpr int kSegmentCount = 5;

struct SegmentProfile {
  std::string_view code;             ///< "restaurant"
  int32_t customer_weight;           ///< share of the base, relative to the other segments
  int32_t lines_per_order_milli;     ///< typical, in thousandths
  int32_t quantity_permille;         ///< quantity of a line against the category's usual one
  int32_t credit_permille;           ///< customers on credit terms
  std::array<int16_t, 7> weekdays;   ///< weight of each weekday to order on, Monday first
  std::array<int16_t, kCategoryCount> categories;  ///< weight of each category, in the order of Categories()
};

const SegmentProfile& ProfileOf(Segment segment);

Segment DrawSegment(Stream& stream);

/// Index into Categories(), drawn by what the segment buys.
int DrawCategory(Segment segment, Stream& stream);

}  // namespace rung::generator
