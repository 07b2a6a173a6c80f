#include "libs/features/corrections.h"

#include <algorithm>

namespace rung::features {

bool TakesBack(const Event& event) {
  if (const auto* order = std::get_if<Order>(&event.fact)) return order->revision > 0;
  return std::holds_alternative<Refund>(event.fact) || std::holds_alternative<Cancellation>(event.fact) ||
         std::holds_alternative<Void>(event.fact);
}

void CountBack(Day as_of, CustomerState& state) {
  for (OrderRecord& order : state.orders) {
    if (order.cancelled != kNever) order.cancelled = std::min(order.cancelled, as_of);
    for (RefundRecord& refund : order.refunds) refund.day = std::min(refund.day, as_of);
    for (Amendment& amendment : order.amendments) amendment.day = std::min(amendment.day, as_of);
  }
}

}  // namespace rung::features
