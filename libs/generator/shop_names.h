// Chinese names of restaurants, canteens and shops.
#pragma once

#include <string>
#include <string_view>

#include "libs/generator/prng.h"
#include "libs/generator/segments.h"

namespace rung::generator {

/// "老王记牛肉面馆", "第二实验小学食堂", "兴旺生鲜超市": of a kind that fits the segment. Not unique.
std::string DrawShopName(Segment segment, Stream& stream);

/// A road of no city in particular, "学院路".
std::string_view DrawRoad(Stream& stream);

}  // namespace rung::generator
