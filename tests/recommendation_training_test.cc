// Training: when it happens, what is stored, and what a process does with models that come, fail or are of another catalogue.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "libs/base/day.h"
#include "libs/storage/postgres/postgres.h"
#include "tests/support/benefit_client.h"
#include "tests/support/eventually.h"
#include "tests/support/recommendation_fixture.h"
#include "tests/support/refused_inserts.h"
#include "tests/support/service_process.h"
#include "tests/support/suite_at.h"

namespace rung::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class RecommendationTrainingTest : public RecommendationTest {};

TEST_F(RecommendationTrainingTest, AnotherProcessServesTheSameModel) {
  installation_.Ingest(Orders());
  const rec::ModelInfo model = Train();
  rec::RecommendResponse before = Recommend(kWeekly);
  ASSERT_TRUE(installation_.StopSuite());
  installation_.StartSuite();
  SetUp();
  rec::RecommendResponse after = Recommend(kWeekly);
  EXPECT_EQ(after.model_version(), model.model_version());
  before.clear_tier_code();  // a process that has just started may not have its labels yet
  after.clear_tier_code();
  EXPECT_EQ(after.DebugString(), before.DebugString());
}

/// Nobody reads the pieces of models until the object goes.
class HeldModels {
 public:
  explicit HeldModels(const Installation& installation) : holder_(PQconnectdb(installation.conninfo().c_str())) {
    PQclear(PQexec(holder_, "BEGIN; LOCK TABLE recommendation_model_chunk IN ACCESS EXCLUSIVE MODE"));
  }
  ~HeldModels() { PQfinish(holder_); }

 private:
  PGconn* const holder_;
};

TEST_F(RecommendationTrainingTest, WhatIsBlockedWaitsForNoModelThatLoadsOrDoesNot) {
  installation_.Ingest(Orders());
  Train();
  ServiceProcess other(installation_, "rung-recommendations", {"--recommendation-training", "off"});
  const auto elsewhere = rec::RecommendationService::NewStub(other.channel());
  ASSERT_THAT(Skus(RecommendBy(*elsewhere, kWeekly)), Contains("milk"));
  const auto gone = [&](const std::string& sku) {
    EXPECT_THAT(Skus(Recommend(kWeekly)), Not(Contains(sku)));
    EXPECT_TRUE(Eventually(5000, [&] {
      const auto skus = Skus(RecommendBy(*elsewhere, kWeekly));
      return std::find(skus.begin(), skus.end(), sku) == skus.end();
    })) << sku;
  };
  rec::RecommendationPolicy policy;
  policy.add_audiences()->set_name("everybody");
  policy.add_excluded_skus("caviar");
  auto held = std::make_unique<HeldModels>(installation_);
  installation_.Sql("INSERT INTO recommendation_model (as_of, trained_at, training_ms, body_bytes) SELECT as_of, trained_at, 0, 0 FROM recommendation_model");
  ASSERT_TRUE(Eventually(10'000, [&] {
    return installation_.Sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == "2";
  })) << "both processes load it";
  SetAvailability("milk", rec::AVAILABILITY_STATE_BLOCKED);
  gone("milk");
  Publish(policy);
  gone("caviar");
  held.reset();  // and now it has no pieces: it never loads
  SetAvailability("bread", rec::AVAILABILITY_STATE_OUT_OF_STOCK);
  gone("bread");
  other.Kill();
  other.Start();
  EXPECT_TRUE(Eventually(20'000, [&] {  // the channel may not have noticed
    rec::RecommendRequest request;
    request.set_customer_id(kWeekly);
    rec::RecommendResponse response;
    return elsewhere->Recommend(Within(5000).get(), request, &response).ok() && response.kind() == rec::LIST_KIND_NO_MODEL;
  })) << "a start doesn't wait for it either";
}

// An audience with a condition that is unknown here would be everybody, with its coupon.
TEST_F(RecommendationTrainingTest, OfAPolicyOfALaterReleaseOnlyTheExclusionsHold) {
  installation_.Ingest(Orders());
  Train();
  rec::RecommendationPolicy policy;
  policy.add_audiences()->set_name("everybody");
  policy.mutable_audiences(0)->set_coupon_program("for few");
  policy.add_excluded_skus("milk");
  Publish(policy);
  ASSERT_EQ(Recommend(kWeekly).coupon_program(), "for few");
  ASSERT_TRUE(installation_.StopSuite());
  installation_.Sql("SET session_replication_role = replica; UPDATE config_version SET body = regexp_replace(body, '{', '{\"of_a_later_release\": 1,') "
                    "WHERE kind = 'recommendation-policy'");
  installation_.StartSuite();
  SetUp();
  const rec::RecommendResponse list = Recommend(kWeekly);
  EXPECT_EQ(list.policy_version(), 0) << "none is in force";
  EXPECT_EQ(list.coupon_program(), "");
  EXPECT_FALSE(list.items().empty());
  EXPECT_THAT(Skus(list), Not(Contains("milk")));
  EXPECT_THAT(installation_.Log(), HasSubstr("stored recommendation policy 1 doesn't load here; nothing is in force under its id"));
}

