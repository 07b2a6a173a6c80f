// Puts lines together to orders.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include <absl/status/status.h>

#include "libs/importer/fingerprint_set.h"
#include "libs/importer/import_report.h"
#include "libs/importer/importer.h"
#include "libs/importer/order_line_reader.h"

namespace rung::importer {

/// Groups lines by (customer, order) and hands finished orders over as events. The lines of an order needn't be
/// adjacent, only within `options.order_window_lines`. Not thread-safe.
class OrderAssembler {
 public:
  /// The arguments outlive the assembler; the report's totals are kept by it.
  OrderAssembler(const ImportOptions& options, const EventSink& sink, ImportReport& report)
      : options_(options), sink_(sink), report_(report) {}

  /// Takes the line of that number in the file. Numbers mustn't fall.
  absl::Status Add(ImportedLine line, int64_t line_number);

  /// A line of that order can't be used: it isn't handed over. False when it was already.
  bool Spoil(const OrderKey& key, int64_t line_number);

  /// Hands over the orders whose first line lies order_window_lines before `row_count`, the rows read so far.
  absl::Status Advance(int64_t row_count);

  /// Hands over all that is still open.
  absl::Status Finish();

 private:
  struct OpenOrder {
    std::string key;
    std::string customer_id;
    features::Order order;
    UnixSeconds time = 0;         // of the earliest line
    UnixSeconds latest_time = 0;
    bool spoilt = false;
    std::string region;
    std::string segment;
    int64_t line_number = 0;  // of the first line in the file
    int64_t row_count = 0;    // rows read when it was opened
  };

  // What a customer's latest order that told it has said, by fingerprint; 0: nothing yet.
  struct Trait {
    int64_t value = 0;
    UnixSeconds time = 0;
  };
  struct Traits {
    Trait region;
    Trait segment;
  };

  OpenOrder& Open(std::string key, std::string_view customer_id, std::string_view order_id, int64_t line_number);
  absl::Status HandOver(OpenOrder& open);
  bool Tells(const OpenOrder& open, const std::string& value, Trait& known) const;
  absl::Status EmitProfile(const OpenOrder& open, std::string_view trait, features::CustomerProfile profile);

  const ImportOptions& options_;
  const EventSink& sink_;
  ImportReport& report_;
  int64_t row_count_ = 0;
  std::list<OpenOrder> open_;  // oldest first
  std::unordered_map<std::string, std::list<OpenOrder>::iterator> by_key_;
  FingerprintSet closed_;
  FingerprintSet held_back_;  // of them
  FingerprintMap<Traits> customers_;
};

/// Adds up lines of the same SKU, category and unit, as long as the sums stay within what a line may hold. The cost of
/// a sum is known when all costs are.
std::vector<features::OrderLine> MergeLines(std::vector<features::OrderLine> lines);

}  // namespace rung::importer
