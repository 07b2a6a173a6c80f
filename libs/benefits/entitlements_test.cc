// What a customer gets, from which rule, until when, and why the rest doesn't apply.
#include "libs/benefits/entitlements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck.h>

#include "libs/benefits/description.h"
#include "libs/benefits/price_terms.h"
#include "libs/benefits/test_plan.h"
#include "libs/benefits/validation.h"

namespace rung::benefits {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Day kToday = 20'000;

Entitlement Find(const std::vector<Entitlement>& answers, std::string_view id) {
  for (const Entitlement& answer : answers) {
    if (answer.entry->benefit->id == id) return answer;
  }
  ADD_FAILURE() << id << " isn't there";
  return {};
}

std::vector<std::string> Applied(const std::vector<Entitlement>& answers) {
  std::vector<std::string> ids;
  for (const Entitlement& answer : answers) {
    if (answer.answer == Answer::kApplies) ids.push_back(answer.entry->benefit->id);
  }
  return ids;
}

TEST(Inheritance, TakesFromBelowWhatTheTierDoesNotGiveItself) {
  const auto benefits = Benefits::Build(ThreeTiers());
  EXPECT_THAT(Applied(benefits->For({"diamond"}, kToday)), ElementsAre("d-rate", "d-fruit", "d-gift", "g-trial", "s-delivery"));
  EXPECT_THAT(Applied(benefits->For({"gold"}, kToday)), ElementsAre("g-rate", "g-trial", "s-delivery"));
  const auto gold = benefits->For({"gold"}, kToday);
  EXPECT_FALSE(Find(gold, "g-rate").inherited);
  EXPECT_TRUE(Find(gold, "s-delivery").inherited);
  EXPECT_EQ(Find(gold, "d-fruit").answer, Answer::kHigherTier);
  EXPECT_EQ(Find(gold, "s-rate").answer, Answer::kSuperseded);
  EXPECT_EQ(Find(gold, "s-rate").by, "g-rate");
  EXPECT_EQ(Find(benefits->For({"silver"}, kToday), "g-trial").answer, Answer::kHigherTier);
}

TEST(Inheritance, StopsAtATierThatDoesNotInherit) {
  Plan plan = ThreeTiers();
  plan.tiers[1].inherits = false;
  const auto benefits = Benefits::Build(plan);
  EXPECT_THAT(Applied(benefits->For({"diamond"}, kToday)), ElementsAre("d-rate", "d-fruit", "d-gift", "g-trial"));
  EXPECT_EQ(Find(benefits->For({"diamond"}, kToday), "s-delivery").answer, Answer::kOtherTier);
}

TEST(Tier, UnknownGivesNothingAndSaysSo) {
  const auto benefits = Benefits::Build(ThreeTiers());
  for (const Entitlement& answer : benefits->For({}, kToday)) EXPECT_EQ(answer.answer, Answer::kTierUnknown);
  EXPECT_THAT(Applied(benefits->For({"iron"}, kToday)), IsEmpty());
}

TEST(Dates, CountBothEndsAndLetTheInheritedReturn) {
  Plan plan = ThreeTiers();
  plan.tiers[1].benefits[0].days = {kToday, kToday + 1};
  const auto benefits = Benefits::Build(plan);
  EXPECT_THAT(Applied(benefits->For({"gold"}, kToday - 1)), ElementsAre("g-trial", "s-rate", "s-delivery"));
  EXPECT_THAT(Applied(benefits->For({"gold"}, kToday)), ElementsAre("g-rate", "g-trial", "s-delivery"));
  EXPECT_THAT(Applied(benefits->For({"gold"}, kToday + 1)), ElementsAre("g-rate", "g-trial", "s-delivery"));
  EXPECT_THAT(Applied(benefits->For({"gold"}, kToday + 2)), ElementsAre("g-trial", "s-rate", "s-delivery"));
  EXPECT_EQ(Find(benefits->For({"gold"}, kToday - 1), "g-rate").answer, Answer::kNotYet);
  EXPECT_EQ(Find(benefits->For({"gold"}, kToday + 2), "g-rate").answer, Answer::kEnded);
  // Until when: its own end, or the day before what takes its place begins.
  EXPECT_EQ(Find(benefits->For({"gold"}, kToday), "g-rate").until, kToday + 1);
  EXPECT_EQ(Find(benefits->For({"gold"}, kToday - 5), "s-rate").until, kToday - 1);
  EXPECT_EQ(Find(benefits->For({"silver"}, kToday - 5), "s-rate").until, std::nullopt);
}

Override For(std::string id, Audience audience, std::vector<Benefit> benefits) {
  return {.id = std::move(id), .audience = std::move(audience), .benefits = std::move(benefits)};
}

TEST(Overrides, TheMostSpecificOneCounts) {
  Plan plan = ThreeTiers();
  plan.overrides = {For("region", {.regions = {"north"}}, {{.id = "r", .value = DiscountRate{{9'400}}}}),
                    For("segment", {.segments = {"canteen"}}, {{.id = "s", .value = DiscountRate{{9'300}}}}),
                    For("both", {.regions = {"north"}, .segments = {"canteen"}}, {{.id = "b", .value = DiscountRate{{9'200}}}}),
                    For("one", {.customers = {"c1"}}, {{.id = "c", .value = DiscountRate{{9'990}}}}),
                    For("silver-only", {.tiers = {"silver"}, .regions = {"south"}}, {{.id = "x", .value = DiscountRate{{1}}}})};
  ASSERT_THAT(Validate(plan), IsEmpty());
  const auto benefits = Benefits::Build(plan);
  const auto rate_of = [&](Customer customer) {
    customer.tier = "gold";
    return PriceTermsOf(benefits->For(customer, kToday), "gold").tier.pay->value;
  };
  EXPECT_EQ(rate_of({}), 9'500);
  EXPECT_EQ(rate_of({.region = "north"}), 9'400);
  EXPECT_EQ(rate_of({.segment = "canteen"}), 9'300);
  EXPECT_EQ(rate_of({.region = "north", .segment = "canteen"}), 9'200);
  EXPECT_EQ(rate_of({.region = "north", .segment = "canteen", .customer_id = "c1"}), 9'990);
  EXPECT_EQ(rate_of({.region = "south"}), 9'500);
  const auto answers = benefits->For({"gold", "south"}, kToday);
  EXPECT_EQ(Find(answers, "x").answer, Answer::kOtherTier);
  EXPECT_EQ(Find(answers, "r").answer, Answer::kOtherAudience);
}

TEST(Overrides, ReplaceAddAndWithdraw) {
  Plan plan = ThreeTiers();
  plan.overrides = {{.id = "o",
                     .audience = {.regions = {"north"}},
                     .days = {kToday, kToday + 9},
                     .benefits = {{.id = "fruit85", .value = ExclusiveOffer{In("category:fruit/imported"), {.pay = Bps{8'500}}}, .replaces = "d-fruit"},
                                  {.id = "meat95", .value = ExclusiveOffer{In("category:meat"), {.pay = Bps{9'500}}}}},
                     .withdrawn = {"g-trial"}}};
  ASSERT_THAT(Validate(plan), IsEmpty());
  const auto benefits = Benefits::Build(plan);
  const auto answers = benefits->For({"diamond", "north"}, kToday);
  EXPECT_THAT(Applied(answers), ElementsAre("d-rate", "d-gift", "s-delivery", "fruit85", "meat95"));
  EXPECT_EQ(Find(answers, "d-fruit").by, "fruit85");
  EXPECT_EQ(Find(answers, "g-trial").answer, Answer::kWithdrawn);
  EXPECT_EQ(Find(answers, "g-trial").by, "o");
  EXPECT_EQ(Find(answers, "meat95").until, kToday + 9);
  // Before it begins, the answers say that they end with it.
  const auto before = benefits->For({"diamond", "north"}, kToday - 3);
  EXPECT_EQ(Find(before, "d-fruit").until, kToday - 1);
  EXPECT_EQ(Find(before, "g-trial").until, kToday - 1);
  EXPECT_EQ(Find(before, "d-rate").until, std::nullopt);
}

TEST(PriceTerms, CarryRateThresholdAndAnAnswerPerOffer) {
  Plan plan = ThreeTiers();
  plan.tiers[2].benefits.push_back({.id = "text", .names = {{"zh", "蔬菜9折"}}, .value = ExclusiveOffer{}});
  plan.overrides = {For("o", {.regions = {"north"}}, {{.id = "meat", .value = ExclusiveOffer{In("sku:pork"), {.price = Fen{990}}}}})};
  const auto benefits = Benefits::Build(plan);
  const auto offers = OffersOf(*benefits);
  ASSERT_EQ(offers.size(), 2u);
  EXPECT_EQ(offers[0].id, "d-fruit");
  EXPECT_THAT(offers[0].tiers, ElementsAre("diamond"));
  EXPECT_THAT(offers[1].tiers, ElementsAre("diamond", "gold", "silver"));
  const PriceTerms gold = PriceTermsOf(benefits->For({"gold", "north"}, kToday), "gold");
  EXPECT_EQ(gold.tier.pay, Bps{9'500});
  EXPECT_EQ(gold.tier.free_delivery_from, Fen{30'000});
  EXPECT_THAT(gold.offers, ElementsAre(pricing::OfferAnswer::kOtherTier, pricing::OfferAnswer::kApplies));
  EXPECT_TRUE(Find(benefits->For({"gold"}, kToday), "text").display_only);
}

TEST(Sentences, SayFromWhichRuleAndWhyNot) {
  Plan plan = ThreeTiers();
  plan.tiers[0].benefits[1].days.until = kToday + 1;
  plan.tiers[2].benefits[0].days.from = kToday - 10;
  const auto benefits = Benefits::Build(plan);
  const auto gold = benefits->For({"gold"}, kToday);
  const auto says = [&](const std::vector<Entitlement>& answers, std::string_view id, Language language) {
    const Entitlement answer = Find(answers, id);
    return Describe(benefits->plan(), *answer.entry->benefit, language) + "：" + Explain(*benefits, answer, language);
  };
  EXPECT_EQ(says(gold, "g-rate", Language::kChinese), "9.5 折：黄金会员权益");
  EXPECT_EQ(says(gold, "s-delivery", Language::kChinese), "满 300 元免配送费：继承自白银会员");
  EXPECT_EQ(says(gold, "s-rate", Language::kChinese), "9.8 折：由「g-rate」取代");
  EXPECT_EQ(says(gold, "d-fruit", Language::kEnglish), "进口水果8折：needs the Diamond tier");
  EXPECT_EQ(says(benefits->For({"diamond"}, kToday), "d-fruit", Language::kChinese), "进口水果8折：钻石会员权益，至 2024-10-05");
}

// Whatever the dates: at most one benefit of a place applies, and an answer holds until the day that it names.
TEST(EveryAnswer, HoldsUntilTheDayThatItNames) {
  EXPECT_TRUE(rc::check([] {
    const auto pick = [](int least, int most) { return *rc::gen::inRange(least, most + 1); };
    const auto days = [&] {
      Days some;
      if (pick(0, 1) == 1) some.from = kToday + pick(-5, 5);
      if (pick(0, 1) == 1) some.until = some.from.value_or(kToday) + pick(0, 6);
      return some;
    };
    Plan plan = ThreeTiers();
    for (TierBenefits& tier : plan.tiers) {
      tier.inherits = pick(0, 3) != 0;
      for (Benefit& benefit : tier.benefits) benefit.days = days();
    }
    const Audience audiences[] = {{.regions = {"north"}}, {.segments = {"canteen"}}, {.customers = {"c1"}}};
    for (int i = pick(0, 3); i > 0; --i) {
      const std::string id = "o" + std::to_string(i);
      plan.overrides.push_back({.id = id, .audience = audiences[i - 1], .days = days(),
                                .benefits = {{.id = id + "-rate", .value = DiscountRate{{9'100}}, .days = days()}}, .withdrawn = {"g-trial", "s-delivery"}});
    }
    const auto benefits = Benefits::Build(plan);
    const Customer customer{plan.tiers[pick(0, 2)].code, "north", "canteen", "c1"};
    const auto answers = benefits->For(customer, kToday);
    std::set<uint32_t> slots;
    for (size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].answer != Answer::kApplies) continue;
      RC_ASSERT(slots.insert(answers[i].entry->slot).second);
      const Day last = answers[i].until.value_or(kToday + 30);
      for (Day day = kToday; day <= last; ++day) RC_ASSERT(benefits->For(customer, day)[i].answer == Answer::kApplies);
      if (answers[i].until) RC_ASSERT(benefits->For(customer, last + 1)[i].answer != Answer::kApplies);
    }
  }));
}

}  // namespace
}  // namespace rung::benefits
