#include "tools/rungctl/purchase_file.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/status.h"

namespace rung::ctl {
namespace {

using ::testing::HasSubstr;

class PurchaseFileTest : public ::testing::Test {
 protected:
  PurchaseSource Source(const std::string& text, const std::string& map = "") {
    const std::string path = ::testing::TempDir() + "/purchases-" + std::to_string(getpid()) + ".csv";
    std::ofstream(path) << text;
    PurchaseSource source;
    source.file = path;
    source.map = map;
    return source;
  }
  static std::string Message(const absl::StatusOr<PurchaseFile>& file) { return std::string(rung::Message(file.status())); }
  static int64_t Skipped(const PurchaseFile& file, SkipReason reason) { return file.skipped[static_cast<size_t>(reason)].count; }
};

TEST_F(PurchaseFileTest, ValuesGeneratedFilesAtTheirMargin) {
  const PurchaseFile file = ReadPurchases(Source("order_time,customer_id,amount,cost\n"
                                                 "2026-03-31T23:30:00Z,a,100.00,60.00\n"
                                                 "2026-03-30 09:00,b,50.00,\n"))
                                .value();
  ASSERT_EQ(file.purchases.size(), 2u);
  EXPECT_TRUE(file.margin);
  EXPECT_EQ(FormatDay(file.purchases[0].day), "2026-04-01");  // in Shanghai
  EXPECT_DOUBLE_EQ(file.purchases[0].value, 40);
  EXPECT_DOUBLE_EQ(file.purchases[1].value, 20);  // no cost: at the others' rate of 40 %
  EXPECT_EQ(file.lines_without_cost, 1);
  EXPECT_EQ(FormatDay(file.first_day), "2026-03-30");
}

TEST_F(PurchaseFileTest, TakesPlainDaysAndMultipliesQuantityByPrice) {
  const PurchaseFile file =
      ReadPurchases(Source("who,day,n,price\nx,1997-01-01,3,1.25\nx,1997-01-02,-3,1.25\n",
                           "customer_id=who,order_time=day,quantity=n,unit_price=price"))
          .value();
  ASSERT_EQ(file.purchases.size(), 1u);
  EXPECT_FALSE(file.margin);
  EXPECT_DOUBLE_EQ(file.purchases[0].value, 3.75);
  EXPECT_EQ(Skipped(file, SkipReason::kNotPositive), 1);
}

TEST_F(PurchaseFileTest, CountsAmountsOfZeroWhenAsked) {
  PurchaseSource source = Source("customer_id,order_time,amount\nx,2026-01-01,0\nx,2026-01-02,-1\n");
  EXPECT_EQ(ReadPurchases(source)->purchases.size(), 0u);
  source.count_zero = true;
  EXPECT_EQ(ReadPurchases(source)->purchases.size(), 1u);
}

TEST_F(PurchaseFileTest, CountsWhatItSkipsByReason) {
  PurchaseSource source = Source("c,t,a,o\n,2026-01-01,1,1\nx,yesterday,1,1\nx,2026-01-01,much,1\nx,2026-01-01,5,C9\nx\n"
                                 "x,2026-01-01,5,9\n", "customer_id=c,order_time=t,amount=a,order_id=o");
  source.cancel_prefix = "C";
  const PurchaseFile file = ReadPurchases(source).value();
  EXPECT_EQ(file.lines_read, 6);
  EXPECT_EQ(file.purchases.size(), 1u);
  EXPECT_EQ(Skipped(file, SkipReason::kUnknownCustomer), 1);
  EXPECT_EQ(Skipped(file, SkipReason::kBadTime), 1);
  EXPECT_EQ(Skipped(file, SkipReason::kBadNumber), 1);
  EXPECT_EQ(Skipped(file, SkipReason::kCancellation), 1);
  EXPECT_EQ(Skipped(file, SkipReason::kShortRow), 1);
}

TEST_F(PurchaseFileTest, SaysWhatTheMappingLacks) {
  EXPECT_THAT(Message(ReadPurchases(Source("a,b\n"))), HasSubstr("no column \"customer_id\" for customer_id; its columns are a, b"));
  EXPECT_THAT(Message(ReadPurchases(Source("a,b\n", "customer_id=a"))), HasSubstr("customer_id and order_time need a column"));
  EXPECT_THAT(Message(ReadPurchases(Source("a,b\n", "customer_id=a,order_time=b"))), HasSubstr("amount needs a column"));
  EXPECT_THAT(Message(ReadPurchases(Source("a,b\n", "customer=a"))), HasSubstr("\"customer=a\" isn't field=column"));
  EXPECT_THAT(Message(ReadPurchases(Source(""))), HasSubstr("is empty"));
  PurchaseSource missing;
  missing.file = "/nowhere.csv";
  EXPECT_EQ(ReadPurchases(missing).status().code(), absl::StatusCode::kNotFound);
  PurchaseSource nowhere = Source("customer_id,order_time,amount\n");
  nowhere.zone = "Atlantis";
  EXPECT_THAT(Message(ReadPurchases(nowhere)), HasSubstr("--zone: \"Atlantis\""));
}

}  // namespace
}  // namespace rung::ctl
