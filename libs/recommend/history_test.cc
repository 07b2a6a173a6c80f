#include "libs/recommend/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/recommend/catalogue.h"
#include "libs/recommend/item_facts.h"
#include "libs/recommend/personal_items.h"

namespace rung::recommend {
namespace {

using ::testing::ElementsAre;

std::vector<int32_t> SkusOf(const PurchaseHistory& history, int64_t basket) {
  const auto skus = history.basket(basket).skus;
  return {skus.begin(), skus.end()};
}

TEST(PurchaseHistory, ADayIsABasketOfDistinctSkus) {
  const auto history = PurchaseHistory::Build({{1, 20, 2, 1000}, {1, 10, 3, 500}, {1, 20, 0, 100}, {1, 20, 2, 2000}}, 3, 4);
  ASSERT_EQ(history.basket_count(1), 2);
  EXPECT_EQ(history.basket_count(0), 0);
  EXPECT_EQ(history.basket_count(2), 0);
  EXPECT_THAT(SkusOf(history, 0), ElementsAre(3));
  EXPECT_THAT(SkusOf(history, 1), ElementsAre(0, 2));
  EXPECT_EQ(history.basket(1).quantities_milli[1], 3000);
  EXPECT_EQ(history.last_day(), 20);
}

TEST(PurchaseHistory, WhatWentBackWasntBought) {
  const auto history = PurchaseHistory::Build({{0, 5, 0, 1000}, {0, 5, 0, -1000}, {0, 6, 1, -500}}, 1, 2);
  EXPECT_EQ(history.baskets(), 0);
  EXPECT_EQ(history.last_day(), 0);
}

TEST(PurchaseHistory, HoldsOutLastBasketsOnly) {
  const auto history = PurchaseHistory::Build({{0, 1, 0, 1}, {0, 2, 1, 1}, {1, 1, 1, 1}}, 2, 2);
  const auto kept = history.HoldOutLast(2, PurchaseHistory::Others::kKeep);
  ASSERT_EQ(kept.targets.size(), 1u);
  EXPECT_EQ(kept.targets[0].customer, 0);
  EXPECT_EQ(kept.targets[0].day, 2);
  EXPECT_THAT(kept.targets[0].skus, ElementsAre(1));
  EXPECT_EQ(kept.history.baskets(), 2);
  const auto alone = history.HoldOutLast(2, PurchaseHistory::Others::kLeaveOut);
  EXPECT_EQ(alone.history.baskets(), 1);
  EXPECT_EQ(alone.history.customers(), 2);
}

TEST(PersonalItems, KnowTheUsualQuantityAndWeekday) {
  std::vector<Line> lines;
  const Day tuesday = *ParseDay("2026-03-03");
  for (int week = 0; week < 4; ++week) lines.push_back({0, tuesday + 7 * week, 0, week == 3 ? 90'000 : 2'000 + week});
  lines.push_back({0, tuesday + 1, 1, 500});
  const PersonalHistory personal = Collect(PurchaseHistory::Build(lines, 1, 2), 0);
  ASSERT_EQ(personal.items.size(), 2u);
  const PersonalItem& weekly = *personal.Find(0);
  EXPECT_EQ(weekly.baskets, 4);
  EXPECT_EQ(weekly.usual_quantity_milli, 2'001);
  EXPECT_EQ(weekly.weekday, 1);
  EXPECT_EQ(weekly.baskets_since, 0);
  const PersonalItem& once = *personal.Find(1);
  EXPECT_EQ(once.weekday, -1);
  EXPECT_EQ(once.baskets_since, 3);
  EXPECT_DOUBLE_EQ(once.decayed, 0.8 * 0.8 * 0.8);
  EXPECT_EQ(personal.first_time_lines, 1);
  EXPECT_EQ(personal.Find(7), nullptr);
}

TEST(ItemFacts, NeverLookAtTheDayThatIsAskedAboutOrLater) {
  const auto history = PurchaseHistory::Build({{0, 10, 0, 1}, {0, 12, 0, 1}, {1, 12, 1, 1}, {1, 13, 1, 1}}, 2, 3);
  const ItemFacts items(history);
  EXPECT_EQ(items.Recent(0, 12, 5), 1);
  EXPECT_EQ(items.Recent(0, 13, 1), 1);
  EXPECT_EQ(items.Recent(1, 12, 100), 0);
  EXPECT_EQ(items.Age(1, 12), -1);
  EXPECT_EQ(items.Age(1, 14), 2);
  EXPECT_EQ(items.Age(2, 14), -1);
  EXPECT_THAT(items.Popular(14, 10, 5), ElementsAre(0, 1));
  EXPECT_THAT(items.Popular(12, 10, 5), ElementsAre(0));
}

TEST(Catalogue, NumbersSkusByTheirCodes) {
  BaseBuilder builder;
  builder.Add({.customer = 0, .day = 1, .sku = "pear", .category = "fruit", .quantity_milli = 1, .amount_fen = 100, .cost_fen = 60, .listed_day = {}});
  builder.Add({.customer = 0, .day = 2, .sku = "apple", .category = "", .quantity_milli = 1, .amount_fen = 50, .cost_fen = {}, .listed_day = {}});
  builder.Add({.customer = 0, .day = 3, .sku = "pear", .category = "stone-fruit", .quantity_milli = 1, .amount_fen = 100, .cost_fen = 80, .listed_day = 2});
  const Base base = std::move(builder).Finish(1);
  ASSERT_EQ(base.catalogue.size(), 2u);
  EXPECT_EQ(base.catalogue[0].sku, "apple");
  EXPECT_EQ(base.catalogue[0].MarginRate(), 0);
  EXPECT_EQ(base.catalogue[1].category, "stone-fruit");
  EXPECT_DOUBLE_EQ(base.catalogue[1].MarginRate(), 0.3);
  EXPECT_EQ(base.catalogue[1].listed_day, 2);
  EXPECT_THAT(SkusOf(base.history, 0), ElementsAre(1));
}

}  // namespace
}  // namespace rung::recommend
