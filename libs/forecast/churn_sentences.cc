#include "libs/forecast/churn_sentences.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rung::forecast {

ReasonText Describe(stats::ChurnReason reason, const stats::ChurnFacts& facts, const stats::ChurnAssessment& assessment) {
  const auto silent = static_cast<int64_t>(facts.days_silent);
  const auto gap = std::max<int64_t>(1, std::llround(assessment.usual_gap_days));
  switch (reason) {
    case stats::ChurnReason::kOverdue: {
      const std::string zh = gap == 1 ? "几乎每天一单" : fmt::format("约每{}天一单", gap);
      const std::string en = gap == 1 ? "a day" : fmt::format("every {}", gap);
      if (assessment.measure == stats::ChurnMeasure::kRecency) {  // the base's gap, not the customer's
        return {fmt::format("已{}天未下单，客户一般{}（{:.1f}倍）", silent, zh, assessment.overdue_ratio),
                fmt::format("no order for {} days, where customers usually place one {} ({:.1f} times as long)", silent, en, assessment.overdue_ratio)};
      }
      return {fmt::format("已{}天未下单，平常{}（{:.1f}倍）", silent, zh, assessment.overdue_ratio),
              fmt::format("no order for {} days, usually one {} ({:.1f} times as long)", silent, en, assessment.overdue_ratio)};
    }
    case stats::ChurnReason::kProbablyLeft:
      return {fmt::format("按其下单规律，仍活跃的概率为{:.0f}%", 100 * facts.p_alive),
              fmt::format("by its ordering so far it is still active with a probability of {:.0f} %", 100 * facts.p_alive)};
    case stats::ChurnReason::kNoneLately:
      return {fmt::format("近一年没有下单，最近一单在{}天前", silent), fmt::format("no order within a year, the last one {} days ago", silent)};
    case stats::ChurnReason::kSingleOrder:
      return {fmt::format("近一年仅下过一单，距今{}天", silent), fmt::format("one order in a year, {} days ago", silent)};
  }
  return {};
}

}  // namespace rung::forecast
