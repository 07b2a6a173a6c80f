// What an import read and what became of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/importer/import_report.h"
#include "tools/rungctl/event_sender.h"
#include "tools/rungctl/language.h"

namespace rung::ctl {

struct ImportSummary {
  const importer::ImportReport& report;
  const std::optional<SendTotals>& sent;  ///< unless it was a dry run
  const std::string& currency;
  int64_t future_orders = 0;  ///< of a dry run: orders that the server would refuse for their time
  const std::vector<std::string>& time_formats;  ///< empty: the default ones
};

/// The reasons with their counts and examples; empty when nothing was dropped.
std::string DroppedTable(const importer::ImportReport& report, Language language);

/// The reasons with their counts and examples and what would be right instead, then the totals.
std::string ImportTables(const ImportSummary& summary, Language language);

/// The same for scripts.
std::string ImportJson(const ImportSummary& summary);

}  // namespace rung::ctl
