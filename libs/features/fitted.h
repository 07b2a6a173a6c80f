// Features that come from a fit to the whole base instead of from the customer's facts alone.
//
// Without a fit they are missing. A value of the same name that was supplied from outside takes their place.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "libs/features/feature.h"

namespace rung::features {

enum class Fitted : uint8_t { kPAlive, kExpectedOrders90d, kLtv365d, kNextOrderDays, kPotentialIndex, kCount };

inline constexpr size_t kFittedCount = static_cast<size_t>(Fitted::kCount);

struct FittedDefinition {
  Fitted fitted;
  std::string_view name;
  std::string_view unit;
  std::string_view formula;
  std::string_view missing;
};

/// All definitions, in the order of the enum.
std::span<const FittedDefinition> FittedDefinitions();

/// The definition of a name, or nullptr.
const FittedDefinition* FindFitted(std::string_view name);

/// Of built-in and fitted features alike. Anything else is an outside value: "" and "not reported".
std::string_view UnitOf(std::string_view name);
std::string_view WhyMissing(std::string_view name);

/// A set of fitted features.
using FittedSet = uint32_t;
inline constexpr FittedSet kAllFitted = (1u << kFittedCount) - 1;
constexpr FittedSet Only(Fitted fitted) { return 1u << static_cast<uint32_t>(fitted); }

/// One customer's; a missing one is NaN.
struct FittedValues {
  std::array<double, kFittedCount> values;

  FittedValues() { values.fill(kMissing); }
  double& operator[](Fitted fitted) { return values[static_cast<size_t>(fitted)]; }
  double operator[](Fitted fitted) const { return values[static_cast<size_t>(fitted)]; }
};

}  // namespace rung::features
