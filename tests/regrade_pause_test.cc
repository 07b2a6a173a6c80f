// A run that an operator pauses, and one whose runner comes too late.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <future>

#include "libs/base/customer_id.h"
#include "libs/base/day.h"
#include "libs/errors/errors.h"
#include "libs/storage/postgres/postgres.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"
#include "tests/support/second.h"

namespace rung::testing {
namespace {

using ::rung::ReasonOf;           // of our own statuses
using ::rung::testing::ReasonOf;  // of those of calls

constexpr int kCustomers = 20'000;  // four chunks

/// Another transaction that holds a customer's row.
class RowLock {
 public:
  RowLock(const std::string& conninfo, const std::string& customer) : connection_(PQconnectdb(conninfo.c_str())) {
    PQclear(PQexec(connection_, "BEGIN"));
    PQclear(PQexec(connection_, fmt::format("SELECT 1 FROM customer WHERE customer_id = {} FOR UPDATE", customer).c_str()));
  }
  ~RowLock() { PQfinish(connection_); }

 private:
  PGconn* const connection_;
};

std::string StateOf(const Installation& installation) { return installation.Sql("SELECT state FROM regrade_run WHERE run_id = 1"); }

int LockWaits(const Installation& installation) {
  return std::stoi(installation.Sql(
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"));
}

/// Ungraded customers and a model, and a run that waits for a row in its first chunk.
class RegradePauseTest : public ::testing::Test {
 protected:
  RegradePauseTest() : installation_({.presets = false}) {
    for (int from = 0; from < kCustomers; from += 1000) {
      v1::IngestEventsRequest request;
      for (int i = from; i < from + 1000; ++i) *request.add_events() = OrderEvent(fmt::format("c{}", i), "e", "2026-03-30", 1000);
      v1::IngestEventsResponse response;
      auto context = Within(60'000);
      EXPECT_TRUE(installation_.ingest().IngestEvents(context.get(), request, &response).ok());
    }
    v1::ApplyModelRequest apply;
    apply.set_request_id("publish");
    *apply.mutable_model() = ReadModel("kuailv");
    v1::ApplyModelResponse applied;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_.models().ApplyModel(context.get(), apply, &applied).ok());
  }

  grpc::Status Start(const std::string& request_id) {
    v1::StartRegradeRequest request;
    request.set_request_id(request_id);
    request.set_as_of_date("2026-03-30");
    v1::StartRegradeResponse response;
    auto context = Within(10'000);
    return installation_.regrades().StartRegrade(context.get(), request, &response);
  }
  v1::RegradeRun Watch() {
    auto context = Within(60'000);
    const auto reader = installation_.regrades().WatchRegrade(context.get(), {});
    v1::WatchRegradeResponse progress;
    while (reader->Read(&progress)) {
    }
    EXPECT_TRUE(reader->Finish().ok());
    return progress.run();
  }
  /// A customer of the first chunk: a run reads the table in its order on disk.
  std::string FirstRow() const { return installation_.Sql("SELECT customer_id FROM customer ORDER BY ctid LIMIT 1"); }
  int Written() const { return std::stoi(installation_.Sql("SELECT count(*) FROM tier_change")); }

  Installation installation_;
};

TEST_F(RegradePauseTest, APausedRunWritesNothingUntilItIsResumedAndThenGradesEverybodyExactlyOnce) {
  auto lock = std::make_unique<RowLock>(installation_.conninfo(), FirstRow());
  ASSERT_TRUE(Start("paused").ok());
  ASSERT_TRUE(Eventually(20'000, [&] { return LockWaits(installation_) == 1; })) << "the run never came to its first chunk";
  auto paused = std::async(std::launch::async, [&] {
    v1::PauseRegradeRequest request;
    request.set_author("lin");
    v1::PauseRegradeResponse response;
    auto context = Within(20'000);
    return installation_.regrades().PauseRegrade(context.get(), request, &response);
  });
  ASSERT_TRUE(Eventually(10'000, [&] { return LockWaits(installation_) == 2; })) << "the pause waits for the end of a chunk";
  lock.reset();
  ASSERT_TRUE(paused.get().ok());
  ASSERT_TRUE(Eventually(20'000, [&] { return StateOf(installation_) != "RUNNING"; }));
  EXPECT_EQ(StateOf(installation_), "PAUSED");
  const int written = Written();
  EXPECT_GT(written, 0);
  EXPECT_LT(written, kCustomers) << "paused too late to prove anything";
  EXPECT_EQ(ReasonOf(Start("other")), "RUN_IN_PROGRESS") << "a paused run is unfinished";

  // Nobody takes a paused run over: neither the same process nor, after its end, the next one.
  installation_.KillSuite();
  installation_.Sql("UPDATE regrade_run SET lease_until = clock_timestamp()");
  installation_.StartSuite();
  std::this_thread::sleep_for(std::chrono::seconds(2));  // it looks for runs to take over every second
  EXPECT_EQ(StateOf(installation_), "PAUSED");
  EXPECT_EQ(Written(), written);
  installation_.Ingest({OrderEvent("c7", "meanwhile", "2026-03-31", 60'000'000), OrderEvent("new", "meanwhile", "2026-03-31", 1000)});

  v1::ResumeRegradeRequest resume;
  resume.set_author("lin");
  v1::ResumeRegradeResponse resumed;
  auto context = Within(10'000);
  ASSERT_TRUE(installation_.regrades().ResumeRegrade(context.get(), resume, &resumed).ok());
  EXPECT_EQ(resumed.run().state(), v1::RUN_STATE_RUNNING);
  const v1::RegradeRun done = Watch();
  EXPECT_EQ(done.state(), v1::RUN_STATE_DONE) << done.ShortDebugString();
  EXPECT_EQ(installation_.Sql("SELECT count(*) || ' ' || count(DISTINCT customer_id) FROM tier_change WHERE reason = 'FIRST'"),
            fmt::format("{} {}", kCustomers + 1, kCustomers + 1));
  EXPECT_EQ(std::to_string(done.first_count()),
            installation_.Sql("SELECT count(*) FROM tier_change WHERE reason = 'FIRST' AND cause = 'run:1'"))
      << "the run counts what it wrote before the pause and after it";
  EXPECT_EQ(installation_.GetTier("c7").tier().as_of_date(), "2026-03-31") << "the run has overwritten a later decision";
  EXPECT_EQ(installation_.Sql("SELECT actor || ' ' || action || ' ' || before || ' ' || after FROM audit_entry WHERE subject = 'regrade/1' ORDER BY chain_seq"),
            R"(lin PAUSE_REGRADE {"state":"RUNNING","override_guard":false,"planned_downgrades":0} )"
            R"({"state":"RUNNING","wanted":"PAUSE","override_guard":false,"planned_downgrades":0})" "\n"
            R"(lin RESUME_REGRADE {"state":"PAUSED","override_guard":false,"planned_downgrades":0} )"
            R"({"state":"RUNNING","override_guard":false,"planned_downgrades":0})");
}

TEST_F(RegradePauseTest, ACancelledRunKeepsWhatItWroteAndEnds) {
  auto lock = std::make_unique<RowLock>(installation_.conninfo(), FirstRow());
  ASSERT_TRUE(Start("cancelled").ok());
  ASSERT_TRUE(Eventually(20'000, [&] { return LockWaits(installation_) == 1; }));
  auto cancelled = std::async(std::launch::async, [&] {
    v1::CancelRegradeRequest request;
    request.set_author("lin");
    v1::CancelRegradeResponse response;
    auto context = Within(20'000);
    return installation_.regrades().CancelRegrade(context.get(), request, &response);
  });
  ASSERT_TRUE(Eventually(10'000, [&] { return LockWaits(installation_) == 2; }));
  lock.reset();
  ASSERT_TRUE(cancelled.get().ok());
  ASSERT_TRUE(Eventually(20'000, [&] { return StateOf(installation_) != "RUNNING"; }));
  EXPECT_EQ(StateOf(installation_), "CANCELLED");
  const int written = Written();
  EXPECT_GT(written, 0);
  EXPECT_LT(written, kCustomers) << "cancelled too late to prove anything";
  EXPECT_EQ(installation_.Sql("SELECT first_graded FROM regrade_run"), std::to_string(written));
  EXPECT_TRUE(Start("next").ok());
  EXPECT_EQ(Watch().state(), v1::RUN_STATE_DONE);
  EXPECT_EQ(Written(), kCustomers);
}

// Events lock their customers by number. A run that locked them as they lie on disk would wait for one of them while it
// has the next one, and one of the two would have to start over.
TEST_F(RegradePauseTest, ARunLocksCustomersByNumberAsEventsDo) {
  const std::string lowest = installation_.Sql("SELECT min(customer_id) FROM (SELECT customer_id FROM customer ORDER BY ctid LIMIT 5000) chunk");
  auto lock = std::make_unique<RowLock>(installation_.conninfo(), lowest);
  ASSERT_TRUE(Start("in-order").ok());
  ASSERT_TRUE(Eventually(20'000, [&] { return LockWaits(installation_) == 1; })) << "the run never came to its first chunk";
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM (SELECT 1 FROM customer FOR UPDATE SKIP LOCKED) free"), std::to_string(kCustomers - 1))
      << "the run waits for the first customer and has others already";
  lock.reset();
  EXPECT_EQ(Watch().state(), v1::RUN_STATE_DONE);
  EXPECT_EQ(Written(), kCustomers);
}

// Few rows tempt PostgreSQL to read the whole table.
TEST(RegradeLockTest, AChunkOfASmallBaseLocksCustomersByNumberToo) {
  Installation installation;
  installation.Ingest({OrderEvent("a", "e", "2026-03-30", 1000), OrderEvent("b", "e", "2026-03-30", 1000), OrderEvent("c", "e", "2026-03-30", 1000)});
  installation.KillSuite();
  installation.Sql("UPDATE customer SET standings = '\\x01'");
  std::vector<storage::StandingsUpdate> updates;  // the largest number first, on disk and in the chunk
  for (const std::string id : {"a", "b", "c"}) updates.push_back({FingerprintOf(id), "\x01", "\x02"});
  std::sort(updates.begin(), updates.end(), [](const auto& x, const auto& y) { return x.customer.number > y.customer.number; });
  for (const auto& update : updates) {
    installation.Sql(fmt::format("UPDATE customer SET outside = outside WHERE customer_id = {}", static_cast<int64_t>(update.customer.number)));
  }
  installation.Sql("ANALYZE customer");
  const auto store = storage::postgres::MakeRunStore(storage::postgres::MakeSessions(installation.conninfo(), 2), installation.conninfo());
  storage::RunRow run;
  run.request_id = "small";
  run.as_of = *ParseDay("2026-03-30");
  bool created = false;
  run = *store->Create(run, "", Deadline::After(5000), &created);
  auto lock = std::make_unique<RowLock>(installation.conninfo(), std::to_string(static_cast<int64_t>(updates.back().customer.number)));
  auto applied = std::async(std::launch::async, [&] { return store->ApplyChunk(run, updates, {}, {}); });
  ASSERT_TRUE(Eventually(10'000, [&] { return LockWaits(installation) == 1; }));
  EXPECT_EQ(installation.Sql("SELECT count(*) FROM (SELECT 1 FROM customer FOR UPDATE SKIP LOCKED) free"), "2");
  lock.reset();
  EXPECT_EQ(applied.get()->applied.size(), 3u);
}

// The process was stopped for a while, by its machine or by a debugger, and wakes up as if nothing had happened.
TEST(RegradeFenceTest, ARunnerThatWakesUpAfterATakeoverCanWriteNothing) {
  Installation installation;
  installation.Ingest({OrderEvent("c", "e", "2026-03-30", 1000)});
  installation.KillSuite();  // which would take the run over by itself
  const auto store =
      storage::postgres::MakeRunStore(storage::postgres::MakeSessions(installation.conninfo(), 2), installation.conninfo());
  const auto soon = [] { return Deadline::After(5000); };
  storage::RunRow run;
  run.request_id = "slept";
  run.as_of = *ParseDay("2026-03-30");
  bool created = false;
  const auto slept = store->Create(run, "", soon(), &created);
  ASSERT_TRUE(slept.ok()) << slept.status();
  EXPECT_EQ(ReasonOf(store->TakeOver(slept->run_id, false, nullptr, soon()).status()), "RUN_IN_PROGRESS") << "its lease holds";
  installation.Sql("UPDATE regrade_run SET lease_until = clock_timestamp()");
  const auto taken = store->TakeOver(slept->run_id, false, nullptr, soon());
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_GT(taken->fence, slept->fence);

  const std::string before = installation.Sql("SELECT encode(standings, 'hex') FROM customer");
  const std::string history = installation.Sql("SELECT count(*) FROM tier_change");
  const std::string population = installation.Sql("SELECT count(*) FROM frozen_population");
  const CustomerFingerprint customer = FingerprintOf("c");
  std::string bytes(before.size() / 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(std::stoi(before.substr(2 * i, 2), nullptr, 16));
  const storage::StandingsUpdate update{customer, bytes, bytes + "x"};
  const storage::TierChangeRow change{customer.number, 0, 99, "", "diamond", "diamond", 100'000, "UPGRADE", 1, run.as_of, 0, "run:1"};
  EXPECT_EQ(ReasonOf(store->ApplyChunk(*slept, {update}, {change}, {{customer, 0, 1}}).status()), "FENCED");
  EXPECT_EQ(ReasonOf(store->SaveFrozen(*slept, 0, {{0, 1, 0, "stale"}})), "FENCED");
  storage::RunRow ended = *slept;
  ended.state = "DONE";
  EXPECT_EQ(ReasonOf(store->Save(ended)), "FENCED");
  EXPECT_EQ(installation.Sql("SELECT encode(standings, 'hex') FROM customer"), before);
  EXPECT_EQ(installation.Sql("SELECT count(*) FROM tier_change"), history);
  EXPECT_EQ(installation.Sql("SELECT count(*) FROM frozen_population"), population);
  EXPECT_EQ(installation.Sql("SELECT state FROM regrade_run"), "RUNNING");

  const auto applied = store->ApplyChunk(*taken, {update}, {change}, {});
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->applied.size(), 1u) << "the same chunk from the newest runner is written";
  EXPECT_EQ(installation.Sql("SELECT count(*) FROM tier_change WHERE version = 99"), "1");
}

// Frozen in the middle of a chunk, it holds the run's row: PostgreSQL has to let go of it.
TEST_F(RegradePauseTest, ARunnerFrozenInTheMiddleOfAChunkIsTakenOver) {
  Second second(installation_);
  auto lock = std::make_unique<RowLock>(installation_.conninfo(), FirstRow());
  ASSERT_TRUE(Start("frozen").ok());
  ASSERT_TRUE(Eventually(20'000, [&] { return LockWaits(installation_) == 1; }));
  installation_.PauseSuite();
  lock.reset();
  installation_.Sql("UPDATE regrade_run SET lease_until = clock_timestamp()");  // comes through once the frozen one has lost the row
  EXPECT_TRUE(Eventually(45'000, [&] { return StateOf(installation_) == "DONE"; })) << "nobody takes the run over";
  EXPECT_EQ(Written(), kCustomers);
  installation_.ContinueSuite();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_EQ(Written(), kCustomers);
  EXPECT_EQ(StateOf(installation_), "DONE");
  EXPECT_EQ(installation_.Sql("SELECT fence FROM regrade_run"), "2");
}

}  // namespace
}  // namespace rung::testing
