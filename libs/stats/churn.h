// Who is about to leave: P(alive) joined with how overdue a customer is by its own rhythm.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libs/base/churn_risk.h"
#include "libs/stats/purchase_log.h"

namespace rung::stats {

using rung::ChurnRisk;

enum class ChurnReason : uint8_t {
  kOverdue,       ///< silent for longer than its own gaps, or than the base's when it has few of its own
  kProbablyLeft,  ///< P(alive) is low
  kSingleOrder,   ///< never came back; its rhythm is the base's
  kNoneLately,    ///< nothing in the time that rhythms are taken from
};

/// What a customer's risk is judged by.
enum class ChurnMeasure : uint8_t {
  kJoined,   ///< P(alive) and silence over the customer's usual gap
  kRecency,  ///< silence alone, over the base's usual gap: everybody by the same days
};

std::string_view Name(ChurnMeasure measure);  ///< "joined", "recency"
std::string_view Name(ChurnReason reason);  ///< "overdue", "probably left", "single order", "none lately"

/// Bounds of the rule. Retention is P(alive) / max(1, overdue ratio): either can put a customer on the list, and both together
/// do so sooner. P(alive) alone doesn't do: BG/NBD gives 1 to everybody who never came back.
struct ChurnRule {
  ChurnMeasure measure = ChurnMeasure::kJoined;
  double watch_below = 0.7;        ///< of retention
  double high_below = 0.4;
  double lost_below = 0.1;
  double overdue_from = 1.5;       ///< overdue ratio that is named as a reason
  double left_below = 0.5;         ///< P(alive) that is named as a reason
  double base_gaps = 1;            ///< how many gaps of its own the base's gap is worth
};

struct ChurnFacts {
  double p_alive = 1;
  double days_silent = 0;      ///< since the last transaction
  int64_t repeats = 0;
  double own_gap_days = 0;     ///< median; matters with repeats
  double base_gap_days = 0;    ///< median gap of the base; 0: unknown
  bool none_lately = false;    ///< the last transaction lies before the time that the others are taken from
};

struct ChurnAssessment {
  ChurnRisk risk = ChurnRisk::kNone;
  double retention = 1;        ///< 0 to 1; the order of the watch list, lowest first
  double overdue_ratio = 0;    ///< days silent over the usual gap; 0 when there is none
  double usual_gap_days = 0;   ///< own and base's, by weight, on the logarithm; by recency the base's
  ChurnMeasure measure = ChurnMeasure::kJoined;
  std::vector<ChurnReason> reasons;
};

ChurnAssessment AssessChurn(const ChurnFacts& facts, const ChurnRule& rule = {});

/// Median of the gaps of those who have at least one; 0 when nobody has. Customers count once, however often they order.
double BaseGapDays(std::span<const CustomerSummary> customers);

/// Facts of a customer as of period.calibration_end.
ChurnFacts FactsOf(const CustomerSummary& customer, const Period& period, double p_alive, double base_gap_days);

}  // namespace rung::stats
