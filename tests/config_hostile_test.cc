// Configuration from somebody who means no good, or whose client is broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/support/config_client.h"

namespace rung::testing {
namespace {

using ::testing::AnyOf;

class ConfigHostileTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation({.presets = false});
    config_ = new ConfigClient(installation_->channel());
  }
  static void TearDownTestSuite() {
    // Whatever came in, the server lives and the record of it holds.
    EXPECT_TRUE(config_->Save(ModelOf("still-alive")).ok());
    EXPECT_TRUE(installation_->StopSuite());
    delete config_;
    delete installation_;
  }

  static Answer<cfg::SaveDraftResponse> SaveAny(const std::string& type_url, const std::string& value) {
    cfg::SaveDraftRequest request;
    request.mutable_document()->set_type_url(type_url);
    request.mutable_document()->set_value(value);
    request.set_author("li");
    return config_->Call(&ConfigClient::Stub::SaveDraft, request);
  }
  // "field REASON" of the first violation; fails when the answer isn't a short INVALID_ARGUMENT.
  template <typename Response>
  static std::string Violation(const Answer<Response>& answer) {
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << answer.status.error_message();
    EXPECT_LT(answer.status.error_message().size(), 1100u);
    const ErrorDetails details = DetailsOf(answer.status);
    return details.violations.empty() ? "none" : details.violations[0].first + " " + details.violations[0].second;
  }

  static constexpr char kModelType[] = "type.googleapis.com/rung.grading.v1.Model";
  static inline Installation* installation_;
  static inline ConfigClient* config_;
};

TEST_F(ConfigHostileTest, OtherTypesAndGarbageAreRefused) {
  EXPECT_EQ(Violation(config_->Call(&ConfigClient::Stub::SaveDraft, [] {
              cfg::SaveDraftRequest request;
              request.set_author("li");
              return request;
            }())),
            "document.@type UNKNOWN_TYPE");
  EXPECT_EQ(Violation(SaveAny("type.googleapis.com/rung.grading.v1.Event", "")), "document.@type UNKNOWN_TYPE");
  EXPECT_EQ(Violation(SaveAny("type.googleapis.com/google.protobuf.Any", "")), "document.@type UNKNOWN_TYPE");
  EXPECT_EQ(Violation(SaveAny(std::string(1 << 20, 'x'), "")), "document.@type UNKNOWN_TYPE");
  EXPECT_EQ(Violation(SaveAny(kModelType, "\xff\xff\xff")), "document BAD_DOCUMENT");
  EXPECT_EQ(Violation(SaveAny(kModelType, "")), "document.model_id BAD_ID");
  // A message of another type under our name.
  EXPECT_THAT(Violation(SaveAny(kModelType, OrderEvent("c", "e", "2026-03-30", 1).SerializeAsString())),
              AnyOf("document UNKNOWN_FIELD", "document BAD_DOCUMENT"));
  // Text that isn't UTF-8.
  EXPECT_EQ(Violation(SaveAny(kModelType, "\x0a\x02\xc3\x28")), "document BAD_DOCUMENT");
}

TEST_F(ConfigHostileTest, AFieldThatThisReleaseDoesNotKnowIsRefusedAndNotDropped) {
  const std::string unknown = "\x80\x7d\x01";  // field 2000
  EXPECT_EQ(Violation(SaveAny(kModelType, ModelOf("unknown").SerializeAsString() + unknown)), "document UNKNOWN_FIELD");
  v1::Model model = ModelOf("unknown");
  model.mutable_tiers(1)->MergeFromString(unknown);
  EXPECT_EQ(Violation(config_->Save(model)), "document.tiers[1] UNKNOWN_FIELD");
  v1::ApplyModelRequest apply;
  apply.set_request_id("unknown");
  *apply.mutable_model() = model;
  v1::ApplyModelResponse applied;
  const auto context = Within(5000);
  const grpc::Status status = installation_->models().ApplyModel(context.get(), apply, &applied);
  EXPECT_EQ(DetailsOf(status).ViolationOf("model.tiers[1]"), "UNKNOWN_FIELD") << status.error_message();
  EXPECT_EQ(config_->Get("unknown").reason(), "DRAFT_UNKNOWN");
}

TEST_F(ConfigHostileTest, TenMegabytesAreRefusedBriefly) {
  const std::string huge(10 << 20, 'x');
  v1::Model model = ModelOf("huge");
  (*model.mutable_names())["en"] = huge;
  EXPECT_EQ(Violation(config_->Save(model)), "document TOO_LONG");
  EXPECT_EQ(Violation(config_->Save(ModelOf("huge"), huge)), "etag TOO_LONG");
  EXPECT_EQ(Violation(config_->Save(ModelOf("huge"), "", huge)), "author TOO_LONG");
  EXPECT_EQ(Violation(config_->Get(huge)), "document_id TOO_LONG");
  EXPECT_EQ(Violation(config_->Publish(huge, "e", "r")), "document_id TOO_LONG");
  EXPECT_EQ(Violation(config_->Publish("huge", huge, "r")), "etag TOO_LONG");
  EXPECT_EQ(Violation(config_->Publish("huge", "e", huge)), "request_id TOO_LONG");
  auto publish = ConfigClient::PublishRequest("huge", "e", "r");
  publish.set_note(huge);
  EXPECT_EQ(Violation(config_->Call(&ConfigClient::Stub::PublishDraft, publish)), "note TOO_LONG");
  auto versions = ConfigClient::Named<cfg::ListVersionsRequest>("huge");
  versions.set_page_token(huge);
  EXPECT_EQ(Violation(config_->Call(&ConfigClient::Stub::ListVersions, versions)), "page_token BAD_PAGE_TOKEN");
  cfg::GetDraftRequest kind;
  kind.set_kind(huge);
  const auto answer = config_->Call(&ConfigClient::Stub::GetDraft, kind);
  EXPECT_EQ(answer.reason(), "KIND_UNKNOWN");
  EXPECT_LT(answer.status.error_message().size(), 1100u);
}

