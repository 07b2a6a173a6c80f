#include "tests/support/customer_base_data.h"

#include <cstdlib>
#include <limits>
#include <utility>

#include "libs/importer/csv_reader.h"

namespace rung::testing {

std::vector<CsvRecord> LoadCsv(const std::string& path) {
  auto reader = importer::CsvReader::Open(std::string(RUNG_SOURCE_DIR "/") + path).value();
  importer::CsvRow row;
  std::vector<std::string> header;
  std::vector<CsvRecord> records;
  while (reader.Next(row).value()) {
    if (header.empty()) {
      for (size_t i = 0; i < row.size(); ++i) header.emplace_back(row.field(i));
      continue;
    }
    CsvRecord& record = records.emplace_back();
    for (size_t i = 0; i < row.size(); ++i) record[header.at(i)] = row.field(i);
  }
  return records;
}

double Number(const CsvRecord& record, const std::string& column) {
  const std::string& text = record.at(column);
  return text.empty() ? std::numeric_limits<double>::quiet_NaN() : std::strtod(text.c_str(), nullptr);
}

std::vector<stats::PurchaseHistory> Histories(const std::vector<CsvRecord>& records) {
  std::vector<stats::PurchaseHistory> histories;
  for (const CsvRecord& record : records) {
    histories.push_back({static_cast<int64_t>(Number(record, "x")), Number(record, "t_x"), Number(record, "T_cal"),
                         Number(record, "litt")});
  }
  return histories;
}

std::vector<stats::Purchase> LoadPurchases(const std::string& path, const std::string& value_column) {
  std::vector<stats::Purchase> purchases;
  for (const CsvRecord& record : LoadCsv(path)) {
    purchases.push_back({std::strtoll(record.at("customer_id").c_str(), nullptr, 10), *ParseDay(record.at("order_date")),
                         Number(record, value_column)});
  }
  return purchases;
}

std::vector<RetailLine> LoadOnlineRetail() {
  auto reader = importer::CsvReader::Open(RUNG_SOURCE_DIR "/deploy/data/online_retail/lines.csv.gz").value();
  importer::CsvRow row;
  std::vector<RetailLine> lines;
  bool header = true;
  while (reader.Next(row).value()) {
    if (std::exchange(header, false)) continue;
    // invoice_no, invoice_ts, customer_id, country, stock_code, description, quantity, unit_price
    RetailLine& line = lines.emplace_back();
    line.invoice = row.field(0);
    line.day = *ParseDay(row.field(1).substr(0, 10));
    line.customer = std::strtoll(std::string(row.field(2)).c_str(), nullptr, 10);
    line.sku = row.field(4);
    line.quantity = std::strtod(std::string(row.field(6)).c_str(), nullptr);
    line.unit_price = std::strtod(std::string(row.field(7)).c_str(), nullptr);
    line.clean = line.customer != 0 && !line.invoice.starts_with("C") && line.quantity > 0 && line.unit_price > 0;
  }
  return lines;
}

std::vector<stats::Purchase> OnlineRetailPurchases(const std::vector<RetailLine>& lines) {
  std::vector<stats::Purchase> purchases;
  for (const RetailLine& line : lines) {
    if (line.clean) purchases.push_back({line.customer, line.day, line.quantity * line.unit_price});
  }
  return purchases;
}

}  // namespace rung::testing
