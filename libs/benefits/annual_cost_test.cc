#include "libs/benefits/annual_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/benefits/test_plan.h"

namespace rung::benefits {
namespace {

constexpr Day kDay = 20'000;

int64_t DiscountOf(const AnnualCost& cost, const Customer& customer, const Year& year) { return AnnualCost::Of(cost.PricesOf(customer), year).discount_fen; }

TEST(AnnualCost, IsTheBetterOfRateAndOfferInProportionToWhatRefundsLeft) {
  const AnnualCost cost(Benefits::Build(ThreeTiers()), kDay);
  ASSERT_THAT(cost.paths(), ::testing::ElementsAre("fruit/imported"));
  const int64_t imported[] = {40'000'00};
  const int32_t orders[] = {7};
  const Year year{.net_fen = 90'000'00, .goods_fen = 100'000'00, .by_path = imported, .orders_from = orders};
  // Diamond: (60,000 × 10 % + 40,000 × 20 %) × 90,000 / 100,000 = 12,600 yuan; gold: 5 % of 90,000; silver: 2 %.
  EXPECT_EQ(DiscountOf(cost, {.tier = "diamond"}, year), 12'600'00);
  EXPECT_EQ(DiscountOf(cost, {.tier = "gold"}, year), 4'500'00);
  EXPECT_EQ(DiscountOf(cost, {.tier = "silver"}, year), 1'800'00);
  EXPECT_EQ(DiscountOf(cost, {.tier = "bronze"}, year), 0) << "a tier that the plan doesn't know gets nothing";
}

TEST(AnnualCost, CountsDeliveriesFromTheTiersThreshold) {
  Plan plan = ThreeTiers();
  plan.tiers[0].benefits.push_back({.id = "d-delivery", .value = FreeDelivery{{0}}});
  const AnnualCost cost(Benefits::Build(plan), kDay);
  ASSERT_THAT(cost.thresholds(), ::testing::ElementsAre(0, 30'000));
  const int64_t imported[] = {0};
  const int32_t orders[] = {12, 5};
  const Year year{.net_fen = 1'000, .goods_fen = 1'000, .by_path = imported, .orders_from = orders};
  EXPECT_EQ(AnnualCost::Of(cost.PricesOf({.tier = "diamond"}), year).free_deliveries, 12);
  EXPECT_EQ(AnnualCost::Of(cost.PricesOf({.tier = "gold"}), year).free_deliveries, 5) << "inherited";
}

TEST(AnnualCost, GoesByOverridesAndByTheDay) {
  Plan plan = ThreeTiers();
  plan.tiers[0].benefits[1].days.from = kDay + 1;
  plan.overrides = {{.id = "north", .audience = {.regions = {"beijing"}}, .benefits = {{.id = "n-rate", .value = DiscountRate{{8'500}}}}}};
  const AnnualCost cost(Benefits::Build(plan), kDay);
  EXPECT_TRUE(cost.paths().empty()) << "the offer isn't in force yet";
  const int32_t orders[] = {0};
  const Year year{.net_fen = 10'005, .goods_fen = 0, .by_path = {}, .orders_from = orders};
  EXPECT_EQ(DiscountOf(cost, {.tier = "diamond"}, year), 1'001) << "1,000.5, half up";
  EXPECT_EQ(DiscountOf(cost, {.tier = "diamond", .region = "beijing"}, year), 1'501) << "1,500.75";
}

TEST(AnnualCost, TheMostSpecificCategoryCountsAndAWiderOfferReachesIt) {
  Plan plan = ThreeTiers();
  plan.tiers[0].benefits.push_back({.id = "d-all-fruit", .value = ExclusiveOffer{In("category:fruit"), {.pay = Bps{7'000}}}});
  const AnnualCost cost(Benefits::Build(plan), kDay);
  ASSERT_THAT(cost.paths(), ::testing::ElementsAre("fruit", "fruit/imported"));
  EXPECT_EQ(cost.PathOf("fruit/imported/cherries"), 1);
  EXPECT_EQ(cost.PathOf("fruit/apples"), 0);
  EXPECT_EQ(cost.PathOf("fruitjuice"), std::nullopt);
  const int64_t goods[] = {100'00, 100'00};
  const int32_t orders[] = {0};
  const Year year{.net_fen = 200'00, .goods_fen = 200'00, .by_path = goods, .orders_from = orders};
  EXPECT_EQ(DiscountOf(cost, {.tier = "diamond"}, year), 60'00) << "30 % of both: better than 20 % of the imported";
}

TEST(AnnualCost, SaysWhatItDoesNotCount) {
  Plan plan = ThreeTiers();
  plan.tiers[0].benefits[0].quota = Quota{.uses = 1};
  plan.tiers[1].benefits.push_back({.id = "g-apple", .value = ExclusiveOffer{In("sku:apple"), {.price = Fen{100}}}});
  const AnnualCost cost(Benefits::Build(plan), kDay);
  std::map<std::string, Uncounted> notes;
  for (const AnnualCost::Note& note : cost.notes()) notes[note.benefit->id] = note.why;
  EXPECT_THAT(notes, ::testing::UnorderedElementsAre(std::pair("d-rate", Uncounted::kLimited), std::pair("d-gift", Uncounted::kNotMoney),
                                                     std::pair("g-trial", Uncounted::kNotMoney), std::pair("g-apple", Uncounted::kSingleGoods)));
}

TEST(AnnualCost, HoldsAtTheLargestAmounts) {
  const AnnualCost cost(Benefits::Build(ThreeTiers()), kDay);
  const int64_t most = 100'000'000'000'000;
  const int64_t imported[] = {most};
  const int32_t orders[] = {0};
  const Year year{.net_fen = most, .goods_fen = most, .by_path = imported, .orders_from = orders};
  EXPECT_EQ(DiscountOf(cost, {.tier = "diamond"}, year), most / 5);
}

}  // namespace
}  // namespace rung::benefits