// A few bytes of a request for each element: the answer must not grow out of all proportion, nor take the server away.
TEST_F(ConfigHostileTest, AFloodOfElementsCostsLittle) {
  v1::Model model = ModelOf("flood");
  for (int i = 0; i < 150'000; ++i) model.add_dimensions()->add_factors();
  EXPECT_THAT(Violation(config_->Save(model)), ::testing::EndsWith(".factors TOO_MANY"));
  for (const int count : {90'000, 9000}) {
    model = ModelOf("flood");
    for (int i = 0; i < count; ++i) model.add_dimensions()->add_factors();
    const auto draft = config_->Get("flood");
    const auto begun = std::chrono::steady_clock::now();
    const auto saved = config_->Save(model, draft.ok() ? draft->draft().etag() : "");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10)) << count;
    EXPECT_TRUE(saved.ok()) << saved.status.error_message();
    EXPECT_GE(saved->findings_size(), 1);
    EXPECT_LE(saved->findings_size(), 500);
    v1::ApplyModelRequest apply;
    apply.set_request_id("flood");
    *apply.mutable_model() = model;
    v1::ApplyModelResponse applied;
    const auto context = Within(20'000);
    EXPECT_EQ(installation_->models().ApplyModel(context.get(), apply, &applied).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_F(ConfigHostileTest, NulAndControlCharactersAreRefusedEverywhere) {
  const auto draft = config_->Save(ModelOf("nul"));
  ASSERT_TRUE(draft.ok());
  const std::string etag = draft->draft().etag();
  const std::string nul("nul\0x", 5), bell("a\ab");
  // Cut off at the NUL, these would name the draft.
  EXPECT_EQ(Violation(config_->Get(nul)), "document_id BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Delete(nul, etag)), "document_id BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Approve(nul, etag, "wang")), "document_id BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Publish(nul, etag, "nul-1")), "document_id BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Version(nul)), "document_id BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Diff(nul)), "document_id BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Call(&ConfigClient::Stub::Rollback, ConfigClient::RollbackRequest(nul, 1, "e", "r"))), "document_id BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Call(&ConfigClient::Stub::ListVersions, ConfigClient::Named<cfg::ListVersionsRequest>(nul))),
            "document_id BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Call(&ConfigClient::Stub::Validate, ConfigClient::Named<cfg::ValidateRequest>(nul))), "document_id BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Save(ModelOf(nul))), "document.model_id BAD_ID");
  EXPECT_EQ(Violation(config_->Save(ModelOf("nul"), etag, bell)), "author BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Publish("nul", etag, bell)), "request_id BAD_CHARACTER");
  EXPECT_EQ(Violation(config_->Approve("nul", etag, nul)), "author BAD_CHARACTER");
  auto publish = ConfigClient::PublishRequest("nul", etag, "nul-2");
  publish.set_note(nul);
  EXPECT_EQ(Violation(config_->Call(&ConfigClient::Stub::PublishDraft, publish)), "note BAD_CHARACTER");
  EXPECT_EQ(config_->Get("nul")->draft().etag(), etag) << "none of them touched it";
}

TEST_F(ConfigHostileTest, StrangeTextWithinADraftComesBackAsItWas) {
  v1::Model model = ModelOf("strange");
  const std::string strange = "'; DROP TABLE config_version; -- \\N {\"a\",NULL} %s $1 🥬 \u202E \\u0000 \"";
  (*model.mutable_names())["en"] = strange + std::string(1, '\0') + "\a";
  auto saved = config_->Save(model);
  ASSERT_TRUE(saved.ok()) << saved.status.error_message();
  EXPECT_GE(saved->findings_size(), 1) << "control characters keep it from being published";
  EXPECT_EQ(ModelIn(config_->Get("strange")->draft().document()).names().at("en"), model.names().at("en"));
  (*model.mutable_names())["en"] = strange;
  saved = config_->Save(model, saved->draft().etag(), strange);
  ASSERT_TRUE(saved.ok()) << saved.status.error_message();
  auto request = ConfigClient::PublishRequest("strange", saved->draft().etag(), strange);
  request.set_author(strange);
  request.set_note(strange);
  const auto published = config_->Call(&ConfigClient::Stub::PublishDraft, request);
  ASSERT_TRUE(published.ok()) << published.status.error_message();
  EXPECT_EQ(published->version().note(), strange);
  EXPECT_EQ(ModelIn(published->version().document()).names().at("en"), strange);
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM audit_entry WHERE after <> '' AND after::json ->> 'etag' IS NULL"), "0")
      << "what is recorded is JSON";
}

TEST_F(ConfigHostileTest, DraftsAreBounded) {
  installation_->Sql("INSERT INTO config_draft SELECT 'model', 'filler-' || n, '{}', 'filler-' || n, 0, 'x', now() FROM generate_series(1, 1000) AS n");
  const auto refused = config_->Save(ModelOf("one-too-many"));
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(refused.reason(), "TOO_MANY_DRAFTS");
  EXPECT_TRUE(config_->Save(ModelOf("filler-1"), "filler-1").ok()) << "those that are there can still be saved";
  installation_->Sql("DELETE FROM config_draft WHERE document_id LIKE 'filler-%'");
}

}  // namespace
}  // namespace rung::testing
