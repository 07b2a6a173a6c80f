#include "libs/generator/csv_writer.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "libs/generator/trade_calendar.h"

namespace rung::generator {
namespace {

constexpr Day kDay = 20543;  // 2026-03-31

GeneratedCustomer OneOrder() {
  features::OrderLine cabbage;
  cabbage.sku = "LV-0001";
  cabbage.category = "leaf-vegetables";
  cabbage.quantity_milli = 2500;
  cabbage.unit = features::Unit::kKilogram;
  cabbage.amount = 945;
  cabbage.cost = 800;
  cabbage.promotional_discount = 105;
  features::OrderLine cups;
  cups.sku = "DR-0002";
  cups.category = "drinks";
  cups.quantity_milli = 3000;
  cups.amount = 7;
  features::Order order;
  order.order_id = "o1";
  order.lines = {cabbage, cups};
  features::Event event;
  event.customer_id = "c0000001";
  event.event_id = "o1";
  event.event_time = ShanghaiInstant(kDay, 9 * 3600 + 5 * 60 + 59);
  event.day = kDay;
  event.fact = order;
  GeneratedCustomer customer;
  customer.customer_id = "c0000001";
  customer.truth.customer_id = "c0000001";
  customer.truth.region = "wuhan";
  customer.events.push_back(event);
  return customer;
}

TEST(OrderLineCsv, HoldsMoneyInYuanAndShanghaiWallTime) {
  std::string rows;
  AppendOrderLines(OneOrder(), rows);
  EXPECT_EQ(rows,
            "o1,2026-03-31 09:05,c0000001,wuhan,leaf-vegetables,LV-0001,2.5,kg,4.20,9.45,8.00,1.05\n"
            "o1,2026-03-31 09:05,c0000001,wuhan,drinks,DR-0002,3,piece,0.02,0.07,,0.00\n");
}

TEST(OrderLineCsv, GivesBackThePriceThatMadeTheAmount) {
  GeneratorOptions options;
  options.customer_count = 50;
  const HistoryGenerator generator(options);
  std::string text;
  for (int64_t i = 0; i < options.customer_count; ++i) AppendOrderLines(generator.Customer(i), text);
  std::istringstream rows(text);
  int count = 0;
  for (std::string row; std::getline(rows, row); ++count) {
    std::vector<std::string> fields;
    std::istringstream cells(row);
    for (std::string cell; std::getline(cells, cell, ',');) fields.push_back(cell);
    ASSERT_EQ(fields.size(), 12U) << row;
    const double gross = std::stod(fields[6]) * std::stod(fields[8]);
    EXPECT_NEAR(gross, std::stod(fields[9]) + std::stod(fields[11]), 0.00501) << row;
  }
  EXPECT_GT(count, 500);
}

TEST(TruthCsv, NamesKindWeekdaysAndWhatIsShared) {
  CustomerTruth truth;
  truth.customer_id = "c0000009";
  truth.region = "xian";
  truth.segment = "shop";
  truth.registered_day = kDay;
  truth.base_rate_milli = 4250;
  truth.weekdays = 0b1000001;
  truth.trend_permille = -20;
  truth.churn_day = kDay + 1;
  truth.abuse = AbuseKind::kLinkedAccounts;
  truth.group = "c0000003";
  truth.shared = {.phone = true, .payer = true};
  std::string row;
  AppendTruth(truth, row);
  EXPECT_EQ(row,
            "c0000009,xian,shop,2026-03-31,4.25,Mon Sun,-0.02,2026-04-01,linked-accounts,c0000003,false,phone payer\n");
}

TEST(Csv, QuotesFieldsThatNeedIt) {
  std::string out;
  AppendField("plain", out);
  AppendField(",", out);
  AppendField("a \"b\"", out);
  AppendField("two\nlines", out);
  EXPECT_EQ(out, "plain\",\"\"a \"\"b\"\"\"\"two\nlines\"");
}

TEST(CsvWriter, WritesTheSameToStreamsAndFiles) {
  std::ostringstream stream;
  CsvWriter to_stream(CsvWriter::Table::kOrderLines, stream);
  to_stream.Write(OneOrder());
  EXPECT_TRUE(to_stream.Finish());

  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  CsvWriter to_file(CsvWriter::Table::kOrderLines, file);
  to_file.Write(OneOrder());
  EXPECT_TRUE(to_file.Finish());
  std::rewind(file);
  std::string text(4096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);

  EXPECT_EQ(text, stream.str());
  EXPECT_EQ(text.rfind(kOrderLineHeader, 0), 0U);
}

TEST(CsvWriter, TellsWhenTheTargetFails) {
  std::ostringstream stream;
  stream.setstate(std::ios::badbit);
  CsvWriter writer(CsvWriter::Table::kTruth, stream);
  EXPECT_FALSE(writer.Finish());
}

}  // namespace
}  // namespace rung::generator
