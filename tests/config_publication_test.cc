// From draft to version: now, at a time, back again; with four eyes; with every answer repeated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "libs/base/day.h"
#include "tests/support/config_client.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// 12:00 in Shanghai: where the business clock of an Installation starts, each time the suite starts.
const int64_t kStart = *ParseDay("2026-03-31") * kSecondsPerDay + 4 * 3600;

class PublicationFixture : public ::testing::Test {
 protected:
  static void Begin(InstallationOptions options) {
    installation_ = new Installation(std::move(options));
    config_ = new ConfigClient(installation_->channel());
  }
  static void TearDownTestSuite() {
    delete config_;
    delete installation_;
  }
  // The business clock begins anew.
  static void Restart() {
    installation_->KillSuite();
    installation_->StartSuite();
    delete config_;
    config_ = new ConfigClient(installation_->channel());
  }

  // A draft that waits, from now, for so many seconds of business time.
  static cfg::Schedule ScheduleIn(int64_t seconds, const v1::Model& model) {
    const auto saved = config_->Save(model);
    EXPECT_TRUE(saved.ok()) << saved.status.error_message();
    auto request = ConfigClient::PublishRequest(model.model_id(), saved->draft().etag(), "schedule-" + saved->draft().etag());
    request.mutable_publish_time()->set_seconds(Now() + seconds);
    const auto answer = config_->Call(&ConfigClient::Stub::PublishDraft, request);
    EXPECT_TRUE(answer.ok()) << answer.status.error_message();
    EXPECT_FALSE(answer->has_version());
    EXPECT_EQ(answer->schedule().state(), cfg::SCHEDULE_STATE_WAITING);
    return answer->schedule();
  }
  static int64_t Now() {
    v1::GetStatusResponse response;
    const auto context = Within(5000);
    EXPECT_TRUE(installation_->status().GetStatus(context.get(), {}, &response).ok());
    return response.now().seconds();
  }
  static cfg::Schedule ScheduleOf(int64_t id) {
    for (const cfg::Schedule& schedule : config_->Schedules()) {
      if (schedule.schedule_id() == id) return schedule;
    }
    ADD_FAILURE() << "no schedule " << id;
    return {};
  }
  static cfg::Schedule WaitForEndOf(int64_t id, int seconds = 15) {
    cfg::Schedule schedule;
    Eventually(seconds * 1000, [&] {
      schedule = ScheduleOf(id);
      return schedule.state() != cfg::SCHEDULE_STATE_WAITING;
    });
    return schedule;
  }
  // The lower bound of gold by which customers are graded now.
  static double GoldInForce(const std::string& ladder) {
    v1::GetModelRequest request;
    request.set_model_id(ladder);
    v1::GetModelResponse response;
    const auto context = Within(5000);
    EXPECT_TRUE(installation_->models().GetModel(context.get(), request, &response).ok());
    return response.model_version().model().tiers(2).lower_bound();
  }
  static std::string Actions(const std::string& id) {
    return installation_->Sql("SELECT action FROM audit_entry WHERE subject = 'model/" + id + "' ORDER BY chain_seq");
  }

  static inline Installation* installation_;
  static inline ConfigClient* config_;
};

class ConfigPublicationTest : public PublicationFixture {
 protected:
  static void SetUpTestSuite() { Begin({.presets = false}); }
};

