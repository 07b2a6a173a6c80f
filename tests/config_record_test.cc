// What only grows: refused changes, and the chain of hashes recomputed by PostgreSQL alone.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/support/config_client.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

class ConfigRecordTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation();
    config_ = new ConfigClient(installation_->channel());
    std::vector<v1::Event> events;
    for (int c = 0; c < 200; ++c) events.push_back(OrderEvent(fmt::format("c{}", c), "o1", "2026-03-30", 1000 + 997 * c));
    installation_->Ingest(events);
    ASSERT_EQ(installation_->Regrade("base", "2026-03-30", true).state(), v1::RUN_STATE_DONE);
    // One entry of every kind, and text that isn't ASCII.
    const auto first = config_->Save(ModelOf("recorded"), "", "李梅");
    const auto second = config_->Save(ModelOf("recorded", 61), first->draft().etag());
    ASSERT_TRUE(config_->Approve("recorded", second->draft().etag(), "王芳").ok());
    const auto published = config_->Publish("recorded", second->draft().etag(), "recorded-1");
    ASSERT_TRUE(published.ok());
    ASSERT_TRUE(config_->Call(&ConfigClient::Stub::Rollback, ConfigClient::RollbackRequest("recorded", 1, published->version().etag(), "recorded-2")).ok());
    const auto third = config_->Save(ModelOf("recorded", 62));
    ASSERT_TRUE(config_->Delete("recorded", third->draft().etag()).ok());
  }
  static void TearDownTestSuite() {
    delete config_;
    delete installation_;
  }

  static inline Installation* installation_;
  static inline ConfigClient* config_;
};

// SQLSTATE 42501: insufficient privilege; 23001: restrict violation, which the trigger raises.
TEST_F(ConfigRecordTest, NeitherTheServiceNorTheOwnerCanChangeWhatOnlyGrows) {
  for (const char* table : {"config_version", "audit_entry", "tier_change"}) {
    ASSERT_NE(installation_->Sql(fmt::format("SELECT count(*) FROM {}", table)), "0");
    const std::string column = table == std::string("config_version") ? "note" : "reason";
    for (const std::string& change : {fmt::format("UPDATE {} SET {} = 'x'", table, column), fmt::format("DELETE FROM {}", table), fmt::format("TRUNCATE {}", table)}) {
      EXPECT_EQ(installation_->SqlState("SET ROLE rung_service; " + change), "42501") << change;
      EXPECT_EQ(installation_->SqlState(change), "23001") << change;
    }
    EXPECT_EQ(installation_->SqlState(fmt::format("SET ROLE rung_service; DROP TABLE {}", table)), "42501");
    EXPECT_EQ(installation_->SqlState(fmt::format("SET ROLE rung_service; ALTER TABLE {} DISABLE TRIGGER ALL", table)), "42501");
  }
  EXPECT_EQ(installation_->SqlState("TRUNCATE tier_change_3"), "23001") << "nor a part of it";
  EXPECT_EQ(installation_->SqlState("SET ROLE rung_service; INSERT INTO audit_chain VALUES (99, 0, '')"), "42501");
  EXPECT_EQ(installation_->SqlState("SET ROLE rung_service; DELETE FROM audit_chain"), "42501");
  EXPECT_EQ(installation_->SqlState("SET ROLE rung_service; UPDATE audit_chain SET length = length"), "") << "heads move on, and SqlState tells failure from success";
}

