// rungctl benefits and coupon, against a real server.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>

#include <nlohmann/json.hpp>

#include "tests/support/benefit_client.h"

namespace rung::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Ran {
  int exit_code;
  std::string out, err;
};

class BenefitsCommandTest : public ::testing::Test {
 protected:
  BenefitsCommandTest() {
    installation_.Ingest({OrderEvent("noodle-bar", "o1", "2026-03-20", 10'00)});
    BenefitClient(installation_.channel()).SetTier("noodle-bar", "gold");
  }

  Ran Rungctl(const std::string& arguments, const std::string& input = "") {
    const std::string folder = installation_.folder();
    std::ofstream(folder + "/in") << input;
    const std::string command =
        fmt::format("{}/rungctl --server {} {} <{}/in >{}/out 2>{}/err", RUNG_BINARY_DIR, installation_.address(), arguments, folder, folder, folder);
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Read(folder + "/out"), Read(folder + "/err")};
  }
  Ran Fine(const std::string& arguments, const std::string& input = "") {
    Ran ran = Rungctl(arguments, input);
    EXPECT_EQ(ran.exit_code, 0) << arguments << ": " << ran.err;
    EXPECT_THAT(ran.err, IsEmpty());
    return ran;
  }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::string Shipped(const std::string& path) { return std::string(RUNG_SOURCE_DIR) + "/deploy/checkout/" + path; }

  Installation installation_;
};

TEST_F(BenefitsCommandTest, KuaiLvsDocumentComesBackAsItStood) {
  const std::string document = R"({"diamond": {"discount_rate": 0.9, "free_delivery_threshold": 0, "priority_service": true,
      "exclusive_offers": ["进口水果8折"], "birthday": {"gift": "茶", "pieces": 2}}, "bronze": {"discount_rate": 1.0, "exclusive_promotions": []}})";
  const std::string plan = Fine("benefits import - --id doc", document).out;
  const Ran applied = Rungctl("benefits apply - --author li", plan);
  EXPECT_THAT(applied.out, HasSubstr("doc v1"));
  EXPECT_THAT(applied.err, HasSubstr("(DISPLAY_ONLY)")) << "what validate warns of";
  EXPECT_EQ(nlohmann::ordered_json::parse(Fine("benefits export doc").out), nlohmann::ordered_json::parse(document));
  for (const char* rate : {"0", "1.2", "-1", "\"0.9\"", "1e99"}) {
    const Ran bad = Rungctl("benefits import - --id doc", fmt::format(R"({{"diamond": {{"discount_rate": {}}}}})", rate));
    EXPECT_EQ(bad.exit_code, 1) << rate;
    EXPECT_THAT(bad.err, HasSubstr("diamond.discount_rate")) << rate;
  }
  EXPECT_EQ(Rungctl("benefits import - --id doc", R"({"diamond": {"discount_rate": NaN}})").exit_code, 1) << "no JSON";
  EXPECT_THAT(Rungctl("benefits validate -", plan).out, HasSubstr("进口水果8折")) << "lint: a text that no price follows";
}

TEST_F(BenefitsCommandTest, ShippedPlansGoThroughTheirWholeLife) {
  Fine("benefits validate " + Shipped("benefits/kuailv.json"));
  Fine("benefits draft save " + Shipped("benefits/kuailv.json") + " --author li");
  Fine("benefits publish kuailv --author li");
  EXPECT_THAT(Rungctl("benefits apply " + Shipped("benefits/meicai.json") + " --author li").err, HasSubstr("(NO_DEFAULT_PLAN)"));
  EXPECT_THAT(Fine("benefits plans").out, HasSubstr("meicai"));
  const std::string plan = Fine("benefits plan kuailv").out;
  std::string cheaper = plan;
  cheaper.replace(cheaper.find("9800"), 4, "9700");
  Fine("benefits draft save - --author li", cheaper);
  EXPECT_THAT(Fine("benefits diff kuailv").out, HasSubstr("9700"));
  Fine("benefits publish kuailv --author li");
  EXPECT_THAT(Fine("--lang zh benefits get noodle-bar --plan kuailv").out, HasSubstr("9.7 折"));
  Fine("benefits rollback kuailv 1 --author li");
  const std::string now = Fine("--lang en benefits get noodle-bar --all --plan kuailv").out;
  EXPECT_THAT(now, HasSubstr("kuailv v3"));
  EXPECT_THAT(now, HasSubstr("needs the Diamond tier"));
  EXPECT_THAT(now, HasSubstr("2 uses"));
  EXPECT_THAT(Fine("benefits versions kuailv").out, HasSubstr("3"));
  EXPECT_THAT(Fine("audit list benefit-plan/kuailv").out, HasSubstr("ROLL_BACK"));
}

TEST_F(BenefitsCommandTest, BenefitsAndCouponsAreRedeemed) {
  Fine("benefits apply " + Shipped("benefits/kuailv.json") + " --author li");
  Fine("coupon apply - --author li", R"({"coupon_id": "fruit-20", "currency_code": "CNY", "scope": "category:fruit", "minimum_fen": "10000",
      "amount_off_fen": "2000", "issues_per_customer": "1", "budget_fen": "50000"})");
  EXPECT_THAT(Fine("coupon issue noodle-bar fruit-20 --source test --request-id c1").out, HasSubstr("fruit-20.1"));
  EXPECT_THAT(Rungctl("coupon issue noodle-bar fruit-20").err, HasSubstr("CUSTOMER_LIMIT_REACHED"));
  EXPECT_THAT(Fine("benefits redeem reserve noodle-bar --order o1 --benefit gold.trial --coupon fruit-20.1=2000 --request-id r1").out, HasSubstr("1 uses left"));
  EXPECT_THAT(Fine("--lang zh coupon list noodle-bar --state reserved").out, HasSubstr("已预留"));
  EXPECT_THAT(Fine("benefits redeem commit noodle-bar --order o1").out, HasSubstr("committed"));
  EXPECT_EQ(nlohmann::json::parse(Fine("-o json coupon usage fruit-20").out)["usedFen"], "2000");
  EXPECT_THAT(Fine("--lang zh benefits redeem list noodle-bar").out, HasSubstr("已核销"));
  EXPECT_THAT(Fine("benefits redeem release noodle-bar r1").out, HasSubstr("released"));
  EXPECT_EQ(Rungctl("benefits redeem commit noodle-bar").exit_code, 2);
  EXPECT_EQ(Rungctl("benefits redeem commit noodle-bar r1").exit_code, 1);
}

}  // namespace
}  // namespace rung::testing
