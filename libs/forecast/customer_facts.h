// What the customer-base models need of a kept state.
//
// A state keeps every order of the last year and sums of what lies before. So the observation of a customer is the last
// 365 days: it begins with the first order day within them, whether or not the customer ordered before. The models don't
// mind: while a customer is alive, neither its rate nor its chance to leave depends on how long it has been one
// (docs/adr/0055-fits-from-the-last-year.md).
#pragma once

#include <cstdint>
#include <vector>

#include "libs/features/customer_state.h"
#include "libs/stats/gamma_gamma.h"
#include "libs/stats/history.h"

namespace rung::forecast {

inline constexpr double kDaysPerWeek = 7;  ///< histories are in weeks, as in the literature

/// What a value is counted in.
enum class ValueKind : uint8_t { kNone, kMargin, kNetSpend };

/// A day with at least one effective order: one transaction.
struct OrderDay {
  Day day = 0;
  features::Fen net = 0;
  features::Fen margin = 0;  ///< where known
  bool margin_known = true;  ///< every order of the day has one
};

/// Of the days whose value is known. Sums are exact as long as they stay below 2^53 fen.
struct ValueSums {
  int64_t days = 0;
  features::Fen total = 0;
  int64_t repeat_days = 0;  ///< without the first day of the window
  features::Fen repeat_total = 0;
  double repeat_squares = 0;

  stats::SpendHistory spend() const {
    if (repeat_days == 0) return {};
    return {repeat_days, static_cast<double>(repeat_total) / static_cast<double>(repeat_days), repeat_squares};
  }
};

struct CustomerFacts {
  Day as_of = 0;
  bool ever_ordered = false;
  Day last_day = 0;                ///< of the last order, in the window or before
  stats::PurchaseHistory history;  ///< without an order in the window: of the last order before it, alone
  double median_gap_days = 0;      ///< 0: fewer than two order days in the window
  std::vector<OrderDay> days;      ///< of the window, ascending
  ValueSums margin;
  ValueSums net;

  const ValueSums& value(ValueKind kind) const { return kind == ValueKind::kMargin ? margin : net; }
};

/// Keeps scratch memory: one per thread.
class FactReader {
 public:
  /// As of the end of a day; `state` and `as_of` count in open days where the region has a calendar. Needs what the
  /// feature evaluator needs. Valid until the next call.
  const CustomerFacts& Read(const features::CustomerState& state, Day as_of);

 private:
  void AddOrder(Day day, features::Fen net, const features::LinesSummary& lines);
  void SetHistory();

  CustomerFacts facts_;
  std::vector<int32_t> gaps_;
};

}  // namespace rung::forecast
