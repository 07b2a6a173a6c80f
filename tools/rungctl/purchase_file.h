// Purchases from a CSV file of orders or order lines, for the statistics.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/stats/purchase_log.h"
#include "tools/rungctl/options.h"

namespace rung::ctl {

/// Why a line isn't a purchase.
enum class SkipReason : uint8_t { kShortRow, kUnknownCustomer, kCancellation, kBadTime, kBadNumber, kNotPositive };
inline constexpr size_t kSkipReasonCount = 6;

struct SkippedLines {
  int64_t count = 0;
  int64_t first_line = 0;
};

struct PurchaseFile {
  std::vector<stats::Purchase> purchases;
  std::vector<std::string> customer_ids;  ///< by Purchase::customer
  int64_t lines_read = 0;
  std::array<SkippedLines, kSkipReasonCount> skipped;
  Day first_day = 0;  ///< of the purchases; 0 when there are none, like last_day
  Day last_day = 0;
  bool margin = false;              ///< values are amount less cost; otherwise amounts
  int64_t lines_without_cost = 0;   ///< of a file with costs: valued at the margin rate of the others
};

/// Reads the file that `source` describes: values in major units of the currency, days of the business zone. A line with
/// an amount of 0 (unless source.count_zero) or less is skipped: a return, a correction. INVALID_ARGUMENT for a mapping or
/// column that isn't there, NOT_FOUND when the file can't be opened, DATA_LOSS when it is damaged.
absl::StatusOr<PurchaseFile> ReadPurchases(const PurchaseSource& source);

}  // namespace rung::ctl
