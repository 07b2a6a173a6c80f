// Price books come back from CSV as they went, and bad cells are named by line and column.
#include "libs/importer/price_book_csv.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "libs/errors/errors.h"
#include "libs/pricing/validation.h"

namespace rung::importer {
namespace {

using namespace pricing;

class PriceBookCsv : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("rung-price-book-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::string Findings(const std::string& items, const std::string& breaks = "") {
    const auto book = ReadPriceBook(File("items.csv", items), breaks.empty() ? "" : File("breaks.csv", breaks));
    std::vector<std::string> found;
    for (const Violation& violation : ViolationsOf(book.status())) found.push_back(violation.field + " " + violation.reason);
    return fmt::format("{}", fmt::join(found, "; "));
  }

  std::filesystem::path folder_;
};

TEST_F(PriceBookCsv, ReadsPricesOfRegionsAndDays) {
  const auto book = ReadPriceBook(File("items.csv",
                                       "sku,category,unit,list_price,region,from_date,until_date,cost,floor_price,min_margin_percent,name_zh\n"
                                       "apple,fruit/local,kg,12.5,,,2026-03-31,9,9.99,8.25,苹果\n"
                                       "apple,fruit/local,kg,13,north,,,,,,苹果\n"
                                       "\"box, large\",ware,piece,0.05,,,,,,,\n"),
                                  File("breaks.csv", "break_id,scope,unit,min_quantity,pay_percent,price\nb1,category:fruit,kg,2.5,95,\nb2,\"sku:box, large\",piece,10,,0.04\n"));
  ASSERT_TRUE(book.ok()) << book.status();
  ASSERT_EQ(book->items.size(), 2u);
  const Price& price = book->items[0].prices[0];
  EXPECT_EQ(price.list, Fen{1'250});
  EXPECT_EQ(price.days.until, ParseDay("2026-03-31"));
  EXPECT_EQ(price.cost, Fen{900});
  EXPECT_EQ(price.floor, Fen{999});
  EXPECT_EQ(price.min_margin, Bps{825});
  EXPECT_EQ(book->items[0].prices[1].region, "north");
  EXPECT_EQ(book->items[0].prices[1].cost, std::nullopt);
  EXPECT_EQ(book->items[0].names.at("zh"), "苹果");
  EXPECT_EQ(book->items[1].sku, "box, large");
  EXPECT_EQ(book->breaks[0].min_quantity, QtyMilli{2'500});
  EXPECT_EQ(book->breaks[0].terms.pay, Bps{9'500});
  EXPECT_EQ(book->breaks[1].terms.price, Fen{4});
}

TEST_F(PriceBookCsv, ComesBackAsItWent) {
  PriceBook book{.items = {{.sku = "a\"b", .names = {{"zh", "苹果, 红"}, {"en", " Apple"}}, .category = "fruit", .unit = Unit::kKilogram,
                            .prices = {{.days = {20'000, 20'010}, .list = {100}, .cost = Fen{7}, .floor = Fen{0}, .min_margin = Bps{1}}, {.region = "north", .list = {5}}}}},
                 .breaks = {{"b", {ScopeKind::kAll, ""}, Unit::kPiece, {1}, {.pay = Bps{10'000}}}, {"c", {ScopeKind::kSku, "a\"b"}, Unit::kKilogram, {1'500}, {.price = Fen{1'001}}}}};
  std::stringstream items, breaks;
  WriteItems(book, items);
  WriteBreaks(book, breaks);
  const auto again = ReadPriceBook(File("items.csv", items.str()), File("breaks.csv", breaks.str()));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->items[0].sku, "a\"b");
  EXPECT_EQ(again->items[0].names, book.items[0].names);
  for (size_t i = 0; i < 2; ++i) {
    const Price &in = book.items[0].prices[i], &out = again->items[0].prices[i];
    EXPECT_EQ(std::tie(out.region, out.days, out.list, out.cost, out.floor, out.min_margin), std::tie(in.region, in.days, in.list, in.cost, in.floor, in.min_margin));
    EXPECT_EQ(again->breaks[i].terms, book.breaks[i].terms);
    EXPECT_EQ(again->breaks[i].scope, book.breaks[i].scope);
    EXPECT_EQ(again->breaks[i].min_quantity, book.breaks[i].min_quantity);
  }
}

TEST_F(PriceBookCsv, BadCellsAreNamedByLineAndColumn) {
  EXPECT_EQ(Findings("sku,category,unit,list_price,cost,from_date\na,c,kg,1.234,x,\nb,c,box,1,,2026-02-30\nc,c,kg,,,\nd,c\na,other,kg,1,,\n"),
            "line 2, list_price BAD_NUMBER; line 2, cost BAD_NUMBER; line 3, unit UNKNOWN_VALUE; line 3, from_date BAD_DATE; "
            "line 4, list_price REQUIRED; line 5 MALFORMED_ROW; line 6, sku CONTRADICTION");
  EXPECT_EQ(Findings("sku,category,unit,list_price\na,c,kg,1\n", "break_id,scope,unit,min_quantity,price\nb,brand:x,kg,1.2345,\n"),
            "line 2, scope BAD_SCOPE; line 2, min_quantity BAD_NUMBER");
}

TEST_F(PriceBookCsv, AHeaderMustKnowItsColumns) {
  EXPECT_EQ(Findings("sku,unit,list_price,colour,sku\n"), "header UNKNOWN_COLUMN; header DUPLICATE; header REQUIRED");
  EXPECT_EQ(Findings(""), "header REQUIRED");
  EXPECT_EQ(ReadPriceBook("/nonexistent/items.csv", "").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(PriceBookCsv, AHundredThousandSkusAreReadAndValid) {
  std::string text = "sku,category,unit,list_price,cost,min_margin_percent\n";
  for (int i = 0; i < 100'000; ++i) text += fmt::format("SKU-{0},c{1}/s,kg,12.34,9.5,3\n", i, i % 50);
  auto book = ReadPriceBook(File("items.csv", text), "");
  ASSERT_TRUE(book.ok());
  book->book_id = "b";
  book->currency = "CNY";
  EXPECT_EQ(book->items.size(), 100'000u);
  EXPECT_TRUE(Validate(*book).empty());
}

}  // namespace
}  // namespace rung::importer
