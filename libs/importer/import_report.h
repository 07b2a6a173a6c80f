// What an import found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/features/event.h"

namespace rung::importer {

/// Why a line was dropped. A line is dropped for the first of these that applies.
enum class Reason : uint8_t {
  kMalformedRow,         ///< wrong number of columns, or too long to be held
  kUnknownCustomer,      ///< no customer id
  kCancellation,         ///< the order id has the prefix of cancellations
  kQuantityNotPositive,
  kPriceNotPositive,
  kMissingValue,         ///< a required cell is empty
  kBadNumber,            ///< no number, too many decimals, or out of range
  kBadTime,              ///< in none of the formats, or before 1990
  kBadText,              ///< invalid UTF-8 or a control character in a column that is used
  kTooLong,              ///< an id or code is longer than the API takes
  kDuplicateLine,        ///< only when duplicates are to be dropped
  kOrderContinuedTooLate,///< its order was handed over already
  kOrderTooLarge,        ///< its order has too many lines even with lines of the same SKU merged, or adds up to too much
  kOrderIncomplete,      ///< fit for use, but another line of its order can't be read: half an order would be a wrong one
};
inline constexpr size_t kReasonCount = 14;

/// Whether the file is to be mended, rather than a line that tells of no purchase.
bool IsRefusal(Reason reason);

/// "malformed row".
std::string_view ReasonName(Reason reason);

/// One reason's lines.
struct DroppedLines {
  int64_t count = 0;
  int64_t first_line = 0;   ///< line number in the file, from 1; the header is line 1
  std::string first_value;  ///< what stood there, fit for display, shortened
};

struct ImportReport {
  int64_t lines_read = 0;  ///< without the header and blank lines
  int64_t clean_lines = 0;
  int64_t customer_count = 0;
  int64_t order_count = 0;
  features::Fen revenue = 0;  ///< sum of the amounts of clean lines, in minor units
  int64_t event_count = 0;    ///< orders and profiles
  int64_t orders_over_days = 0;  ///< whose lines were bought on different days; they count on the first

  /// Lines equal to one of the million lines before them, whether dropped or not. One that lies further back counts or
  /// doesn't, as it happens.
  int64_t duplicate_lines = 0;
  /// Lines with invalid UTF-8 in columns that aren't used; they are imported.
  int64_t repaired_lines = 0;
  std::array<DroppedLines, kReasonCount> dropped;

  const DroppedLines& of(Reason reason) const { return dropped[static_cast<size_t>(reason)]; }
  int64_t dropped_count() const;
  int64_t refused_count() const;  ///< of them those with a reason that IsRefusal

  void Drop(Reason reason, int64_t line, std::string_view value, int64_t count = 1);
};

}  // namespace rung::importer
