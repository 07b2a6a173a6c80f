// From when on behaviour counts as suspicious. Every bound is configuration; these are the defaults.
#pragma once

#include <vector>

#include "libs/abuse/behaviour.h"
#include "libs/abuse/linked_accounts.h"
#include "libs/base/violation.h"

namespace rung::abuse {

/// A signal fires when its value reaches `bound`, and speaks with full strength from `certain` on.
struct Bound {
  double bound = 0;
  double certain = 1;
  /// Share of the way to 100 points that the signal takes at full strength, in thousandths; half of it at its bound.
  int weight_permille = 900;
};

struct Policy {
  /// Orders per order day, over 90 days. Counts only when cutting deliveries is what reaches `orders_per_month`: the
  /// orders do, and their days don't.
  Bound order_splitting{2, 4, 900};
  double orders_per_month = 15;

  /// Share of a year's spend on promoted lines.
  Bound coupon_harvesting{0.85, 0.95, 800};
  int coupon_orders_min = 6;

  /// Share of a year's orders that came back for the customer's own reasons.
  Bound refund_cycling{0.3, 0.6, 900};
  double usual_return_share = 0.1;  ///< what chance is measured against
  int returned_orders_min = 3;

  /// Share of a year's orders that fall into the days before a review.
  Bound review_burst{0.5, 0.8, 900};
  ReviewCycle review_cycle = ReviewCycle::kQuarterly;
  int review_window_days = 7;

  /// Accounts of one group, this one included.
  Bound linked_accounts{2, 4, 900};
  LinkRules links;

  /// Anomaly score of the isolation forest. Too weak to freeze anything alone: nobody can defend a bare score.
  Bound unusual_behaviour{0.6, 0.75, 500};
  int unusual_orders_min = 4;

  /// Returns and bursts fire only when chance alone would show as much in at most one customer of this many.
  double one_chance_in = 1000;

  /// Combined score, in thousandths of a point, from which a customer is listed for review, and from which its
  /// upgrades are frozen until the review.
  int list_from_milli = 20'000;
  int freeze_from_milli = 40'000;
};

/// All violations, by the paths of rung.grading.v1.AbusePolicy; empty when the policy can be used.
std::vector<Violation> Validate(const Policy& policy);

}  // namespace rung::abuse
