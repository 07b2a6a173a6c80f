// The audit record: what it holds, and that tampering with it is found, each way of it.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "rung/config/v1/audit.grpc.pb.h"
#include "rung/grading/v1/override.grpc.pb.h"
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

TEST_F(AuditTest, EditedInputsOfADecisionAreFound) {
  Tamper(installation_, "UPDATE tier_change SET inputs = inputs || '\\x00' WHERE customer_id = (SELECT min(customer_id) FROM tier_change)");
  ExpectBreach(Verification::BREACH_HASH);
}

/// A table of the record and a chain with entries in no other, all in SQL.
struct ChainedTable {
  std::string name;
  std::string chain;
  std::string in_chain;   ///< condition on a row
  std::string edit;       ///< what a forger sets
  std::string last_word;  ///< what else a forger removes who takes back the last entry
  std::string bytes;      ///< those that the hash of row `e` covers, by docs/audit.md
};

constexpr char kAuditedChain[] = "(SELECT customer_id & 63 FROM customer WHERE external_id = 'audited-1')";

const ChainedTable kAuditEntries = {
    "audit_entry", "64", "chain = 64", "actor = 'mallory'",
    "DELETE FROM config_version WHERE kind = 'model' AND document_id = 'kuailv' AND version = 3; ",
    "number(2) || number(e.chain_seq) || number(e.customer_id) || moment(e.recorded_at) || words(e.actor) || words(e.action) || "
    "words(e.subject) || words(e.reason) || words(e.before) || words(e.after)"};

const ChainedTable kTierChanges = {
    "tier_change", kAuditedChain, std::string("customer_id & 63 = ") + kAuditedChain, "score_milli = score_milli + 1", "",
    "number(1) || number(e.chain_seq) || number(e.customer_id) || number(e.ladder_no) || number(e.version) || "
    "words(coalesce(e.from_tier, '')) || words(e.to_tier) || words(e.computed_tier) || number(e.score_milli) || words(e.reason) || "
    "number(e.model_version) || number(e.as_of - date '1970-01-01') || moment(e.recorded_at) || words(e.cause) || "
    "number(octet_length(e.inputs)) || e.inputs"};

class ChainTamperingTest : public AuditTest, public ::testing::WithParamInterface<ChainedTable> {
 protected:
  ChainTamperingTest() {
    EXPECT_GT(std::stoi(installation_.Sql("SELECT length FROM audit_chain WHERE chain = " + table_.chain)), 3);
    EXPECT_EQ(installation_.Sql("SELECT count(*) FROM " + table_.name + " WHERE " + table_.in_chain),
              installation_.Sql("SELECT length FROM audit_chain WHERE chain = " + table_.chain)) << "all its entries are in this table";
  }
  std::string Update(const std::string& what, const std::string& rows) const {
    return "UPDATE " + table_.name + " SET " + what + " WHERE " + table_.in_chain + " AND " + rows + "; ";
  }
  std::string DeleteLast() const {
    return "DELETE FROM " + table_.name + " WHERE " + table_.in_chain + " AND chain_seq = (SELECT length FROM audit_chain WHERE chain = " +
           table_.chain + "); ";
  }
  void ExpectInChain(Verification::Breach breach, const std::vector<audit::AuditRoot>& roots = {}) {
    const Verification verification = Verify(roots);
    const int chain = std::stoi(installation_.Sql("SELECT " + table_.chain));
    EXPECT_TRUE(std::any_of(verification.problems().begin(), verification.problems().end(),
                            [&](const auto& problem) { return problem.breach() == breach && problem.chain() == chain; }))
        << verification.ShortDebugString();
  }

  const ChainedTable& table_ = GetParam();
};

INSTANTIATE_TEST_SUITE_P(Tables, ChainTamperingTest, ::testing::Values(kAuditEntries, kTierChanges),
                         [](const auto& table) { return table.param.name; });

TEST_P(ChainTamperingTest, AnEditedEntryIsFound) {
  Tamper(installation_, Update(table_.edit, "chain_seq = 2"));
  ExpectInChain(Verification::BREACH_HASH);
}

TEST_P(ChainTamperingTest, ADeletedEntryIsFound) {
  Tamper(installation_, "DELETE FROM " + table_.name + " WHERE " + table_.in_chain + " AND chain_seq = 3");
  ExpectInChain(Verification::BREACH_SEQUENCE);
}

