#include "tools/rungctl/purchase_file.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>

#include "libs/base/status.h"
#include "libs/importer/csv_reader.h"
#include "libs/importer/decimal.h"
#include "libs/importer/time_reader.h"

namespace rung::ctl {
namespace {

using importer::CsvRow;

constexpr int kMinorDigits = 2;
constexpr size_t kAbsent = std::numeric_limits<size_t>::max();

enum Field : size_t { kCustomerId, kOrderTime, kAmount, kCost, kQuantity, kUnitPrice, kOrderId };
constexpr std::string_view kFieldNames[] = {"customer_id", "order_time", "amount", "cost", "quantity", "unit_price", "order_id"};
constexpr size_t kFieldCount = std::size(kFieldNames);

using Columns = std::array<std::string, kFieldCount>;  // names, empty: not mapped
using Indexes = std::array<size_t, kFieldCount>;

absl::StatusOr<Columns> ParseColumns(std::string_view text) {
  Columns columns;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view pair = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const size_t equals = pair.find('=');
    const auto* name = std::find(std::begin(kFieldNames), std::end(kFieldNames), pair.substr(0, equals));
    if (equals == std::string_view::npos || equals + 1 == pair.size() || name == std::end(kFieldNames)) {
      return InvalidArgumentError("--map: \"{}\" isn't field=column with a field of customer_id, order_time, amount, cost, "
                                  "quantity, unit_price, order_id", pair);
    }
    columns[static_cast<size_t>(name - kFieldNames)] = pair.substr(equals + 1);
  }
  if (columns[kCustomerId].empty() || columns[kOrderTime].empty()) {
    return InvalidArgumentError("--map: customer_id and order_time need a column");
  }
  if (columns[kAmount].empty() && (columns[kQuantity].empty() || columns[kUnitPrice].empty())) {
    return InvalidArgumentError("--map: amount needs a column, or both quantity and unit_price do");
  }
  return columns;
}

// Without a mapping: the columns of generated files; the cost only if it is there.
absl::StatusOr<Indexes> FindColumns(const CsvRow& header, const PurchaseSource& source) {
  const bool generated = source.map.empty();
  RUNG_ASSIGN_OR_RETURN(const Columns columns,
                        ParseColumns(generated ? "customer_id=customer_id,order_time=order_time,amount=amount,cost=cost"
                                               : std::string_view(source.map)));
  Indexes indexes;
  indexes.fill(kAbsent);
  std::string names;
  for (size_t i = 0; i < header.size(); ++i) {
    names += (i == 0 ? "" : ", ") + std::string(header.field(i));
    for (size_t field = 0; field < kFieldCount; ++field) {
      if (!columns[field].empty() && columns[field] == header.field(i)) indexes[field] = i;
    }
  }
  for (size_t field = 0; field < kFieldCount; ++field) {
    if (columns[field].empty() || indexes[field] != kAbsent || (generated && field == kCost)) continue;
    return InvalidArgumentError("{}: no column \"{}\" for {}; its columns are {} (--map says which to use)", source.file,
                                columns[field], kFieldNames[field], names);
  }
  return indexes;
}

class LineReader {
 public:
  LineReader(const Indexes& indexes, const PurchaseSource& source, const BusinessZone& zone)
      : indexes_(indexes), cancel_prefix_(source.cancel_prefix), zone_(zone), times_(source.time_formats, zone),
        plain_days_(source.time_formats.empty()),
        least_amount_(source.count_zero ? 0 : 1) {}

  std::optional<SkipReason> Read(const CsvRow& row, PurchaseFile& file) {
    if (row.broken()) return SkipReason::kShortRow;
    for (const size_t index : indexes_) {
      if (index != kAbsent && index >= row.size()) return SkipReason::kShortRow;
    }
    if (Cell(row, kCustomerId).empty()) return SkipReason::kUnknownCustomer;
    if (!cancel_prefix_.empty() && indexes_[kOrderId] != kAbsent && Cell(row, kOrderId).starts_with(cancel_prefix_)) {
      return SkipReason::kCancellation;
    }
    const std::optional<Day> day = ReadDay(Cell(row, kOrderTime));
    if (!day) return SkipReason::kBadTime;
    const bool has_cost = file.margin && !Cell(row, kCost).empty();
    const std::optional<int64_t> amount = Amount(row), cost = has_cost ? Money(Cell(row, kCost)) : 0;
    if (!amount || !cost) return SkipReason::kBadNumber;
    if (*amount < least_amount_) return SkipReason::kNotPositive;
    if (file.margin && !has_cost) {
      uncosted_.push_back(file.purchases.size());
    } else {
      costed_amount_ += *amount;
      costed_margin_ += *amount - *cost;
    }
    file.purchases.push_back({CustomerNumber(Cell(row, kCustomerId), file), *day, static_cast<double>(*amount - *cost) / 100});
    return std::nullopt;
  }

