#include "tests/support/customer_base_data.h"

#include <cstdlib>
#include <limits>

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

}  // namespace rung::testing
