// Which plans are refused, and what lint warns of.
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "libs/benefits/lint.h"
#include "libs/benefits/test_plan.h"
#include "libs/benefits/validation.h"

namespace rung::benefits {
namespace {

constexpr Day kToday = 20'000;

std::string Shown(const std::vector<Violation>& violations) {
  std::set<std::string> lines;
  for (const Violation& violation : violations) lines.insert(violation.field + " " + violation.reason);
  return fmt::format("{}", fmt::join(lines, "; "));
}

std::string Findings(const std::function<void(Plan&)>& spoil) {
  Plan plan = ThreeTiers();
  spoil(plan);
  return Shown(Validate(plan));
}

std::string Warnings(const std::function<void(Plan&)>& spoil) {
  Plan plan = ThreeTiers();
  spoil(plan);
  EXPECT_EQ(Shown(Validate(plan)), "");
  return Shown(Lint(plan, kToday));
}

TEST(Validate, AcceptsAGoodPlan) {
  EXPECT_EQ(Findings([](Plan&) {}), "");
  EXPECT_EQ(Warnings([](Plan&) {}), "");
}

TEST(Validate, RefusesRatesOfZeroAndBeyondOne) {
  for (const int64_t pay : {0, -1, 10'001, 12'000}) {
    EXPECT_EQ(Findings([&](Plan& plan) { plan.tiers[0].benefits[0].value = DiscountRate{{pay}}; }), "tiers[0].benefits[0].discount_rate.pay_bps OUT_OF_RANGE") << pay;
  }
}

TEST(Validate, ChecksCustomBenefitsAgainstTheirType) {
  const auto with = [](Custom custom) { return Findings([&](Plan& plan) { plan.tiers[0].benefits[2].value = custom; }); };
  EXPECT_EQ(with({"gift", {{"pieces", int64_t{0}}}}), "");
  EXPECT_EQ(with({"gift", {}}), "tiers[0].benefits[2].custom.values[\"pieces\"] REQUIRED");
  EXPECT_EQ(with({"gift", {{"pieces", int64_t{-1}}}}), "tiers[0].benefits[2].custom.values[\"pieces\"] OUT_OF_RANGE");
  EXPECT_EQ(with({"gift", {{"pieces", 1.5}}}), "tiers[0].benefits[2].custom.values[\"pieces\"] WRONG_TYPE");
  EXPECT_EQ(with({"gift", {{"pieces", int64_t{1}}, {"colour", std::string("red")}}}), "tiers[0].benefits[2].custom.values[\"colour\"] UNKNOWN_FIELD");
  EXPECT_EQ(with({"toy", {}}), "tiers[0].benefits[2].custom.type_code UNKNOWN_TYPE");
}

TEST(Validate, RefusesTwoBenefitsOfOnePlaceOnOneDay) {
  const auto twice = [](Days first, Days second) {
    return Findings([&](Plan& plan) {
      plan.tiers[2].benefits[0].days = first;
      plan.tiers[2].benefits.push_back({.id = "again", .value = DiscountRate{{9'700}}, .days = second});
    });
  };
  EXPECT_EQ(twice({{}, 99}, {100, {}}), "");
  EXPECT_EQ(twice({{}, 100}, {100, {}}), "tiers[2].benefits[2] OVERLAP");
}

TEST(Validate, RefusesOverridesOfWhichNoneIsMoreSpecific) {
  const auto pair = [](Audience a, Audience b) {
    return Findings([&](Plan& plan) {
      plan.overrides = {{.id = "a", .audience = a, .benefits = {{.id = "ra", .value = DiscountRate{{9'000}}}}},
                        {.id = "b", .audience = b, .benefits = {{.id = "rb", .value = DiscountRate{{9'100}}}}}};
    });
  };
  EXPECT_EQ(pair({.regions = {"north"}}, {.regions = {"south"}}), "");
  EXPECT_EQ(pair({.regions = {"north"}}, {.segments = {"shop"}}), "");
  EXPECT_EQ(pair({.tiers = {"gold"}, .regions = {"north"}}, {.tiers = {"silver"}, .regions = {"north"}}), "");
  EXPECT_EQ(pair({.regions = {"north"}}, {.regions = {"south", "north"}}), "overrides[1].benefits[0] AMBIGUOUS");
}

TEST(Validate, NamesEverythingThatIsWrong) {
  EXPECT_EQ(Findings([](Plan& plan) {
    plan.tiers[1].code = "diamond";
    plan.tiers[1].benefits[1].id = "d-rate";
    plan.tiers[0].benefits[1].value = ExclusiveOffer{std::nullopt, {.pay = Bps{8'000}}};
    plan.tiers[2].benefits[1].quota = Quota{};
    plan.overrides = {{.id = "o", .audience = {.tiers = {"iron"}}, .withdrawn = {"nothing"}}};
  }),
            "overrides[0].audience REQUIRED; overrides[0].audience.tier_codes UNKNOWN_TIER; overrides[0].withdrawn_benefit_ids[0] UNKNOWN_BENEFIT; "
            "tiers[0].benefits[1].exclusive_offer.scope REQUIRED; tiers[1].benefits[1].benefit_id DUPLICATE; tiers[1].code DUPLICATE; "
            "tiers[2].benefits[1].quota REQUIRED");
}

TEST(Lint, WarnsWhenAHigherTierIsWorse) {
  EXPECT_EQ(Warnings([](Plan& plan) { plan.tiers[0].benefits[0].value = DiscountRate{{9'600}}; }), "tiers[0].benefits[0] HIGHER_TIER_WORSE");
  EXPECT_EQ(Warnings([](Plan& plan) { plan.tiers[1].inherits = false; }), "tiers[1].benefits HIGHER_TIER_WORSE");
  EXPECT_EQ(Warnings([](Plan& plan) {
    plan.tiers[1].benefits.push_back({.id = "g-gift", .value = Custom{"gift", {{"pieces", int64_t{3}}}}});
  }), "tiers[0].benefits[2] HIGHER_TIER_WORSE");
  EXPECT_EQ(Warnings([](Plan& plan) { plan.tiers[0].benefits.push_back({.id = "d-trial", .value = NewProductTrial{false}}); }), "tiers[0].benefits[3] HIGHER_TIER_WORSE");
  EXPECT_EQ(Warnings([](Plan& plan) { plan.tiers[0].benefits.push_back({.id = "d-free", .value = FreeDelivery{{30'001}}}); }), "tiers[0].benefits[3] HIGHER_TIER_WORSE");
}

TEST(Lint, LooksAtLaterDaysAndAtOverrides) {
  EXPECT_EQ(Warnings([](Plan& plan) {
    plan.tiers[0].benefits[0].days.until = kToday + 10;
    plan.tiers[1].inherits = true;
    plan.tiers[0].benefits.push_back({.id = "later", .value = DiscountRate{{9'900}}, .days = {kToday + 11, {}}});
  }), "tiers[0].benefits[3] HIGHER_TIER_WORSE");
  EXPECT_EQ(Warnings([](Plan& plan) {
    plan.overrides = {{.id = "o", .audience = {.tiers = {"silver"}, .regions = {"north"}}, .benefits = {{.id = "r", .value = DiscountRate{{9'000}}}}}};
  }), "tiers[1].benefits[0] HIGHER_TIER_WORSE");
}

TEST(Lint, MissesNoOfferThatAnotherOneCovers) {
  const auto gold_has = [](Scope scope, int64_t pay) {
    return Warnings([&](Plan& plan) {
      plan.tiers[0].inherits = false;
      plan.tiers[0].benefits.push_back({.id = "d-trial", .value = NewProductTrial{}});
      plan.tiers[0].benefits.push_back({.id = "d-delivery", .value = FreeDelivery{{0}}});
      plan.tiers[1].benefits.push_back({.id = "g-offer", .value = ExclusiveOffer{scope, {.pay = Bps{pay}}}});
    });
  };
  EXPECT_EQ(gold_has(In("category:fruit/imported/berry"), 8'000), "");
  EXPECT_EQ(gold_has(In("category:meat"), 9'000), "");  // the diamond rate is as good
  EXPECT_EQ(gold_has(In("category:meat"), 8'999), "tiers[0].benefits HIGHER_TIER_WORSE");
  EXPECT_EQ(gold_has(In("category:fruit"), 8'000), "tiers[0].benefits HIGHER_TIER_WORSE");
}

TEST(Lint, WarnsOfBenefitsThatNobodyCanUse) {
  EXPECT_EQ(Warnings([](Plan& plan) { plan.tiers[0].benefits[2].days.until = kToday - 1; }), "tiers[0].benefits[2].until_date ENDED");
  EXPECT_EQ(Warnings([](Plan& plan) { plan.tiers[0].benefits[2].quota = Quota{.uses = 0}; }), "tiers[0].benefits[2].quota NOBODY_CAN_USE");
  EXPECT_EQ(Warnings([](Plan& plan) {
    plan.overrides = {{.id = "o", .audience = {.regions = {"n"}}, .days = {kToday, kToday + 1},
                       .benefits = {{.id = "r", .value = DiscountRate{{5'000}}, .days = {kToday + 2, {}}}}}};
  }), "overrides[0].benefits[0] DATES_NEVER_MEET");
}

TEST(Lint, NamesTheRateThatAnUnmappedOfferSpeaksOf) {
  Plan plan = ThreeTiers();
  plan.tiers[0].benefits[1].value = ExclusiveOffer{};
  const auto warnings = Lint(plan, kToday);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].reason, "DISPLAY_ONLY");
  EXPECT_THAT(warnings[0].message, ::testing::HasSubstr("pay_bps 8000"));
}

TEST(RateInText, ReadsFoldsAsPeopleWriteThem) {
  EXPECT_EQ(RateInText("进口水果8折"), Bps{8'000});
  EXPECT_EQ(RateInText("全场85折起"), Bps{8'500});
  EXPECT_EQ(RateInText("9.5 折"), Bps{9'500});
  for (const char* text : {"免费试吃", "折上折", "0折", ".5折", "123456折", "12.5折"}) EXPECT_EQ(RateInText(text), std::nullopt) << text;
}

}  // namespace
}  // namespace rung::benefits