TEST_F(RecommendationTrainingTest, OfAModelOfYesterdaysCatalogueOnlyWhatIsStillSoldIsNamed) {
  installation_.Ingest(Orders());
  Train();
  // Overnight: bread and caviar are withdrawn, kiwi comes; the policy speaks of both.
  SetAvailability("bread", rec::AVAILABILITY_STATE_BLOCKED);
  SetAvailability("caviar", rec::AVAILABILITY_STATE_BLOCKED);
  std::vector<v1::Event> events;
  for (int c = 0; c < kOthers; ++c) events.push_back(OrderOf(fmt::format("other-{}", c), "new", "2026-03-30", {"kiwi"}));
  installation_.Ingest(events);
  rec::RecommendationPolicy policy;
  rec::Audience& all = *policy.add_audiences();
  all.set_name("everybody");
  rec::Slot& slot = *all.add_slots();
  slot.set_name("tropical");
  slot.set_count(1);
  slot.add_categories("tropical");
  rec::Boost& boost = *all.add_boosts();
  boost.add_skus("kiwi");
  boost.set_factor_permille(5000);
  policy.add_excluded_skus("papaya");
  Publish(policy);
  for (const char* customer : {kWeekly, "other-1", "nobody", "returner"}) EXPECT_THAT(Skus(Recommend(customer)), ElementsAre("milk")) << customer;
  Train();
  EXPECT_THAT(Skus(Recommend("nobody")), ::testing::UnorderedElementsAre("kiwi", "milk"));
  SetAvailability("milk", rec::AVAILABILITY_STATE_BLOCKED);
  SetAvailability("kiwi", rec::AVAILABILITY_STATE_BLOCKED);
  EXPECT_EQ(Recommend("nobody").kind(), rec::LIST_KIND_NOTHING_ALLOWED);
}

