// A label: what ordering systems read of a customer on one ladder, in one 64-bit word.
//
//   bits 63-40 version | 39-24 day of the facts, since 2000-01-01 | 23-7 score in thousandths | 6-1 tier | 0 graded
//
// Words of one customer and ladder grow with every change, so the larger word is the newer label: caches keep the
// maximum, and an older label can never replace a newer one, in whatever order they arrive.
#pragma once

#include <algorithm>
#include <cstdint>

#include "libs/base/day.h"

namespace rung::labels {

inline constexpr Day kLabelEpoch = 10957;  ///< 2000-01-01
inline constexpr int kMaxTiers = 63;
inline constexpr uint32_t kMaxVersion = (1u << 24) - 1;

struct Label {
  bool graded = false;
  uint8_t tier = 0;         ///< the ladder's tier number, below kMaxTiers
  int32_t score_milli = 0;  ///< 0 to 100,000
  Day as_of = kLabelEpoch;  ///< 2000-01-01 to 2179-06-06
  uint32_t version = 0;     ///< up to kMaxVersion

  bool operator==(const Label&) const = default;
};

constexpr uint64_t Pack(const Label& label) {
  const auto day = static_cast<uint64_t>(std::clamp(label.as_of - kLabelEpoch, 0, 0xffff));
  return static_cast<uint64_t>(label.version) << 40 | day << 24 | static_cast<uint64_t>(label.score_milli) << 7 |
         static_cast<uint64_t>(label.tier) << 1 | (label.graded ? 1 : 0);
}

constexpr Label Unpack(uint64_t word) {
  return Label{(word & 1) != 0, static_cast<uint8_t>(word >> 1 & 0x3f), static_cast<int32_t>(word >> 7 & 0x1ffff),
               kLabelEpoch + static_cast<Day>(word >> 24 & 0xffff), static_cast<uint32_t>(word >> 40)};
}

}  // namespace rung::labels