TEST_F(ConfigPublicationTest, APublishedDraftIsTheNextVersionAndInForceAtOnce) {
  const cfg::Version first = config_->SaveAndPublish(ModelOf("publish"));
  EXPECT_EQ(first.version(), 1);
  EXPECT_EQ(first.note(), "because");
  EXPECT_EQ(first.author(), "li");
  EXPECT_EQ(config_->Get("publish").reason(), "DRAFT_UNKNOWN") << "the draft has become the version";
  v1::ListTiersResponse tiers;
  const auto context = Within(5000);
  ASSERT_TRUE(installation_->tiers().ListTiers(context.get(), {}, &tiers).ok());
  bool in_force = false;
  for (const auto& ladder : tiers.ladders()) in_force = in_force || ladder.ladder_id() == "publish";
  EXPECT_TRUE(in_force);
  const auto draft = config_->Save(ModelOf("publish", 61));
  EXPECT_EQ(draft->draft().base_version(), 1);
  const auto second = config_->Publish("publish", draft->draft().etag(), "publish-2");
  EXPECT_EQ(second->version().version(), 2);
  EXPECT_NE(second->version().etag(), first.etag());
  EXPECT_EQ(GoldInForce("publish"), 61);
  EXPECT_EQ(ModelIn(config_->Version("publish", 1)->version().document()).tiers(2).lower_bound(), 60) << "versions don't change";
  EXPECT_EQ(ModelIn(config_->Version("publish")->version().document()).tiers(2).lower_bound(), 61);
  EXPECT_EQ(config_->Version("publish", 3).reason(), "VERSION_UNKNOWN");
  EXPECT_EQ(Actions("publish"), "SAVE_DRAFT\nPUBLISH\nSAVE_DRAFT\nPUBLISH");

  const auto documents = config_->Call(&ConfigClient::Stub::ListDocuments, [] {
    cfg::ListDocumentsRequest request;
    request.set_kind("model");
    return request;
  }());
  std::vector<std::string> current;
  for (const auto& version : documents->versions()) {
    EXPECT_FALSE(version.has_document());
    current.push_back(fmt::format("{} {}", version.document_id(), version.version()));
  }
  EXPECT_THAT(current, Contains("publish 2"));
}

TEST_F(ConfigPublicationTest, AnotherDraftThanTheOneThatWasSeenIsNotPublished) {
  const auto first = config_->Save(ModelOf("seen"));
  const auto second = config_->Save(ModelOf("seen", 61), first->draft().etag());
  const auto refused = config_->Publish("seen", first->draft().etag(), "seen-1");
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(refused.reason(), "ETAG_MISMATCH");
  EXPECT_THAT(DetailsOf(refused.status).metadata, Contains(Pair("current_etag", second->draft().etag())));
  EXPECT_EQ(config_->Version("seen").reason(), "DOCUMENT_UNKNOWN");
}

TEST_F(ConfigPublicationTest, ADraftWhoseBaseHasMovedIsNotPublished) {
  config_->SaveAndPublish(ModelOf("base"));
  const auto draft = config_->Save(ModelOf("base", 61));
  v1::ApplyModelRequest apply;
  apply.set_request_id("base-2");
  *apply.mutable_model() = ModelOf("base", 62);
  v1::ApplyModelResponse applied;
  const auto context = Within(5000);
  ASSERT_TRUE(installation_->models().ApplyModel(context.get(), apply, &applied).ok());
  const auto refused = config_->Publish("base", draft->draft().etag(), "base-3");
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(refused.reason(), "BASE_MOVED");
  EXPECT_THAT(DetailsOf(refused.status).metadata, Contains(Pair("current_version", "2")));
  EXPECT_EQ(GoldInForce("base"), 62);
  const auto again = config_->Save(ModelOf("base", 61), draft->draft().etag());
  EXPECT_EQ(again->draft().base_version(), 2);
  EXPECT_EQ(config_->Publish("base", again->draft().etag(), "base-4")->version().version(), 3);
}

