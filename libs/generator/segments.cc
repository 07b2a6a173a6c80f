#include "libs/generator/segments.h"

namespace rung::generator {
namespace {

// Goods are ordered in the evening for the next morning: canteens, which cook from Monday to Friday, order from
// Sunday to Thursday.
constexpr std::array<SegmentProfile, kSegmentCount> kProfiles = {{
    {"restaurant", 52, 3000, 1000, 200, {10, 9, 10, 14, 15, 13, 8},
     {20, 14, 4, 1, 14, 9, 6, 8, 5, 5, 8, 6, 4, 12, 6, 4}},
    {"hotpot", 10, 4200, 1300, 200, {8, 8, 10, 14, 16, 14, 8},
     {22, 14, 3, 1, 8, 6, 18, 8, 10, 3, 12, 3, 3, 12, 16, 8}},
    {"canteen", 9, 6500, 3500, 650, {15, 15, 15, 15, 3, 2, 15},
     {22, 18, 9, 0, 16, 14, 4, 7, 2, 10, 10, 12, 7, 8, 6, 2}},
    {"hotel", 6, 5500, 2200, 550, {10, 10, 12, 14, 14, 10, 8},
     {14, 8, 12, 10, 9, 8, 10, 10, 12, 6, 4, 4, 3, 8, 4, 8}},
    {"shop", 23, 3500, 900, 100, {12, 10, 12, 12, 14, 12, 10},
     {18, 14, 24, 10, 6, 4, 2, 3, 2, 9, 6, 5, 3, 4, 4, 10}},
}};

constexpr int kTotalWeight = [] {
  int total = 0;
  for (const SegmentProfile& profile : kProfiles) total += profile.customer_weight;
  return total;
}();

constexpr std::array<int, kSegmentCount> kCategoryWeights = [] {
  std::array<int, kSegmentCount> totals{};
  for (int s = 0; s < kSegmentCount; ++s) {
    for (const int16_t weight : kProfiles[s].categories) totals[s] += weight;
  }
  return totals;
}();

}  // namespace

const SegmentProfile& ProfileOf(Segment segment) { return kProfiles[static_cast<int>(segment)]; }

Segment DrawSegment(Stream& stream) {
  int64_t rest = stream.Below(kTotalWeight);
  int index = 0;
  while (rest >= kProfiles[index].customer_weight) rest -= kProfiles[index++].customer_weight;
  return static_cast<Segment>(index);
}

int DrawCategory(Segment segment, Stream& stream) {
  const auto& weights = ProfileOf(segment).categories;
  int64_t rest = stream.Below(kCategoryWeights[static_cast<int>(segment)]);
  int category = 0;
  while (rest >= weights[category]) rest -= weights[category++];
  return category;
}

}  // namespace rung::generator