TEST_F(RecommendationTrainingTest, TheDailyTrainingIsOnTimeOnceAndMadeUpForOnItsDay) {
  installation_.Ingest(Orders());
  const auto models = [&] { return std::stoi(installation_.Sql("SELECT count(*) FROM recommendation_model")); };
  const auto become = [&](int count) { return Eventually(30'000, [&] { return models() == count; }); };
  const auto stay = [&](int count, int seconds) {
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    return models() == count;
  };
  EXPECT_EQ(models(), 0) << "it is noon: a first model waits for its time of day";
  {
    const SuiteAt suite(installation_, "2026-04-01T03:29:50+08:00");
    EXPECT_EQ(models(), 0) << "too early";
    ASSERT_TRUE(become(1));
    EXPECT_TRUE(stay(1, 12)) << "once a day";
  }
  {
    const SuiteAt suite(installation_, "2026-04-01T05:00:00+08:00");
    EXPECT_TRUE(stay(1, 3)) << "a restart doesn't train the day again";
  }
  {
    const SuiteAt suite(installation_, "2026-04-02T15:00:00+08:00");
    ASSERT_TRUE(become(2)) << "no process was up in the morning";
    EXPECT_EQ(installation_.Sql("SELECT max(as_of) FROM recommendation_model"), "2026-04-02");
  }
  auto refused = std::make_unique<RefusedInserts>(installation_, "recommendation_model");
  const SuiteAt suite(installation_, "2026-04-03T03:29:50+08:00");
  ASSERT_TRUE(Eventually(30'000, [&] { return refused->tried(); }));
  refused.reset();
  EXPECT_TRUE(become(3)) << "what failed in passing is tried again";
}

TEST_F(RecommendationTrainingTest, ATrainingThatOutlastsItsLeaseLeavesTheNextOneAlone) {
  const auto store = storage::postgres::MakeRecommendationStore(storage::postgres::MakeSessions(installation_.conninfo(), 1), installation_.conninfo());
  const Deadline deadline = Deadline::After(20'000);
  const auto save = [&](storage::TrainingLease lease) {
    const auto chunk = [](int64_t, size_t) { return storage::ModelChunk{}; };
    return ::rung::ReasonOf(store->SaveModel({.lease = lease}, 3, chunk, 1, deadline).status());
  };
  const auto slow = store->BeginTraining(-1, deadline), next = store->BeginTraining(3600, deadline);
  ASSERT_TRUE(slow.ok() && next.ok()) << slow.status() << next.status();
  EXPECT_EQ(save(*slow), "TRAINING_RUNNING");
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM recommendation_model"), "0");
  ASSERT_TRUE(store->EndTraining(*slow, deadline).ok());
  EXPECT_EQ(::rung::ReasonOf(store->BeginTraining(3600, deadline).status()), "TRAINING_RUNNING");
  EXPECT_EQ(save(*next), "");
  ASSERT_TRUE(store->EndTraining(*next, deadline).ok());
  EXPECT_TRUE(store->BeginTraining(3600, deadline).ok());
}

TEST_F(RecommendationTrainingTest, AStoreThatLostItsHistoryLeavesTheModelInForce) {
  installation_.Ingest(Orders());
  EXPECT_EQ(Train().model_version(), 1);
  for (int part = 0; part < storage::RecommendationStore::kParts; ++part) installation_.Sql(fmt::format("DELETE FROM event_{}", part));
  rec::TrainModelResponse response;
  auto context = Within(30'000);
  const grpc::Status status = recommendations_->TrainModel(context.get(), rec::TrainModelRequest(), &response);
  EXPECT_EQ(ReasonOf(status), "NOTHING_TO_LEARN") << status.error_message();
  EXPECT_EQ(installation_.Sql("SELECT max(version) FROM recommendation_model"), "1");
  EXPECT_EQ(Recommend(kWeekly).kind(), rec::LIST_KIND_PERSONAL);
}

TEST_F(RecommendationTrainingTest, StoredModelsAreSealed) {
  installation_.Ingest(Orders());
  Train();
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM recommendation_model_chunk WHERE position('caviar'::bytea IN body) > 0 OR key_id = 0"), "0");
  for (int i = 0; i < 4; ++i) Train();
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM recommendation_model"), "3");
}

TEST_F(RecommendationTrainingTest, PopularGoodsAreThoseOfTheTier) {
  std::vector<v1::Event> events = Orders();
  for (int week = 0; week < 6; ++week) {
    events.push_back(OrderOf("best", fmt::format("b-{}", week), FormatDay(*ParseDay("2026-03-17") - 7 * week), {"truffle"}));
  }
  installation_.Ingest(events);
  BenefitClient benefits(installation_.channel());
  benefits.SetTier("best", "diamond");
  benefits.SetTier("returner", "diamond");
  const auto is_diamond = [&](const char* customer) { return Recommend(customer).tier_code() == "diamond"; };
  ASSERT_TRUE(Eventually(20'000, [&] { return is_diamond("best") && is_diamond("returner"); })) << "labels come to memory";
  Train();
  const rec::RecommendResponse stranger = Recommend("nobody");
  ASSERT_FALSE(stranger.items().empty());
  EXPECT_EQ(stranger.items(0).reason_en(), "popular now");
  rec::RecommendationPolicy policy;
  policy.add_audiences()->set_name("everybody");
  policy.mutable_audiences(0)->add_popular_by(rec::POPULAR_GROUP_TIER);
  Publish(policy);
  const rec::RecommendResponse by_tier = Recommend("returner");  // a tier, and no purchase that stands
  EXPECT_EQ(by_tier.kind(), rec::LIST_KIND_POPULAR);
  ASSERT_FALSE(by_tier.items().empty());
  EXPECT_EQ(by_tier.items(0).sku(), "truffle");
  EXPECT_EQ(by_tier.items(0).reason_zh(), "同等级客户热门");
}

TEST_F(RecommendationTrainingTest, ATrainingWaitsForLabelsThatAreStillFilling) {
  std::vector<v1::Event> events = Orders();
  for (int week = 0; week < 6; ++week) {
    events.push_back(OrderOf("best", fmt::format("b-{}", week), FormatDay(*ParseDay("2026-03-17") - 7 * week), {"truffle"}));
  }
  installation_.Ingest(events);
  BenefitClient benefits(installation_.channel());
  benefits.SetTier("best", "diamond");
  benefits.SetTier("returner", "diamond");
  rec::RecommendationPolicy policy;
  policy.add_audiences()->set_name("everybody");
  policy.mutable_audiences(0)->add_popular_by(rec::POPULAR_GROUP_TIER);
  Publish(policy);
  const auto labels_live = [&] {
    v1::GetStatusResponse status;
    return installation_.status().GetStatus(Within(5'000).get(), {}, &status).ok() && status.labels().live();
  };
  installation_.KillRedis();
  ASSERT_TRUE(Eventually(20'000, [&] { return !labels_live(); }));
  std::thread training([&] { Train(); });
  installation_.StartRedis();
  training.join();
  ASSERT_TRUE(Eventually(20'000, [&] { return Recommend("returner").tier_code() == "diamond"; }));
  const rec::RecommendResponse by_tier = Recommend("returner");
  ASSERT_FALSE(by_tier.items().empty());
  EXPECT_EQ(by_tier.items(0).sku(), "truffle") << "of the tier's customers";
}

}  // namespace
}  // namespace rung::testing