TEST_F(ConfigRecordTest, TheSuiteActsAsTheServiceRole) {
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM audit_entry WHERE chain = 64"), "13") << "five presets, a guard overridden and seven changes";
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
                               "AND relowner = 'rung_service'::regrole"), "0");
  // A login that is nothing but a member of the role is all that the suite needs.
  const std::string login = fmt::format("rung_app_{}", getpid());
  installation_->Sql(fmt::format("CREATE ROLE {} LOGIN IN ROLE rung_service", login));
  {
    std::vector<std::string> command = installation_->SuiteCommand("unix:" + installation_->folder() + "/member.sock");
    for (size_t i = 0; i + 1 < command.size(); ++i) {
      if (command[i] == "--postgres") command[i + 1] = installation_->conninfo() + " user=" + login;
    }
    Child suite(command, installation_->folder() + "/member.log");
    const auto channel = ChannelTo("unix:" + installation_->folder() + "/member.sock");
    const ConfigClient member(channel);
    EXPECT_TRUE(Eventually(15'000, [&] { return member.Version("kuailv").ok(); }));
    EXPECT_EQ(member.SaveAndPublish(ModelOf("by-member")).version(), 1);
    const auto ingest = v1::IngestService::NewStub(channel);
    v1::IngestEventsRequest request;
    *request.add_events() = OrderEvent("by-member", "o1", "2026-03-30", 12'345'600);
    v1::IngestEventsResponse response;
    const auto context = Within(10'000);
    EXPECT_TRUE(ingest->IngestEvents(context.get(), request, &response).ok());
    EXPECT_EQ(response.accepted_count(), 1);
  }
  installation_->Sql(fmt::format("DROP ROLE {}", login));
}

// The canonical form of libs/storage/postgres/audit_chain.cc, in SQL: numbers as eight bytes, texts behind their length.
TEST_F(ConfigRecordTest, PostgreSQLComputesTheSameChains) {
  const std::string functions =
      "CREATE FUNCTION pg_temp.n(v bigint) RETURNS bytea LANGUAGE sql AS 'SELECT int8send(v)'; "
      "CREATE FUNCTION pg_temp.b(v bytea) RETURNS bytea LANGUAGE sql AS 'SELECT int8send(octet_length(v)::bigint) || v'; "
      "CREATE FUNCTION pg_temp.t(v text) RETURNS bytea LANGUAGE sql AS $$ SELECT pg_temp.b(convert_to(coalesce(v, ''), 'UTF8')) $$; "
      "CREATE FUNCTION pg_temp.micros(v timestamptz) RETURNS bytea LANGUAGE sql AS 'SELECT int8send((extract(epoch FROM v) * 1000000)::bigint)'; ";
  const std::string links =
      "WITH link AS ("
      "SELECT chain, chain_seq, chain_hash, pg_temp.n(2) || pg_temp.n(chain_seq) || pg_temp.n(customer_id) || pg_temp.micros(recorded_at) || "
      "pg_temp.t(actor) || pg_temp.t(action) || pg_temp.t(subject) || pg_temp.t(reason) || pg_temp.t(before) || pg_temp.t(after) AS canonical "
      "FROM audit_entry UNION ALL "
      "SELECT (customer_id & 63)::smallint, chain_seq, chain_hash, pg_temp.n(1) || pg_temp.n(chain_seq) || pg_temp.n(customer_id) || pg_temp.n(ladder_no) || "
      "pg_temp.n(version) || pg_temp.t(from_tier) || pg_temp.t(to_tier) || pg_temp.t(computed_tier) || pg_temp.n(score_milli) || pg_temp.t(reason) || "
      "pg_temp.n(model_version) || pg_temp.n(as_of - date '1970-01-01') || pg_temp.micros(recorded_at) || pg_temp.t(cause) || pg_temp.b(inputs) "
      "FROM tier_change), "
      "chained AS (SELECT *, lag(chain_hash, 1, decode(repeat('00', 32), 'hex')) OVER (PARTITION BY chain ORDER BY chain_seq) AS previous, "
      "row_number() OVER (PARTITION BY chain ORDER BY chain_seq) AS place FROM link) ";
  ASSERT_GE(std::stoi(installation_->Sql("SELECT count(*) FROM tier_change")), 200 * 5);
  EXPECT_EQ(installation_->Sql(functions + links + "SELECT count(*) FROM chained WHERE chain_seq <> place"), "0");
  EXPECT_EQ(installation_->Sql(functions + links + "SELECT count(*) FROM chained WHERE chain_hash <> sha256(previous || canonical)"), "0");
  EXPECT_EQ(installation_->Sql(functions + links +
                               "SELECT count(*) FROM audit_chain h LEFT JOIN (SELECT DISTINCT ON (chain) chain, chain_seq, chain_hash FROM chained "
                               "ORDER BY chain, chain_seq DESC) last USING (chain) "
                               "WHERE h.length <> coalesce(chain_seq, 0) OR h.hash <> coalesce(chain_hash, decode(repeat('00', 32), 'hex'))"),
            "0")
      << "the heads are the ends";
}

TEST_F(ConfigRecordTest, TheRecordProvesWhichBytesWerePublished) {
  EXPECT_EQ(installation_->Sql("SELECT string_agg(actor || ' ' || action, ', ' ORDER BY chain_seq) FROM audit_entry WHERE subject = 'model/recorded'"),
            "李梅 SAVE_DRAFT, li SAVE_DRAFT, 王芳 APPROVE, li PUBLISH, wang ROLL_BACK, li SAVE_DRAFT, li DELETE_DRAFT");
  EXPECT_EQ(installation_->Sql("SELECT count(*) FROM config_version v WHERE NOT EXISTS (SELECT FROM audit_entry a "
                               "WHERE a.subject = v.kind || '/' || v.document_id AND a.action IN ('PUBLISH', 'ROLL_BACK') "
                               "AND (a.after::json ->> 'version')::int = v.version AND a.after::json ->> 'etag' = v.etag "
                               "AND a.after::json ->> 'body_sha256' = encode(sha256(convert_to(v.body, 'UTF8')), 'hex'))"),
            "0");
}

}  // namespace
}  // namespace rung::testing
