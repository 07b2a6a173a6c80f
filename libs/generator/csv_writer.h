// Order lines and truth as CSV (RFC 4180, UTF-8, lines end in LF).
#pragma once

#include <cstdio>
#include <iosfwd>
#include <string>
#include <string_view>
#include <variant>

#include "libs/generator/generator.h"

namespace rung::generator {

inline constexpr std::string_view kOrderLineHeader =
    "order_id,order_time,customer_id,region,category,sku,quantity,unit,unit_price,amount,cost,promotional_discount\n";
inline constexpr std::string_view kTruthHeader =
    "customer_id,region,segment,registered_date,base_rate_per_month,weekdays,trend_per_month,churn_date,abuse,group,"
    "chain,shared\n";

/// Appends a row for each line of each order, in the order of time. order_time is Shanghai wall time,
/// "2026-03-31 19:05"; unit is "kg" or "piece"; money is in yuan with two decimals; quantity has up to three.
/// unit_price is before the promotional discount, amount after it, cost that of the whole line (empty: unknown).
/// Order ids are unique per customer only. Cancelled orders are included.
void AppendOrderLines(const GeneratedCustomer& customer, std::string& out);

/// Appends one row. Rates are order days per 30 days; weekdays is a word like "Mon Thu"; trend is the growth per
/// 30 days as a share of the base rate; churn_date and group may be empty; chain is "true" or "false"; shared is a
/// word like "phone device".
void AppendTruth(const CustomerTruth& truth, std::string& out);

/// Appends a field, quoted if its content asks for it.
void AppendField(std::string_view field, std::string& out);

/// Streams one of the two tables: the header at once, then rows. Doesn't own its target. Not thread-safe; threads can
/// append to strings of their own instead.
class CsvWriter {
 public:
  enum class Table { kOrderLines, kTruth };

  CsvWriter(Table table, std::ostream& target);
  CsvWriter(Table table, std::FILE* target);

  void Write(const GeneratedCustomer& customer);

  /// Hands over what is still buffered and flushes the target. False if any write has failed.
  [[nodiscard]] bool Finish();

 private:
  using Target = std::variant<std::ostream*, std::FILE*>;

  CsvWriter(Table table, Target target);

  void HandOver();

  Table table_;
  Target target_;
  std::string buffer_;
  bool failed_ = false;
};

}  // namespace rung::generator
