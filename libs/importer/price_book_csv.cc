#include "libs/importer/price_book_csv.h"

#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <unordered_map>

#include "libs/base/findings.h"
#include "libs/errors/errors.h"
#include "libs/importer/csv_reader.h"
#include "libs/importer/decimal.h"

namespace rung::importer {
namespace {

using namespace pricing;

constexpr int kMoneyDigits = 2, kPercentDigits = 2, kQuantityDigits = 3;

// Cells by the names in the header; what is wrong with one becomes a finding at its line and column.
class Table {
 public:
  Table(CsvReader& reader, Findings& findings) : reader_(reader), findings_(findings) {}

  absl::Status ReadHeader(const std::vector<std::string_view>& required, const std::vector<std::string_view>& optional) {
    RUNG_ASSIGN_OR_RETURN(const bool any, reader_.Next(row_));
    if (!any) return InvalidField("header", "REQUIRED", "the file is empty; its first row names the columns");
    for (size_t i = 0; i < row_.size(); ++i) {
      const std::string name(row_.field(i));
      const auto known = [&](const auto& list) { return std::find(list.begin(), list.end(), name) != list.end(); };
      if (!known(required) && !known(optional)) findings_.Add("header", "UNKNOWN_COLUMN", "\"{}\" is no column of a price book", Shorten(name, 40));
      if (!columns_.emplace(name, i).second) findings_.Add("header", "DUPLICATE", "column \"{}\" is there twice", Shorten(name, 40));
    }
    for (const std::string_view name : required) {
      if (!columns_.contains(std::string(name))) findings_.Add("header", "REQUIRED", "column \"{}\" is missing", name);
    }
    width_ = row_.size();
    return findings_.empty() ? absl::OkStatus() : InvalidRequest(std::move(findings_).Take());
  }

  /// False at the end. Rows that aren't as wide as the header are findings and skipped.
  absl::StatusOr<bool> Next() {
    while (!findings_.full()) {
      RUNG_ASSIGN_OR_RETURN(const bool any, reader_.Next(row_));
      if (!any) return false;
      if (!row_.broken() && row_.size() == width_) return true;
      findings_.Add(fmt::format("line {}", row_.line()), "MALFORMED_ROW", "{} cells; the header has {}", row_.size(), width_);
    }
    return false;
  }

  std::string_view Cell(const char* column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() ? std::string_view() : row_.field(found->second);
  }
  std::string At(const char* column) const { return fmt::format("line {}, {}", row_.line(), column); }

  /// value x 10^digits; nullopt for an empty cell, and for a bad one, which is a finding.
  std::optional<int64_t> Number(const char* column, int digits) {
    const std::string_view text = Cell(column);
    if (text.empty()) return std::nullopt;
    const auto decimal = ParseDecimal(text);
    const auto units = decimal ? ExactUnits(*decimal, digits) : std::nullopt;
    if (!units) findings_.Add(At(column), "BAD_NUMBER", "\"{}\" {}", Shorten(text, 40), ExplainNoUnits(text, digits));
    return units;
  }
  int64_t RequiredNumber(const char* column, int digits) {
    if (Cell(column).empty()) findings_.Add(At(column), "REQUIRED", "the cell is empty");
    return Number(column, digits).value_or(0);
  }
  std::optional<Day> OptionalDay(const char* column) {
    const std::string_view text = Cell(column);
    if (text.empty()) return std::nullopt;
    const auto day = ParseDay(text);
    if (!day) findings_.Add(At(column), "BAD_DATE", "\"{}\" must be a day such as 2026-03-31", Shorten(text, 40));
    return day;
  }
  Unit ReadUnit() {
    const std::string_view text = Cell("unit");
    if (text == "kg" || text == "公斤") return Unit::kKilogram;
    if (text != "piece" && text != "件") findings_.Add(At("unit"), "UNKNOWN_VALUE", "\"{}\" must be piece or kg", Shorten(text, 40));
    return Unit::kPiece;
  }

