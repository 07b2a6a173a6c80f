// What `rungctl stats` prints of the server's fits.
#pragma once

#include <string>

#include "rung/grading/v1/retention.pb.h"
#include "tools/rungctl/language.h"

namespace rung::ctl {

std::string BaseFitText(const grading::v1::BaseFit& fit, const std::string& currency, Language language);
std::string BaseFitTable(const grading::v1::ListBaseFitsResponse& fits, Language language);
std::string OutlookText(const grading::v1::Outlook& outlook, const std::string& currency, Language language);

Label RiskLabel(grading::v1::ChurnRisk risk);

}  // namespace rung::ctl
