// A scan of the whole base by several threads sees every customer once, whatever moves on disk meanwhile.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <mutex>

#include "libs/base/status.h"
#include "libs/storage/postgres/postgres.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

constexpr int kCustomers = 8;
constexpr int kStateBytes = 5000;  // one row on each page

class BaseScanTest : public ::testing::Test {
 protected:
  BaseScanTest() {
    installation_.KillSuite();
    installation_.Sql(fmt::format("INSERT INTO customer (customer_id, check_bits, external_id, state) SELECT c, c, 'c' || c, {} "
                                  "FROM generate_series(0, {}) AS c", State('1'), kCustomers));
    installation_.Sql("DELETE FROM customer WHERE customer_id = 0");
    installation_.Sql("VACUUM customer");  // the first page is free now
  }

  static std::string State(char digit) { return fmt::format("decode(repeat('3{}', {}), 'hex')", digit, kStateBytes); }
  int Page(int customer) const {
    return std::stoi(installation_.Sql(fmt::format("SELECT (ctid::text::point)[0] FROM customer WHERE customer_id = {}", customer)));
  }
  void Change(int customer) { installation_.Sql(fmt::format("UPDATE customer SET state = {} WHERE customer_id = {}", State('2'), customer)); }
  /// Connections with a transaction; of those that have said `query` last.
  int InTransaction(const std::string& query = "") const {
    return std::stoi(installation_.Sql(fmt::format("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                                                   "AND xact_start IS NOT NULL AND backend_type = 'client backend' AND query LIKE '%{}%'", query)));
  }

  Installation installation_;
};

TEST_F(BaseScanTest, RowsThatMoveBetweenTheRangesAreSeenOnce) {
  const auto store = storage::postgres::MakeCustomerStore(installation_.conninfo(), 2);
  std::promise<void> entered, go_on;
  auto other = std::async(std::launch::async, [&, first = true]() mutable {  // has one of the two connections
    return store->Scan(1, [&](size_t, const storage::CustomerView&) {
      if (std::exchange(first, false)) {
        entered.set_value();
        go_on.get_future().wait_for(std::chrono::seconds(20));
      }
      return absl::OkStatus();
    });
  });
  entered.get_future().wait();
  std::mutex mutex;
  std::map<int64_t, int> seen;
  auto scan = std::async(std::launch::async, [&] {
    return store->Scan(2, [&](size_t, const storage::CustomerView& row) {
      std::lock_guard lock(mutex);
      ++seen[static_cast<int64_t>(row.fingerprint.number)];
      EXPECT_EQ(row.state, std::string(kStateBytes, '1')) << "of another instant";
      return absl::OkStatus();
    });
  });
  ASSERT_TRUE(Eventually(10'000, [&] { return InTransaction("pg_export_snapshot") == 1; })) << "the first range has no snapshot that the second could share";
  Change(kCustomers);  // from the last page to the first
  Change(1);           // and from the front to a new page
  ASSERT_EQ(Page(kCustomers), 0);
  ASSERT_GT(Page(1), kCustomers);
  go_on.set_value();
  EXPECT_TRUE(other.get().ok());
  const absl::Status status = scan.get();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen.size(), static_cast<size_t>(kCustomers));
  for (const auto& [customer, times] : seen) EXPECT_EQ(times, 1) << customer;
  EXPECT_EQ(InTransaction(), 0);
}

TEST_F(BaseScanTest, AScanThatIsBrokenOffLeavesNoTransactionBehind) {
  const auto store = storage::postgres::MakeCustomerStore(installation_.conninfo(), 3);
  const absl::Status status = store->Scan(3, [](size_t part, const storage::CustomerView&) {
    return part == 1 ? CancelledError("enough") : absl::OkStatus();
  });
  EXPECT_EQ(status.message(), "enough") << status;
  EXPECT_EQ(InTransaction(), 0);
  EXPECT_TRUE(store->Scan(3, [](size_t, const storage::CustomerView&) { return absl::OkStatus(); }).ok());
}

}  // namespace
}  // namespace rung::testing