 private:
  CsvReader& reader_;
  Findings& findings_;
  CsvRow row_;
  std::map<std::string, size_t, std::less<>> columns_;
  size_t width_ = 0;
};

template <typename T>
std::optional<T> As(std::optional<int64_t> value) {
  return value ? std::optional<T>(T{*value}) : std::nullopt;
}

Item ReadItem(Table& table) {
  Item item{.sku = std::string(table.Cell("sku")), .category = std::string(table.Cell("category")), .unit = table.ReadUnit()};
  if (!table.Cell("name_zh").empty()) item.names["zh"] = table.Cell("name_zh");
  if (!table.Cell("name_en").empty()) item.names["en"] = table.Cell("name_en");
  item.prices.push_back({.region = std::string(table.Cell("region")),
                         .days = {table.OptionalDay("from_date"), table.OptionalDay("until_date")},
                         .list = {table.RequiredNumber("list_price", kMoneyDigits)},
                         .cost = As<Fen>(table.Number("cost", kMoneyDigits)),
                         .floor = As<Fen>(table.Number("floor_price", kMoneyDigits)),
                         .min_margin = As<Bps>(table.Number("min_margin_percent", kPercentDigits))});
  return item;
}

absl::Status ReadItems(const std::string& path, Findings& findings, std::vector<Item>& items) {
  RUNG_ASSIGN_OR_RETURN(CsvReader reader, CsvReader::Open(path));
  Table table(reader, findings);
  RUNG_RETURN_IF_ERROR(table.ReadHeader({"sku", "category", "unit", "list_price"},
                                        {"name_zh", "name_en", "region", "from_date", "until_date", "cost", "floor_price", "min_margin_percent"}));
  std::unordered_map<std::string, size_t> by_sku;
  while (true) {
    RUNG_ASSIGN_OR_RETURN(const bool more, table.Next());
    if (!more) return absl::OkStatus();
    Item item = ReadItem(table);
    const auto [found, added] = by_sku.emplace(item.sku, items.size());
    if (added) {
      items.push_back(std::move(item));
      continue;
    }
    Item& known = items[found->second];
    if (known.category != item.category || known.unit != item.unit || known.names != item.names) {
      findings.Add(table.At("sku"), "CONTRADICTION", "an earlier row gives \"{}\" another category, unit or name", Shorten(item.sku, 80));
    }
    known.prices.push_back(std::move(item.prices[0]));
  }
}

absl::Status ReadBreaks(const std::string& path, Findings& findings, std::vector<QuantityBreak>& breaks) {
  RUNG_ASSIGN_OR_RETURN(CsvReader reader, CsvReader::Open(path));
  Table table(reader, findings);
  RUNG_RETURN_IF_ERROR(table.ReadHeader({"break_id", "scope", "unit", "min_quantity"}, {"pay_percent", "price"}));
  while (true) {
    RUNG_ASSIGN_OR_RETURN(const bool more, table.Next());
    if (!more) return absl::OkStatus();
    const auto scope = ParseScope(table.Cell("scope"));
    if (!scope) findings.Add(table.At("scope"), "BAD_SCOPE", "\"{}\" must be all, category:PATH or sku:ID", Shorten(table.Cell("scope"), 80));
    breaks.push_back({std::string(table.Cell("break_id")), scope.value_or(Scope{}), table.ReadUnit(), {table.RequiredNumber("min_quantity", kQuantityDigits)},
                      {As<Bps>(table.Number("pay_percent", kPercentDigits)), As<Fen>(table.Number("price", kMoneyDigits))}});
  }
}

// ---- writing ------------------------------------------------------------------------------------------------------

std::string Quoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos && (text.empty() || (text.front() != ' ' && text.back() != ' '))) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

// value / 10^digits without needless zeros.
std::string Decimals(int64_t value, int digits) {
  std::string text = fmt::format("{:0{}}", value, digits + 1);
  text.insert(text.size() - static_cast<size_t>(digits), ".");
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}
template <typename T>
std::string Decimals(const std::optional<T>& value, int digits) {
  return value ? Decimals(value->value, digits) : std::string();
}

std::string NameOf(const Names& names, const char* language) {
  const auto found = names.find(language);
  return found == names.end() ? std::string() : Quoted(found->second);
}

const char* UnitName(Unit unit) { return unit == Unit::kPiece ? "piece" : "kg"; }
std::string DayText(const std::optional<Day>& day) { return day ? FormatDay(*day) : std::string(); }

}  // namespace

absl::StatusOr<PriceBook> ReadPriceBook(const std::string& items_path, const std::string& breaks_path) {
  PriceBook book;
  Findings findings;
  RUNG_RETURN_IF_ERROR(ReadItems(items_path, findings, book.items));
  if (!breaks_path.empty() && findings.empty()) RUNG_RETURN_IF_ERROR(ReadBreaks(breaks_path, findings, book.breaks));
  if (!findings.empty()) return InvalidRequest(std::move(findings).Take());
  return book;
}

void WriteItems(const PriceBook& book, std::ostream& out) {
  out << "sku,name_zh,name_en,category,unit,region,from_date,until_date,list_price,cost,floor_price,min_margin_percent\n";
  for (const Item& item : book.items) {
    for (const Price& price : item.prices) {
      out << Quoted(item.sku) << ',' << NameOf(item.names, "zh") << ',' << NameOf(item.names, "en") << ',' << Quoted(item.category) << ','
          << UnitName(item.unit) << ',' << Quoted(price.region) << ',' << DayText(price.days.from) << ',' << DayText(price.days.until) << ','
          << Decimals(price.list.value, kMoneyDigits) << ',' << Decimals(price.cost, kMoneyDigits) << ',' << Decimals(price.floor, kMoneyDigits)
          << ',' << Decimals(price.min_margin, kPercentDigits) << '\n';
    }
  }
}

void WriteBreaks(const PriceBook& book, std::ostream& out) {
  out << "break_id,scope,unit,min_quantity,pay_percent,price\n";
  for (const QuantityBreak& item : book.breaks) {
    out << Quoted(item.id) << ',' << Quoted(FormatScope(item.scope)) << ',' << UnitName(item.unit) << ','
        << Decimals(item.min_quantity.value, kQuantityDigits) << ',' << Decimals(item.terms.pay, kPercentDigits) << ','
        << Decimals(item.terms.price, kMoneyDigits) << '\n';
  }
}

}  // namespace rung::importer
