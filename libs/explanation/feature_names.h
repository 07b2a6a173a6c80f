// What features and the presets' dimensions are called in sentences.
#pragma once

#include <string>
#include <string_view>

namespace rung::explanation {

/// A sentence or a name in both languages.
struct Text {
  std::string en;
  std::string zh;

  bool operator==(const Text&) const = default;
};

/// "net_spend_365d" -> "net spend over 365 days", "近365天净采购额". A name that isn't known stays as it is.
Text FeatureName(std::string_view feature);

/// "spend" -> "spend", "消费". A name that isn't known stays as it is.
Text DimensionName(std::string_view dimension);

/// When a feature has no value: "fewer than 2 orders", "订单少于2张".
Text WhyMissing(std::string_view feature);

}  // namespace rung::explanation
