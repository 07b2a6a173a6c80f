// Drafts: etags, findings, approvals, differences; and who may read what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "tests/support/config_client.h"

namespace rung::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class ConfigDraftTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation({.presets = false});
    config_ = new ConfigClient(installation_->channel());
  }
  static void TearDownTestSuite() {
    delete config_;
    delete installation_;
  }

  static inline Installation* installation_;
  static inline ConfigClient* config_;
};

TEST_F(ConfigDraftTest, TheServerSaysWhatItKeeps) {
  const auto kinds = config_->Call(&ConfigClient::Stub::ListKinds, cfg::ListKindsRequest());
  std::map<std::string, std::string> types;
  for (const auto& kind : kinds->kinds()) types[kind.kind()] = kind.message_type();
  EXPECT_EQ(types["model"], "rung.grading.v1.Model");
  EXPECT_EQ(kinds->approvals_needed(), 0);
}

TEST_F(ConfigDraftTest, ADraftIsSavedReadReplacedListedAndDeleted) {
  const auto first = config_->Save(ModelOf("life"));
  ASSERT_TRUE(first.ok()) << first.status.error_message();
  EXPECT_THAT(first->findings(), IsEmpty());
  EXPECT_EQ(first->draft().kind(), "model");
  EXPECT_EQ(first->draft().document_id(), "life");
  EXPECT_EQ(first->draft().base_version(), 0);
  EXPECT_EQ(first->draft().author(), "li");
  EXPECT_EQ(ModelIn(first->draft().document()).DebugString(), ModelOf("life").DebugString());

  EXPECT_EQ(config_->Save(ModelOf("life", 61)).reason(), "ETAG_MISMATCH") << "there is a draft already";
  const auto second = config_->Save(ModelOf("life", 61), first->draft().etag(), "wang");
  ASSERT_TRUE(second.ok()) << second.status.error_message();
  EXPECT_NE(second->draft().etag(), first->draft().etag());
  const auto read = config_->Get("life");
  EXPECT_EQ(read->draft().etag(), second->draft().etag());
  EXPECT_EQ(read->draft().author(), "wang");
  EXPECT_EQ(ModelIn(read->draft().document()).tiers(2).lower_bound(), 61);

  const auto list = config_->Call(&ConfigClient::Stub::ListDrafts, cfg::ListDraftsRequest());
  ASSERT_EQ(list->drafts_size(), 1);
  EXPECT_EQ(list->drafts(0).etag(), second->draft().etag());
  EXPECT_FALSE(list->drafts(0).has_document());

  const auto refused = config_->Delete("life", first->draft().etag());
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_THAT(DetailsOf(refused.status).metadata, Contains(Pair("current_etag", second->draft().etag())));
  EXPECT_TRUE(config_->Delete("life", second->draft().etag()).ok());
  EXPECT_EQ(config_->Get("life").reason(), "DRAFT_UNKNOWN");
  EXPECT_EQ(config_->Delete("life", second->draft().etag()).reason(), "DRAFT_UNKNOWN");
  const auto again = config_->Save(ModelOf("life"));
  EXPECT_NE(again->draft().etag(), first->draft().etag()) << "an etag never comes back";
  EXPECT_EQ(installation_->Sql("SELECT action FROM audit_entry WHERE subject = 'model/life' ORDER BY chain_seq"),
            "SAVE_DRAFT\nSAVE_DRAFT\nDELETE_DRAFT\nSAVE_DRAFT");
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM config_version WHERE document_id = 'life'"), "0");
}