TEST_F(ConfigPublicationTest, ARequestIdIsAnsweredTheSameAndNeverReused) {
  const auto draft = config_->Save(ModelOf("again"));
  const auto first = config_->Publish("again", draft->draft().etag(), "again-1");
  ASSERT_TRUE(first.ok()) << first.status.error_message();
  const auto at_once = config_->Publish("again", draft->draft().etag(), "again-1");
  ASSERT_TRUE(at_once.ok()) << at_once.status.error_message();
  EXPECT_EQ(at_once->DebugString(), first->DebugString());
  // A later draft, a broken one and a later version change nothing about the answer.
  const auto later = config_->Save(ModelOf("again", 61));
  EXPECT_EQ(config_->Publish("again", draft->draft().etag(), "again-1")->DebugString(), first->DebugString());
  v1::Model broken = ModelOf("again", 61);
  broken.clear_tiers();
  const auto broken_draft = config_->Save(broken, later->draft().etag());
  EXPECT_EQ(config_->Publish("again", draft->draft().etag(), "again-1")->DebugString(), first->DebugString());
  const auto reused = config_->Publish("again", broken_draft->draft().etag(), "again-1");
  EXPECT_EQ(reused.status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(reused.reason(), "REQUEST_ID_REUSED");
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM config_version WHERE document_id = 'again'"), "1");
}

TEST_F(ConfigPublicationTest, RollBackBringsAnOldVersionBackAsTheNextOne) {
  config_->SaveAndPublish(ModelOf("back"));
  const cfg::Version second = config_->SaveAndPublish(ModelOf("back", 61));
  const auto request = ConfigClient::RollbackRequest("back", 1, second.etag(), "back-1");
  const auto third = config_->Call(&ConfigClient::Stub::Rollback, request);
  ASSERT_TRUE(third.ok()) << third.status.error_message();
  EXPECT_EQ(third->version().version(), 3);
  EXPECT_EQ(third->version().restored_version(), 1);
  EXPECT_EQ(third->version().author(), "wang");
  EXPECT_EQ(third->version().note(), "too strict");
  EXPECT_EQ(GoldInForce("back"), 60);
  EXPECT_EQ(installation_->Sql("SELECT count(DISTINCT body) FROM config_version WHERE document_id = 'back' AND version IN (1, 3)"), "1")
      << "the bytes that were published";
  EXPECT_EQ(config_->Call(&ConfigClient::Stub::Rollback, request)->DebugString(), third->DebugString());
  EXPECT_EQ(config_->Call(&ConfigClient::Stub::Rollback, ConfigClient::RollbackRequest("back", 2, second.etag(), "back-2")).reason(),
            "ETAG_MISMATCH")
      << "what is rolled back is what was seen";
  EXPECT_EQ(config_->Call(&ConfigClient::Stub::Rollback, ConfigClient::RollbackRequest("back", 9, second.etag(), "back-3")).reason(),
            "VERSION_UNKNOWN");
  EXPECT_EQ(config_->Call(&ConfigClient::Stub::Rollback, ConfigClient::RollbackRequest("back", 0, second.etag(), "back-4")).reason(),
            "INVALID_REQUEST");
  EXPECT_EQ(Actions("back"), "SAVE_DRAFT\nPUBLISH\nSAVE_DRAFT\nPUBLISH\nROLL_BACK");
}

TEST_F(ConfigPublicationTest, VersionsAreListedNewestFirstInPages) {
  for (int i = 0; i < 7; ++i) config_->SaveAndPublish(ModelOf("pages", 50 + i));
  auto request = ConfigClient::Named<cfg::ListVersionsRequest>("pages");
  request.set_page_size(3);
  std::vector<int> versions;
  int pages = 0;
  do {
    const auto page = config_->Call(&ConfigClient::Stub::ListVersions, request);
    ASSERT_TRUE(page.ok()) << page.status.error_message();
    EXPECT_LE(page->versions_size(), 3);
    for (const auto& version : page->versions()) {
      EXPECT_FALSE(version.has_document());
      versions.push_back(version.version());
    }
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 10);
  EXPECT_THAT(versions, ElementsAre(7, 6, 5, 4, 3, 2, 1));
  EXPECT_EQ(pages, 3);
  request.set_page_size(-1);
  EXPECT_EQ(config_->Call(&ConfigClient::Stub::ListVersions, request).reason(), "INVALID_REQUEST");
  request.set_page_size(3);
  request.set_page_token("made up");
  EXPECT_EQ(DetailsOf(config_->Call(&ConfigClient::Stub::ListVersions, request).status).ViolationOf("page_token"), "BAD_PAGE_TOKEN");
}

TEST_F(ConfigPublicationTest, AScheduledDraftIsPublishedAtItsTime) {
  config_->SaveAndPublish(ModelOf("timed"));
  const cfg::Schedule schedule = ScheduleIn(3, ModelOf("timed", 61));
  EXPECT_EQ(config_->Get("timed").reason(), "DRAFT_UNKNOWN") << "it is sealed in the schedule";
  EXPECT_EQ(GoldInForce("timed"), 60);
  const cfg::Schedule ended = WaitForEndOf(schedule.schedule_id());
  EXPECT_EQ(ended.state(), cfg::SCHEDULE_STATE_PUBLISHED);
  EXPECT_EQ(ended.version(), 2);
  EXPECT_TRUE(Eventually(3000, [&] { return GoldInForce("timed") == 61; }));
  const auto version = config_->Version("timed");
  EXPECT_GE(version->version().published_time().seconds(), schedule.publish_time().seconds()) << "too early";
  EXPECT_LE(version->version().published_time().seconds(), schedule.publish_time().seconds() + 5) << "too late";
  EXPECT_EQ(version->version().author(), "li");
  EXPECT_EQ(version->version().note(), "because");
  EXPECT_EQ(Actions("timed"), "SAVE_DRAFT\nPUBLISH\nSAVE_DRAFT\nSCHEDULE\nPUBLISH");
  EXPECT_EQ(config_->Cancel(schedule.schedule_id()).reason(), "SCHEDULE_ENDED");
}

TEST_F(ConfigPublicationTest, SchedulingAgainIsAnsweredTheSame) {
  const auto saved = config_->Save(ModelOf("timed-again"));
  auto request = ConfigClient::PublishRequest("timed-again", saved->draft().etag(), "timed-again");
  request.mutable_publish_time()->set_seconds(Now() + 3);
  const auto first = config_->Call(&ConfigClient::Stub::PublishDraft, request);
  ASSERT_TRUE(first.ok()) << first.status.error_message();
  WaitForEndOf(first->schedule().schedule_id());
  // The time has passed, and still it is the same request.
  const auto again = config_->Call(&ConfigClient::Stub::PublishDraft, request);
  ASSERT_TRUE(again.ok()) << again.status.error_message();
  EXPECT_EQ(again->schedule().schedule_id(), first->schedule().schedule_id());
  EXPECT_EQ(again->schedule().state(), cfg::SCHEDULE_STATE_PUBLISHED);
  request.set_note("another");
  EXPECT_EQ(config_->Call(&ConfigClient::Stub::PublishDraft, request).reason(), "REQUEST_ID_REUSED");
}

TEST_F(ConfigPublicationTest, AScheduleSurvivesARestartAndADeath) {
  Restart();
  const cfg::Schedule kept = ScheduleIn(4, ModelOf("survives"));
  const cfg::Schedule far = ScheduleIn(3600, ModelOf("survives-far"));
  installation_->KillSuite();
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM config_version WHERE document_id LIKE 'survives%'"), "0");
  Restart();
  const cfg::Schedule ended = WaitForEndOf(kept.schedule_id());
  EXPECT_EQ(ended.state(), cfg::SCHEDULE_STATE_PUBLISHED);
  EXPECT_GE(config_->Version("survives")->version().published_time().seconds(), kept.publish_time().seconds());
  EXPECT_EQ(ScheduleOf(far.schedule_id()).state(), cfg::SCHEDULE_STATE_WAITING);
  EXPECT_TRUE(config_->Cancel(far.schedule_id()).ok());
}

TEST_F(ConfigPublicationTest, WhatWasDueWhileNothingRanIsPublishedAtTheStart) {
  const cfg::Schedule schedule = ScheduleIn(3600, ModelOf("overdue"));
  ASSERT_TRUE(installation_->StopSuite());
  installation_->Sql(fmt::format("UPDATE config_schedule SET publish_at = to_timestamp({}) WHERE schedule_id = {}", kStart - 60, schedule.schedule_id()));
  Restart();
  EXPECT_EQ(WaitForEndOf(schedule.schedule_id()).state(), cfg::SCHEDULE_STATE_PUBLISHED);
}

TEST_F(ConfigPublicationTest, ACancelledScheduleIsNeverPublished) {
  const cfg::Schedule schedule = ScheduleIn(2, ModelOf("cancelled"));
  const auto cancelled = config_->Cancel(schedule.schedule_id());
  ASSERT_TRUE(cancelled.ok()) << cancelled.status.error_message();
  EXPECT_EQ(cancelled->schedule().state(), cfg::SCHEDULE_STATE_CANCELLED);
  EXPECT_EQ(cancelled->schedule().message(), "not now");
  const auto again = config_->Cancel(schedule.schedule_id());
  EXPECT_EQ(again.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(again.reason(), "SCHEDULE_ENDED");
  ASSERT_TRUE(Eventually(6000, [&] { return Now() > schedule.publish_time().seconds() + 2; }));
  EXPECT_EQ(config_->Version("cancelled").reason(), "DOCUMENT_UNKNOWN");
}

TEST_F(ConfigPublicationTest, AScheduleWhoseBaseHasMovedFailsAndSaysSo) {
  config_->SaveAndPublish(ModelOf("overtaken"));
  const cfg::Schedule schedule = ScheduleIn(3, ModelOf("overtaken", 61));
  config_->SaveAndPublish(ModelOf("overtaken", 62));
  const cfg::Schedule ended = WaitForEndOf(schedule.schedule_id());
  EXPECT_EQ(ended.state(), cfg::SCHEDULE_STATE_FAILED);
  EXPECT_THAT(ended.message(), HasSubstr("has version 2 now"));
  EXPECT_EQ(ended.version(), 0);
  EXPECT_EQ(GoldInForce("overtaken"), 62);
  EXPECT_THAT(Actions("overtaken"), HasSubstr("SCHEDULE_FAILED"));
}

TEST_F(ConfigPublicationTest, TimesThatMakeNoSenseAreRefused) {
  const auto saved = config_->Save(ModelOf("times"));
  const int64_t now = Now();
  for (const int64_t seconds : {int64_t{0}, now - 1, now + 367 * kSecondsPerDay, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    auto request = ConfigClient::PublishRequest("times", saved->draft().etag(), fmt::format("times-{}", seconds));
    request.mutable_publish_time()->set_seconds(seconds);
    const auto refused = config_->Call(&ConfigClient::Stub::PublishDraft, request);
    EXPECT_EQ(DetailsOf(refused.status).ViolationOf("publish_time"), "OUT_OF_RANGE") << seconds;
  }
  auto request = ConfigClient::PublishRequest("times", saved->draft().etag(), "times-nanos");
  request.mutable_publish_time()->set_seconds(now + 60);
  request.mutable_publish_time()->set_nanos(-1);
  EXPECT_EQ(DetailsOf(config_->Call(&ConfigClient::Stub::PublishDraft, request).status).ViolationOf("publish_time"), "OUT_OF_RANGE");
  EXPECT_TRUE(config_->Get("times").ok());
}

TEST_F(ConfigPublicationTest, SchedulesAreListedInPages) {
  for (int i = 0; i < 4; ++i) ScheduleIn(7200, ModelOf(fmt::format("listed-{}", i)));
  cfg::ListSchedulesRequest request;
  request.set_page_size(2);
  int64_t last = std::numeric_limits<int64_t>::max();
  int seen = 0;
  do {
    const auto page = config_->Call(&ConfigClient::Stub::ListSchedules, request);
    ASSERT_TRUE(page.ok()) << page.status.error_message();
    for (const auto& schedule : page->schedules()) {
      EXPECT_LT(schedule.schedule_id(), last);
      last = schedule.schedule_id();
      ++seen;
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty() && seen < 100);
  EXPECT_EQ(std::to_string(seen), installation_->Sql("SELECT count(*) FROM config_schedule"));
}

TEST_F(ConfigPublicationTest, AModelOfALaterReleaseHoldsBackNoOtherLadder) {
  config_->SaveAndPublish(ModelOf("held-back"));
  installation_->Sql("INSERT INTO config_version SELECT kind, document_id, 2, '{\"gradesOnMondays\": true, ' || substr(body, 2), 'held-back-2', author, approver, "
                     "note, 0, now() FROM config_version WHERE kind = 'model' AND document_id = 'held-back'");
  EXPECT_TRUE(Eventually(5'000, [&] { return installation_->TimesLogged("a ladder stays as it was") == 1; }));
  const auto reason = [](const std::string& ladder) {
    v1::GetTierRequest request;
    request.set_customer_id("nobody");
    request.set_ladder_id(ladder);
    v1::GetTierResponse response;
    const auto context = Within(5000);
    return DetailsOf(installation_->tiers().GetTier(context.get(), request, &response)).reason;
  };
  EXPECT_EQ(reason("comes-later"), "LADDER_UNKNOWN");
  config_->SaveAndPublish(ModelOf("comes-later"));
  EXPECT_EQ(reason("comes-later"), "CUSTOMER_UNKNOWN");
  EXPECT_EQ(reason("held-back"), "CUSTOMER_UNKNOWN") << "it stays as it was";
  std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
  EXPECT_EQ(installation_->TimesLogged("a ladder stays as it was"), 1) << "not every second";
  installation_->Sql("SET session_replication_role = replica; DELETE FROM config_version WHERE document_id = 'held-back' AND version = 2");
}

class FourEyesTest : public PublicationFixture {
 protected:
  static void SetUpTestSuite() { Begin({.more = {"--approvals", "1"}}); }
};

TEST_F(FourEyesTest, NothingIsPublishedThatNobodyElseHasApproved) {
  const auto draft = config_->Save(ModelOf("four"), "", "li");
  const std::string etag = draft->draft().etag();
  const auto missing = config_->Publish("four", etag, "four-1");
  EXPECT_EQ(missing.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(missing.reason(), "APPROVAL_MISSING");
  const auto own = config_->Approve("four", etag, "li");
  EXPECT_EQ(own.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(own.reason(), "OWN_APPROVAL");
  auto later = ConfigClient::PublishRequest("four", etag, "four-later");
  later.mutable_publish_time()->set_seconds(Now() + 3600);
  EXPECT_EQ(config_->Call(&ConfigClient::Stub::PublishDraft, later).reason(), "APPROVAL_MISSING") << "nor later";

  ASSERT_TRUE(config_->Approve("four", etag, "wang").ok());
  const auto published = config_->Publish("four", etag, "four-2");
  ASSERT_TRUE(published.ok()) << published.status.error_message();
  EXPECT_EQ(published->version().approver(), "wang");
  EXPECT_EQ(Actions("four"), "SAVE_DRAFT\nAPPROVE\nPUBLISH");
}

TEST_F(FourEyesTest, ASaveAfterTheApprovalNeedsANewOne) {
  const auto draft = config_->Save(ModelOf("voided"), "", "li");
  ASSERT_TRUE(config_->Approve("voided", draft->draft().etag(), "wang").ok());
  const auto changed = config_->Save(ModelOf("voided", 61), draft->draft().etag(), "li");
  EXPECT_EQ(config_->Publish("voided", changed->draft().etag(), "voided-1").reason(), "APPROVAL_MISSING");
  EXPECT_EQ(config_->Publish("voided", draft->draft().etag(), "voided-2").reason(), "ETAG_MISMATCH");
}

TEST_F(FourEyesTest, ADirectPublicationIsRefused) {
  v1::ApplyModelRequest apply;
  apply.set_request_id("direct");
  *apply.mutable_model() = ModelOf("direct");
  v1::ApplyModelResponse applied;
  auto context = Within(5000);
  const grpc::Status refused = installation_->models().ApplyModel(context.get(), apply, &applied);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(DetailsOf(refused).reason, "APPROVAL_MISSING");
  EXPECT_EQ(config_->Version("direct").reason(), "DOCUMENT_UNKNOWN");
  apply.set_validate_only(true);
  context = Within(5000);
  EXPECT_TRUE(installation_->models().ApplyModel(context.get(), apply, &applied).ok()) << "checking is free";
}

TEST_F(FourEyesTest, RollBackNeedsAnApprovalOfThenOnly) {
  const auto draft = config_->Save(ModelOf("kuailv", 61), "", "li");
  ASSERT_TRUE(config_->Approve("kuailv", draft->draft().etag(), "wang").ok());
  const auto published = config_->Publish("kuailv", draft->draft().etag(), "kuailv-2");
  const auto back = config_->Call(&ConfigClient::Stub::Rollback,
                                  ConfigClient::RollbackRequest("kuailv", 1, published->version().etag(), "kuailv-3"));
  ASSERT_TRUE(back.ok()) << back.status.error_message();
  EXPECT_EQ(back->version().approver(), "preset");
  installation_->Sql("INSERT INTO config_version SELECT kind, 'meicai', 2, body, 'meicai-2', author, '', note, 0, published_at "
                     "FROM config_version WHERE document_id = 'meicai' AND version = 1");
  EXPECT_EQ(config_->Call(&ConfigClient::Stub::Rollback, ConfigClient::RollbackRequest("meicai", 2, "meicai-2", "meicai-3")).reason(),
            "APPROVAL_MISSING")
      << "that version is from before approvals were asked for";
}

TEST_F(FourEyesTest, ApprovalsTravelWithTheSchedule) {
  const auto draft = config_->Save(ModelOf("approved-later"), "", "li");
  ASSERT_TRUE(config_->Approve("approved-later", draft->draft().etag(), "wang").ok());
  auto request = ConfigClient::PublishRequest("approved-later", draft->draft().etag(), "approved-later");
  request.mutable_publish_time()->set_seconds(Now() + 2);
  const auto answer = config_->Call(&ConfigClient::Stub::PublishDraft, request);
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  EXPECT_EQ(WaitForEndOf(answer->schedule().schedule_id()).state(), cfg::SCHEDULE_STATE_PUBLISHED);
  EXPECT_EQ(config_->Version("approved-later")->version().approver(), "wang");
}

}  // namespace
}  // namespace rung::testing
