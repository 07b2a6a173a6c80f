#include "libs/generator/abuse.h"

#include <algorithm>

namespace rung::generator {
namespace {

constexpr Day kHistoryDays = 180;

void StayToBeFound(const GeneratorOptions& options, CustomerPlan& plan) {
  plan.registered_day = std::min(plan.registered_day, options.last_day - kHistoryDays);
  plan.is_new = plan.registered_day >= options.first_day;
  plan.first_order_day = std::max(options.first_day, plan.registered_day + 1);
  plan.last_order_day = options.last_day;
  plan.churn_day.reset();
  plan.trend_permille = 0;
}

void PlantKind(CustomerPlan& plan) {
  switch (plan.abuse) {
    case AbuseKind::kNone: break;
    case AbuseKind::kOrderSplitting:
      // Five deliveries a month make 25 orders, where 15 are asked for: a slow season still reaches them.
      plan.orders_per_delivery = kSplitOrders;
      plan.rate_min_milli = 5000;
      plan.rate_max_milli = 9000;
      plan.lines_milli = std::max<int64_t>(plan.lines_milli, 7000);
      break;
    case AbuseKind::kRefundCycling:
      plan.rate_min_milli = 3000;
      plan.return_permille = 550;
      break;
    case AbuseKind::kReviewBurst:
      plan.rate_min_milli = 700;
      plan.rate_max_milli = 1500;
      break;
    case AbuseKind::kCouponHarvesting:
      plan.rate_min_milli = 2000;
      plan.promotion_permille = 970;
      break;
    case AbuseKind::kLinkedAccounts:
      plan.rate_min_milli = 1000;
      plan.promotion_permille = std::max(plan.promotion_permille, 300);
      // A shared device shows in the app only.
      if (plan.group->shared.device) plan.session_permille = std::max(plan.session_permille, 700);
      break;
  }
}

}  // namespace

void PlantAbuse(const GeneratorOptions& options, CustomerPlan& plan) {
  if (plan.abuse == AbuseKind::kNone) return;
  StayToBeFound(options, plan);
  PlantKind(plan);
}

bool InBurst(const CustomerPlan& plan, const TradeCalendar& calendar, Day day) {
  return plan.abuse == AbuseKind::kReviewBurst && calendar.DaysToReview(day) < kBurstDays;
}

}  // namespace rung::generator
