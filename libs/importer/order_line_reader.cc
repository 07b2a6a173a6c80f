#include "libs/importer/order_line_reader.h"

#include <algorithm>
#include <iterator>

#include "libs/base/status.h"
#include "libs/importer/text_check.h"

namespace rung::importer {
namespace {

// What the API takes; see rung/grading/v1/event.proto.
constexpr size_t kMaxIdBytes = 128;
constexpr size_t kMaxOrderIdBytes = kMaxIdBytes - std::string_view("import-segment:").size();
constexpr size_t kMaxCodeBytes = 64;
constexpr int64_t kMaxQuantityMilli = 1'000'000'000'000;
constexpr features::Fen kMaxAmount = 100'000'000'000;
constexpr UnixSeconds kEarliestTime = 631152000;  // 1990-01-01T00:00Z

struct WeightUnit {
  std::string_view name;
  int64_t grams;
};
constexpr WeightUnit kWeightUnits[] = {{"kg", 1000},   {"KG", 1000}, {"Kg", 1000}, {"公斤", 1000},
                                       {"千克", 1000}, {"g", 1},     {"克", 1},    {"斤", 500}};

std::string Listed(const CsvRow& header) {
  std::string names;
  for (size_t i = 0; i < header.size() && names.size() < 400; ++i) {
    if (i > 0) names += ", ";
    names += Displayed(header.field(i), 64);
  }
  return names;
}

absl::Status LacksColumn(std::string_view column, std::string_view field, const CsvRow& header) {
  bool is_text = true;
  for (size_t i = 0; i < header.size(); ++i) is_text = is_text && IsPlainText(header.field(i));
  if (!is_text) {
    return FailedPreconditionError("the file has no column \"{}\" (for {}), and its first row, {}, isn't UTF-8 text: save the file as UTF-8 / "
                                   "文件首行不是 UTF-8 文本，请将文件另存为 UTF-8", column, field, Listed(header));
  }
  if (header.size() == 1) {
    for (const char delimiter : {';', '\t', '|', ','}) {
      if (header.field(0).find(delimiter) == std::string_view::npos) continue;
      const std::string option = delimiter == '\t' ? "tab" : fmt::format("'{}'", delimiter);
      return InvalidArgumentError("the file has one column, {}: its columns seem to be separated otherwise; try --delimiter {} / "
                                  "文件只有一列，分隔符可能不同，请试 --delimiter {}", Listed(header), option, option);
    }
  }
  return InvalidArgumentError(
      "the file has no column \"{}\" (for {}); its columns are {}; name the columns to use, with "
      "--map order_id=COLUMN,order_time=COLUMN,customer_id=COLUMN,sku=COLUMN,quantity=COLUMN,unit_price=COLUMN / "
      "文件没有列“{}”，请用 --map 指明所用的列", column, field, Listed(header), column);
}

// Thousandths of a piece, or grams. Nothing when the quantity isn't whole in that unit or out of range.
std::optional<int64_t> QuantityMilli(const Decimal& quantity, std::string_view unit, features::Unit& kind) {
  const auto* weight = std::ranges::find(kWeightUnits, unit, &WeightUnit::name);
  kind = weight == std::end(kWeightUnits) ? features::Unit::kPiece : features::Unit::kKilogram;
  const int64_t factor = weight == std::end(kWeightUnits) ? 1000 : weight->grams;
  int64_t product = 0;
  if (__builtin_mul_overflow(quantity.coefficient, factor, &product)) return std::nullopt;
  for (int i = 0; i < quantity.scale; ++i) {
    if (product % 10 != 0) return std::nullopt;
    product /= 10;
  }
  if (product > kMaxQuantityMilli) return std::nullopt;
  return product;
}

}  // namespace

OrderLineReader::OrderLineReader(const ImportOptions& options)
    : minor_digits_(options.minor_digits),
      cancellation_prefix_(options.cancellation_prefix),
      times_(options.time_formats, *options.zone) {
  columns_.fill(kAbsent);
}

absl::StatusOr<OrderLineReader> OrderLineReader::ForHeader(const CsvRow& header, const ImportOptions& options) {
  if (header.broken()) return InvalidArgumentError("the first row isn't a header: it is too long");
  OrderLineReader reader(options);
  reader.column_count_ = header.size();
  for (size_t f = 0; f < kFieldCount; ++f) {
    const std::string& wanted = options.mapping.*kMappingFields[f].column;
    if (wanted.empty()) continue;
    for (size_t i = 0; i < header.size(); ++i) {
      if (header.field(i) != wanted) continue;
      if (reader.columns_[f] != kAbsent) return InvalidArgumentError("the file has two columns \"{}\"", wanted);
      reader.columns_[f] = i;
      reader.used_[i] = true;
    }
    const bool may_lack = options.mapping.is_default && !IsRequired(kMappingFields[f].column);
    if (reader.columns_[f] == kAbsent && !may_lack) return LacksColumn(wanted, kMappingFields[f].name, header);
  }
  if (!reader.mapped(&Mapping::unit_price) && !reader.mapped(&Mapping::amount)) {
    return LacksColumn("unit_price", "unit_price or amount", header);
  }
  return reader;
}

size_t OrderLineReader::index(std::string Mapping::* field) const {
  return columns_[std::ranges::find(kMappingFields, field, &MappingField::column) - std::begin(kMappingFields)];
}

std::string_view OrderLineReader::cell(const CsvRow& row, std::string Mapping::* field) const {
  const size_t column = index(field);
  return column == kAbsent ? std::string_view() : row.field(column);
}

std::optional<Refusal> OrderLineReader::Read(const CsvRow& row, ImportedLine& out) {
  if (row.broken() || row.size() != column_count_) return Refusal{Reason::kMalformedRow, {}};
  const std::string_view order_id = cell(row, &Mapping::order_id);
  if (cell(row, &Mapping::customer_id).empty()) return Refusal{Reason::kUnknownCustomer, order_id};
  if (!cancellation_prefix_.empty() && order_id.starts_with(cancellation_prefix_)) {
    return Refusal{Reason::kCancellation, order_id};
  }
  out.line = features::OrderLine();
  if (auto refusal = ReadQuantityAndPrice(row, out.line)) return refusal;
  if (auto refusal = ReadIds(row, out)) return refusal;
  if (auto refusal = ReadMoney(row, out.line)) return refusal;

  const std::string_view time = cell(row, &Mapping::order_time);
  const std::optional<UnixSeconds> instant = times_.Read(time);
  if (!instant || *instant < kEarliestTime) return Refusal{Reason::kBadTime, time};
  out.time = *instant;
  return std::nullopt;
}

// Only the signs and the quantity's size: these decide about a line before anything else in it is looked at.
std::optional<Refusal> OrderLineReader::ReadQuantityAndPrice(const CsvRow& row, features::OrderLine& line) const {
  const std::string_view quantity_text = cell(row, &Mapping::quantity);
  const std::optional<Decimal> quantity = ParseDecimal(quantity_text);
  if (!quantity) return Refusal{quantity_text.empty() ? Reason::kMissingValue : Reason::kBadNumber, quantity_text};
  if (!quantity->positive()) return Refusal{Reason::kQuantityNotPositive, quantity_text};

  const std::string_view price_text =
      cell(row, mapped(&Mapping::unit_price) ? &Mapping::unit_price : &Mapping::amount);
  const std::optional<Decimal> price = ParseDecimal(price_text);
  if (!price) return Refusal{price_text.empty() ? Reason::kMissingValue : Reason::kBadNumber, price_text};
  if (!price->positive()) return Refusal{Reason::kPriceNotPositive, price_text};

  const std::optional<int64_t> milli = QuantityMilli(*quantity, cell(row, &Mapping::unit), line.unit);
  if (!milli || *milli == 0) return Refusal{Reason::kBadNumber, quantity_text};
  line.quantity_milli = *milli;
  if (mapped(&Mapping::amount)) return std::nullopt;
  const std::optional<int64_t> amount = RoundedProduct(*quantity, *price, minor_digits_);
  if (!amount || *amount > kMaxAmount) return Refusal{Reason::kBadNumber, price_text};
  line.amount = *amount;
  return std::nullopt;
}

std::optional<Refusal> OrderLineReader::ReadIds(const CsvRow& row, ImportedLine& out) const {
  struct Text {
    std::string Mapping::* field;
    std::string& target;
    size_t max_bytes;
    bool required;
  };
  const Text texts[] = {
      {&Mapping::customer_id, out.customer_id, kMaxIdBytes, true},
      {&Mapping::order_id, out.order_id, kMaxOrderIdBytes, true},
      {&Mapping::sku, out.line.sku, kMaxIdBytes, true},
      {&Mapping::category, out.line.category, kMaxCodeBytes, false},
      {&Mapping::region, out.region, kMaxCodeBytes, false},
      {&Mapping::segment, out.segment, kMaxCodeBytes, false},
  };
  std::optional<Refusal> too_long;
  for (const Text& text : texts) {
    const std::string_view value = cell(row, text.field);
    if (value.empty() && text.required) return Refusal{Reason::kMissingValue, kMappingFields[&text - texts].name};
    if (!IsPlainText(value)) return Refusal{Reason::kBadText, value};
    if (value.size() > text.max_bytes && !too_long) too_long = Refusal{Reason::kTooLong, value};
    text.target = value;
  }
  return too_long;
}

std::optional<features::Fen> OrderLineReader::Money(std::string_view text) const {
  const std::optional<Decimal> value = ParseDecimal(text);
  if (!value || value->coefficient < 0) return std::nullopt;
  const features::Fen amount = RoundedUnits(*value, minor_digits_);
  if (amount > kMaxAmount) return std::nullopt;
  return amount;
}

std::optional<Refusal> OrderLineReader::ReadMoney(const CsvRow& row, features::OrderLine& line) const {
  const std::string_view cost = cell(row, &Mapping::cost);
  if (!cost.empty()) {
    line.cost = Money(cost);
    if (!line.cost) return Refusal{Reason::kBadNumber, cost};
  }
  const std::string_view discount = cell(row, &Mapping::promotional_discount);
  if (!discount.empty()) {
    const std::optional<features::Fen> value = Money(discount);
    if (!value) return Refusal{Reason::kBadNumber, discount};
    line.promotional_discount = *value;
  }
  if (mapped(&Mapping::amount)) {
    const std::string_view text = cell(row, &Mapping::amount);
    const std::optional<features::Fen> amount = Money(text);
    if (!amount) return Refusal{text.empty() ? Reason::kMissingValue : Reason::kBadNumber, text};
    line.amount = *amount;
  } else {
    line.amount -= line.promotional_discount;
    if (line.amount < 0) return Refusal{Reason::kBadNumber, discount};
  }
  return std::nullopt;
}

std::vector<OrderKey> OrderLineReader::KeysOf(const CsvRow& row) const {
  if (row.broken()) return {};
  const auto candidates = [&](std::string Mapping::* field, size_t most) {
    std::vector<std::string_view> found;
    for (const size_t at : {index(field), index(field) + row.size() - column_count_}) {  // wraps around where it lies before the row
      if (at >= row.size() || (!found.empty() && found[0] == row.field(at))) continue;
      const std::string_view id = row.field(at);
      if (!id.empty() && id.size() <= most && IsPlainText(id)) found.push_back(id);
    }
    return found;
  };
  std::vector<OrderKey> keys;
  for (const std::string_view customer_id : candidates(&Mapping::customer_id, kMaxIdBytes)) {
    for (const std::string_view order_id : candidates(&Mapping::order_id, kMaxOrderIdBytes)) keys.push_back({customer_id, order_id});
  }
  return keys;
}

bool OrderLineReader::NeedsRepair(const CsvRow& row) const {
  for (size_t i = 0; i < row.size(); ++i) {
    if (!used_[i] && !IsUtf8(row.field(i))) return true;
  }
  return false;
}

}  // namespace rung::importer
