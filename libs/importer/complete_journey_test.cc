// Real supermarket lines with discounts and departments: tests/data/complete_journey, whose README has the published figures.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "libs/importer/csv_reader.h"

namespace rung::importer {
namespace {

// Some amounts were written as binary fractions ("0.30000000000000004"): hundredths are what they mean.
int64_t Cents(std::string_view text) { return std::llround(std::strtod(std::string(text).c_str(), nullptr) * 100); }

template <typename Visit>
int64_t EachRow(const std::string& file, Visit visit) {
  CsvReader reader = CsvReader::Open(std::string(RUNG_SOURCE_DIR "/tests/data/complete_journey/") + file).value();
  CsvRow row;
  EXPECT_TRUE(reader.Next(row).value());  // the header
  int64_t rows = 0;
  while (reader.Next(row).value()) {
    EXPECT_FALSE(row.broken()) << row.line();
    ++rows;
    visit(row);
  }
  return rows;
}

TEST(CompleteJourney, HasThePublishedTotalsDiscountsAndProduce) {
  std::set<std::string> produce;
  EXPECT_EQ(EachRow("products.csv.gz", [&](const CsvRow& row) {
              if (row.field(2) == "PRODUCE") produce.emplace(row.field(0));
            }), 92'331);
  std::set<std::string> households, baskets;
  int64_t sales = 0, retail = 0, coupon = 0, matched = 0, discounted = 0, produce_lines = 0, produce_sales = 0;
  const int64_t lines = EachRow("lines_sample.csv.gz", [&](const CsvRow& row) {
    baskets.emplace(row.field(0));
    households.emplace(row.field(3));
    sales += Cents(row.field(7));
    retail += Cents(row.field(8));
    coupon += Cents(row.field(9));
    matched += Cents(row.field(10));
    discounted += Cents(row.field(8)) > 0 ? 1 : 0;
    if (!produce.contains(std::string(row.field(5)))) return;
    ++produce_lines;
    produce_sales += Cents(row.field(7));
  });
  EXPECT_EQ(lines, 100'000);
  EXPECT_EQ(households.size(), 2'405u);
  EXPECT_EQ(baskets.size(), 56'625u);
  EXPECT_EQ(sales, 31'275'323);
  EXPECT_EQ(retail, 5'387'599);
  EXPECT_EQ(coupon, 188'479);
  EXPECT_EQ(produce_lines, 10'184);
  EXPECT_EQ(produce_sales, 2'224'572);
  const auto off = static_cast<double>(retail + matched);
  EXPECT_NEAR(off / (static_cast<double>(sales) + off), 0.1477, 5e-5);
  EXPECT_NEAR(static_cast<double>(discounted) / static_cast<double>(lines), 0.5018, 5e-5);
}

}  // namespace
}  // namespace rung::importer
