// The document comes back as it stood, and nothing in it is taken for what it isn't.
#include "libs/benefits/kuailv_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/benefits/entitlements.h"
#include "libs/benefits/lint.h"
#include "libs/benefits/price_terms.h"
#include "libs/benefits/test_plan.h"
#include "libs/errors/errors.h"

namespace rung::benefits {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kDocument = R"({
  "diamond": {"discount_rate": 0.9, "free_delivery_threshold": 0, "priority_service": true, "delivery_priority": 1,
              "dedicated_support": "400-800-1234", "new_product_trial": true,
              "exclusive_offers": ["进口水果8折", "新品优先"], "exclusive_promotions": ["双11专场"]},
  "platinum": {"discount_rate": 0.95, "free_delivery_threshold": 199.5, "priority_service": true},
  "gold": {"discount_rate": 0.98, "free_delivery_threshold": 300, "priority_service": false, "dedicated_support": false},
  "silver": {"discount_rate": 1.0, "gifts": ["米", 2, null], "note": "以门店公告为准", "limit": 5.0},
  "bronze": {}
})";

absl::StatusOr<Plan> Import(std::string_view text) { return ImportKuaiLv(text, {.plan_id = "kuailv"}); }

TEST(KuaiLvDocument, ComesBackAsItStood) {
  const auto plan = Import(kDocument);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const auto text = ExportKuaiLv(*plan);
  ASSERT_TRUE(text.ok()) << text.status();
  using nlohmann::ordered_json;
  EXPECT_EQ(ordered_json::parse(*text).dump(), ordered_json::parse(kDocument).dump()) << "byte for byte but for white space";
  EXPECT_EQ(*ExportKuaiLv(*Import(*text)), *text);
}

