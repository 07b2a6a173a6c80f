// How one customer behaves over the whole span, drawn before any of its orders.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "libs/generator/account_groups.h"
#include "libs/generator/marketplace.h"
#include "libs/generator/segments.h"
#include "libs/generator/truth.h"

namespace rung::generator {

inline constexpr int64_t kRateMonthDays = 30;       ///< rates are per 30 days
inline constexpr int64_t kBaseRateMaxMilli = 25500;  ///< order days per 30 days: nearly six a week

enum class PaymentHabit : uint8_t { kPunctual, kOnReceipt, kLate, kDefaulting };

struct CustomerPlan {
  int64_t index = 0;
  int region = 0;  ///< into Regions()
  Segment segment = Segment::kRestaurant;
  std::string name;
  Day registered_day = 0;

  // Orders fall on first_order_day ... last_order_day at most; none when the first lies after the last.
  Day first_order_day = 0;
  Day last_order_day = 0;
  std::optional<Day> churn_day;
  bool fades = false;   ///< orders ever less in the weeks before it churns
  bool is_new = false;  ///< registered within the span

  // Ordering.
  int64_t rate_milli = 0;  ///< order days per 30 days with ordinary demand
  int64_t rate_min_milli = 30;
  int64_t rate_max_milli = kBaseRateMaxMilli;
  uint8_t weekdays = 0;    ///< bit 0: Monday
  int weekday_count = 0;
  int32_t trend_permille = 0;  ///< per 30 days
  int32_t order_minute = 0;    ///< usual minute of the day
  int32_t orders_per_delivery = 1;

  // Baskets.
  int64_t lines_milli = 0;        ///< per delivery
  int32_t quantity_permille = 0;  ///< against the category's usual quantity
  int32_t promotion_permille = 0;  ///< lines picked because they are promoted
  int repertoire_size = 0;
  std::array<SkuIndex, 40> repertoire{};  ///< what it usually buys, favourites first

  // Service.
  int32_t cancel_permille = 0;
  int32_t return_permille = 0;
  int32_t review_permille = 0;
  int32_t session_permille = 0;  ///< orders placed in the app; the others by phone
  int32_t browse_permille = 0;   ///< order days preceded by a visit without order

  // Terms.
  bool credit_terms = false;
  bool billed_per_order = false;  ///< else monthly
  int32_t due_days = 0;
  PaymentHabit payment = PaymentHabit::kPunctual;

  AbuseKind abuse = AbuseKind::kNone;
  std::optional<AccountGroup> group;
};

/// Draws the plan of a customer; `rate_scale_permille` scales the rates of the whole base.
CustomerPlan DrawPlan(const Marketplace& marketplace, int64_t index, int64_t rate_scale_permille);

/// The rate of the customer at that place among all, within the plan's minimum and maximum.
int64_t ScaledRate(const CustomerPlan& plan, int64_t rate_quantile_ppm, int64_t rate_scale_permille);

/// How readily the customer orders on a day between its first and last order day, in thousandths of its base rate:
/// season, holidays, trend and fading.
int64_t DemandPermille(const CustomerPlan& plan, const TradeCalendar& calendar, Day day);

}  // namespace rung::generator
