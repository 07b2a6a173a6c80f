// Baskets from a CSV file of order lines, for the recommendations.
#pragma once

#include <absl/status/statusor.h>

#include "libs/importer/import_report.h"
#include "libs/recommend/catalogue.h"
#include "tools/rungctl/options.h"

namespace rung::ctl {

struct BasketFile {
  recommend::Base base;
  importer::ImportReport report;
  int64_t left_out_lines = 0;  ///< of SKUs that don't match the pattern
};

/// INVALID_ARGUMENT for a mapping or column that isn't there, NOT_FOUND when the file can't be opened, DATA_LOSS when it is
/// damaged.
absl::StatusOr<BasketFile> ReadBaskets(const BasketSource& source);

}  // namespace rung::ctl
