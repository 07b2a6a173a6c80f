// What applies to a customer now, over the API: from which rule and version, until when, what is left, and why not the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/support/benefit_client.h"
#include "tests/support/checkout.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

using ::testing::HasSubstr;

const bv1::Entitlement* Find(const bv1::GetBenefitsResponse& response, const std::string& id) {
  for (const bv1::Entitlement& item : response.entitlements()) {
    if (item.benefit().benefit_id() == id) return &item;
  }
  return nullptr;
}

class BenefitsTest : public ::testing::Test {
 protected:
  BenefitsTest() {
    installation_.Ingest({OrderEvent("noodle-bar", "o1", "2026-03-20", 10'00), OrderEvent("canteen", "o1", "2026-03-20", 10'00)});
    client_.SetTier("noodle-bar", "gold");
  }

  Installation installation_;  // on March 31, 2026, 12:00 in Shanghai
  BenefitClient client_{installation_.channel()};
};

TEST_F(BenefitsTest, SayWhatAppliesFromWhichRuleUntilWhenAndWhyNotTheRest) {
  ASSERT_TRUE(client_.Publish(ShopPlan()).ok());
  const bv1::GetBenefitsResponse response = client_.Get("noodle-bar", true);
  EXPECT_EQ(response.tier_code(), "gold");
  EXPECT_EQ(response.plan_id(), "shop");
  EXPECT_EQ(response.plan_version(), 1);
  EXPECT_GT(response.tier_version(), 0);
  EXPECT_FALSE(response.degraded());
  ASSERT_EQ(response.entitlements_size(), 6);

  const bv1::Entitlement* fruit = Find(response, "g.fruit");
  ASSERT_NE(fruit, nullptr);
  EXPECT_EQ(fruit->answer(), bv1::ANSWER_APPLIES);
  EXPECT_EQ(fruit->tier_code(), "gold");
  EXPECT_EQ(fruit->until_date(), "2026-04-30");
  EXPECT_EQ(fruit->descriptions().at("zh"), "进口水果8折");
  EXPECT_EQ(fruit->explanations().at("zh"), "黄金会员权益，至 2026-04-30");
  EXPECT_EQ(Find(response, "d.rate")->answer(), bv1::ANSWER_HIGHER_TIER);
  EXPECT_THAT(Find(response, "d.rate")->explanations().at("en"), HasSubstr("Diamond"));
  EXPECT_EQ(Find(response, "b.rate")->answer(), bv1::ANSWER_SUPERSEDED);
  EXPECT_EQ(Find(response, "b.rate")->by_id(), "g.rate");

  const bv1::Entitlement* trial = Find(response, "b.trial");
  EXPECT_TRUE(trial->inherited());
  EXPECT_EQ(trial->remaining().uses(), 5);
  EXPECT_EQ(trial->remaining().renewed_time().seconds(), 1'774'972'800) << "April 1, 2026, 00:00 in Shanghai";
  EXPECT_EQ(Find(response, "b.gift")->remaining().budget_fen(), 4000);
}

TEST_F(BenefitsTest, WhatIsUsedUpDoesNotApplyAndSaysWhy) {
  ASSERT_TRUE(client_.Publish(ShopPlan()).ok());
  ASSERT_TRUE(client_.Reserve(ReserveOf("r1", "noodle-bar", {Use("b.trial", 0, 4), Use("b.gift", 4000)})).ok());
  bv1::GetBenefitsResponse response = client_.Get("noodle-bar", true);
  EXPECT_EQ(Find(response, "b.trial")->remaining().uses(), 1);
  EXPECT_EQ(Find(response, "b.gift")->answer(), bv1::ANSWER_BUDGET_EXHAUSTED);
  EXPECT_EQ(Find(response, "b.gift")->explanations().at("zh"), "活动额度已用完");
  ASSERT_TRUE(client_.Reserve(ReserveOf("r2", "noodle-bar", {Use("b.trial")})).ok());
  response = client_.Get("noodle-bar");
  EXPECT_EQ(Find(response, "b.trial"), nullptr) << "only what applies was asked for";
  EXPECT_EQ(Find(client_.Get("canteen"), "b.trial")->remaining().uses(), 5) << "another customer's uses are its own";
  EXPECT_EQ(Find(client_.Get("canteen"), "b.gift"), nullptr) << "the budget is everybody's";
}

TEST_F(BenefitsTest, APublicationCountsAtOnceAndRollingBackToo) {
  bv1::GetBenefitsRequest request;
  request.set_customer_id("noodle-bar");
  bv1::GetBenefitsResponse response;
  EXPECT_EQ(DetailsOf(client_.Get(request, response)).reason, "NO_BENEFIT_PLAN");
  bv1::BenefitPlan plan = ShopPlan();
  ASSERT_TRUE(client_.Publish(plan).ok());
  EXPECT_EQ(Find(client_.Get("noodle-bar"), "g.rate")->benefit().discount_rate().pay_bps(), 9500);
  plan.mutable_tiers(2)->mutable_benefits(0)->mutable_discount_rate()->set_pay_bps(9400);
  ASSERT_TRUE(client_.Publish(plan).ok());
  EXPECT_EQ(Find(client_.Get("noodle-bar"), "g.rate")->benefit().discount_rate().pay_bps(), 9400);
  EXPECT_EQ(client_.Get("noodle-bar").plan_version(), 2);
  client_.SetTier("noodle-bar", "diamond");
  EXPECT_EQ(Find(client_.Get("noodle-bar"), "d.rate")->benefit().discount_rate().pay_bps(), 9000) << "a new tier counts at once";

  config::v1::RollbackRequest back;
  back.set_kind("benefit-plan");
  back.set_document_id("shop");
  back.set_version(1);
  back.set_etag("shop-2");
  back.set_author("li");
  back.set_request_id("back");
  config::v1::RollbackResponse rolled;
  ASSERT_TRUE(client_.Call<config::v1::ConfigService>(&config::v1::ConfigService::Stub::Rollback, back, rolled).ok());
  EXPECT_EQ(client_.Get("noodle-bar").plan_version(), 3);
  client_.SetTier("noodle-bar", "gold");
  EXPECT_EQ(Find(client_.Get("noodle-bar"), "g.rate")->benefit().discount_rate().pay_bps(), 9500);
}

TEST_F(BenefitsTest, OverridesKnowTheCustomersRegion) {
  v1::Event profile = OrderEvent("noodle-bar", "profile", "2024-06-01", 1);
  profile.mutable_profile()->set_region("north");
  installation_.Ingest({profile});
  bv1::BenefitPlan plan = ShopPlan();
  *plan.add_overrides() = FromJson<bv1::Override>(R"({"override_id": "north", "audience": {"regions": ["north"]},
      "benefits": [{"benefit_id": "north.rate", "discount_rate": {"pay_bps": 9300}}], "withdrawn_benefit_ids": ["b.trial"]})");
  ASSERT_TRUE(client_.Publish(plan).ok());
  const bv1::GetBenefitsResponse response = client_.Get("noodle-bar", true);
  EXPECT_EQ(Find(response, "north.rate")->answer(), bv1::ANSWER_APPLIES);
  EXPECT_EQ(Find(response, "north.rate")->override_id(), "north");
  EXPECT_EQ(Find(response, "g.rate")->by_id(), "north.rate");
  EXPECT_EQ(Find(response, "b.trial")->answer(), bv1::ANSWER_WITHDRAWN);
  EXPECT_EQ(Find(client_.Get("canteen", true), "north.rate")->answer(), bv1::ANSWER_OTHER_AUDIENCE);
  EXPECT_EQ(DetailsOf(client_.Reserve(ReserveOf("r1", "noodle-bar", {Use("b.trial")}))).ViolationOf("claims[0].benefit_id"), "BENEFIT_NOT_APPLICABLE");
}

