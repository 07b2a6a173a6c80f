#include "libs/importer/importer.h"

#include <unistd.h>

#include <fstream>

#include <absl/time/time.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/importer/fingerprint_set.h"
#include "libs/importer/line_source.h"
#include "libs/importer/order_assembler.h"
#include "libs/importer/time_reader.h"

namespace rung::importer {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kHeader = "no,ts,cust,sku,qty,price,note\n";

class ImporterTest : public ::testing::Test {
 protected:
  ImporterTest() {
    options_.mapping = *ParseMapping("order_id=no,order_time=ts,customer_id=cust,sku=sku,quantity=qty,unit_price=price");
    options_.zone = &zone_;
    options_.cancellation_prefix = "C";
  }
  ~ImporterTest() override { unlink(path_.c_str()); }

  absl::StatusOr<ImportReport> TryImport(std::string_view text) {
    std::ofstream(path_, std::ios::binary) << text;
    events_.clear();
    return ImportOrderLines(path_, options_, [this](features::Event event) {
      events_.push_back(std::move(event));
      return absl::OkStatus();
    });
  }
  ImportReport Import(const std::string& rows) { return TryImport(std::string(kHeader) + rows).value(); }

  const features::Order& order(size_t i) const { return std::get<features::Order>(events_.at(i).fact); }