  // A line without a cost is taken to have the margin rate of those with one.
  void Finish(PurchaseFile& file) const {
    file.lines_without_cost = static_cast<int64_t>(uncosted_.size());
    if (costed_amount_ == 0) file.margin = false;  // no costs at all: amounts stay amounts
    if (!file.margin) return;
    const double rate = static_cast<double>(costed_margin_) / static_cast<double>(costed_amount_);
    for (const size_t i : uncosted_) file.purchases[i].value *= rate;
  }

 private:
  std::string_view Cell(const CsvRow& row, Field field) const { return row.field(indexes_[field]); }

  std::optional<Day> ReadDay(std::string_view text) {
    if (plain_days_) {
      if (const auto day = ParseDay(text)) return day;
    }
    const auto time = times_.Read(text);
    return time ? std::optional(zone_.DayOf(*time)) : std::nullopt;
  }

  std::optional<int64_t> Money(std::string_view text) const {
    const auto value = importer::ParseDecimal(text);
    return value ? std::optional(importer::RoundedUnits(*value, kMinorDigits)) : std::nullopt;
  }

  std::optional<int64_t> Amount(const CsvRow& row) const {
    if (indexes_[kAmount] != kAbsent) return Money(Cell(row, kAmount));
    const auto quantity = importer::ParseDecimal(Cell(row, kQuantity)), price = importer::ParseDecimal(Cell(row, kUnitPrice));
    return quantity && price ? importer::RoundedProduct(*quantity, *price, kMinorDigits) : std::nullopt;
  }

  int64_t CustomerNumber(std::string_view id, PurchaseFile& file) {
    const auto [entry, is_new] = numbers_.try_emplace(std::string(id), static_cast<int64_t>(numbers_.size()));
    if (is_new) file.customer_ids.emplace_back(id);
    return entry->second;
  }

  Indexes indexes_;
  std::string cancel_prefix_;
  const BusinessZone& zone_;
  importer::TimeReader times_;
  bool plain_days_;
  int64_t least_amount_;  // fen
  std::unordered_map<std::string, int64_t> numbers_;
  std::vector<size_t> uncosted_;  // indexes of purchases
  int64_t costed_amount_ = 0;     // fen
  int64_t costed_margin_ = 0;
};

}  // namespace

absl::StatusOr<PurchaseFile> ReadPurchases(const PurchaseSource& source) {
  const auto zone = BusinessZone::Load(source.zone);
  if (!zone) return InvalidArgumentError("--zone: \"{}\" isn't a zone such as Asia/Shanghai", source.zone);
  if (source.delimiter != "tab" && source.delimiter.size() != 1) {
    return InvalidArgumentError("--delimiter: \"{}\" isn't a character or \"tab\"", source.delimiter);
  }
  const char delimiter = source.delimiter == "tab" ? '\t' : source.delimiter[0];
  RUNG_ASSIGN_OR_RETURN(auto reader, importer::CsvReader::Open(source.file, delimiter));
  CsvRow row;
  RUNG_ASSIGN_OR_RETURN(const bool has_header, reader.Next(row));
  if (!has_header) return InvalidArgumentError("{}: is empty; a row with the names of the columns is needed", source.file);
  RUNG_ASSIGN_OR_RETURN(const Indexes indexes, FindColumns(row, source));
  LineReader lines(indexes, source, *zone);
  PurchaseFile file;
  file.margin = indexes[kCost] != kAbsent;
  for (;;) {
    RUNG_ASSIGN_OR_RETURN(const bool more, reader.Next(row));
    if (!more) break;
    ++file.lines_read;
    if (const auto reason = lines.Read(row, file)) {
      SkippedLines& skipped = file.skipped[static_cast<size_t>(*reason)];
      if (skipped.count++ == 0) skipped.first_line = row.line();
    }
  }
  lines.Finish(file);
  for (const stats::Purchase& purchase : file.purchases) {
    if (file.first_day == 0 || purchase.day < file.first_day) file.first_day = purchase.day;
    if (file.last_day == 0 || purchase.day > file.last_day) file.last_day = purchase.day;
  }
  return file;
}

}  // namespace rung::ctl
