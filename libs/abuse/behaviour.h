// What a customer's orders look like to somebody who suspects abuse: counts and sums of its state as of a day.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "libs/base/day.h"
#include "libs/features/customer_state.h"

namespace rung::abuse {

using features::Fen;

/// Days on which tiers are reviewed: what a burst aims at.
enum class ReviewCycle : uint8_t { kMonthly, kQuarterly };

/// The last days of the cycle's months in [from, to], ascending.
std::vector<Day> ReviewDays(ReviewCycle cycle, Day from, Day to);

struct ReviewWindows {
  std::vector<Day> review_days;  ///< ascending
  int window_days = 7;           ///< a burst takes the days from window_days - 1 before a review up to it
};

/// Orders are those placed and not cancelled as of the day; windows are days as_of - n + 1 ... as_of.
struct Behaviour {
  int32_t known_days_90 = 0;   ///< days of the window since the first order, at most 90
  int32_t orders_90 = 0;
  int32_t order_days_90 = 0;

  int32_t known_days_365 = 0;
  int32_t placed_365 = 0;           ///< with the cancelled ones
  int32_t orders_365 = 0;
  int32_t order_days_365 = 0;
  int32_t promoted_orders_365 = 0;  ///< at least four fifths of the value on promotion
  int32_t returned_orders_365 = 0;  ///< with a refund for the customer's own reasons
  Fen gross_365 = 0;
  Fen promotional_365 = 0;  ///< of the gross
  Fen returned_365 = 0;     ///< of the gross, for the customer's own reasons

  int32_t review_window_days_365 = 0;  ///< known days that lie in a review's window
  int32_t reviews_365 = 0;             ///< reviews whose window has a known day
  int32_t burst_orders_365 = 0;        ///< orders in such windows
  int32_t burst_reviews_365 = 0;       ///< reviews with such an order
  int32_t burst_returned_365 = 0;      ///< of the burst orders, those returned

  double OrdersPerOrderDay90() const { return Share(orders_90, order_days_90); }
  double OrdersPerMonth90() const { return PerMonth(orders_90, known_days_90); }
  double OrderDaysPerMonth90() const { return PerMonth(order_days_90, known_days_90); }
  double PromotionalShare() const { return Share(promotional_365, gross_365); }
  double ReturnedOrderShare() const { return Share(returned_orders_365, orders_365); }
  double ReturnedValueShare() const { return Share(returned_365, gross_365); }
  double BurstShare() const { return Share(burst_orders_365, orders_365); }
  /// Of the known days: what share of its orders a customer without bursts would have there.
  double ReviewWindowShare() const { return Share(review_window_days_365, known_days_365); }
  double CancelledShare() const { return Share(placed_365 - orders_365, placed_365); }

 private:
  static double Share(int64_t part, int64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
  /// A month is 365/12 days; shorter histories count as one.
  static double PerMonth(int64_t count, int64_t days) {
    return 12 * days < 365 ? static_cast<double>(count) : static_cast<double>(count * 365) / static_cast<double>(12 * days);
  }
};

/// One pass over the state's orders. Exact for as_of >= state.fold_day + 365.
Behaviour BehaviourOf(const features::CustomerState& state, Day as_of, const ReviewWindows& reviews);

/// The figures in which the isolation forest looks for the unusual.
inline constexpr std::array<std::string_view, 7> kBehaviourFigures = {
    "orders_per_order_day_90d", "orders_per_month_90d", "promotional_share_365d", "returned_order_share_365d",
    "returned_value_share_365d", "review_window_share_365d", "cancelled_share_365d"};
using BehaviourFigures = std::array<double, kBehaviourFigures.size()>;

/// By kBehaviourFigures; always finite, 0 where there is nothing to divide by.
BehaviourFigures FiguresOf(const Behaviour& behaviour);

}  // namespace rung::abuse
