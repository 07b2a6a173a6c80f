// How a customer usually buys.
#pragma once

#include <string>
#include <vector>

#include "libs/path/path.h"

namespace rung::path {

struct UsualCategory {
  std::string category;
  Fen amount = 0;  ///< bought of it; the weights of an order's lines
};

struct Habits {
  Fen order_value = 0;  ///< median net of the recent effective orders
  int gap_days = 0;     ///< median days between recent order days, at least 1
  bool gap_known = false;  ///< there are two order days or more
  Day last_order = 0;   ///< day of the last effective order; 0: none
  std::vector<UsualCategory> categories;      ///< at most 8, by amount
  std::vector<std::string> bought_once;       ///< categories bought on one day only within a year, by amount
  std::vector<std::string> new_ones;          ///< known categories not bought within a year
  int64_t cost_permille = -1;                 ///< of the amount; -1: unknown
};

/// What an order and a gap are taken for where the customer has shown none: a modest order a week.
inline constexpr Fen kDefaultOrderValue = 50'000;
inline constexpr int kDefaultGapDays = 7;

/// From the last 60 effective orders of the last year, as of today.
Habits HabitsOf(const Customer& customer, Day today);

/// Whether the customer can be taken to go on like this: it has a rhythm and isn't silent for longer than three gaps (a month
/// at least).
Rhythm RhythmOf(const Habits& habits, Day today);

/// The days from `first` to `date` on which the customer would usually order; at `first` when an order is overdue.
std::vector<Day> UsualDays(const Habits& habits, Day first, Day date);

}  // namespace rung::path
