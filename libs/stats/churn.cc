#include "libs/stats/churn.h"

#include <algorithm>
#include <cmath>

#include "libs/stats/quantile.h"

namespace rung::stats {
namespace {

double UsualGap(const ChurnFacts& facts, const ChurnRule& rule) {
  if (rule.measure == ChurnMeasure::kRecency) return facts.base_gap_days;
  const double own = facts.own_gap_days > 0 ? static_cast<double>(facts.repeats) : 0;
  const double base = facts.base_gap_days > 0 ? rule.base_gaps : 0;
  if (own + base == 0) return 0;
  const double log_own = own > 0 ? own * std::log(facts.own_gap_days) : 0;
  const double log_base = base > 0 ? base * std::log(facts.base_gap_days) : 0;
  return std::exp((log_own + log_base) / (own + base));
}

ChurnRisk RiskOf(double retention, const ChurnRule& rule) {
  if (retention < rule.lost_below) return ChurnRisk::kLost;
  if (retention < rule.high_below) return ChurnRisk::kHigh;
  if (retention < rule.watch_below) return ChurnRisk::kWatch;
  return ChurnRisk::kNone;
}

}  // namespace

std::string_view Name(ChurnMeasure measure) { return measure == ChurnMeasure::kRecency ? "recency" : "joined"; }

std::string_view Name(ChurnReason reason) {
  switch (reason) {
    case ChurnReason::kOverdue: return "overdue";
    case ChurnReason::kProbablyLeft: return "probably left";
    case ChurnReason::kSingleOrder: return "single order";
    case ChurnReason::kNoneLately: return "none lately";
  }
  return "";
}

ChurnAssessment AssessChurn(const ChurnFacts& facts, const ChurnRule& rule) {
  ChurnAssessment assessment;
  assessment.measure = rule.measure;
  assessment.usual_gap_days = UsualGap(facts, rule);
  if (assessment.usual_gap_days > 0) assessment.overdue_ratio = facts.days_silent / assessment.usual_gap_days;
  const double alive = rule.measure == ChurnMeasure::kRecency ? 1 : std::clamp(facts.p_alive, 0.0, 1.0);
  assessment.retention = alive / std::max(1.0, assessment.overdue_ratio);
  assessment.risk = RiskOf(assessment.retention, rule);
  if (assessment.risk == ChurnRisk::kNone) return assessment;
  if (facts.none_lately) {  // there is no rhythm to speak of
    assessment.reasons.push_back(ChurnReason::kNoneLately);
    return assessment;
  }
  if (rule.measure == ChurnMeasure::kRecency) {
    assessment.reasons.push_back(ChurnReason::kOverdue);
    return assessment;
  }
  if (assessment.overdue_ratio >= rule.overdue_from) assessment.reasons.push_back(ChurnReason::kOverdue);
  if (facts.p_alive < rule.left_below) assessment.reasons.push_back(ChurnReason::kProbablyLeft);
  if (facts.repeats == 0) assessment.reasons.push_back(ChurnReason::kSingleOrder);
  // Neither is far off alone, but both together are: the larger share is the reason.
  if (assessment.reasons.empty()) {
    const bool silence = 1 / std::max(1.0, assessment.overdue_ratio) < facts.p_alive;
    assessment.reasons.push_back(silence ? ChurnReason::kOverdue : ChurnReason::kProbablyLeft);
  }
  return assessment;
}

double BaseGapDays(std::span<const CustomerSummary> customers) {
  std::vector<double> gaps;
  for (const CustomerSummary& customer : customers) {
    if (customer.median_gap > 0) gaps.push_back(customer.median_gap);
  }
  std::sort(gaps.begin(), gaps.end());
  return gaps.empty() ? 0 : Quantile(gaps, 0.5);
}

ChurnFacts FactsOf(const CustomerSummary& customer, const Period& period, double p_alive, double base_gap_days) {
  return {p_alive, static_cast<double>(period.calibration_end - customer.last_day), customer.history.repeats,
          customer.median_gap, base_gap_days};
}

}  // namespace rung::stats
