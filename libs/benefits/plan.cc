#include "libs/benefits/plan.h"

namespace rung::benefits {
namespace {

struct NameOfType {
  std::string operator()(const DiscountRate&) const { return "discount_rate"; }
  std::string operator()(const FreeDelivery&) const { return "free_delivery"; }
  std::string operator()(const PriorityService&) const { return "priority_service"; }
  std::string operator()(const DeliveryPriority&) const { return "delivery_priority"; }
  std::string operator()(const DedicatedSupport&) const { return "dedicated_support"; }
  std::string operator()(const NewProductTrial&) const { return "new_product_trial"; }
  std::string operator()(const ExclusiveOffer&) const { return "exclusive_offer"; }
  std::string operator()(const ExclusivePromotion&) const { return "exclusive_promotion"; }
  std::string operator()(const Custom& custom) const { return "custom:" + custom.type; }
};

}  // namespace

std::string TypeName(const Benefit& benefit) { return std::visit(NameOfType(), benefit.value); }

std::string SlotOf(const Benefit& benefit) {
  const bool many = std::holds_alternative<ExclusiveOffer>(benefit.value) || std::holds_alternative<ExclusivePromotion>(benefit.value);
  if (!many) return TypeName(benefit);
  return "id:" + (benefit.replaces.empty() ? benefit.id : benefit.replaces);
}

}  // namespace rung::benefits