  const BusinessZone zone_ = *BusinessZone::Load("Europe/London");
  ImportOptions options_;
  std::vector<features::Event> events_;
  const std::string path_ = ::testing::TempDir() + "importer_test." + std::to_string(getpid());
};

TEST_F(ImporterTest, GroupsLinesByCustomerAndOrder) {
  const ImportReport report = Import(
      "1,2011-01-10 09:01,a,x,2,1.50,\n"
      "1,2011-01-10 09:00,b,x,1,1.00,\n"
      "2,2011-01-10 10:00,a,y,1,0.10,\n"
      "1,2011-01-10 08:59,a,y,3,0.99,\n");
  EXPECT_EQ(report.order_count, 3);
  EXPECT_EQ(report.customer_count, 2);
  EXPECT_EQ(report.revenue, 300 + 100 + 10 + 297);
  ASSERT_EQ(events_.size(), 3u);
  EXPECT_EQ(events_[0].customer_id, "a");
  EXPECT_EQ(events_[0].event_id, "import:1");
  EXPECT_EQ(events_[0].source, "import");
  EXPECT_EQ(FormatDay(events_[0].day), "2011-01-10");
  EXPECT_EQ(events_[0].event_time, 1294649940);  // 2011-01-10T08:59Z, the earliest line's
  ASSERT_EQ(order(0).lines.size(), 2u);
  EXPECT_EQ(order(0).lines[1], (features::OrderLine{.sku = "y", .quantity_milli = 3000, .amount = 297}));
}

TEST_F(ImporterTest, DropsALineForTheFirstReasonThatApplies) {
  const ImportReport report = Import(
      "1,2011-01-10 09:00,a,x,1\n"
      "C2,bad,,x,-1,0,\n"
      "C2,bad,a,x,-1,0,\n"
      "3,bad,a,x,0,0,\n"
      "4,bad,a,,1,-5,\n"
      "5,bad,a,,1,1,\n"
      "6,bad,a,x,many,1,\n"
      "7,31/12/2011,a,x,1,1,\n"
      "8,1989-12-31 12:00,a,x,1,1,\n"
      "9,2011-01-10 09:00,a\xff,x,1,1,\n"
      "10,2011-01-10 09:00," + std::string(129, 'a') + ",x,1,1,\n"
      "11,2011-01-10 09:00,a,x,1,1,\n");
  for (const Reason reason : {Reason::kMalformedRow, Reason::kUnknownCustomer, Reason::kCancellation,
                              Reason::kQuantityNotPositive, Reason::kPriceNotPositive, Reason::kMissingValue,
                              Reason::kBadNumber, Reason::kBadText, Reason::kTooLong}) {
    EXPECT_EQ(report.of(reason).count, 1) << ReasonName(reason);
  }
  EXPECT_EQ(report.of(Reason::kBadTime).count, 2);
  EXPECT_EQ(report.of(Reason::kBadTime).first_line, 9);
  EXPECT_EQ(report.of(Reason::kBadTime).first_value, "31/12/2011");
  EXPECT_EQ(report.of(Reason::kBadText).first_value, "a\xEF\xBF\xBD");
  EXPECT_EQ(report.lines_read, 12);
  EXPECT_EQ(report.clean_lines, 1);
  EXPECT_EQ(report.dropped_count(), 11);
}

TEST_F(ImporterTest, RepairsColumnsThatAreNotUsed) {
  const ImportReport report = Import("1,2011-01-10 09:00,a,x,1,1,caf\xe9\n");
  EXPECT_EQ(report.clean_lines, 1);
  EXPECT_EQ(report.repaired_lines, 1);
}

TEST_F(ImporterTest, CountsDuplicatesAlwaysAndDropsThemOnRequest) {
  const std::string rows = "1,2011-01-10 09:00,a,x,1,1,\n1,2011-01-10 09:00,a,x,1,1,\n,,,,,,\n,,,,,,\n";
  ImportReport report = Import(rows);
  EXPECT_EQ(report.duplicate_lines, 2);
  EXPECT_EQ(report.clean_lines, 2);
  options_.drop_duplicates = true;
  report = Import(rows);
  EXPECT_EQ(report.duplicate_lines, 2);
  EXPECT_EQ(report.of(Reason::kDuplicateLine).count, 1);
  EXPECT_EQ(report.revenue, 100);
}

TEST(RecentTextsTest, ATextIsRecentFromItsLastTimeOn) {
  RecentTexts recent(3);
  for (const char* text : {"a", "b", "c", "x"}) EXPECT_TRUE(recent.Insert(text)) << text;
  EXPECT_FALSE(recent.Insert("a"));
  for (const char* text : {"y", "z"}) EXPECT_TRUE(recent.Insert(text)) << text;
  EXPECT_FALSE(recent.Insert("a")) << "only two others lie between";
  for (const char* text : {"1", "2", "3", "4", "5", "6"}) EXPECT_TRUE(recent.Insert(text)) << text;
  EXPECT_TRUE(recent.Insert("a")) << "memory is bounded";
}

TEST_F(ImporterTest, HandsOverOldOrdersAndDropsWhatComesLater) {
  options_.order_window_lines = 3;
  const ImportReport report = Import(
      "1,2011-01-10 09:00,a,x,1,1,\n"
      "2,2011-01-10 09:00,a,x,1,1,\n"
      "1,2011-01-10 09:00,a,y,1,1,\n"
      "1,2011-01-10 09:00,a,z,1,1,\n");
  EXPECT_EQ(report.of(Reason::kOrderContinuedTooLate).count, 1);
  EXPECT_EQ(report.of(Reason::kOrderContinuedTooLate).first_line, 5);
  EXPECT_EQ(report.order_count, 2);
  EXPECT_EQ(order(0).lines.size(), 2u);
}

TEST_F(ImporterTest, MergesLinesOfOneSkuInOrdersThatAreTooLarge) {
  options_.order_lines_max = 2;
  const ImportReport report = Import(
      "1,2011-01-10 09:00,a,x,1,1,\n1,2011-01-10 09:00,a,y,1,1,\n1,2011-01-10 09:00,a,x,2,0.9,\n"
      "2,2011-01-10 09:00,a,x,1,1,\n2,2011-01-10 09:00,a,y,1,1,\n2,2011-01-10 09:00,a,z,1,1,\n");
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(order(0).lines[0].quantity_milli, 3000);
  EXPECT_EQ(order(0).lines[0].amount, 280);
  EXPECT_EQ(report.of(Reason::kOrderTooLarge).count, 3);
  EXPECT_EQ(report.clean_lines, 3);
  EXPECT_EQ(report.revenue, 380);
}

TEST_F(ImporterTest, ResolvesSkippedAndRepeatedWallTimesToTheLaterInstant) {
  Import("1,2011-03-27 01:30,a,x,1,1,\n2,2011-10-30 01:30:00,a,x,1,1,\n3,2011-07-01T12:00:00+05:00,a,x,1,1,\n");
  EXPECT_EQ(events_[0].event_time, 1301189400);  // 01:30Z = 02:30 BST
  EXPECT_EQ(events_[1].event_time, 1319938200);  // 01:30Z, the second 01:30
  EXPECT_EQ(events_[2].event_time, 1309503600);  // 07:00Z
}

TEST_F(ImporterTest, ReadsTimesInAGivenFormat) {
  options_.time_formats = {"%d/%m/%Y %H:%M"};
  Import("1,10/01/2011 09:00,a,x,1,1,\n");
  EXPECT_EQ(events_.at(0).event_time, 1294650000);
}

TEST_F(ImporterTest, ReadsPlainDatesAsMidnight) {
  const ImportReport report = Import("1,2011-01-10,a,x,1,1,\n2,20110110,a,x,1,1,\n");
  EXPECT_EQ(events_.at(0).event_time, 1294617600);
  EXPECT_EQ(report.of(Reason::kBadTime).first_value, "20110110") << "could be a number of anything";
}

TEST_F(ImporterTest, RefusesFormatsThatReadNoDate) {
  for (const char* format : {"abc", "%Q", "%Y", "%Y-%m", "%H:%M", "%Y-%m-%dT%Q", ""}) {
    options_.time_formats = {format};
    EXPECT_EQ(TryImport(kHeader).status().code(), absl::StatusCode::kInvalidArgument) << format;
  }
  for (const char* format : {"%d/%m/%Y %H:%M", "%E4Y%m%d", "%s", "%Y-%m-%d %I:%M %p", "%d %b %Y", "%Y年%m月%d日", "%Y-%m-%dT%H:%M:%E*S%Ez", "%F %T"}) {
    EXPECT_TRUE(CheckTimeFormat(format).ok()) << format;
  }
}

TEST_F(ImporterTest, FilesMayLackOptionalColumnsThatNobodyAskedFor) {
  options_.mapping = GeneratedFileMapping();
  const auto report = TryImport("order_id,order_time,customer_id,sku,quantity,unit_price\no1,2026-03-31 19:05,c1,s,3,1.50\n");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->revenue, 450);
  const auto message = [&](std::string_view header) { return std::string(TryImport(header).status().message()); };
  EXPECT_THAT(message("no,order_time,customer_id,sku,quantity,amount\n"), HasSubstr("no column \"order_id\" (for order_id); its columns are no, order_time"));
  EXPECT_THAT(message("no,order_time,customer_id,sku,quantity,amount\n"), HasSubstr("--map order_id=COLUMN,"));
  EXPECT_THAT(message("order_id,order_time,customer_id,sku,quantity\n"), HasSubstr("(for unit_price or amount)"));
  EXPECT_THAT(message(std::string_view("\xff\xfeo\0r\0d\0e\0r\0\n\0", 14)), HasSubstr("save the file as UTF-8"));
  EXPECT_EQ(TryImport("\xff\xfe").status().code(), absl::StatusCode::kFailedPrecondition) << "the file is wrong, not the command line";
}

