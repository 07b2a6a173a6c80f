// Uses of what is limited: all of an order or none, the same answer for the same request, and never more than there is.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/benefit_client.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

constexpr int kClients = 64;

std::string CustomerOf(int number) { return fmt::format("shop-{:03}", number); }

// What came of calls that were made at the same time.
template <typename Call>
std::vector<grpc::Status> AtOnce(int count, const std::string& address, Call call) {
  std::vector<grpc::Status> answers(static_cast<size_t>(count));
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      BenefitClient client(ChannelTo(address));
      answers[static_cast<size_t>(i)] = call(client, i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return answers;
}

int Accepted(const std::vector<grpc::Status>& answers, const std::string& reason) {
  int accepted = 0;
  for (const grpc::Status& answer : answers) {
    if (answer.ok()) {
      ++accepted;
    } else {
      EXPECT_EQ(DetailsOf(answer).reason, reason) << answer.error_message();
      EXPECT_EQ(answer.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    }
  }
  return accepted;
}

class RedemptionTest : public ::testing::Test {
 protected:
  RedemptionTest() {
    std::vector<v1::Event> events;
    for (int i = 0; i < kClients; ++i) events.push_back(OrderEvent(CustomerOf(i), "o1", "2026-03-20", 10'00));
    installation_.Ingest(events);
    EXPECT_TRUE(client_.Publish(ShopPlan()).ok());
  }

  std::string Taken(const std::string& pool) { return installation_.Sql("SELECT sum(taken) FROM budget_slice WHERE pool = '" + pool + "'"); }

  Installation installation_;
  BenefitClient client_{installation_.channel()};
  const std::string shop_ = CustomerOf(0);
};

TEST_F(RedemptionTest, AnOrderTakesAllOfItsClaimsOrNone) {
  ASSERT_TRUE(client_.Reserve(ReserveOf("r1", shop_, {Use("b.gift", 3000), Use("b.trial")})).ok());
  const grpc::Status refused = client_.Reserve(ReserveOf("r2", shop_, {Use("b.trial", 0, 2), Use("b.gift", 1001)}));
  EXPECT_EQ(DetailsOf(refused).reason, "BUDGET_EXHAUSTED");
  EXPECT_EQ(DetailsOf(refused).metadata["claim"], "1");
  EXPECT_EQ(DetailsOf(refused).metadata["left"], "1000");
  bv1::ReserveResponse response;
  ASSERT_TRUE(client_.Reserve(ReserveOf("r3", shop_, {Use("b.trial", 0, 4), Use("b.gift", 1000)}), &response).ok()) << "r2 took no trial";
  EXPECT_EQ(response.remaining(0).uses(), 0);
  EXPECT_EQ(response.remaining(1).budget_fen(), 0);
  EXPECT_EQ(DetailsOf(client_.Reserve(ReserveOf("r4", shop_, {Use("b.trial")}))).reason, "QUOTA_EXHAUSTED");
}

TEST_F(RedemptionTest, CommitAndReleaseAnswerTheSameAgainAndReleaseGivesBack) {
  ASSERT_TRUE(client_.Reserve(ReserveOf("r1", shop_, {Use("b.gift", 4000)})).ok());
  bv1::CommitResponse committed;
  ASSERT_TRUE(client_.Commit(shop_, "r1", "", &committed).ok());
  EXPECT_EQ(committed.reservations(0).state(), bv1::RESERVATION_STATE_COMMITTED);
  bv1::CommitResponse again;
  ASSERT_TRUE(client_.Commit(shop_, "r1", "", &again).ok());
  EXPECT_EQ(again.DebugString(), committed.DebugString());
  EXPECT_EQ(DetailsOf(client_.Reserve(ReserveOf("r2", CustomerOf(1), {Use("b.gift", 1)}))).reason, "BUDGET_EXHAUSTED");
  ASSERT_TRUE(client_.Release(shop_, "r1").ok()) << "the order was cancelled";
  bv1::ReleaseResponse released;
  ASSERT_TRUE(client_.Release(shop_, "", "o-r1", &released).ok());
  EXPECT_EQ(released.reservations(0).state(), bv1::RESERVATION_STATE_RELEASED);
  EXPECT_EQ(Taken("benefit:shop/b.gift"), "0") << "given back once";
  EXPECT_EQ(DetailsOf(client_.Commit(shop_, "r1")).reason, "RESERVATION_ENDED");
  ASSERT_TRUE(client_.Reserve(ReserveOf("r3", CustomerOf(2), {Use("b.gift", 4000)})).ok()) << "by a customer of another slice";
}

TEST_F(RedemptionTest, TheSameRequestIsAnsweredTheSameAndAnotherUnderItsIdIsRefused) {
  const bv1::ReserveRequest request = ReserveOf("r1", shop_, {Use("b.trial", 0, 5)});
  bv1::ReserveResponse first, again;
  ASSERT_TRUE(client_.Reserve(request, &first).ok());
  ASSERT_TRUE(client_.Reserve(request, &again).ok()) << "although nothing is left";
  EXPECT_EQ(again.reservation().DebugString(), first.reservation().DebugString());
  const grpc::Status reused = client_.Reserve(ReserveOf("r1", shop_, {Use("b.trial", 0, 4)}));
  EXPECT_EQ(reused.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(DetailsOf(reused).reason, "REQUEST_ID_REUSED");
  bv1::BenefitPlan plan = ShopPlan();
  plan.mutable_tiers(4)->mutable_benefits()->RemoveLast();
  plan.mutable_tiers(4)->mutable_benefits()->RemoveLast();
  ASSERT_TRUE(client_.Publish(plan).ok());
  EXPECT_TRUE(client_.Reserve(request, &again).ok()) << "although the benefit is gone";
  EXPECT_EQ(client_.Reservations(shop_).size(), 1u);
}

TEST_F(RedemptionTest, WhatIsNotCommittedInTimeIsGivenBack) {
  bv1::ReserveRequest request = ReserveOf("r1", shop_, {Use("b.gift", 4000), Use("b.trial", 0, 5)});
  request.set_hold_seconds(3);
  ASSERT_TRUE(client_.Reserve(request).ok());
  EXPECT_EQ(DetailsOf(client_.Reserve(ReserveOf("r2", CustomerOf(1), {Use("b.gift", 1)}))).reason, "BUDGET_EXHAUSTED");
  EXPECT_TRUE(Eventually(20'000, [&] { return client_.Reserve(ReserveOf("r2", CustomerOf(1), {Use("b.gift", 4000)})).ok(); }));
  EXPECT_TRUE(client_.Reserve(ReserveOf("r3", shop_, {Use("b.trial", 0, 5)})).ok());
  EXPECT_EQ(client_.Reservations(shop_).back().state(), bv1::RESERVATION_STATE_EXPIRED);
  EXPECT_EQ(DetailsOf(client_.Commit(shop_, "r1")).reason, "RESERVATION_ENDED");
}

// Asked right after a hold has ended, before anybody could have swept.
TEST_F(RedemptionTest, GivingBackDependsOnNoJob) {
  ASSERT_TRUE(client_.Reserve(ReserveOf("r1", shop_, {Use("b.gift", 4000), Use("b.trial", 0, 5)})).ok());
  installation_.Sql("UPDATE reservation SET expire_at = '2026-03-31 00:00:00+00'");
  const bv1::GetBenefitsResponse response = client_.Get(shop_);
  for (const auto& item : response.entitlements()) {
    if (item.benefit().benefit_id() == "b.trial") {
      EXPECT_EQ(item.remaining().uses(), 5);
    }
    if (item.benefit().benefit_id() == "b.gift") {
      EXPECT_EQ(item.remaining().budget_fen(), 4000);
    }
  }
  EXPECT_TRUE(client_.Reserve(ReserveOf("r2", CustomerOf(1), {Use("b.gift", 4000)})).ok());
}

TEST_F(RedemptionTest, SixtyFourClientsNeverOversellABudgetThatTheyShare) {
  const auto answers = AtOnce(kClients, installation_.address(),
                              [](BenefitClient& client, int i) { return client.Reserve(ReserveOf("r1", CustomerOf(i), {Use("b.gift", 100)})); });
  EXPECT_EQ(Accepted(answers, "BUDGET_EXHAUSTED"), 40) << "to the last fen, whatever slice it lies in";
  EXPECT_EQ(Taken("benefit:shop/b.gift"), "4000");
  EXPECT_EQ(installation_.Sql("SELECT sum(amount) FROM reservation_claim"), "4000");
}

TEST_F(RedemptionTest, SixtyFourClientsNeverOversellTheQuotaOfOneCustomer) {
  const auto answers = AtOnce(kClients, installation_.address(), [this](BenefitClient& client, int i) {
    return client.Reserve(ReserveOf(fmt::format("r{}", i), shop_, {Use("b.trial")}));
  });
  EXPECT_EQ(Accepted(answers, "QUOTA_EXHAUSTED"), 5);
  EXPECT_EQ(installation_.Sql("SELECT sum(taken) FROM quota_use"), "5");
}

TEST_F(RedemptionTest, ALoweredBudgetCountsAtOnceAndARaisedOneToo) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client_.Reserve(ReserveOf("r1", CustomerOf(i), {Use("b.gift", 100)})).ok());
  bv1::BenefitPlan plan = ShopPlan();
  plan.mutable_tiers(4)->mutable_benefits(2)->mutable_quota()->set_budget_fen(2100);
  ASSERT_TRUE(client_.Publish(plan).ok());
  EXPECT_TRUE(client_.Reserve(ReserveOf("r2", CustomerOf(0), {Use("b.gift", 100)})).ok());
  for (int i = 1; i < 20; ++i) EXPECT_EQ(DetailsOf(client_.Reserve(ReserveOf("r2", CustomerOf(i), {Use("b.gift", 1)}))).reason, "BUDGET_EXHAUSTED");
  plan.mutable_tiers(4)->mutable_benefits(2)->mutable_quota()->clear_budget_fen();
  plan.mutable_tiers(4)->mutable_benefits(2)->mutable_quota()->set_uses_per_period(100);
  ASSERT_TRUE(client_.Publish(plan).ok());
  EXPECT_TRUE(client_.Reserve(ReserveOf("r3", CustomerOf(1), {Use("b.gift", 100'000)})).ok()) << "no budget any more";
}

TEST_F(RedemptionTest, NothingIsOversoldOrLostThroughKills) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> acknowledged(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      BenefitClient client(ChannelTo(installation_.address()));
      for (int n = 0; n < 40 && !stop; ++n) {
        const std::string customer = CustomerOf(t * 8 + n % 8);
        const bv1::ReserveRequest request = ReserveOf(fmt::format("kill-{}-{}", t, n), customer, {Use("b.gift", 25)});
        grpc::Status status;
        do {  // the same request until it is answered, whatever happens meanwhile
          status = client.Reserve(request);
          if (status.ok()) status = client.Commit(customer, request.request_id());
        } while (!stop && !status.ok() && DetailsOf(status).reason != "BUDGET_EXHAUSTED");
        if (status.ok()) acknowledged[static_cast<size_t>(t)].push_back(request.request_id());
      }
    });
  }
  for (int kill = 0; kill < 3; ++kill) {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    installation_.KillSuite();
    installation_.StartSuite();
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_TRUE(Eventually(60'000, [&] { return Taken("benefit:shop/b.gift") == "4000"; })) << "it is sold to the last fen";
  stop = true;
  for (std::thread& thread : threads) thread.join();
  size_t count = 0;
  for (const auto& list : acknowledged) {
    count += list.size();
    for (const std::string& id : list) {
      EXPECT_EQ(installation_.Sql("SELECT state FROM reservation WHERE reservation_id = '" + id + "'"), "COMMITTED") << id;
    }
  }
  EXPECT_LE(count, 160u);
  EXPECT_GE(count, 100u);
  EXPECT_EQ(installation_.Sql("SELECT sum(amount) FROM reservation_claim c JOIN reservation r USING (customer_id, reservation_id) "
                              "WHERE state IN ('RESERVED', 'COMMITTED')"), "4000");
}

TEST_F(RedemptionTest, AVerifiedQuoteHoldsAfterThePlanAndTheTierHaveMovedOn) {
  client_.SetTier(shop_, "gold");
  bv1::BenefitPlan plan = ShopPlan();
  plan.mutable_tiers(2)->mutable_benefits()->RemoveLast();
  ASSERT_TRUE(client_.Publish(plan).ok());
  bv1::ReserveRequest request = ReserveOf("quote:q-1", shop_, {Use("g.fruit", 500)});
  EXPECT_EQ(DetailsOf(client_.Reserve(request)).ViolationOf("claims[0].benefit_id"), "BENEFIT_UNKNOWN");
  request.set_plan_id("shop");
  *request.mutable_quoted_for() = FromJson<bv1::QuotedFor>(R"({"plan_version": 1, "quote_date": "2026-03-30", "tier_known": true, "tier_code": "gold"})");
  bv1::ReserveResponse response;
  ASSERT_TRUE(client_.Reserve(request, &response).ok());
  EXPECT_EQ(response.reservation().plan_version(), 1);
  request.set_request_id("quote:q-2");
  request.mutable_quoted_for()->set_tier_code("silver");
  EXPECT_EQ(DetailsOf(client_.Reserve(request)).ViolationOf("claims[0].benefit_id"), "BENEFIT_NOT_APPLICABLE");
  request.mutable_quoted_for()->set_quote_date("2026-04-01");
  EXPECT_EQ(DetailsOf(client_.Reserve(request)).ViolationOf("quoted_for.quote_date"), "OUT_OF_RANGE") << "from the future";
  request.mutable_quoted_for()->set_quote_date("2026-03-30");
  request.mutable_quoted_for()->set_plan_version(99);
  EXPECT_EQ(DetailsOf(client_.Reserve(request)).reason, "VERSION_UNKNOWN");
}

TEST_F(RedemptionTest, HostileRequestsAreNamed) {
  bv1::ReserveRequest request;
  const auto violation = [&](const std::string& field) { return DetailsOf(client_.Reserve(request)).ViolationOf(field); };
  EXPECT_EQ(violation("request_id"), "REQUIRED");
  EXPECT_EQ(violation("customer_id"), "REQUIRED");
  EXPECT_EQ(violation("order_id"), "REQUIRED");
  request = ReserveOf("r1", shop_, {bv1::Claim(), Use("b.trial", -1), Use("b.trial", 0, 1001), Use("none"), UseCoupon("none"), Use("b.gift", INT64_MAX)});
  EXPECT_EQ(violation("claims[0]"), "REQUIRED");
  EXPECT_EQ(violation("claims[1].amount_fen"), "OUT_OF_RANGE");
  EXPECT_EQ(violation("claims[2]"), "CLAIMED_TWICE");
  EXPECT_EQ(violation("claims[2].use_count"), "OUT_OF_RANGE");
  EXPECT_EQ(violation("claims[5].amount_fen"), "OUT_OF_RANGE");
  request = ReserveOf("r1", shop_, {Use("none"), UseCoupon("it's \"none\"\\"), Use("d.rate")});
  EXPECT_EQ(violation("claims[0].benefit_id"), "BENEFIT_UNKNOWN");
  EXPECT_EQ(violation("claims[1].issued_coupon_id"), "COUPON_UNKNOWN");
  EXPECT_EQ(violation("claims[2].benefit_id"), "BENEFIT_NOT_APPLICABLE");
  request = ReserveOf("r1", shop_, std::vector<bv1::Claim>(201, Use("b.trial")));
  EXPECT_EQ(violation("claims"), "TOO_MANY");
  request = ReserveOf("r1", "nobody", {Use("b.trial")});
  EXPECT_EQ(DetailsOf(client_.Reserve(request)).reason, "CUSTOMER_UNKNOWN");
  EXPECT_EQ(DetailsOf(client_.Commit(shop_, "none")).reason, "RESERVATION_UNKNOWN");
  EXPECT_EQ(DetailsOf(client_.Release(shop_, "", "none")).reason, "RESERVATION_UNKNOWN");
  EXPECT_EQ(DetailsOf(client_.Commit(shop_, "a", "b")).ViolationOf("reservation_id"), "REQUIRED");
}

}  // namespace
}  // namespace rung::testing