TEST(KuaiLvDocument, BecomesTypedBenefitsAndNothingIsInherited) {
  const auto benefits = Benefits::Build(*Import(kDocument));
  const auto terms = [&](const char* tier) { return PriceTermsOf(benefits->For({tier}, 20'000), tier).tier; };
  EXPECT_EQ(terms("diamond").pay, Bps{9'000});
  EXPECT_EQ(terms("diamond").free_delivery_from, Fen{0});
  EXPECT_EQ(terms("platinum").free_delivery_from, Fen{19'950});
  EXPECT_EQ(terms("silver").pay, Bps{10'000});
  EXPECT_EQ(terms("silver").free_delivery_from, std::nullopt);
  EXPECT_EQ(terms("bronze").pay, std::nullopt);
}

TEST(KuaiLvDocument, AnOfferThatIsATextIsDisplayUntilItIsMapped) {
  Plan plan = *Import(kDocument);
  EXPECT_THAT(OffersOf(*Benefits::Build(plan)), IsEmpty());
  for (Benefit& benefit : plan.tiers[0].benefits) {
    if (benefit.id == "diamond.exclusive_offers[0]") benefit.value = ExclusiveOffer{In("category:fruit/imported"), {.pay = Bps{8'000}}};
  }
  EXPECT_EQ(OffersOf(*Benefits::Build(plan)).size(), 1u);
  EXPECT_EQ(json::parse(*ExportKuaiLv(plan)), json::parse(kDocument));
}

TEST(KuaiLvDocument, KeysOfAnyKindSurvive) {
  for (const char* text : {R"({"gold":{"x":1},"silver":{"x":"one"},"bronze":{"x":true}})", R"({"gold":{"x":true},"silver":{"x":[]}})",
                           R"({"gold":{"exclusive_offers":[],"delivery_priority":"high","free_delivery_threshold":null}})",
                           R"({"gold":{"dedicated_support":"","x":{"a":[1.50,{"b":null}]}}})"}) {
    const auto plan = Import(text);
    ASSERT_TRUE(plan.ok()) << text << plan.status();
    EXPECT_EQ(json::parse(*ExportKuaiLv(*plan)), json::parse(text));
  }
}

std::string Refused(std::string_view text) {
  const auto plan = Import(text);
  if (plan.ok()) return "accepted";
  const auto violations = ViolationsOf(plan.status());
  return violations.empty() ? std::string(Message(plan.status())) : violations[0].field + " " + violations[0].reason;
}

TEST(KuaiLvDocument, BadRatesAndShapesAreRefusedWithTheirPath) {
  EXPECT_EQ(Refused(R"({"gold":{"discount_rate":0}})"), "gold.discount_rate OUT_OF_RANGE");
  EXPECT_EQ(Refused(R"({"gold":{"discount_rate":1.2}})"), "gold.discount_rate OUT_OF_RANGE");
  EXPECT_EQ(Refused(R"({"gold":{"discount_rate":0.98765}})"), "gold.discount_rate OUT_OF_RANGE");
  EXPECT_EQ(Refused(R"({"gold":{"discount_rate":"9折"}})"), "gold.discount_rate WRONG_TYPE");
  EXPECT_EQ(Refused(R"({"gold":{"discount_rate":NaN}})"), "document BAD_JSON");
  EXPECT_EQ(Refused(R"({"gold":{"free_delivery_threshold":-1}})"), "gold.free_delivery_threshold OUT_OF_RANGE");
  EXPECT_EQ(Refused(R"({"iron":{}})"), "iron UNKNOWN_TIER");
  EXPECT_EQ(Refused(R"({"gold":[]})"), "gold BAD_JSON");
  EXPECT_EQ(Refused("[]"), "document BAD_JSON");
  EXPECT_EQ(Refused(R"({"gold":{"discount_rate":0.9},"gold":{"discount_rate":0.8}})"), "document DUPLICATE");
  EXPECT_EQ(Refused(R"({"gold":{"discount_rate":0.9,"discount_rate":0.8}})"), "document DUPLICATE");
  EXPECT_EQ(Refused(R"({"gold":{"x":[{"a":1},{"a":2}]},"silver":{"x":{"a":1}}})"), "accepted");
  EXPECT_EQ(Refused(std::string(100'000, '[')), "document BAD_JSON");
  EXPECT_EQ(Refused("{\"gold\":{\"note\":\"\\\"" + std::string(100, '[') + "\"}}"), "accepted");
}

TEST(KuaiLvDocument, KeysThatNameNothingAreRefusedWhereTheyStand) {
  EXPECT_EQ(Refused(R"({"gold":{"":1}})"), "gold.\"\" REQUIRED");
  EXPECT_EQ(Refused(R"({"":{"discount_rate":0.9}})"), "\"\" REQUIRED");
  EXPECT_THAT(std::string(ViolationsOf(Import(R"({"gold":{"x":1},"silver":{"":[]}})").status()).at(0).message),
              ::testing::StartsWith("a key of \"silver\" is empty: give the benefit a name"));
  const std::string key(65, 'k');
  EXPECT_EQ(Refused("{\"gold\":{\"" + key + "\":1}}"), "gold." + key + " TOO_LONG");
  EXPECT_EQ(Refused("{\"gold\":{\"x\":1,\"exclusive_offers\":[\"fine\",\"" + std::string(5'000, 'x') + "\"]}}"), "gold.exclusive_offers[1] TOO_LONG");
}

TEST(KuaiLvDocument, NumbersComeBackToTheLastDigitOrAreRefused) {
  const auto plan = Import(R"({"gold": {"id": 9007199254740993}})");
  ASSERT_TRUE(plan.ok());
  EXPECT_NE(ExportKuaiLv(*plan)->find("9007199254740993"), std::string::npos);
  EXPECT_EQ(Refused(R"({"gold": {"id": 12345678901234567890123}})"), "document TOO_PRECISE");
}

TEST(KuaiLvDocument, WhatItCannotHoldIsNamed) {
  const auto text = ExportKuaiLv(ThreeTiers());
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(ReasonOf(text.status()), "NOT_IN_THE_FORM");
  EXPECT_EQ(ViolationsOf(text.status())[0].field, "tiers[0].inherits");
}

}  // namespace
}  // namespace rung::benefits