TEST_F(ImporterTest, DropsALineThatIsTooLong) {
  const ImportReport report = Import("1,2011-01-10 09:00,a,x,1,1," + std::string(kMaxLineBytes, 'x') + "\n2,2011-01-10 09:00,a,x,1,1,\n");
  EXPECT_EQ(report.of(Reason::kMalformedRow).first_line, 2);
  EXPECT_EQ(report.clean_lines, 1);
}

TEST_F(ImporterTest, ReadsGeneratedFiles) {
  options_ = ImportOptions();
  const BusinessZone shanghai = *BusinessZone::Load("Asia/Shanghai");
  options_.zone = &shanghai;
  const auto report = TryImport(
      "order_id,order_time,customer_id,region,category,sku,quantity,unit,unit_price,amount,cost,promotional_discount\n"
      "o1,2026-03-31 19:05,c0000001,beijing,leaf,LV-1,2.5,kg,4.00,9.50,6.10,0.50\n"
      "o1,2026-03-31 19:05,c0000001,wuhan,eggs,EG-1,3,piece,10.00,30.00,,0.00\n");
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0].event_id, "import-region:o1");
  EXPECT_EQ(std::get<features::CustomerProfile>(events_[0].fact).region, "beijing");
  EXPECT_EQ(events_[1].event_time, 1774955100);
  const features::OrderLine kilograms{.sku = "LV-1", .category = "leaf", .quantity_milli = 2500,
                                      .unit = features::Unit::kKilogram, .amount = 950, .cost = 610,
                                      .promotional_discount = 50};
  EXPECT_EQ(order(1).lines[0], kilograms);
  EXPECT_EQ(order(1).lines[1].cost, std::nullopt);
}

