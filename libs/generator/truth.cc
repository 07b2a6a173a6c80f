#include "libs/generator/truth.h"

namespace rung::generator {

std::string_view AbuseKindName(AbuseKind kind) {
  switch (kind) {
    case AbuseKind::kNone: return "none";
    case AbuseKind::kOrderSplitting: return "order-splitting";
    case AbuseKind::kRefundCycling: return "refund-cycling";
    case AbuseKind::kReviewBurst: return "review-burst";
    case AbuseKind::kCouponHarvesting: return "coupon-harvesting";
    case AbuseKind::kLinkedAccounts: return "linked-accounts";
  }
  return "none";
}

}  // namespace rung::generator
