// Plans pass the wire whole, and what a later release might send is refused with its path.
#include "libs/wire/benefit_mapping.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "libs/benefits/test_plan.h"
#include "libs/benefits/validation.h"

namespace rung::wire {
namespace {

namespace pb = benefits::v1;

using namespace benefits;

Plan Everything() {
  Plan plan = ThreeTiers();
  plan.names = {{"zh", "方案"}};
  plan.tiers[1].inherits = false;
  plan.custom_types[0].fields.push_back({.name = "colour", .kind = FieldKind::kChoice, .choices = {"red", "blue"}, .better = Better::kLower});
  auto& diamond = plan.tiers[0].benefits;
  diamond[2].value = Custom{"gift", {{"pieces", int64_t{2}}, {"colour", std::string("red")}}};
  diamond.push_back({.id = "d-text", .names = {{"zh", "蔬菜9折"}}, .value = ExclusiveOffer{}});
  diamond.push_back({.id = "d-price", .value = ExclusiveOffer{In("sku:pork"), {.price = Fen{990}}}, .days = {20'000, 20'010}, .quota = Quota{3, Period::kWeek, Fen{500}}});
  diamond.push_back({.id = "d-promotion", .value = ExclusivePromotion{"p11"}});
  diamond.push_back({.id = "d-service", .value = PriorityService{}});
  diamond.push_back({.id = "d-priority", .value = DeliveryPriority{1}});
  diamond.push_back({.id = "d-support", .value = DedicatedSupport{true, "400"}});
  diamond.push_back({.id = "d-trial", .value = NewProductTrial{false}});
  plan.overrides = {{.id = "o", .names = {{"en", "North"}}, .audience = {{"diamond"}, {"north"}, {"canteen"}, {"c1"}}, .days = {20'000, {}},
                     .benefits = {{.id = "o-fruit", .value = ExclusiveOffer{In("category:fruit"), {.pay = Bps{8'500}}}, .replaces = "d-fruit"}},
                     .withdrawn = {"d-gift"}}};
  return plan;
}

TEST(BenefitPlan, PassesTheWireWhole) {
  std::vector<Violation> violations;
  const pb::BenefitPlan sent = ToWire(Everything());
  const Plan received = FromWire(sent, violations);
  EXPECT_TRUE(violations.empty());
  EXPECT_TRUE(Validate(received).empty());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(ToWire(received), sent));
  // And not only what the mapping back happens to read: the domain says the same of both.
  EXPECT_EQ(received.tiers[0].benefits[4].quota->period, Period::kWeek);
  EXPECT_EQ(std::get<NewProductTrial>(received.tiers[0].benefits[9].value).granted, false);
  EXPECT_EQ(std::get<PriorityService>(received.tiers[0].benefits[6].value).granted, true);
  EXPECT_EQ(received.overrides[0].audience.customers, std::vector<std::string>{"c1"});
  EXPECT_EQ(received.tiers[1].inherits, false);
  EXPECT_EQ(received.tiers[2].inherits, true);
}

TEST(BenefitPlan, WhatThisReleaseDoesNotKnowIsRefusedWithItsPath) {
  pb::BenefitPlan plan = ToWire(Everything());
  plan.mutable_custom_types(0)->mutable_fields(0)->set_kind(static_cast<pb::FieldKind>(99));
  plan.mutable_tiers(0)->mutable_benefits(0)->clear_value();
  plan.mutable_tiers(0)->mutable_benefits(1)->mutable_exclusive_offer()->set_scope("brand:x");
  plan.mutable_tiers(0)->mutable_benefits(4)->set_until_date("2026-02-30");
  plan.mutable_tiers(0)->mutable_benefits(4)->mutable_quota()->set_period(static_cast<pb::Period>(99));
  std::vector<Violation> violations;
  FromWire(plan, violations);
  std::vector<std::string> found;
  for (const Violation& violation : violations) found.push_back(violation.field + " " + violation.reason);
  EXPECT_THAT(found, ::testing::UnorderedElementsAre("custom_types[0].fields[0].kind UNKNOWN_VALUE", "tiers[0].benefits[0] REQUIRED",
                                                     "tiers[0].benefits[1].exclusive_offer.scope BAD_SCOPE", "tiers[0].benefits[4].until_date BAD_DATE",
                                                     "tiers[0].benefits[4].quota.period UNKNOWN_VALUE"));
}

TEST(CouponDefinition, PassesTheWireWhole) {
  const CouponDefinition coupon{.terms = {.id = "c", .scope = In("category:fruit"), .minimum = {1'000}, .off = Bps{1'000}, .max_off = Fen{500}}, .names = {{"zh", "水果券"}},
                                .currency = "CNY", .days = {20'000, 20'010}, .tiers = {"gold"}, .valid_days = 7, .budget = Fen{9}, .issues_per_customer = 2, .issue_limit = 3};
  std::vector<Violation> violations;
  const pb::CouponDefinition sent = ToWire(coupon);
  const CouponDefinition received = FromWire(sent, violations);
  EXPECT_TRUE(violations.empty());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(ToWire(received), sent));
  EXPECT_EQ(received.terms.max_off, Fen{500});
  EXPECT_EQ(received.terms.amount_off, std::nullopt);
  EXPECT_EQ(received.issue_limit, 3);
}

TEST(Entitlement, SaysWhatItIsAndWhyInTheLanguagesAskedFor) {
  const auto benefits = Benefits::Build(ThreeTiers());
  const auto answers = benefits->For({"gold"}, 20'000);
  pb::Entitlement out;
  WriteEntitlement(*benefits, answers[0], {pricing::Language::kEnglish}, &out);
  EXPECT_EQ(out.answer(), pb::ANSWER_HIGHER_TIER);
  EXPECT_EQ(out.tier_code(), "diamond");
  EXPECT_EQ(out.benefit().discount_rate().pay_bps(), 9'000);
  EXPECT_EQ(out.descriptions().at("en"), "pay 90 %");
  EXPECT_EQ(out.explanations().at("en"), "needs the Diamond tier");
  EXPECT_FALSE(out.explanations().contains("zh"));
}

}  // namespace
}  // namespace rung::wire