TEST_F(ImporterTest, HoldsBackAnOrderOfWhichALineCannotBeRead) {
  const auto report = Import(
      "1,2011-01-10 09:00,a,x,1,10.00,\n"
      "1,2011-01-10 09:00,a,y,1,\"1,990.00\",\n"
      "1,2011-01-10 09:00,a,z,1,5.00,\n"
      "2,2011-01-10 09:00,a,x,1,7.00,\n"
      "2,2011-01-10 09:00,a,y,0,7.00,\n"
      "3,2011-01-10 09:00,a,x,1,7.00,\n"
      "3,2011-01-10 09:00,a,y,1,1,990.00,\n");
  ASSERT_EQ(events_.size(), 1U) << "half an order would be a wrong one, and the whole one of the same id would be refused later";
  EXPECT_EQ(events_[0].event_id, "import:2");
  EXPECT_EQ(report.of(Reason::kBadNumber).count, 1);
  EXPECT_EQ(report.of(Reason::kMalformedRow).count, 1);
  EXPECT_EQ(report.of(Reason::kOrderIncomplete).count, 3);
  EXPECT_EQ(report.of(Reason::kOrderIncomplete).first_value, "1");
  EXPECT_EQ(report.refused_count(), 5);
  EXPECT_EQ(report.clean_lines, 1);
  EXPECT_EQ(report.revenue, 700);
}

TEST_F(ImporterTest, TellsEveryChangeOfTheRegionUnderAnIdOfItsOwn) {
  options_.mapping.region = "note";
  Import(
      "profile,2011-01-10 09:00,a,x,1,1,north\n"
      "2,2011-01-11 09:00,a,x,1,1,north\n"
      "3,2011-01-12 09:00,a,x,1,1,south\n"
      "4,2011-01-13 09:00,a,x,1,1,\n"
      "5,2011-01-14 09:00,b,x,1,1,north\n");
  std::vector<std::string> ids;
  for (const features::Event& event : events_) ids.push_back(event.event_id);
  EXPECT_THAT(ids, ::testing::ElementsAre("import-region:profile", "import:profile", "import:2", "import-region:3", "import:3", "import:4",
                                           "import-region:5", "import:5"));
  EXPECT_EQ(std::get<features::CustomerProfile>(events_[3].fact).region, "south");
}

TEST_F(ImporterTest, TheLatestOrderSaysTheRegionWhereverItStandsInTheFile) {
  options_.mapping.region = "note";
  options_.latest_time = 1893456000;  // 2030
  Import(
      "9,2011-01-10,a,x,1,1,north\n"
      "10,2011-01-10,a,x,1,1,south\n"
      "11,2011-01-12,a,x,1,1,south\n"
      "12,2011-01-11,a,x,1,1,north\n"
      "13,2031-01-11,a,x,1,1,west\n"
      "14,2011-01-13,a,x,1,1,west\n");
  std::vector<std::pair<std::string, std::string>> told;
  for (const features::Event& event : events_) {
    if (const auto* profile = std::get_if<features::CustomerProfile>(&event.fact)) told.emplace_back(event.event_id, *profile->region);
  }
  EXPECT_THAT(told, ::testing::ElementsAre(::testing::Pair("import-region:9", "north"), ::testing::Pair("import-region:11", "south"), ::testing::Pair("import-region:14", "west")));
}

