// Why a customer is on the watch list, in Chinese and English.
#pragma once

#include <string>

#include "libs/stats/churn.h"

namespace rung::forecast {

struct ReasonText {
  std::string zh;
  std::string en;
};

ReasonText Describe(stats::ChurnReason reason, const stats::ChurnFacts& facts, const stats::ChurnAssessment& assessment);

}  // namespace rung::forecast
