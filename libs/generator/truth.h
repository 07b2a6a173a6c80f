// What the generator knows about a customer and a grader has to find out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/day.h"

namespace rung::generator {

enum class AbuseKind : uint8_t {
  kNone,
  kOrderSplitting,    ///< each delivery is cut into five orders of the same day
  kRefundCycling,     ///< about half of the orders come back
  kReviewBurst,       ///< a burst in the week before each quarter's end, half of it returned afterwards
  kCouponHarvesting,  ///< nearly every line is on promotional discount
  kLinkedAccounts,    ///< two to four accounts of one owner
};

/// "none", "order-splitting", "refund-cycling", "review-burst", "coupon-harvesting", "linked-accounts".
std::string_view AbuseKindName(AbuseKind kind);

/// What linked accounts and chains share with each other.
struct SharedAttributes {
  bool phone = false;
  bool address = false;
  bool device = false;
  bool payer = false;
};

struct CustomerTruth {
  std::string customer_id;
  std::string region;
  std::string segment;
  Day registered_day = 0;

  /// Days with an order per 30 days, in thousandths, before season, holidays and trend.
  int64_t base_rate_milli = 0;
  /// Bit 0 is Monday. Orders fall on these weekdays only, except in the bursts of kReviewBurst.
  uint8_t weekdays = 0;
  /// The rate's growth per 30 days since the first possible order, in thousandths of the base rate.
  int32_t trend_permille = 0;
  /// First day on which the customer no longer orders; unset while it is still a customer on the last day.
  std::optional<Day> churn_day;

  AbuseKind abuse = AbuseKind::kNone;
  /// Smallest customer id of the group of linked accounts, or of the chain; empty outside of groups.
  std::string group;
  /// The group is an honest chain.
  bool chain = false;
  SharedAttributes shared;
};

}  // namespace rung::generator
