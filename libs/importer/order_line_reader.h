// One row of the file: what it says, or why it can't be used.
#pragma once

#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/day.h"
#include "libs/features/event.h"
#include "libs/importer/csv_reader.h"
#include "libs/importer/decimal.h"
#include "libs/importer/import_report.h"
#include "libs/importer/importer.h"
#include "libs/importer/time_reader.h"

namespace rung::importer {

/// A line that is fit for use.
struct ImportedLine {
  std::string customer_id;
  std::string order_id;
  UnixSeconds time = 0;
  features::OrderLine line;
  std::string region;
  std::string segment;
};

struct OrderKey {
  std::string_view customer_id;
  std::string_view order_id;
};

/// Why a row isn't: `value` is what stood there and lives as long as the row; empty for kMalformedRow.
struct Refusal {
  Reason reason;
  std::string_view value;
};

/// Not thread-safe.
class OrderLineReader {
 public:
  /// Finds the mapped columns in the file's first row. INVALID_ARGUMENT when one is missing or there twice.
  /// `options.zone` outlives the reader.
  static absl::StatusOr<OrderLineReader> ForHeader(const CsvRow& header, const ImportOptions& options);

  /// Fills `out`, or says why not; `out` is then unspecified.
  std::optional<Refusal> Read(const CsvRow& row, ImportedLine& out);

  /// Whose line a refused row is, or may be when it has too many or too few columns: ids are then looked for from either end. None where
  /// they can't be read. They live as long as the row.
  std::vector<OrderKey> KeysOf(const CsvRow& row) const;

  /// Whether a column that isn't mapped holds invalid UTF-8.
  bool NeedsRepair(const CsvRow& row) const;

 private:
  static constexpr size_t kAbsent = static_cast<size_t>(-1);
  static constexpr size_t kFieldCount = std::size(kMappingFields);

  explicit OrderLineReader(const ImportOptions& options);

  size_t index(std::string Mapping::* field) const;
  bool mapped(std::string Mapping::* field) const { return index(field) != kAbsent; }
  std::string_view cell(const CsvRow& row, std::string Mapping::* field) const;

  std::optional<Refusal> ReadIds(const CsvRow& row, ImportedLine& out) const;
  std::optional<Refusal> ReadQuantityAndPrice(const CsvRow& row, features::OrderLine& line) const;
  std::optional<Refusal> ReadMoney(const CsvRow& row, features::OrderLine& line) const;
  std::optional<features::Fen> Money(std::string_view text) const;

  int minor_digits_;
  std::string cancellation_prefix_;
  TimeReader times_;
  size_t column_count_ = 0;
  std::array<size_t, kFieldCount> columns_{};
  std::array<bool, kMaxRowFields> used_{};
};

}  // namespace rung::importer
