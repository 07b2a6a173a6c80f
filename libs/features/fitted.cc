#include "libs/features/fitted.h"

#include <iterator>

namespace rung::features {
namespace {

using enum Fitted;

constexpr std::string_view kNoFit = "no fit, or never ordered";

// The models: docs/retention.md.
constexpr FittedDefinition kDefinitions[] = {
    {kPAlive, "p_alive", "ratio", "probability that the customer hasn't left, by the fitted MBG/CNBD-k", kNoFit},
    {kExpectedOrders90d, "expected_orders_90d", "orders", "expected order days of the next 90 days", kNoFit},
    {kLtv365d, "ltv_365d", "fen", "expected order days of the next 365 days x expected margin of one (net spend in a base without costs)",
     "no fit, never ordered, or no order with costs in a base with costs"},
    {kNextOrderDays, "next_order_days", "days", "days until the next order of a customer who hasn't left: as likely before as after", kNoFit},
    {kPotentialIndex, "potential_index", "ratio", "p_alive x (0.4 room in categories + 0.4 room in spend + 0.2 taste for new products)", kNoFit},
};

static_assert(std::size(kDefinitions) == kFittedCount);

constexpr bool InEnumOrder() {
  for (size_t i = 0; i < kFittedCount; ++i) {
    if (static_cast<size_t>(kDefinitions[i].fitted) != i) return false;
  }
  return true;
}
static_assert(InEnumOrder());

}  // namespace

std::span<const FittedDefinition> FittedDefinitions() { return kDefinitions; }

const FittedDefinition* FindFitted(std::string_view name) {
  for (const FittedDefinition& definition : kDefinitions) {
    if (definition.name == name) return &definition;
  }
  return nullptr;
}

std::string_view UnitOf(std::string_view name) {
  if (const FeatureDefinition* built_in = FindFeature(name)) return built_in->unit;
  const FittedDefinition* fitted = FindFitted(name);
  return fitted == nullptr ? std::string_view() : fitted->unit;
}

std::string_view WhyMissing(std::string_view name) {
  if (const FeatureDefinition* built_in = FindFeature(name)) return built_in->missing;
  const FittedDefinition* fitted = FindFitted(name);
  return fitted == nullptr ? std::string_view("not reported") : fitted->missing;
}

}  // namespace rung::features
