// Lower bounds of tiers that make the most of a budget for benefits.
//
// maximise    Σ_i value(i, tier of i)      over lower bounds that are multiples of `step_milli`, strictly falling
// subject to  Σ_i cost(i, tier of i) <= budget
//
// value(i, t) = margin of i × retained(t): the margin that the tier's benefits keep, or weight(t): a head count.
// cost(i, t)  = spend of i × rate(t) + fixed(t) per customer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/calibration/ordered_cuts.h"

namespace rung::calibration {

enum class Objective { kRetainedMargin, kHeadcount };

/// What a tier costs and brings, over the time that spend and margin are given for.
struct TierEconomics {
  int32_t cost_bps = 0;        ///< of a customer's spend, 0 to 10,000: a rate of 0.9 costs 1,000
  int64_t fixed_cost_fen = 0;  ///< per customer, 0 to 10^9: service, deliveries
  int32_t retained_bps = 0;    ///< share of a customer's margin that is kept, 0 to 10,000
  int32_t headcount_weight = 0;  ///< 0 to 1000; 1 counts a customer of this tier once
};

struct BudgetProblem {
  std::span<const ScoreMilli> scores;
  std::span<const int64_t> spend_fen;   ///< by customer, >= 0
  std::span<const int64_t> margin_fen;  ///< by customer; may be negative. Only for kRetainedMargin
  std::vector<TierEconomics> tiers;     ///< best first, the bottom tier included
  Objective objective = Objective::kRetainedMargin;
  int64_t budget_fen = 0;
  ScoreMilli step_milli = 500;  ///< 100 to 10,000
};

struct BudgetSolution {
  Cuts bounds;
  std::vector<int64_t> customers;  ///< by tier, the bottom one included
  int64_t cost_fen = 0;            ///< rounded up
  int64_t value = 0;               ///< fen, rounded down, or heads
  /// No bounds on the grid bring more than this.
  int64_t value_bound = 0;
  /// Proven to be the best on the grid. Not so when the search was cut off; then `value_bound` says how much is open.
  bool proven = false;
};

/// A Lagrangian bound (Everett 1963; Fisher 1981) with local search for a good solution, then a search over partial
/// solutions that drops those which are dominated or can't beat it (Nemhauser and Ullmann 1969 with bounds): exact.
/// INVALID_ARGUMENT with the field, or FAILED_PRECONDITION when no bounds keep the budget.
absl::StatusOr<BudgetSolution> SolveBudget(const BudgetProblem& problem);

}  // namespace rung::calibration
