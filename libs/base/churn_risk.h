// How likely a customer is to leave, as outlooks and the watch list have it.
#pragma once

#include <cstdint>
#include <string_view>

namespace rung {

enum class ChurnRisk : uint8_t { kNone, kWatch, kHigh, kLost };

/// "none", "watch", "high", "lost".
constexpr std::string_view Name(ChurnRisk risk) {
  switch (risk) {
    case ChurnRisk::kNone: return "none";
    case ChurnRisk::kWatch: return "watch";
    case ChurnRisk::kHigh: return "high";
    case ChurnRisk::kLost: return "lost";
  }
  return "";
}

}  // namespace rung
