// What an import read and what became of it.
#pragma once

#include <optional>
#include <string>

#include "libs/importer/import_report.h"
#include "tools/rungctl/event_sender.h"
#include "tools/rungctl/language.h"

namespace rung::ctl {

/// The reasons with their counts and examples, then the totals. `sent`: unless it was a dry run.
std::string ImportTables(const importer::ImportReport& report, const std::optional<SendTotals>& sent,
                         const std::string& currency, Language language);

/// The same for scripts.
std::string ImportJson(const importer::ImportReport& report, const std::optional<SendTotals>& sent,
                       const std::string& currency);

}  // namespace rung::ctl
