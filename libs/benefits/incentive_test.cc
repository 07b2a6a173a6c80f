#include "libs/benefits/incentive.h"

#include <gtest/gtest.h>

#include "libs/benefits/price_terms.h"
#include "libs/benefits/test_plan.h"

namespace rung::benefits {
namespace {

constexpr Day kToday = 20'000;  // 2024-10-04

struct Shop {
  Plan plan = ThreeTiers();
  pricing::Policy policy{.policy_id = "p", .groups = {{pricing::Kind::kOffer, pricing::Kind::kBreak, pricing::Kind::kTier}}};
  std::string category = "fruit/imported";

  std::string Says(const Customer& customer, const UpgradePath& path, Language language = Language::kChinese) const {
    const auto benefits = Benefits::Build(plan);
    pricing::PriceBook book{.book_id = "b", .currency = "CNY", .items = {{.sku = "mango", .category = category, .prices = {{.list = {100}}}}}};
    const auto tariff = pricing::Tariff::Build(pricing::Catalogue::Build(std::move(book)), OffersOf(*benefits), policy);
    return Incentive(GainsOf(*benefits, *tariff, customer, path.next_tier, kToday), benefits->plan(), path, language);
  }
};

const UpgradePath kToDiamond{"diamond", Fen{2'000'000}, "CNY", std::nullopt};

TEST(Incentive, NamesTheRealGainsOfTheNextTier) {
  Shop shop;
  EXPECT_EQ(shop.Says({"gold"}, kToDiamond), "再消费 20,000 元升级钻石会员，享 9 折、进口水果享 8 折、享gift");
  EXPECT_EQ(shop.Says({"silver"}, {"gold", Fen{12'345}, "CNY", kToday}, Language::kEnglish), "Spend CNY 123.45 more by 2024-10-04 to reach the Gold tier: pay 95 %, new-product trial");
  shop.plan.tiers[0].benefits = {shop.plan.tiers[0].benefits[1]};
  EXPECT_EQ(shop.Says({"gold"}, kToDiamond), "再消费 20,000 元升级钻石会员，进口水果享 8 折");
  shop.plan.tiers[0].benefits[0].names["zh"] = "进口水果专场";
  EXPECT_EQ(shop.Says({"gold"}, kToDiamond), "再消费 20,000 元升级钻石会员，享进口水果专场");
}

TEST(Incentive, IsSilentWithoutAPathOrAGain) {
  Shop shop;
  shop.plan.overrides = {{.id = "one", .audience = {.customers = {"c1"}}, .benefits = {{.id = "c", .value = DiscountRate{{9'000}}}}}};
  shop.plan.tiers[0].benefits.resize(1);
  EXPECT_NE(shop.Says({"gold"}, kToDiamond), "");
  EXPECT_EQ(shop.Says({"gold"}, {"diamond", Fen{0}, "CNY", {}}), "");
  EXPECT_EQ(shop.Says({.tier = "gold", .customer_id = "c1"}, kToDiamond), "");
  EXPECT_EQ(shop.Says({"gold"}, {"unknown", Fen{100}, "CNY", {}}), "");
  EXPECT_EQ(shop.Says({"gold"}, {"diamond", Fen{100}, "GBP", {}}), "") << "one pound isn't one yuan";
}

TEST(Incentive, PromisesNothingThatPricesDoNotFollow) {
  Shop shop;
  shop.plan.tiers[0].benefits.resize(2);
  const std::string both = "再消费 20,000 元升级钻石会员，享 9 折、进口水果享 8 折", rate = "再消费 20,000 元升级钻石会员，享 9 折";
  EXPECT_EQ(shop.Says({"gold"}, kToDiamond), both);
  shop.category = "vegetables";
  EXPECT_EQ(shop.Says({"gold"}, kToDiamond), rate) << "no such goods";
  shop.category = "fruit/imported";
  shop.policy.max_discount = Bps{1'500};
  EXPECT_EQ(shop.Says({"gold"}, kToDiamond), rate) << "beyond the cap";
  shop.policy.groups = {{pricing::Kind::kOffer}};
  EXPECT_EQ(shop.Says({"gold"}, kToDiamond), "") << "the policy has no place for rates";
  shop.policy = Shop().policy;
  shop.plan.tiers[0].benefits[1].days.until = kToday;
  EXPECT_EQ(shop.Says({"gold"}, kToDiamond), rate) << "over tomorrow";
  shop.plan.tiers[0].benefits[1].days.until = kToday + 1;
  shop.plan.tiers[0].benefits[0].quota = Quota{.budget = Fen{100}};
  EXPECT_EQ(shop.Says({"gold"}, kToDiamond), "再消费 20,000 元升级钻石会员，进口水果享 8 折") << "others may have used the budget up";
}

}  // namespace
}  // namespace rung::benefits
