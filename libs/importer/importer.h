// Imports order lines from CSV files of any layout.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "libs/base/day.h"
#include "libs/features/event.h"
#include "libs/importer/import_report.h"
#include "libs/importer/mapping.h"

namespace rung::importer {

struct ImportOptions {
  Mapping mapping = GeneratedFileMapping();
  char delimiter = ',';

  /// As for absl::ParseTime; see TimeReader for what an empty list means.
  std::vector<std::string> time_formats;
  /// Required: where times without an offset were written; also decides the events' days. Outlives the import.
  const BusinessZone* zone = nullptr;

  /// Order ids that start with this are cancellations; empty: there are none. Example: "C".
  std::string cancellation_prefix;
  /// Decimals of the currency's minor unit; 0 to 4.
  int minor_digits = 2;
  bool drop_duplicates = false;  ///< as far as they are found: see ImportReport::duplicate_lines

  /// Later orders tell no region or segment: the server takes none that lie more than a day ahead.
  UnixSeconds latest_time = std::numeric_limits<UnixSeconds>::max();

  /// An order is handed over once its first line lies this many lines back; its later lines are dropped. At least 1.
  int64_t order_window_lines = 100'000;
  /// Order lines that one event takes; more are first merged by SKU. At least 1.
  size_t order_lines_max = 1000;
};

/// Takes the events. An error ends the import and is returned from it.
using EventSink = std::function<absl::Status(features::Event)>;

/// Called every few thousand lines with the numbers so far.
using ProgressSink = std::function<void(const ImportReport&)>;

/// Streams the file's orders into `sink`, each as one event "import:<order id>" of source "import" at the time of the
/// order's earliest line. An order of which a line can't be read isn't handed over: once its line is mended, the file can be imported
/// again. (A row of over a megabyte, or without ids that can be read, is no order's.) When region or segment are mapped, an order that
/// tells another one than the customer's latest before it in the file is preceded by a profile ("import-region:<order id>",
/// "import-segment:<order id>", at the time of that order); orders that are older than one before them tell nothing.
///
/// A line's amount is the mapped amount, or else quantity x unit price, rounded half up to minor units, less the
/// promotional discount. Keeps the open orders in memory, 16 bytes for each order and recent line, and 48 for each customer.
///
/// `path`: plain or gzip-compressed; "-" is the standard input. NOT_FOUND when it can't be opened; DATA_LOSS when it
/// is damaged, also by an unclosed quote; FAILED_PRECONDITION when it is empty or no text; INVALID_ARGUMENT for unusable
/// options and for columns that it lacks. Events handed over before an error stay handed over.
absl::StatusOr<ImportReport> ImportOrderLines(const std::string& path, const ImportOptions& options,
                                              const EventSink& sink, const ProgressSink& progress = {});

}  // namespace rung::importer
