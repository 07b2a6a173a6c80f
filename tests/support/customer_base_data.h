// The published customer bases of tests/data/customer_base; see the README there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libs/stats/purchase_log.h"

namespace rung::testing {

/// Rows of a CSV file with a header, plain or compressed; `path` is relative to the sources.
using CsvRecord = std::map<std::string, std::string>;
std::vector<CsvRecord> LoadCsv(const std::string& path);

/// A cell as a number; NaN when it is empty.
double Number(const CsvRecord& record, const std::string& column);

/// Histories of a cbs_expected.csv.gz: columns x, t_x, T_cal, litt.
std::vector<stats::PurchaseHistory> Histories(const std::vector<CsvRecord>& records);

/// customer_id, order_date, `value`.
std::vector<stats::Purchase> LoadPurchases(const std::string& path, const std::string& value_column);

/// A line of deploy/data/online_retail. Clean: customer known, not cancelled, quantity and price above 0.
struct RetailLine {
  int64_t customer = 0;  ///< 0: unknown
  Day day = 0;
  std::string invoice;
  std::string sku;
  double quantity = 0;
  double unit_price = 0;
  bool clean = false;
};
std::vector<RetailLine> LoadOnlineRetail();

/// Clean lines as purchases.
std::vector<stats::Purchase> OnlineRetailPurchases(const std::vector<RetailLine>& lines);

}  // namespace rung::testing