TEST_P(ChainTamperingTest, AnotherOrderIsFound) {
  Tamper(installation_, Update("chain_seq = 5 - chain_seq + 1000", "chain_seq IN (2, 3)") +
                            Update("chain_seq = chain_seq - 1000", "chain_seq > 1000"));
  ExpectInChain(Verification::BREACH_HASH);
}

TEST_P(ChainTamperingTest, ATruncatedTailIsFoundByTheHead) {
  Tamper(installation_, DeleteLast());
  ExpectInChain(Verification::BREACH_TRUNCATED);
}

TEST_P(ChainTamperingTest, ATailTruncatedWithItsHeadIsFoundByARoot) {
  const audit::AuditRoot root = SignRoot();
  Tamper(installation_, DeleteLast() + table_.last_word + "UPDATE audit_chain SET length = length - 1, hash = (SELECT chain_hash FROM " +
                            table_.name + " WHERE " + table_.in_chain + " ORDER BY chain_seq DESC LIMIT 1) WHERE chain = " + table_.chain);
  EXPECT_EQ(Verify().problem_count(), 0) << "alone, the database is consistent";
  ExpectInChain(Verification::BREACH_TRUNCATED, {root});
}

// Rewrites the whole chain with PostgreSQL's own SHA-256 over the documented bytes: the second, independent computation
// of the chain at the same time.
TEST_P(ChainTamperingTest, AWholesaleRewriteIsFoundByARoot) {
  const audit::AuditRoot root = SignRoot();
  Tamper(installation_, R"(
    CREATE FUNCTION number(n bigint) RETURNS bytea LANGUAGE sql AS 'SELECT int8send(n)';
    CREATE FUNCTION moment(t timestamptz) RETURNS bytea LANGUAGE sql AS 'SELECT int8send((extract(epoch FROM t) * 1000000)::bigint)';
    CREATE FUNCTION words(t text) RETURNS bytea LANGUAGE sql AS 'SELECT int8send(octet_length(t)) || convert_to(t, ''UTF8'')';
    DO $$
    DECLARE
      e record;
      h bytea := decode(repeat('00', 32), 'hex');
    BEGIN
      )" + Update(table_.edit, "chain_seq = 1") + R"(
      FOR e IN SELECT * FROM )" + table_.name + " WHERE " + table_.in_chain + R"( ORDER BY chain_seq LOOP
        h := sha256(h || )" + table_.bytes + R"();
        )" + Update("chain_hash = h", "chain_seq = e.chain_seq") + R"(
      END LOOP;
      UPDATE audit_chain SET hash = h WHERE chain = )" + table_.chain + R"(;
    END $$)");
  const Verification alone = Verify();
  EXPECT_EQ(alone.problem_count(), 0) << "a rewrite that is consistent in itself can't be seen from inside: " << alone.ShortDebugString();
  ExpectInChain(Verification::BREACH_ROOT, {root});
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

// Overrides of one customer: ended by hand, replaced, in force; with an id that has to be escaped.
class OverrideAuditTest : public AuditTest {
 protected:
  OverrideAuditTest() {
    Set("audited-1", "hand \"1\"\\", "gold");
    v1::EndOverrideRequest end;
    end.set_customer_id("audited-1");
    end.set_override_id("hand \"1\"\\");
    end.set_author("wu");
    end.set_reason("contract over");
    v1::EndOverrideResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(overrides_->EndOverride(context.get(), end, &response).ok());
    Set("audited-1", "replaced", "silver");
    Set("audited-1", "in-force \"2\"", "platinum");
    Set("audited-2", "other", "gold");
    EXPECT_EQ(Verify().problem_count(), 0) << Verify().ShortDebugString();
  }
  void Set(const std::string& customer, const std::string& id, const std::string& tier) {
    v1::SetOverrideRequest request;
    request.set_override_id(id);
    request.set_customer_id(customer);
    request.set_ladder_id("kuailv");
    request.set_tier_code(tier);
    request.set_until_date("2026-04-30");
    request.set_reason("agreed with sales");
    request.set_author("lin");
    v1::SetOverrideResponse response;
    auto context = Within(10'000);
    const grpc::Status status = overrides_->SetOverride(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  // What is wrong once this was done to the table alone. It is put right again.
  std::vector<std::string> Found(const std::string& tampering) {
    Tamper(installation_, "CREATE TABLE untouched AS SELECT * FROM tier_override; " + tampering);
    const Verification verification = Verify();
    std::vector<std::string> names;
    for (const auto& problem : verification.problems()) {
      EXPECT_EQ(problem.breach(), Verification::BREACH_DOCUMENT);
      EXPECT_EQ(std::to_string(problem.chain()), installation_.Sql("SELECT customer_id & 63 FROM customer WHERE external_id = 'audited-1'"));
      names.push_back(problem.message().substr(0, problem.message().find(" of customer audited-1 on kuailv isn't what the record says")));
    }
    Tamper(installation_, "DELETE FROM tier_override; INSERT INTO tier_override SELECT * FROM untouched; DROP TABLE untouched");
    EXPECT_EQ(Verify().problem_count(), 0);
    return names;
  }

  std::unique_ptr<v1::OverrideService::Stub> overrides_ = v1::OverrideService::NewStub(installation_.channel());
};

TEST_F(OverrideAuditTest, WhateverIsDoneToTheirTableAloneIsFound) {
  const std::vector<std::string> by_hand = {"override \"hand \\\"1\\\"\\\\\""}, replaced = {"override \"replaced\""},
                                 in_force = {"override \"in-force \\\"2\\\"\""};
  const std::string of_in_force = " WHERE override_id LIKE 'in-force%'", of_replaced = " WHERE override_id = 'replaced'",
                    of_by_hand = " WHERE override_id LIKE 'hand%'";
  EXPECT_EQ(Found("UPDATE tier_override SET tier_code = 'diamond'" + of_in_force), in_force);
  EXPECT_EQ(Found("UPDATE tier_override SET until = '2030-01-01'" + of_in_force), in_force);
  EXPECT_EQ(Found("UPDATE tier_override SET author = 'mallory'" + of_in_force), in_force);
  EXPECT_EQ(Found("UPDATE tier_override SET reason = 'none'" + of_in_force), in_force);
  EXPECT_EQ(Found("UPDATE tier_override SET created_at = created_at - interval '1 day'" + of_in_force), in_force);
  EXPECT_EQ(Found("UPDATE tier_override SET ladder_no = (SELECT ladder_no FROM ladder WHERE ladder_id = 'meicai')" + of_in_force).size(), 2u)
      << "it is missing on one ladder and nobody set it on the other";
  EXPECT_EQ(Found("DELETE FROM tier_override" + of_in_force), in_force);
  EXPECT_EQ(Found("DELETE FROM tier_override" + of_by_hand), by_hand);
  EXPECT_EQ(Found("DELETE FROM tier_override WHERE customer_id = (SELECT customer_id FROM customer WHERE external_id = 'audited-1')"),
            (std::vector<std::string>{by_hand[0], in_force[0], replaced[0]})) << "the whole file";
  EXPECT_EQ(Found("INSERT INTO tier_override SELECT customer_id, 'slipped-in', ladder_no, tier_code, until, reason, author, created_at FROM tier_override" + of_in_force),
            std::vector<std::string>{"override \"slipped-in\""});
  EXPECT_EQ(Found("UPDATE tier_override SET ended_at = now(), ended_by = 'lin', end_reason = 'contract over'" + of_in_force), in_force);
  EXPECT_EQ(Found("UPDATE tier_override SET ended_at = NULL, ended_by = '', end_reason = ''" + of_by_hand), by_hand) << "brought back";
  EXPECT_EQ(Found("UPDATE tier_override SET ended_at = NULL, ended_by = '', end_reason = ''" + of_replaced), replaced) << "brought back";
  EXPECT_EQ(Found("UPDATE tier_override SET ended_by = 'mallory'" + of_by_hand), by_hand);
  EXPECT_EQ(Found("UPDATE tier_override SET end_reason = 'replaced by nobody'" + of_replaced), replaced);
}

TEST_F(OverrideAuditTest, EntriesOfEarlyVersionsProveTheirOverridesWithoutNamingThem) {
  Tamper(installation_, "UPDATE audit_entry SET after = regexp_replace(after, ',\"override_id\":.*', '}') WHERE action LIKE '%_OVERRIDE'");
  const Verification verification = Verify();
  for (const auto& problem : verification.problems()) EXPECT_EQ(problem.breach(), Verification::BREACH_HASH) << problem.message();
  Tamper(installation_, "UPDATE tier_override SET tier_code = 'diamond' WHERE override_id = 'other'");
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
