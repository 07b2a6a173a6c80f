// The cities the wholesaler serves.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "libs/generator/prng.h"

namespace rung::generator {

struct Region {
  std::string_view code;          ///< "wuhan"
  std::string_view name;          ///< "武汉市"
  int32_t customer_weight;        ///< share of the base, relative to the other regions
  int32_t volume_permille;        ///< order quantities against the average region
  int32_t price_permille;         ///< price level against the average region
  std::string_view manager_code;  ///< prefix of its account managers, "am-wh-"
  std::array<std::string_view, 6> districts;
};

std::span<const Region> Regions();

/// Index into Regions(), drawn by customer weight.
int DrawRegion(Stream& stream);

}  // namespace rung::generator
