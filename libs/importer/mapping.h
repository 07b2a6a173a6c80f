// Which column of a file holds what.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace rung::importer {

/// Names of columns, as the file's first row has them; empty: the file doesn't have it.
struct Mapping {
  std::string order_id;     ///< required; unique per customer
  std::string order_time;   ///< required
  std::string customer_id;  ///< required; an empty cell is an unknown customer
  std::string sku;          ///< required
  std::string category;
  std::string quantity;     ///< required; pieces, or weight in `unit`; at most 3 decimals
  std::string unit;         ///< kg, g, 公斤, 千克, 克, 斤: weight; anything else, empty too: pieces
  std::string unit_price;   ///< before the promotional discount; at most 6 decimals. This or amount is required
  std::string amount;       ///< of the line, after the promotional discount
  std::string cost;         ///< of the line; an empty cell is an unknown cost
  std::string promotional_discount;  ///< of the line; an empty cell is 0
  std::string region;       ///< of the customer
  std::string segment;      ///< of the customer

  bool is_default = false;  ///< nobody asked for these columns: a file may lack those that aren't required
};

/// "order_id=invoice_no,sku=stock_code": fields of Mapping to columns. INVALID_ARGUMENT for unknown or repeated fields
/// and for what CheckMapping refuses.
absl::StatusOr<Mapping> ParseMapping(std::string_view text);

/// The columns that generated files have, as the default.
Mapping GeneratedFileMapping();

/// Whether a file can't do without the field; unit_price and amount stand in for each other.
bool IsRequired(std::string Mapping::* field);

/// INVALID_ARGUMENT naming every required field that has no column.
absl::Status CheckMapping(const Mapping& mapping);

struct MappingField {
  std::string_view name;
  std::string Mapping::* column;
};

inline constexpr MappingField kMappingFields[] = {
    {"order_id", &Mapping::order_id},
    {"order_time", &Mapping::order_time},
    {"customer_id", &Mapping::customer_id},
    {"sku", &Mapping::sku},
    {"category", &Mapping::category},
    {"quantity", &Mapping::quantity},
    {"unit", &Mapping::unit},
    {"unit_price", &Mapping::unit_price},
    {"amount", &Mapping::amount},
    {"cost", &Mapping::cost},
    {"promotional_discount", &Mapping::promotional_discount},
    {"region", &Mapping::region},
    {"segment", &Mapping::segment},
};

}  // namespace rung::importer