TEST_F(ImporterTest, LateLinesOfAnOrderThatWasHeldBackAreNotMissingFromOne) {
  options_.order_window_lines = 2;
  const auto report = Import(
      "1,2011-01-10 09:00,a,x,1,oops,\n"
      "2,2011-01-10 09:00,a,x,1,1,\n"
      "3,2011-01-10 09:00,a,x,1,1,\n"
      "4,2011-01-10 09:00,a,x,1,1,\n"
      "1,2011-01-10 09:00,a,y,1,1,\n"
      "2,2011-01-10 09:00,a,y,1,oops,\n");
  EXPECT_EQ(report.of(Reason::kOrderIncomplete).count, 1) << "order 1 isn't in";
  EXPECT_EQ(report.of(Reason::kOrderContinuedTooLate).count, 1) << "order 2 is, without this line";
  EXPECT_EQ(report.of(Reason::kBadNumber).count, 1);
}

TEST_F(ImporterTest, SaysWhenAnOrdersLinesLieOnDifferentDaysOrAddUpToTooMuch) {
  std::string text = "1,2011-01-10 09:00,a,x,1,1,\n1,2011-03-10 09:00,a,x,1,1,\n";
  for (int i = 0; i < 11; ++i) text += "2,2011-01-10 09:00,a,s" + std::to_string(i) + ",1,1000000000,\n";
  const auto report = Import(text);
  EXPECT_EQ(report.orders_over_days, 1);
  EXPECT_EQ(report.of(Reason::kOrderTooLarge).count, 11) << "as the server would refuse it";
  EXPECT_EQ(report.order_count, 1);
}

TEST_F(ImporterTest, NamesTheDelimiterOfAFileOfOneColumn) {
  std::ofstream(path_) << "order_id;order_time;customer_id;sku;quantity;unit_price\n1;2011-01-10 09:00;a;x;1;1\n";
  const auto report = ImportOrderLines(path_, options_, [](features::Event) { return absl::OkStatus(); });
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("try --delimiter ';'"));
}

TEST_F(ImporterTest, TakesThePromotionalDiscountOffTheComputedAmount) {
  options_.mapping.promotional_discount = "note";
  Import("1,2011-01-10 09:00,a,x,2,1.50,0.25\n");
  EXPECT_EQ(order(0).lines[0].amount, 275);
  EXPECT_EQ(order(0).lines[0].promotional_discount, 25);
}

TEST_F(ImporterTest, SaysWhichColumnTheFileLacks) {
  options_.mapping.region = "country";
  const auto report = TryImport(kHeader);
  EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("no column \"country\" (for region)"));
}

TEST_F(ImporterTest, StopsWhenTheSinkFails) {
  std::ofstream(path_) << kHeader << "1,2011-01-10 09:00,a,x,1,1,\n";
  const auto report =
      ImportOrderLines(path_, options_, [](features::Event) { return absl::UnavailableError("away"); });
  EXPECT_EQ(report.status().code(), absl::StatusCode::kUnavailable);
}

TEST(Mapping, RefusesUnknownRepeatedAndMissingFields) {
  const auto error = [](std::string_view text) { return std::string(ParseMapping(text).status().message()); };
  EXPECT_THAT(error("order=x"), HasSubstr("\"order\" isn't a field"));
  EXPECT_THAT(error("sku=a,sku=b"), HasSubstr("mapped twice"));
  EXPECT_THAT(error("sku"), HasSubstr("field=column"));
  EXPECT_THAT(error("order_id=a,order_time=b,customer_id=c"), HasSubstr("sku, quantity, unit_price or amount"));
}

TEST(MergeLines, KeepsUnitsAndUnknownCostsApart) {
  const auto merged = MergeLines({{.sku = "x", .quantity_milli = 1, .amount = 5, .cost = 3},
                                  {.sku = "x", .quantity_milli = 1, .unit = features::Unit::kKilogram, .amount = 7},
                                  {.sku = "x", .quantity_milli = 2, .amount = 5}});
  ASSERT_EQ(merged.size(), 2u);
  EXPECT_EQ(merged[0].amount, 10);
  EXPECT_EQ(merged[0].cost, std::nullopt);
}

}  // namespace
}  // namespace rung::importer
