// Everything fails in turn while events come in: the suite in the middle of ingest and of a batch, PostgreSQL, Redis.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <random>
#include <thread>

#include "tests/support/aftermath.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"
#include "tests/support/ledger.h"
#include "tests/support/server.h"

namespace rung::testing {
namespace {

constexpr char kToday[] = "2026-03-31";
constexpr int kCustomers = 150;
constexpr int kClients = 4;
constexpr int kOrders = 16'000;

class ChaosTest : public ::testing::Test {
 protected:
  ChaosTest() : installation_({.more = {"--guard-max-downgrade-share", "1"}, .postgres = server_.conninfo()}) {
    installation_.Ingest({OrderEvent("held", "o1", kToday, 1000)});
    ledger_.Acknowledge(OrderEvent("held", "o1", kToday, 1000));
  }

  /// Orders in any order, every tenth sent twice.
  static std::vector<std::vector<v1::Event>> Workloads() {
    std::mt19937 random(11);
    std::vector<std::vector<v1::Event>> workloads(kClients);
    for (int i = 0; i < kOrders; ++i) {
      auto& events = workloads[i % kClients];
      events.push_back(OrderEvent(fmt::format("busy{}", i % kCustomers), fmt::format("e{}", i),
                                  fmt::format("2026-{:02}-{:02}", 1 + random() % 3, 1 + random() % 28), 1000 + i));
      if (i % 10 == 0) events.push_back(events[random() % events.size()]);
    }
    return workloads;
  }

  /// Lets the clients go on until so many more events are acknowledged; they are still sending then.
  void AwaitMore(size_t events) {
    const size_t until = ledger_.size() + events;
    ledger_.Allow(until + 1500);
    ASSERT_TRUE(Eventually(60'000, [&] { return ledger_.size() >= until; })) << "ingest doesn't go on: " << ledger_.size();
  }
  void RestartSuite() {
    installation_.KillSuite();
    installation_.StartSuite();
  }
  /// Kills the suite while a run writes its first chunk; the next one takes the run over.
  void KillSuiteWithinABatch() {
    PGconn* holder = PQconnectdb(installation_.conninfo().c_str());
    PQclear(PQexec(holder, "BEGIN"));
    PQclear(PQexec(holder, "SELECT 1 FROM customer WHERE external_id = 'held' FOR UPDATE"));
    v1::StartRegradeRequest request;
    request.set_request_id("interrupted");
    request.set_as_of_date(kToday);
    v1::StartRegradeResponse response;
    auto context = Within(10'000);
    ASSERT_TRUE(installation_.regrades().StartRegrade(context.get(), request, &response).ok());
    EXPECT_TRUE(Eventually(20'000, [&] {
      return installation_.Sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                               "query LIKE 'UPDATE customer SET standings%'") == "1";
    })) << "the run never came to its first chunk";
    installation_.KillSuite();
    PQfinish(holder);
    installation_.StartSuite();
  }

  Server server_;
  Installation installation_;
  Ledger ledger_;
};

TEST_F(ChaosTest, EveryAcknowledgedEventCountsOnceAndEveryLabelIsRightWhateverFails) {
  const auto workloads = Workloads();
  ledger_.Allow(0);
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      c % 2 == 0 ? SendByCalls(installation_.address(), workloads[c], ledger_) : SendByStream(installation_.address(), workloads[c], ledger_);
    });
  }
  AwaitMore(1200);
  RestartSuite();
  AwaitMore(1200);
  installation_.RedisCommand("FLUSHALL");
  AwaitMore(1200);
  KillSuiteWithinABatch();
  AwaitMore(1200);
  installation_.KillRedis();
  AwaitMore(1200);
  installation_.StartRedis();
  AwaitMore(1200);
  server_.Crash();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  server_.Start();
  AwaitMore(1200);
  installation_.KillRedis();
  installation_.KillSuite();
  installation_.StartRedis();
  installation_.StartSuite();
  AwaitMore(1200);
  ASSERT_LT(ledger_.size(), size_t{kOrders}) << "the clients were done before the last failure";
  ledger_.Allow(SIZE_MAX);
  for (std::thread& client : clients) client.join();

  EXPECT_EQ(ledger_.size(), size_t{kOrders} + 1);
  EXPECT_EQ(Missing(installation_, ledger_.keys()), std::vector<std::string>());
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM event"), std::to_string(kOrders + 1));
  EXPECT_TRUE(Eventually(40'000, [&] { return installation_.Sql("SELECT state FROM regrade_run") == "DONE"; }))
      << "the interrupted run was never taken over: " << installation_.Sql("SELECT state FROM regrade_run");
  EXPECT_EQ(installation_.Regrade("last", kToday, true).state(), v1::RUN_STATE_DONE);
  EXPECT_TRUE(Eventually(20'000, [&] { return installation_.GetTier("held").provenance() == v1::PROVENANCE_CACHE; }));
  EXPECT_TRUE(Eventually(20'000, [&] { return installation_.Sql("SELECT count(*) FROM outbox") == "0"; }));
  ExpectContiguousHistory(installation_);
  EXPECT_EQ(ExpectLabelsAreTheNewestChanges(installation_), static_cast<int>((kCustomers + 1) * PresetLadders().size()));
  ExpectAuditFindsNothing(installation_, kCustomers + 1);
}

}  // namespace
}  // namespace rung::testing
