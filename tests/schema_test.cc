// The schema can be distributed by customer: read from PostgreSQL's catalog, so that tables to come are held to it, too.
#include <gtest/gtest.h>

#include "tests/support/installation.h"

namespace rung::testing {
namespace {

// Configuration and the suite's own bookkeeping: on every node as they are. Whatever isn't here is customer data.
// audit_chain is the exception that a distribution has to settle: a head stands for a 64th of the customers.
constexpr char kReferenceTables[] =
    "('code_word', 'ladder', 'request', 'regrade_run', 'frozen_population', 'audit_chain', 'config_approval', 'config_draft', "
    "'config_schedule', 'config_version', 'abuse_scan', 'base_fit', 'churn_scan', 'account_group', "
    "'recommendation_model', 'recommendation_model_chunk', 'recommendation_training', 'recommendation_availability')";

std::string CustomerTables() {
  return std::string("SELECT oid, relname::text AS name, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                     "AND relkind IN ('r', 'p') AND relname NOT IN ") + kReferenceTables;
}

constexpr char kCustomerColumn[] =
    "(SELECT attnum FROM pg_attribute WHERE attrelid = t.oid AND attname = 'customer_id' AND attnotnull AND NOT attisdropped)";

class SchemaTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { installation_ = new Installation({.presets = false}); }
  static void TearDownTestSuite() { delete installation_; }

  static std::string Breaches(const std::string& what, const std::string& from) {
    return installation_->Sql("WITH t AS (" + CustomerTables() + ") SELECT DISTINCT " + what + " FROM t " + from + " ORDER BY 1");
  }
  static std::string TablesWithoutCustomer() { return Breaches("name", std::string("WHERE ") + kCustomerColumn + " IS NULL"); }
  static std::string KeysWithoutCustomer() {
    return Breaches("i.indexrelid::regclass::text", std::string("JOIN pg_index i ON i.indrelid = t.oid AND i.indisunique WHERE ") +
                    kCustomerColumn + " IS DISTINCT FROM i.indkey[0]");
  }
  // A reference from one customer's row to another's table has to carry the customer along.
  static std::string ReferencesWithoutCustomer() {
    return Breaches("c.conname::text", std::string("JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype = 'f' "
                    "JOIN t AS target ON target.oid = c.confrelid WHERE ") + kCustomerColumn + " <> ALL (c.conkey)");
  }
  static std::string PartitionedOtherwise() {
    return Breaches("name", std::string("JOIN pg_partitioned_table p ON p.partrelid = t.oid WHERE p.partstrat <> 'h' OR p.partnatts <> 1 OR "
                    "p.partattrs[0] IS DISTINCT FROM ") + kCustomerColumn);
  }
  static std::string Partitioned() { return Breaches("name", "WHERE relkind = 'p'"); }

  static inline Installation* installation_;
};

TEST_F(SchemaTest, CustomerDataIsKeyedByTheCustomerFirst) {
  EXPECT_EQ(TablesWithoutCustomer(), "") << "customer data without customer_id, or a reference table that this test doesn't know";
  EXPECT_EQ(KeysWithoutCustomer(), "") << "unique only within a customer, or not at all";
  EXPECT_EQ(ReferencesWithoutCustomer(), "");
}

TEST_F(SchemaTest, EventsAndHistoryArePartitionedByCustomerAndNotByTime) {
  EXPECT_EQ(PartitionedOtherwise(), "");
  const std::string partitioned = Partitioned();
  for (const char* table : {"event", "tier_change"}) {
    EXPECT_NE(("\n" + partitioned + "\n").find(std::string("\n") + table + "\n"), std::string::npos) << table << " isn't partitioned";
  }
}

TEST_F(SchemaTest, TheRulesAboveFindWhatBreaksThem) {
  installation_->Sql("CREATE TABLE without_customer (name text)");
  installation_->Sql("CREATE TABLE badly_keyed (id bigint PRIMARY KEY, customer_id bigint NOT NULL, other bigint UNIQUE)");
  installation_->Sql("CREATE TABLE badly_referring (customer_id bigint NOT NULL, other bigint REFERENCES badly_keyed (other))");
  installation_->Sql("CREATE TABLE by_time (customer_id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at)");
  installation_->Sql("CREATE TABLE nullable (customer_id bigint)");
  EXPECT_EQ(TablesWithoutCustomer(), "nullable\nwithout_customer");
  EXPECT_EQ(KeysWithoutCustomer(), "badly_keyed_other_key\nbadly_keyed_pkey");
  EXPECT_EQ(ReferencesWithoutCustomer(), "badly_referring_other_fkey");
  EXPECT_EQ(PartitionedOtherwise(), "by_time");
  installation_->Sql("DROP TABLE without_customer, badly_keyed, badly_referring, by_time, nullable");
}

}  // namespace
}  // namespace rung::testing
