#include "libs/importer/importer.h"

#include <utility>

#include "libs/base/status.h"
#include "libs/importer/csv_reader.h"
#include "libs/importer/fingerprint_set.h"
#include "libs/importer/order_assembler.h"
#include "libs/importer/order_line_reader.h"
#include "libs/importer/time_reader.h"

namespace rung::importer {
namespace {

constexpr size_t kRecentLines = 1'000'000;
constexpr int64_t kProgressLines = 4096;

absl::Status CheckOptions(const ImportOptions& options) {
  RUNG_RETURN_IF_ERROR(CheckMapping(options.mapping));
  if (options.zone == nullptr) return InvalidArgumentError("the zone of the file's times isn't given");
  if (options.minor_digits < 0 || options.minor_digits > 4) {
    return InvalidArgumentError("minor_digits: {} is outside 0 to 4", options.minor_digits);
  }
  if (options.order_window_lines < 1) {
    return InvalidArgumentError("order_window_lines: {} is below 1", options.order_window_lines);
  }
  for (const std::string& format : options.time_formats) RUNG_RETURN_IF_ERROR(CheckTimeFormat(format));
  if (options.order_lines_max < 1) return InvalidArgumentError("order_lines_max: must be at least 1");
  if (options.delimiter == '"' || options.delimiter == '\n' || options.delimiter == '\r') {
    return InvalidArgumentError("the delimiter can't be a quote or a line end");
  }
  return absl::OkStatus();
}

// A row with the wrong columns has no one cell to show.
std::string RowExample(const CsvRow& row) {
  std::string text = row.broken() ? fmt::format("over {} columns or {} bytes:", kMaxRowFields, kMaxRowBytes)
                                  : fmt::format("{} columns:", row.size());
  for (size_t i = 0; i < row.size() && text.size() < 100; ++i) text.append(" ").append(row.field(i).substr(0, 100));
  return text;
}

}  // namespace

absl::StatusOr<ImportReport> ImportOrderLines(const std::string& path, const ImportOptions& options,
                                              const EventSink& sink, const ProgressSink& progress) {
  RUNG_RETURN_IF_ERROR(CheckOptions(options));
  RUNG_ASSIGN_OR_RETURN(CsvReader rows, CsvReader::Open(path, options.delimiter));
  CsvRow row;
  RUNG_ASSIGN_OR_RETURN(bool more, rows.Next(row));
  if (!more) return FailedPreconditionError("{}: the file is empty; its first row should name the columns", path);
  RUNG_ASSIGN_OR_RETURN(OrderLineReader reader, OrderLineReader::ForHeader(row, options));

  ImportReport report;
  OrderAssembler assembler(options, sink, report);
  RecentTexts recent(kRecentLines);
  ImportedLine line;
  while (true) {
    RUNG_ASSIGN_OR_RETURN(more, rows.Next(row));
    if (!more) break;
    ++report.lines_read;
    RUNG_RETURN_IF_ERROR(assembler.Advance(report.lines_read));
    const bool is_duplicate = !row.broken() && !recent.Insert(row.text());
    if (is_duplicate) ++report.duplicate_lines;
    if (const auto refusal = reader.Read(row, line)) {
      bool too_late = false;
      if (IsRefusal(refusal->reason)) {
        for (const OrderKey& key : reader.KeysOf(row)) too_late = !assembler.Spoil(key, row.line()) || too_late;
      }
      report.Drop(too_late ? Reason::kOrderContinuedTooLate : refusal->reason, row.line(),
                  refusal->reason == Reason::kMalformedRow ? RowExample(row) : std::string(refusal->value));
    } else if (is_duplicate && options.drop_duplicates) {
      report.Drop(Reason::kDuplicateLine, row.line(), line.order_id);
    } else {
      if (reader.NeedsRepair(row)) ++report.repaired_lines;
      RUNG_RETURN_IF_ERROR(assembler.Add(std::move(line), row.line()));
    }
    if (progress && report.lines_read % kProgressLines == 0) progress(report);
  }
  RUNG_RETURN_IF_ERROR(assembler.Finish());
  return report;
}

}  // namespace rung::importer
