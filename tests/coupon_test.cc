// Coupons: issued within limits, reserved, redeemed exactly once, released, expired.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/benefit_client.h"
#include "tests/support/error_details.h"
#include "tests/support/suite_at.h"

namespace rung::testing {
namespace {

bv1::CouponDefinition Definition(const std::string& more = "") {
  return FromJson<bv1::CouponDefinition>(R"({"coupon_id": "fruit-20", "currency_code": "CNY", "scope": "category:fruit", "minimum_fen": "10000",
      "amount_off_fen": "2000", "valid_days": 7)" + more + "}");
}

class CouponTest : public ::testing::Test {
 protected:
  CouponTest() { installation_.Ingest({OrderEvent("noodle-bar", "o1", "2026-03-20", 10'00), OrderEvent("canteen", "o1", "2026-03-20", 10'00)}); }

  bv1::IssuedCoupon Issue(const std::string& request_id, const std::string& customer = "noodle-bar") {
    bv1::IssuedCoupon issued;
    const grpc::Status status = client_.Issue(request_id, customer, "fruit-20", &issued);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return issued;
  }
  bv1::CouponUsability Usability(const std::string& id, const std::string& customer = "noodle-bar") { return client_.Coupons(customer, {id}).entries(0).usability(); }

  Installation installation_;  // on March 31, 2026
  BenefitClient client_{installation_.channel()};
};

TEST_F(CouponTest, LivesFromIssueToRedemptionExactlyOnce) {
  ASSERT_TRUE(client_.Publish(Definition(R"(, "budget_fen": "100000")")).ok());
  const bv1::IssuedCoupon issued = Issue("campaign-1");
  EXPECT_EQ(issued.issued_coupon_id(), "fruit-20.1");
  EXPECT_EQ(issued.until_date(), "2026-04-06") << "seven days, today included";
  EXPECT_EQ(issued.source(), "test");
  bv1::IssuedCoupon again;
  ASSERT_TRUE(client_.Issue("campaign-1", "noodle-bar", "fruit-20", &again).ok());
  EXPECT_EQ(again.DebugString(), issued.DebugString());
  EXPECT_EQ(Issue("campaign-2").issued_coupon_id(), "fruit-20.2");

  ASSERT_TRUE(client_.Reserve(ReserveOf("r1", "noodle-bar", {UseCoupon("fruit-20.1", 2000)})).ok()) << "no plan, no tier, and none needed";
  EXPECT_EQ(Usability("fruit-20.1"), bv1::COUPON_USABILITY_RESERVED);
  EXPECT_EQ(DetailsOf(client_.Reserve(ReserveOf("r2", "noodle-bar", {UseCoupon("fruit-20.1", 2000)}))).reason, "COUPON_TAKEN");
  ASSERT_TRUE(client_.Release("noodle-bar", "r1").ok());
  EXPECT_EQ(Usability("fruit-20.1"), bv1::COUPON_USABILITY_USABLE);
  ASSERT_TRUE(client_.Reserve(ReserveOf("r3", "noodle-bar", {UseCoupon("fruit-20.1", 2000), UseCoupon("fruit-20.2", 1500)})).ok());
  ASSERT_TRUE(client_.Commit("noodle-bar", "", "o-r3").ok());
  EXPECT_EQ(Usability("fruit-20.1"), bv1::COUPON_USABILITY_REDEEMED);
  EXPECT_EQ(DetailsOf(client_.Reserve(ReserveOf("r4", "noodle-bar", {UseCoupon("fruit-20.2", 1)}))).reason, "COUPON_TAKEN");
  const auto redeemed = client_.CouponsOf("noodle-bar", bv1::COUPON_STATE_REDEEMED);
  ASSERT_EQ(redeemed.size(), 2u);
  EXPECT_EQ(redeemed[0].order_id(), "o-r3");
  EXPECT_EQ(client_.Usage("fruit-20").used_fen(), 3500);
  EXPECT_EQ(client_.Usage("fruit-20").issued_count(), 2);
}

TEST_F(CouponTest, IsIssuedWithinItsLimits) {
  ASSERT_TRUE(client_.Publish(Definition(R"(, "issues_per_customer": "2", "issue_limit": "3")")).ok());
  Issue("1");
  Issue("2");
  const grpc::Status third = client_.Issue("3", "noodle-bar", "fruit-20");
  EXPECT_EQ(DetailsOf(third).reason, "CUSTOMER_LIMIT_REACHED");
  EXPECT_EQ(third.error_message(), "coupons \"fruit-20\" for one customer: 1 wanted, 0 left");
  Issue("1", "canteen");
  EXPECT_EQ(DetailsOf(client_.Issue("2", "canteen", "fruit-20")).reason, "ISSUE_LIMIT_REACHED");
  EXPECT_EQ(client_.Usage("fruit-20").issued_count(), 3);
  EXPECT_EQ(DetailsOf(client_.Issue("4", "canteen", "none")).reason, "COUPON_UNKNOWN");
  EXPECT_EQ(DetailsOf(client_.Issue("1", "canteen", "other")).reason, "REQUEST_ID_REUSED");
  EXPECT_EQ(DetailsOf(client_.Issue("1", "nobody", "fruit-20")).reason, "CUSTOMER_UNKNOWN") << "a typing error would be money";
}

TEST_F(CouponTest, SixtyFourClientsNeitherIssueTooManyNorRedeemTwice) {
  ASSERT_TRUE(client_.Publish(Definition(R"(, "issue_limit": "10")")).ok());
  std::vector<v1::Event> events;
  for (int i = 0; i < 64; ++i) events.push_back(OrderEvent("shop-" + std::to_string(i), "o1", "2026-03-20", 10'00));
  installation_.Ingest(events);
  std::atomic<int> issued = 0, reserved = 0;
  const auto race = [&](const auto& call) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i) {
      threads.emplace_back([&, i] {
        BenefitClient client(ChannelTo(installation_.address()));
        call(client, i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  };
  race([&](BenefitClient& client, int i) { issued += client.Issue("race", "shop-" + std::to_string(i), "fruit-20").ok() ? 1 : 0; });
  EXPECT_EQ(issued, 10);
  const std::string customer = installation_.Sql("SELECT external_id FROM issued_coupon JOIN redeemer USING (customer_id) LIMIT 1");
  race([&](BenefitClient& client, int i) {
    reserved += client.Reserve(ReserveOf("r" + std::to_string(i), customer, {UseCoupon("fruit-20.1", 2000)})).ok() ? 1 : 0;
  });
  EXPECT_EQ(reserved, 1);
}

TEST_F(CouponTest, KeepsTheTermsThatItWasIssuedWith) {
  ASSERT_TRUE(client_.Publish(Definition()).ok());
  Issue("1");
  bv1::CouponDefinition lower = Definition();
  lower.set_amount_off_fen(1000);
  ASSERT_TRUE(client_.Publish(lower).ok());
  Issue("2");
  const bv1::GetCouponsResponse found = client_.Coupons("noodle-bar", {"fruit-20.1", "none", "fruit-20.2"});
  EXPECT_EQ(found.entries(0).definition().amount_off_fen(), 2000);
  EXPECT_EQ(found.entries(0).coupon().coupon_version(), 1);
  EXPECT_EQ(found.entries(1).usability(), bv1::COUPON_USABILITY_UNKNOWN);
  EXPECT_FALSE(found.entries(1).has_definition());
  EXPECT_EQ(found.entries(2).definition().amount_off_fen(), 1000);
}

TEST_F(CouponTest, TakesNoMoreOffThanItsTermsSay) {
  ASSERT_TRUE(client_.Publish(Definition()).ok());
  Issue("1");
  const auto refused = client_.Reserve(ReserveOf("r1", "noodle-bar", {UseCoupon("fruit-20.1", 2'001)}));
  EXPECT_EQ(DetailsOf(refused).ViolationOf("claims[0].amount_fen"), "OUT_OF_RANGE") << "one call would use up everybody's budget";
  EXPECT_TRUE(client_.Reserve(ReserveOf("r2", "noodle-bar", {UseCoupon("fruit-20.1", 2'000)})).ok());
}

TEST_F(CouponTest, ForSomeTiersNeedsThatTierAndEndsOnItsDay) {
  ASSERT_TRUE(client_.Publish(ShopPlan()).ok());
  ASSERT_TRUE(client_.Publish(Definition(R"(, "tier_codes": ["gold"])")).ok());
  Issue("1");
  EXPECT_EQ(Usability("fruit-20.1"), bv1::COUPON_USABILITY_OTHER_TIER);
  EXPECT_EQ(DetailsOf(client_.Reserve(ReserveOf("r1", "noodle-bar", {UseCoupon("fruit-20.1")}))).ViolationOf("claims[0].issued_coupon_id"), "COUPON_NOT_USABLE");
  client_.SetTier("noodle-bar", "gold");
  EXPECT_EQ(Usability("fruit-20.1"), bv1::COUPON_USABILITY_USABLE);
  ASSERT_TRUE(client_.Reserve(ReserveOf("r2", "noodle-bar", {UseCoupon("fruit-20.1")})).ok());

  bv1::CouponDefinition ended = Definition();
  ended.set_coupon_id("old");
  ended.set_until_date("2026-03-30");
  ASSERT_TRUE(client_.Publish(ended).ok());
  EXPECT_EQ(DetailsOf(client_.Issue("2", "noodle-bar", "old")).reason, "COUPON_ENDED");
  Issue("1", "canteen");
  installation_.Sql("UPDATE issued_coupon SET until_day = '2026-03-30', issued_at = '2026-03-01' WHERE issued_coupon_id = 'fruit-20.1'");
  EXPECT_EQ(client_.CouponsOf("canteen", bv1::COUPON_STATE_EXPIRED).size(), 1u);
  EXPECT_TRUE(client_.CouponsOf("canteen", bv1::COUPON_STATE_ISSUED).empty());
}

// March 31, 16:00 in UTC, is the shop's April 1.
TEST_F(CouponTest, AMonthsEndInShopTimeRenewsQuotasButNoLimitPerCustomer) {
  const auto issue = [](BenefitClient& client, const std::string& request, const std::string& customer) {
    bv1::IssuedCoupon issued;
    const grpc::Status status = client.Issue(request, customer, "fruit-20", &issued);
    return status.ok() ? "until " + issued.until_date() : DetailsOf(status).reason;
  };
  const auto reserve_trials = [](BenefitClient& client, const std::string& request, int uses) {
    return DetailsOf(client.Reserve(ReserveOf(request, "noodle-bar", {Use("b.trial", 0, uses)}))).reason;
  };
  {
    const SuiteAt march(installation_, "2026-03-31T23:58:00+08:00");
    BenefitClient client(march.channel());
    ASSERT_TRUE(client.Publish(ShopPlan()).ok());
    ASSERT_TRUE(client.Publish(Definition(R"(, "issues_per_customer": "2")")).ok());
    EXPECT_EQ(issue(client, "1", "noodle-bar"), "until 2026-04-06");
    EXPECT_EQ(issue(client, "2", "noodle-bar"), "until 2026-04-06");
    EXPECT_EQ(issue(client, "3", "noodle-bar"), "CUSTOMER_LIMIT_REACHED");
    EXPECT_EQ(reserve_trials(client, "r1", 5), "");
    ASSERT_TRUE(client.Commit("noodle-bar", "r1").ok());
    EXPECT_EQ(reserve_trials(client, "r2", 1), "QUOTA_EXHAUSTED");
  }
  const SuiteAt april(installation_, "2026-04-01T00:00:01+08:00");
  BenefitClient client(april.channel());
  EXPECT_EQ(issue(client, "4", "noodle-bar"), "CUSTOMER_LIMIT_REACHED") << "for good, not for a month";
  EXPECT_EQ(issue(client, "1", "canteen"), "until 2026-04-07") << "the shop's day counts";
  bv1::ReserveResponse reserved;
  ASSERT_TRUE(client.Reserve(ReserveOf("r3", "noodle-bar", {Use("b.trial", 0, 2)}), &reserved).ok()) << "a new month";
  EXPECT_EQ(reserved.remaining(0).uses(), 3);
  EXPECT_EQ(reserved.remaining(0).renewed_time().seconds(), 1'777'564'800) << "2026-05-01 in Shanghai, 2026-04-30T16:00:00Z";
}

TEST_F(CouponTest, TheBudgetOfAllUsesHolds) {
  ASSERT_TRUE(client_.Publish(Definition(R"(, "budget_fen": "3000")")).ok());
  Issue("1");
  Issue("1", "canteen");
  ASSERT_TRUE(client_.Reserve(ReserveOf("r1", "noodle-bar", {UseCoupon("fruit-20.1", 2000)})).ok());
  const grpc::Status second = client_.Reserve(ReserveOf("r1", "canteen", {UseCoupon("fruit-20.1", 2000)}));
  EXPECT_EQ(DetailsOf(second).reason, "BUDGET_EXHAUSTED");
  EXPECT_EQ(second.error_message(), "the budget of coupon \"fruit-20\" for all customers: CNY 20.00 wanted, CNY 10.00 left");
  ASSERT_TRUE(client_.Reserve(ReserveOf("r2", "canteen", {UseCoupon("fruit-20.1", 1000)})).ok());
  EXPECT_EQ(DetailsOf(client_.Issue("2", "canteen", "fruit-20")).reason, "BUDGET_EXHAUSTED");
}

}  // namespace
}  // namespace rung::testing
