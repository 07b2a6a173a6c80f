// What grading calls things, for tables: codes in English, as the API and scripts have them, and words in Chinese.
#pragma once

#include <string>

#include "tools/rungctl/language.h"

namespace rung::ctl {

/// "UPGRADE", "升级". What isn't known stays as it is.
std::string ReasonName(const std::string& reason, Language language);

/// A run's: "writing", "写入".
std::string PhaseName(const std::string& phase, Language language);

/// A dimension's or a measured feature's: "spend", "消费".
std::string PartName(const std::string& part, Language language);

}  // namespace rung::ctl
