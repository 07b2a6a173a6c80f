// The words of `rungctl stats` in both languages.
#pragma once

#include <string_view>

#include "libs/stats/churn.h"
#include "libs/stats/estimate.h"
#include "libs/stats/rolling_holdout.h"
#include "tools/rungctl/language.h"
#include "tools/rungctl/purchase_file.h"

namespace rung::ctl {

Label LabelOf(SkipReason reason);
std::string_view NameOf(SkipReason reason);  ///< for JSON
Label LabelOf(stats::ChurnRisk risk);
Label LabelOf(stats::ChurnReason reason);
Label MetricLabel(std::string_view metric);
Label MethodLabel(std::string_view method);

/// A whole sentence about what the data can't tell.
Label SentenceOf(stats::Boundary boundary);

}  // namespace rung::ctl