TEST_F(BenefitsTest, WithoutATierNothingAppliesUnlessTheCallerWouldRatherFail) {
  bv1::BenefitPlan plan = ShopPlan();
  plan.set_ladder_id("not-published-yet");
  ASSERT_TRUE(client_.Publish(plan).ok());
  bv1::GetBenefitsResponse response = client_.Get("noodle-bar");
  EXPECT_TRUE(response.degraded());
  EXPECT_EQ(response.degraded_reason(), "LADDER_UNKNOWN");
  EXPECT_EQ(response.entitlements_size(), 0);
  EXPECT_EQ(Find(client_.Get("noodle-bar", true), "b.rate")->answer(), bv1::ANSWER_TIER_UNKNOWN);
  bv1::GetBenefitsRequest request;
  request.set_customer_id("noodle-bar");
  request.set_fail_closed(true);
  const grpc::Status failed = client_.Get(request, response);
  EXPECT_EQ(failed.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(failed).reason, "TIER_UNREACHABLE");
  EXPECT_EQ(DetailsOf(client_.Reserve(ReserveOf("r1", "noodle-bar", {Use("b.trial")}))).reason, "TIER_UNREACHABLE");
}

TEST_F(BenefitsTest, PlansAndCouponsAreCheckedLikeAllConfiguration) {
  bv1::BenefitPlan plan = ShopPlan();
  plan.mutable_tiers(0)->mutable_benefits(0)->mutable_discount_rate()->set_pay_bps(9900);
  plan.mutable_tiers(3)->set_code("tin");
  config::v1::ValidateRequest request;
  request.mutable_document()->PackFrom(plan);
  config::v1::ValidateResponse response;
  ASSERT_TRUE(client_.Call<config::v1::ConfigService>(&config::v1::ConfigService::Stub::Validate, request, response).ok());
  EXPECT_TRUE(response.publishable());
  std::string found;
  for (const auto& finding : response.findings()) found += finding.field() + " " + finding.reason() + "\n";
  EXPECT_THAT(found, HasSubstr("tiers[3].code TIER_UNKNOWN"));
  EXPECT_THAT(found, HasSubstr("tiers TIER_MISSING"));
  EXPECT_GE(response.findings_size(), 3) << "and diamond is worse off than gold:\n" << found;

  for (const int32_t rate : {0, -1, 10'001, 12'000}) {
    plan = ShopPlan();
    plan.mutable_tiers(0)->mutable_benefits(0)->mutable_discount_rate()->set_pay_bps(rate);
    request.mutable_document()->PackFrom(plan);
    response.Clear();
    ASSERT_TRUE(client_.Call<config::v1::ConfigService>(&config::v1::ConfigService::Stub::Validate, request, response).ok());
    EXPECT_FALSE(response.publishable()) << rate;
    ASSERT_FALSE(response.findings().empty());
    EXPECT_THAT(response.findings(0).field(), HasSubstr("tiers[0].benefits[0]")) << rate;
  }
  bv1::CouponDefinition coupon = FromJson<bv1::CouponDefinition>(R"({"coupon_id": "c", "currency_code": "CNY", "scope": "all"})");
  EXPECT_EQ(client_.Publish(coupon).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "it takes nothing off";
}

TEST_F(BenefitsTest, ADocumentOfALaterReleaseHoldsNoOtherBackNorTheStart) {
  const CheckoutClient checkout(installation_.channel());
  bv1::BenefitPlan usual = KuaiLvPlan();
  usual.set_plan_id("default");
  checkout.Publish(usual);
  checkout.Publish(ShopPlan());
  checkout.Publish(BestPrice());
  checkout.Publish(SmallBook());
  const prc::QuoteRequest basket = BasketOf("noodle-bar", {{"apple", 1'000}});
  ASSERT_TRUE(Eventually(5'000, [&] { return checkout.Quote(basket)->basket().total_fen() == 980; }));

  // What this release doesn't know could be a restriction.
  installation_.Sql("INSERT INTO config_version SELECT kind, document_id, 2, '{\"onlyOnMondays\": true, ' || substr(body, 2), 'default-2', author, approver, "
                    "note, 0, now() FROM config_version WHERE kind = 'benefit-plan' AND document_id = 'default'");
  EXPECT_TRUE(Eventually(5'000, [&] { return installation_.TimesLogged("version 1 stays in force") == 2; })) << "by benefits and pricing";
  bv1::BenefitPlan shop = ShopPlan();
  shop.mutable_tiers(2)->mutable_benefits(0)->mutable_discount_rate()->set_pay_bps(9400);
  EXPECT_EQ(checkout.Publish(shop), 2);
  checkout.Publish(FromJson<bv1::CouponDefinition>(
      R"({"coupon_id": "fruit", "currency_code": "CNY", "scope": "all", "amount_off_fen": "100", "valid_days": 7})"));
  checkout.Publish(SmallBook(2'000));
  bv1::GetBenefitsRequest request;
  request.set_customer_id("noodle-bar");
  bv1::GetBenefitsResponse response;
  EXPECT_TRUE(client_.Get(request, response).ok());
  EXPECT_EQ(response.plan_version(), 1);
  request.set_plan_id("shop");
  EXPECT_TRUE(client_.Get(request, response).ok());
  EXPECT_EQ(response.plan_version(), 2);
  EXPECT_TRUE(client_.Issue("i-1", "noodle-bar", "fruit").ok());
  EXPECT_EQ(checkout.Quote(basket)->basket().total_fen(), 1'960);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  EXPECT_EQ(installation_.TimesLogged("version 1 stays in force"), 2) << "once each";

  // A process that never had a version of it goes without; the other plan isn't taken instead.
  installation_.KillSuite();
  installation_.StartSuite();
  BenefitClient client(installation_.channel());
  EXPECT_TRUE(client.Get(request, response).ok());
  request.clear_plan_id();
  EXPECT_EQ(DetailsOf(client.Get(request, response)).reason, "NO_BENEFIT_PLAN");
  EXPECT_EQ(CheckoutClient(installation_.channel()).Quote(basket).reason(), "NO_BENEFIT_PLAN");
  EXPECT_EQ(installation_.TimesLogged("nothing is in force under its id"), 2);
  usual.mutable_tiers(0)->clear_benefits();
  ASSERT_TRUE(client.Publish(usual).ok());
  EXPECT_TRUE(client.Get(request, response).ok()) << "a version that can be read is in force again";
  EXPECT_EQ(response.plan_version(), 3);
}

TEST_F(BenefitsTest, BadQuestionsAreNamed) {
  ASSERT_TRUE(client_.Publish(ShopPlan()).ok());
  bv1::GetBenefitsResponse response;
  bv1::GetBenefitsRequest request;
  EXPECT_EQ(DetailsOf(client_.Get(request, response)).ViolationOf("customer_id"), "REQUIRED");
  request.set_customer_id(std::string(129, 'x'));
  EXPECT_EQ(client_.Get(request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_customer_id("nobody");
  EXPECT_EQ(DetailsOf(client_.Get(request, response)).reason, "CUSTOMER_UNKNOWN");
  request.set_customer_id("noodle-bar");
  request.set_plan_id("none");
  EXPECT_EQ(DetailsOf(client_.Get(request, response)).reason, "NO_BENEFIT_PLAN");
  request.clear_plan_id();
  request.add_languages("fr");
  EXPECT_EQ(client_.Get(request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace rung::testing
