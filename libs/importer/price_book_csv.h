// Price books from and to CSV.
//
// Items, one row a price: sku, category, unit (piece, kg) and list_price are required; name_zh, name_en, region, from_date,
// until_date, cost, floor_price, min_margin_percent may be there. Rows of one SKU are its prices, and say the same of
// everything else. Breaks: break_id, scope, unit, min_quantity and one of pay_percent and price. Amounts are in the
// currency's major unit with at most 2 decimals, quantities in pieces or kilograms.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/pricing/rules.h"

namespace rung::importer {

/// `breaks_path` may be empty. INVALID_ARGUMENT with a violation per bad cell ("line 17, list_price"), at most
/// Findings::kMaxFindings; NOT_FOUND for a file that can't be read. What the cells add up to is pricing::Validate's.
absl::StatusOr<pricing::PriceBook> ReadPriceBook(const std::string& items_path, const std::string& breaks_path);

void WriteItems(const pricing::PriceBook& book, std::ostream& out);
void WriteBreaks(const pricing::PriceBook& book, std::ostream& out);

}  // namespace rung::importer
