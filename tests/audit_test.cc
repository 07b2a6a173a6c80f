// The audit record: what it holds, and that tampering with it is found, each way of it.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <stdlib.h>

#include <fstream>
#include <thread>

#include "rung/config/v1/audit.grpc.pb.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

namespace audit = config::v1;
using Verification = audit::VerifyAuditResponse;

// As a superuser who bypasses triggers and permissions.
std::string Tamper(const Installation& installation, const std::string& sql) {
  return installation.Sql("SET session_replication_role = replica; " + sql);
}

class AuditTest : public ::testing::Test {
 protected:
  AuditTest() {
    installation_.Ingest({OrderEvent("audited-1", "a1", "2026-03-20", 50'000'00), OrderEvent("audited-1", "a2", "2026-03-25", 70'000'00),
                          OrderEvent("audited-2", "b1", "2026-03-20", 10'00), OrderEvent("audited-3", "c1", "2026-03-28", 900'000'00)});
    installation_.Regrade("first", "2026-03-30");
    Apply(61);
    Apply(62);
  }

  void Apply(double gold) {
    v1::ApplyModelRequest request;
    request.set_request_id("gold-" + std::to_string(gold));
    request.set_author("lin");
    *request.mutable_model() = ReadModel("kuailv");
    request.mutable_model()->mutable_tiers(2)->set_lower_bound(gold);
    v1::ApplyModelResponse response;
    auto context = Within(10'000);
    const grpc::Status status = installation_.models().ApplyModel(context.get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  Verification Verify(const std::vector<audit::AuditRoot>& roots = {}) {
    audit::VerifyAuditRequest request;
    for (const auto& root : roots) *request.add_roots() = root;
    auto context = Within(30'000);
    auto reader = stub_->VerifyAudit(context.get(), request);
    Verification last, message;
    while (reader->Read(&message)) last = message;
    const grpc::Status status = reader->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_TRUE(last.done());
    EXPECT_EQ(last.verified_count(), last.total_count());
    return last;
  }
  audit::AuditRoot SignRoot() {
    audit::SignAuditRootResponse response;
    auto context = Within(5000);
    EXPECT_TRUE(stub_->SignAuditRoot(context.get(), {}, &response).ok());
    return response.root();
  }
  void ExpectBreach(Verification::Breach breach, const std::vector<audit::AuditRoot>& roots = {}) {
    const Verification verification = Verify(roots);
    ASSERT_GT(verification.problem_count(), 0);
    bool found = false;
    for (const auto& problem : verification.problems()) {
      found = found || problem.breach() == breach;
      EXPECT_FALSE(problem.message().empty());
    }
    EXPECT_TRUE(found) << verification.ShortDebugString();
  }

  Installation installation_;
  std::unique_ptr<audit::AuditService::Stub> stub_ = audit::AuditService::NewStub(installation_.channel());
};

TEST_F(AuditTest, AnUntouchedRecordVerifiesWithAllRoots) {
  const audit::AuditRoot early = SignRoot();
  Apply(63);
  const Verification verification = Verify({early, SignRoot()});
  EXPECT_EQ(verification.problem_count(), 0) << verification.ShortDebugString();
  EXPECT_EQ(std::to_string(verification.total_count()),
            installation_.Sql("SELECT (SELECT count(*) FROM tier_change) + (SELECT count(*) FROM audit_entry)"));
  EXPECT_GT(verification.total_count(), 10);
}

TEST_F(AuditTest, PublicationsAreListedWithAuthorAndHashes) {
  audit::ListAuditEntriesRequest request;
  request.set_subject_prefix("model/kuailv");
  request.set_page_size(2);
  std::vector<audit::AuditEntry> entries;
  do {
    audit::ListAuditEntriesResponse response;
    auto context = Within(5000);
    ASSERT_TRUE(stub_->ListAuditEntries(context.get(), request, &response).ok());
    entries.insert(entries.end(), response.entries().begin(), response.entries().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  std::erase_if(entries, [](const auto& entry) { return entry.subject() != "model/kuailv"; });
  ASSERT_EQ(entries.size(), 3u) << "the preset and two publications";
  EXPECT_EQ(entries[0].actor(), "lin");
  EXPECT_EQ(entries[0].action(), "PUBLISH");
  EXPECT_EQ(entries[0].before(), entries[1].after());
  EXPECT_THAT(entries[0].after(), ::testing::HasSubstr(installation_.Sql(
                  "SELECT encode(sha256(convert_to(body, 'UTF8')), 'hex') FROM config_version WHERE kind = 'model' AND document_id = 'kuailv' AND version = 3")));
}

TEST_F(AuditTest, AnEditedTierChangeIsFound) {
  Tamper(installation_, "UPDATE tier_change SET score_milli = score_milli + 1 WHERE ladder_no = 0");
  ExpectBreach(Verification::BREACH_HASH);
}

TEST_F(AuditTest, EditedInputsOfADecisionAreFound) {
  Tamper(installation_, "UPDATE tier_change SET inputs = inputs || '\\x00' WHERE customer_id = (SELECT min(customer_id) FROM tier_change)");
  ExpectBreach(Verification::BREACH_HASH);
}

TEST_F(AuditTest, AnEditedAuditEntryIsFound) {
  Tamper(installation_, "UPDATE audit_entry SET actor = 'mallory' WHERE chain = 64 AND chain_seq = 2");
  ExpectBreach(Verification::BREACH_HASH);
}

TEST_F(AuditTest, ADeletedEntryIsFound) {
  Tamper(installation_, "DELETE FROM audit_entry WHERE chain = 64 AND chain_seq = 3");
  ExpectBreach(Verification::BREACH_SEQUENCE);
}

TEST_F(AuditTest, AnotherOrderIsFound) {
  Tamper(installation_, "UPDATE audit_entry SET chain_seq = 5 - chain_seq + 1000 WHERE chain = 64 AND chain_seq IN (2, 3); "
                        "UPDATE audit_entry SET chain_seq = chain_seq - 1000 WHERE chain = 64 AND chain_seq > 1000");
  ExpectBreach(Verification::BREACH_HASH);
}

TEST_F(AuditTest, ATruncatedTailIsFoundByTheHead) {
  Tamper(installation_, "DELETE FROM audit_entry WHERE chain = 64 AND chain_seq = (SELECT max(chain_seq) FROM audit_entry WHERE chain = 64)");
  ExpectBreach(Verification::BREACH_TRUNCATED);
}

TEST_F(AuditTest, ATailTruncatedWithItsHeadIsFoundByARoot) {
  const audit::AuditRoot root = SignRoot();
  Tamper(installation_,
         "DELETE FROM audit_entry WHERE chain = 64 AND chain_seq = (SELECT max(chain_seq) FROM audit_entry WHERE chain = 64); "
         "DELETE FROM config_version WHERE kind = 'model' AND document_id = 'kuailv' AND version = 3; "
         "UPDATE audit_chain SET length = length - 1, hash = (SELECT chain_hash FROM audit_entry WHERE chain = 64 ORDER BY chain_seq DESC LIMIT 1) WHERE chain = 64");
  EXPECT_EQ(Verify().problem_count(), 0) << "alone, the database is consistent";
  ExpectBreach(Verification::BREACH_TRUNCATED, {root});
}

// Rewrites the whole chain with PostgreSQL's own SHA-256 over the documented bytes: the second, independent computation
// of the chain at the same time.
TEST_F(AuditTest, AWholesaleRewriteIsFoundByARoot) {
  const audit::AuditRoot root = SignRoot();
  Tamper(installation_, R"(
    DO $$
    DECLARE
      e record;
      h bytea := decode(repeat('00', 32), 'hex');
      b bytea;
      t text;
    BEGIN
      UPDATE audit_entry SET actor = 'mallory' WHERE chain = 64 AND chain_seq = 1;
      FOR e IN SELECT * FROM audit_entry WHERE chain = 64 ORDER BY chain_seq LOOP
        b := int8send(2) || int8send(e.chain_seq) || int8send(e.customer_id) || int8send((extract(epoch FROM e.recorded_at) * 1000000)::bigint);
        FOREACH t IN ARRAY ARRAY[e.actor, e.action, e.subject, e.reason, e.before, e.after] LOOP
          b := b || int8send(octet_length(t)) || convert_to(t, 'UTF8');
        END LOOP;
        h := sha256(h || b);
        UPDATE audit_entry SET chain_hash = h WHERE customer_id = e.customer_id AND chain_seq = e.chain_seq;
      END LOOP;
      UPDATE audit_chain SET hash = h WHERE chain = 64;
    END $$)");
  const Verification alone = Verify();
  EXPECT_EQ(alone.problem_count(), 0) << "a rewrite that is consistent in itself can't be seen from inside: " << alone.ShortDebugString();
  ExpectBreach(Verification::BREACH_ROOT, {root});
}

TEST_F(AuditTest, APublishedDocumentThatIsNotTheRecordedOneIsFound) {
  Tamper(installation_, "UPDATE config_version SET body = body || ' ' WHERE kind = 'model' AND document_id = 'kuailv' AND version = 2");
  ExpectBreach(Verification::BREACH_DOCUMENT);
  EXPECT_THAT(Verify().problems(0).message(), ::testing::HasSubstr("model/kuailv version 2"));
  Tamper(installation_, "UPDATE config_version SET body = rtrim(body) WHERE kind = 'model' AND document_id = 'kuailv' AND version = 2");
  EXPECT_EQ(Verify().problem_count(), 0);
  Tamper(installation_, "DELETE FROM config_version WHERE kind = 'model' AND document_id = 'kuailv' AND version = 3");
  ExpectBreach(Verification::BREACH_DOCUMENT);
}

TEST_F(AuditTest, AForgedRootIsRefused) {
  audit::AuditRoot root = SignRoot();
  root.mutable_heads(64)->set_length(root.heads(64).length() - 1);
  ExpectBreach(Verification::BREACH_SIGNATURE, {root});
}

TEST_F(AuditTest, TheServicesRoleCanOnlyAdd) {
  for (const char* table : {"tier_change", "audit_entry", "config_version"}) {
    EXPECT_EQ(installation_.Sql(std::string("SELECT has_table_privilege('rung_service', '") + table + "', 'UPDATE') OR has_table_privilege('rung_service', '" +
                                table + "', 'DELETE') OR has_table_privilege('rung_service', '" + table + "', 'TRUNCATE')"),
              "f") << table;
    EXPECT_EQ(installation_.Sql(std::string("SELECT has_table_privilege('rung_service', '") + table + "', 'INSERT')"), "t") << table;
  }
  EXPECT_EQ(installation_.Sql("SELECT has_table_privilege('rung_service', 'audit_chain', 'INSERT') OR "
                              "has_table_privilege('rung_service', 'audit_chain', 'DELETE') OR has_table_privilege('rung_service', 'audit_chain', 'TRUNCATE')"),
            "f");
}

TEST(AuditExportTest, RootsAreKeptOutsideTheDatabaseAndVerify) {
  char folder[] = "/tmp/rung-roots-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  Installation installation({.more = {"--audit-export", folder, "--audit-export-seconds", "1"}});
  installation.Ingest({OrderEvent("exported", "e1", "2026-03-20", 50'000'00)});
  std::vector<audit::AuditRoot> roots;
  for (int i = 0; i < 200 && roots.size() < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    roots.clear();
    std::ifstream file(std::string(folder) + "/audit-roots.jsonl");
    for (std::string line; std::getline(file, line);) {
      ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(line, &roots.emplace_back()).ok()) << line;
    }
  }
  ASSERT_GE(roots.size(), 3u);
  auto stub = audit::AuditService::NewStub(installation.channel());
  audit::VerifyAuditRequest request;
  for (const auto& root : roots) *request.add_roots() = root;
  auto context = Within(10'000);
  auto reader = stub->VerifyAudit(context.get(), request);
  audit::VerifyAuditResponse last;
  while (reader->Read(&last)) continue;
  ASSERT_TRUE(reader->Finish().ok());
  EXPECT_EQ(last.problem_count(), 0) << last.ShortDebugString();
}

}  // namespace
}  // namespace rung::testing
