// Batch runs as people read them.
#pragma once

#include <string>

#include "rung/grading/v1/regrade.pb.h"
#include "tools/rungctl/language.h"

namespace rung::ctl {

/// All about one run.
std::string RunDetails(const grading::v1::RegradeRun& run, Language language);

/// A line per run.
std::string RunList(const grading::v1::ListRegradesResponse& runs, Language language);

/// "run 17: writing, 12,000 / 40,000".
std::string RunProgress(const grading::v1::RegradeRun& run, Language language);

}  // namespace rung::ctl