TEST_F(ConfigDraftTest, OneOfFiftyConcurrentWritersWins) {
  const auto first = config_->Save(ModelOf("race"));
  std::atomic<int> won{0}, aborted{0};
  std::vector<std::string> told(50), winners(50);
  std::vector<std::thread> threads;
  for (int t = 0; t < 50; ++t) {
    threads.emplace_back([&, t] {
      const auto saved = config_->Save(ModelOf("race", 50 + t * 0.1), first->draft().etag(), fmt::format("writer-{}", t));
      if (saved.ok()) {
        ++won;
        winners[t] = saved->draft().etag();
        return;
      }
      EXPECT_EQ(saved.status.error_code(), grpc::StatusCode::ABORTED) << saved.status.error_message();
      EXPECT_EQ(saved.reason(), "ETAG_MISMATCH");
      told[t] = DetailsOf(saved.status).metadata["current_etag"];
      ++aborted;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(aborted, 49);
  const std::string current = config_->Get("race")->draft().etag();
  EXPECT_EQ(std::count(winners.begin(), winners.end(), current), 1) << "nobody has written after the winner";
  EXPECT_EQ(std::count(told.begin(), told.end(), current), 49) << "each of the others can read on from there";
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM audit_entry WHERE subject = 'model/race' AND action = 'SAVE_DRAFT'"), "2");
}

TEST_F(ConfigDraftTest, ABrokenDraftIsKeptWithAllThatIsWrong) {
  v1::Model model = ModelOf("broken");
  model.mutable_dimensions(0)->set_weight(-1);
  model.mutable_tiers(1)->set_code("diamond");
  const auto saved = config_->Save(model);
  ASSERT_TRUE(saved.ok()) << saved.status.error_message();
  std::vector<std::string> found;
  for (const auto& finding : saved->findings()) {
    EXPECT_EQ(finding.severity(), cfg::SEVERITY_ERROR);
    EXPECT_FALSE(finding.message().empty());
    found.push_back(finding.field() + " " + finding.reason());
  }
  EXPECT_THAT(found, ElementsAre("dimensions[0].weight OUT_OF_RANGE", "tiers[1].code DUPLICATE"));
  EXPECT_EQ(config_->Get("broken")->findings_size(), 2);

  const auto validated = config_->Call(&ConfigClient::Stub::Validate, ConfigClient::Named<cfg::ValidateRequest>("broken"));
  EXPECT_FALSE(validated->publishable());
  EXPECT_EQ(validated->findings_size(), 2);
  const auto refused = config_->Publish("broken", saved->draft().etag(), "broken-1");
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(refused.status).ViolationOf("document.dimensions[0].weight"), "OUT_OF_RANGE");
  EXPECT_EQ(DetailsOf(refused.status).ViolationOf("document.tiers[1].code"), "DUPLICATE");
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM config_version WHERE document_id = 'broken'"), "0");
  EXPECT_TRUE(config_->Get("broken").ok()) << "the draft is still there to be mended";
}

TEST_F(ConfigDraftTest, ValidatingADocumentStoresNothing) {
  cfg::ValidateRequest request;
  request.mutable_document()->PackFrom(ModelOf("only-checked"));
  const auto good = config_->Call(&ConfigClient::Stub::Validate, request);
  EXPECT_TRUE(good->publishable());
  EXPECT_THAT(good->findings(), IsEmpty());
  EXPECT_EQ(config_->Get("only-checked").reason(), "DRAFT_UNKNOWN");
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM audit_entry WHERE subject = 'model/only-checked'"), "0");
}

TEST_F(ConfigDraftTest, ASaveVoidsApprovals) {
  const auto first = config_->Save(ModelOf("approvals"));
  const auto approved = config_->Approve("approvals", first->draft().etag(), "wang");
  ASSERT_TRUE(approved.ok()) << approved.status.error_message();
  EXPECT_EQ(approved->draft().etag(), first->draft().etag());
  ASSERT_EQ(approved->draft().approvals_size(), 1);
  EXPECT_EQ(config_->Approve("approvals", first->draft().etag(), "wang")->draft().approvals_size(), 1) << "twice the same is one";
  EXPECT_EQ(config_->Approve("approvals", "another", "zhao").reason(), "ETAG_MISMATCH");
  EXPECT_EQ(config_->Approve("approvals", first->draft().etag(), first->draft().author()).reason(), "OWN_APPROVAL") << "it wouldn't count";
  const auto second = config_->Save(ModelOf("approvals", 61), first->draft().etag());
  EXPECT_THAT(second->draft().approvals(), IsEmpty());
  EXPECT_THAT(config_->Get("approvals")->draft().approvals(), IsEmpty());
}

TEST_F(ConfigDraftTest, WhatDoesNotExistIsNotFoundByName) {
  const auto kind = [](auto request) {
    request.set_kind("horoscope");
    return request;
  };
  const auto reason = [](const auto& answer) {
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::NOT_FOUND) << answer.status.error_message();
    return answer.reason();
  };
  using Stub = ConfigClient::Stub;
  EXPECT_EQ(reason(config_->Call(&Stub::GetDraft, kind(ConfigClient::Named<cfg::GetDraftRequest>("x")))), "KIND_UNKNOWN");
  EXPECT_EQ(reason(config_->Call(&Stub::ListDrafts, kind(cfg::ListDraftsRequest()))), "KIND_UNKNOWN");
  EXPECT_EQ(reason(config_->Call(&Stub::ListDocuments, kind(cfg::ListDocumentsRequest()))), "KIND_UNKNOWN");
  EXPECT_EQ(reason(config_->Call(&Stub::ListSchedules, kind(cfg::ListSchedulesRequest()))), "KIND_UNKNOWN");
  EXPECT_EQ(reason(config_->Call(&Stub::ListVersions, kind(ConfigClient::Named<cfg::ListVersionsRequest>("x")))), "KIND_UNKNOWN");
  EXPECT_EQ(reason(config_->Call(&Stub::Diff, kind(ConfigClient::Named<cfg::DiffRequest>("x")))), "KIND_UNKNOWN");
  EXPECT_EQ(reason(config_->Call(&Stub::PublishDraft, kind(ConfigClient::PublishRequest("x", "e", "r")))), "KIND_UNKNOWN");
  EXPECT_EQ(reason(config_->Call(&Stub::Rollback, kind(ConfigClient::RollbackRequest("x", 1, "e", "r")))), "KIND_UNKNOWN");

  EXPECT_EQ(reason(config_->Version("nowhere")), "DOCUMENT_UNKNOWN");
  EXPECT_EQ(reason(config_->Call(&Stub::ListVersions, ConfigClient::Named<cfg::ListVersionsRequest>("nowhere"))), "DOCUMENT_UNKNOWN");
  EXPECT_EQ(reason(config_->Call(&Stub::Rollback, ConfigClient::RollbackRequest("nowhere", 1, "e", "r"))), "DOCUMENT_UNKNOWN");
  EXPECT_EQ(reason(config_->Diff("nowhere")), "DRAFT_UNKNOWN");
  EXPECT_EQ(reason(config_->Diff("nowhere", 1)), "DOCUMENT_UNKNOWN");
  EXPECT_EQ(reason(config_->Publish("nowhere", "e", "r")), "DRAFT_UNKNOWN");
  EXPECT_EQ(reason(config_->Approve("nowhere", "e", "wang")), "DRAFT_UNKNOWN");
  EXPECT_EQ(reason(config_->Cancel(4711)), "SCHEDULE_UNKNOWN");
}

TEST_F(ConfigDraftTest, ADiffNamesWhatMoves) {
  config_->SaveAndPublish(ModelOf("diff"));
  v1::Model model = ModelOf("diff", 65);
  model.mutable_dimensions(0)->set_weight(model.dimensions(0).weight() + 1);
  (*model.mutable_names())["zh"] = "新规则";
  ASSERT_TRUE(config_->Save(model).ok());
  const auto fields = [](const Answer<cfg::DiffResponse>& diff) {
    EXPECT_TRUE(diff.ok()) << diff.status.error_message();
    std::vector<std::string> fields;
    for (const auto& change : diff->changes()) fields.push_back(change.field());
    return fields;
  };
  const std::string dimension = fmt::format("dimensions[{}].weight", model.dimensions(0).name());
  const std::string tier = fmt::format("tiers[{}].lower_bound", model.tiers(2).code());
  EXPECT_THAT(fields(config_->Diff("diff")), ElementsAre("names[zh]", dimension, tier));
  config_->Publish("diff", config_->Get("diff")->draft().etag(), "diff-2");
  EXPECT_THAT(fields(config_->Diff("diff", 1, 2)), ElementsAre("names[zh]", dimension, tier));
  EXPECT_THAT(fields(config_->Diff("diff", 2, 1)), ElementsAre("names[zh]", dimension, tier));
  EXPECT_THAT(fields(config_->Diff("diff", 2, 2)), IsEmpty());
  EXPECT_EQ(config_->Diff("diff", 1, 3).reason(), "VERSION_UNKNOWN");
  EXPECT_EQ(config_->Diff("diff", -1, 1).reason(), "INVALID_REQUEST");
}

TEST_F(ConfigDraftTest, ADiffOfAFirstDraftShowsAllOfIt) {
  ASSERT_TRUE(config_->Save(ModelOf("first-diff")).ok());
  const auto diff = config_->Diff("first-diff");
  ASSERT_TRUE(diff.ok()) << diff.status.error_message();
  EXPECT_GT(diff->changes_size(), 5);
  for (const auto& change : diff->changes()) EXPECT_TRUE(change.before().empty() || change.before() == "0") << change.ShortDebugString();
}

}  // namespace
}  // namespace rung::testing
