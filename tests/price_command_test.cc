// rungctl price: from a CSV file to a settled basket.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>

#include "tests/support/checkout.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Ran {
  int exit_code;
  std::string out, err;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class PriceCommandTest : public ::testing::Test {
 protected:
  explicit PriceCommandTest(InstallationOptions options = {}) : installation_(std::move(options)) {}

  Ran Rungctl(const std::string& arguments) {
    const std::string& folder = installation_.folder();
    const int status = std::system(fmt::format("{}/rungctl --server {} {} >{}/out 2>{}/err", RUNG_BINARY_DIR, installation_.address(), arguments, folder, folder).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(folder + "/out"), ReadFile(folder + "/err")};
  }
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(installation_.folder() + "/" + name) << text;
    return installation_.folder() + "/" + name;
  }

  Installation installation_;
};

TEST_F(PriceCommandTest, LeadsFromACsvFileToASettledBasket) {
  MakeCustomer(installation_, "c-diamond", "diamond");
  CheckoutClient(installation_.channel()).Publish(KuaiLvPlan());
  const std::string policy = std::string(RUNG_SOURCE_DIR) + "/deploy/checkout/policies/best-price.json";
  ASSERT_EQ(Rungctl("price policy draft save " + policy + " --author li").exit_code, 0);
  ASSERT_EQ(Rungctl("price policy publish best-price --author li").exit_code, 0);

  const std::string items = Write("items.csv", "sku,name_zh,category,unit,list_price\nmango,芒果,fruit/imported,kg,20.00\nbox,纸箱,ware,piece,2.50\n");
  const std::string breaks = Write("breaks.csv", "break_id,scope,unit,min_quantity,pay_percent\nten,sku:box,piece,10,88\n");
  const Ran bad = Rungctl("price import " + Write("bad.csv", "sku,category,unit,list_price\nmango,fruit,bag,twenty\n"));
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("line 2, unit"));
  EXPECT_THAT(bad.err, HasSubstr("line 2, list_price"));
  const Ran imported = Rungctl("price import " + items + " --breaks " + breaks + " --author li");
  EXPECT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_THAT(Rungctl("price diff default").out, HasSubstr("items[mango]"));
  const Ran published = Rungctl("price publish default --author li");
  EXPECT_EQ(published.exit_code, 0) << published.err;
  EXPECT_THAT(Rungctl("price export default").out, HasSubstr("mango,芒果,,fruit/imported,kg,,,,20,,,"));
  EXPECT_THAT(Rungctl("price export default --breaks").out, HasSubstr("ten,sku:box,piece,10,88,"));
  // A second import keeps the breaks that are published.
  EXPECT_EQ(Rungctl("price import " + items + " --author li").exit_code, 0);
  EXPECT_THAT(Rungctl("price book diff default").out, HasSubstr("no differences"));

  ASSERT_TRUE(Eventually(5'000, [&] { return Rungctl("price quote c-diamond mango=1").exit_code == 0; }));
  const Ran quote = Rungctl("--lang zh price quote c-diamond mango=2.5 box=10 --delivery-fee 8.00 --trace --sign " + installation_.folder() + "/quote.json");
  EXPECT_EQ(quote.exit_code, 0) << quote.err;
  EXPECT_THAT(quote.out, HasSubstr("diamond"));
  EXPECT_THAT(quote.out, HasSubstr("40.00 CNY"));   // 2.5 kg at 80 %
  EXPECT_THAT(quote.out, HasSubstr("22.00 CNY"));   // ten boxes at 88 %
  EXPECT_THAT(quote.out, HasSubstr("8 折"));
  EXPECT_THAT(quote.out, HasSubstr("合计"));
  EXPECT_THAT(Rungctl("-o json price quote c-diamond mango=1").out, HasSubstr("\"totalFen\": \"1600\""));
  const Ran settled = Rungctl("--lang en price settle " + installation_.folder() + "/quote.json 2.4 9");
  EXPECT_EQ(settled.exit_code, 0) << settled.err;
  EXPECT_THAT(settled.out, HasSubstr("38.40 CNY"));
  EXPECT_THAT(settled.out, HasSubstr("line 1"));
  EXPECT_THAT(Rungctl("price settle " + installation_.folder() + "/quote.json 2.4 9 --refused 3").err, HasSubstr("2 quantities are given"));
  EXPECT_EQ(Rungctl("price settle " + installation_.folder() + "/quote.json 2.4 9 --refused 2").exit_code, 0);
  const Ran list = Rungctl("price list c-diamond --category fruit");
  EXPECT_THAT(list.out, HasSubstr("16.00 CNY"));
  EXPECT_THAT(list.out, Not(HasSubstr("box")));
  EXPECT_THAT(Rungctl("price quote c-diamond mango=a-lot").err, HasSubstr("at most 3 decimals"));
  EXPECT_THAT(Rungctl("price quote c-diamond mango=").err, HasSubstr("quantity: \"\" is empty"));
  EXPECT_THAT(Rungctl("price quote c-diamond mango=1234567890123456789012").err, HasSubstr("is too large"));
  EXPECT_THAT(Rungctl("price quote c-diamond box=1.5").err, HasSubstr("sold by the whole piece"));
  EXPECT_THAT(Rungctl("price quote c-diamond pear=1").err, HasSubstr("SKU_UNKNOWN"));
  const std::string basket = Write("basket.csv", "sku,quantity\nmango,1\nbox,2\n");
  EXPECT_THAT(Rungctl("price quote c-diamond --basket " + basket).out, HasSubstr("20.50 CNY"));
}

class PoundsTest : public PriceCommandTest {
 protected:
  PoundsTest() : PriceCommandTest({.more = {"--currency", "GBP"}}) {}
};

TEST_F(PoundsTest, AFirstBookIsInTheInstallationsCurrency) {
  const std::string items = Write("items.csv", "sku,category,unit,list_price\nbox,ware,piece,2.50\n");
  const Ran imported = Rungctl("price import " + items + " --author li");
  EXPECT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_THAT(imported.out, Not(HasSubstr("WRONG_CURRENCY")));
  EXPECT_EQ(Rungctl("price publish default --author li").exit_code, 0);
  EXPECT_THAT(Rungctl("price book get default").out, HasSubstr("GBP"));
  EXPECT_THAT(Rungctl("price import " + items + " --currency CNY --replace --author li").out, HasSubstr("WRONG_CURRENCY"));
  const Ran empty = Rungctl("price import " + Write("empty.csv", "sku,category,unit,list_price\n") + " --replace --author li");
  EXPECT_THAT(empty.out + empty.err, HasSubstr("at least one item"));
}

}  // namespace
}  // namespace rung::testing
