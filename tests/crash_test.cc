// What survives when a process dies in the middle: the suite, or PostgreSQL.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "libs/generator/generator.h"
#include "libs/wire/event_mapping.h"
#include "tests/support/aftermath.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"
#include "tests/support/ledger.h"
#include "tests/support/server.h"

namespace rung::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kLaddersBeforeABatch = 3;  // of the five presets, those that compare nobody with the population
constexpr char kToday[] = "2026-03-31";

v1::Event VoidOf(const v1::Event& event) {
  v1::Event out;
  out.set_customer_id(event.customer_id());
  out.set_event_id("void-" + event.event_id());
  *out.mutable_event_time() = event.event_time();
  out.mutable_void_event()->set_voided_event_id(event.event_id());
  return out;
}

/// Histories of a small base, customer by customer in the order of time: the generator's, some orders of years ago,
/// and some events that are withdrawn.
std::vector<std::vector<v1::Event>> MakeHistories(int customers) {
  generator::GeneratorOptions options;
  options.seed = 7;
  options.customer_count = customers;
  options.first_day = options.last_day - 59;
  options.mean_lines_per_customer = 30;
  const generator::HistoryGenerator generator(options);
  std::vector<std::vector<v1::Event>> histories;
  for (int c = 0; c < customers; ++c) {
    const auto customer = generator.Customer(c);
    auto& history = histories.emplace_back();
    if (c % 10 == 3) history.push_back(OrderEvent(customer.customer_id, "long-ago", "2023-05-0" + std::to_string(1 + c % 9), 990'000 + c));
    for (const features::Event& event : customer.events) wire::ToWire(event, history.emplace_back());
    const size_t count = history.size();
    for (size_t i = 5; i < count; i += 40) history.push_back(VoidOf(history[i]));
  }
  return histories;
}

/// One client's events, out of order and with repetitions.
std::vector<v1::Event> Disorder(const std::vector<std::vector<v1::Event>>& histories, size_t client, size_t clients, std::mt19937& random) {
  std::vector<std::pair<int64_t, const v1::Event*>> order;
  for (size_t c = client; c < histories.size(); c += clients) {
    for (const v1::Event& event : histories[c]) {
      // Up to six days late or early, so that refunds and cancellations come before their orders.
      const int64_t jitter = static_cast<int64_t>(random() % (12 * 86'400)) - 6 * 86'400;
      order.emplace_back(event.event_time().seconds() + jitter, &event);
      if (random() % 8 == 0) order.emplace_back(event.event_time().seconds() + jitter + random() % 864'000, &event);
    }
  }
  std::sort(order.begin(), order.end());
  std::vector<v1::Event> events;
  for (const auto& [time, event] : order) events.push_back(*event);
  return events;
}

void PublishPresets(Installation& installation, std::optional<int> protection_months) {
  for (const std::string& ladder : PresetLadders()) {
    v1::ApplyModelRequest request;
    request.set_request_id("publish-" + ladder);
    request.set_make_default(ladder == "kuailv");
    *request.mutable_model() = ReadModel(ladder);
    if (protection_months) request.mutable_model()->mutable_stability()->set_protection_months(*protection_months);
    v1::ApplyModelResponse response;
    auto context = Within(10'000);
    const grpc::Status status = installation.models().ApplyModel(context.get(), request, &response);
    ASSERT_TRUE(status.ok()) << ladder << ": " << status.error_message();
  }
}

v1::GetFeaturesResponse FeaturesOf(Installation& installation, const std::string& customer, const std::string& as_of) {
  v1::GetFeaturesRequest request;
  request.set_customer_id(customer);
  request.set_as_of_date(as_of);
  v1::GetFeaturesResponse response;
  auto context = Within(10'000);
  const grpc::Status status = installation.features().GetFeatures(context.get(), request, &response);
  EXPECT_TRUE(status.ok()) << customer << ": " << status.error_message();
  EXPECT_GT(response.features_size(), 40) << customer;
  return response;
}

/// The features in which two answers differ, bit for bit.
std::string Differences(const v1::GetFeaturesResponse& left, const v1::GetFeaturesResponse& right) {
  std::map<std::string, std::string> values;
  for (const v1::FeatureValue& value : left.features()) values[value.name()] = value.SerializeAsString();
  std::string text = left.features_size() == right.features_size() ? "" : "not the same features";
  for (const v1::FeatureValue& value : right.features()) {
    if (values[value.name()] == value.SerializeAsString()) continue;
    text += fmt::format("not [{}] ", value.ShortDebugString());
  }
  return text;
}

v1::GradeCustomerResponse GradeOf(Installation& installation, const std::string& customer, const std::string& ladder) {
  v1::GradeCustomerRequest request;
  request.set_customer_id(customer);
  request.set_ladder_id(ladder);
  v1::GradeCustomerResponse response;
  auto context = Within(10'000);
  EXPECT_TRUE(installation.regrades().GradeCustomer(context.get(), request, &response).ok()) << customer << " " << ladder;
  return response;
}

TEST(CrashTest, NoAcknowledgedEventIsLostOrCountedTwiceWhenTheSuiteIsKilled) {
  constexpr int kCustomers = 300;
  constexpr size_t kClients = 4;
  constexpr int kKills = 5;
  // Without protection the tier after a batch depends on the facts alone, not on the order in which they came.
  Installation crashed({.presets = false});
  PublishPresets(crashed, 0);
  const auto histories = MakeHistories(kCustomers);
  size_t total = 0;
  for (const auto& history : histories) total += history.size();

  std::mt19937 random(20260331);
  std::vector<std::vector<v1::Event>> workloads;
  for (size_t client = 0; client < kClients; ++client) workloads.push_back(Disorder(histories, client, kClients, random));
  Ledger ledger;
  ledger.Allow(1);
  std::vector<std::thread> clients;
  for (size_t client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] {
      client % 2 == 0 ? SendByCalls(crashed.address(), workloads[client], ledger) : SendByStream(crashed.address(), workloads[client], ledger);
    });
  }
  std::vector<size_t> kill_at;
  for (int k = 0; k < kKills; ++k) kill_at.push_back(total * (5 + random() % 85) / 100);
  std::sort(kill_at.begin(), kill_at.end());
  for (const size_t count : kill_at) {
    ledger.Allow(std::min(count + 400, total - 1));
    EXPECT_TRUE(Eventually(30'000, [&] { return ledger.size() >= count; })) << ledger.size() << " of " << count;
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    crashed.KillSuite();
    const std::set<std::string> acknowledged = ledger.keys();
    EXPECT_LT(acknowledged.size(), total) << "killed too late to prove anything";
    EXPECT_EQ(Missing(crashed, acknowledged), std::vector<std::string>()) << "lost by the kill at " << count;
    crashed.StartSuite();
  }
  ledger.Allow(SIZE_MAX);
  for (std::thread& client : clients) client.join();
  ASSERT_EQ(ledger.size(), total);
  EXPECT_EQ(crashed.Sql("SELECT count(*) FROM event"), std::to_string(total));
  EXPECT_EQ(Missing(crashed, ledger.keys()), std::vector<std::string>());
  ExpectContiguousHistory(crashed);
  EXPECT_EQ(ExpectLabelsAreTheNewestChanges(crashed), kCustomers * kLaddersBeforeABatch);

  Installation untouched({.presets = false});
  PublishPresets(untouched, 0);
  for (const auto& history : histories) untouched.Ingest(history);
  EXPECT_EQ(untouched.Sql("SELECT count(*) FROM event"), std::to_string(total));

  ExpectAuditFindsNothing(crashed, kCustomers);
  ExpectAuditFindsNothing(untouched, kCustomers);
  for (const auto& history : histories) {
    const std::string& customer = history[0].customer_id();
    for (const char* day : {kToday, "2026-02-20"}) {
      EXPECT_EQ(Differences(FeaturesOf(crashed, customer, day), FeaturesOf(untouched, customer, day)), "") << customer << " " << day;
    }
  }
  for (Installation* installation : {&crashed, &untouched}) {
    const v1::RegradeRun run = installation->Regrade("compare", kToday, true);
    ASSERT_EQ(run.state(), v1::RUN_STATE_DONE) << run.ShortDebugString();
    ExpectContiguousHistory(*installation);
    ExpectLabelsAreTheNewestChanges(*installation);
  }
  std::map<std::string, int> tiers;
  for (const auto& history : histories) {
    const std::string& customer = history[0].customer_id();
    for (const std::string& ladder : PresetLadders()) {
      SCOPED_TRACE(customer + " " + ladder);
      const auto left = GradeOf(crashed, customer, ladder), right = GradeOf(untouched, customer, ladder);
      EXPECT_EQ(left.score_milli(), right.score_milli());
      EXPECT_EQ(left.computed_tier_code(), right.computed_tier_code());
      const std::string tier = crashed.GetTier(customer, ladder).tier().tier_code();
      EXPECT_EQ(tier, untouched.GetTier(customer, ladder).tier().tier_code());
      EXPECT_EQ(tier, right.computed_tier_code());
      ++tiers[ladder + " " + tier];
    }
  }
  EXPECT_GT(tiers.size(), 10u) << "too uniform a base to show anything";
}

TEST(CrashTest, ARepetitionOfARefusedEventIsNotAcknowledged) {
  Installation installation;
  v1::IngestEventsRequest request;
  *request.add_events() = OrderEvent("c1", "first", "2026-03-01", 10'000);
  v1::Event conflicting = OrderEvent("c1", "second", "2026-03-02", 20'000);
  conflicting.mutable_order()->set_order_id("first");
  *request.add_events() = conflicting;
  *request.add_events() = conflicting;
  v1::IngestEventsResponse response;
  auto context = Within(10'000);
  ASSERT_TRUE(installation.ingest().IngestEvents(context.get(), request, &response).ok());
  EXPECT_EQ(installation.Sql("SELECT string_agg(event_id, ',' ORDER BY event_id) FROM event"), "first");
  EXPECT_EQ(response.accepted_count(), 1);
  EXPECT_EQ(response.duplicate_count(), 0) << "acknowledged, but not stored: " << response.ShortDebugString();
  EXPECT_EQ(response.refused_count(), 2);
}

/// A base that takes the batch a while.
class RegradeCrashTest : public ::testing::Test {
 protected:
  static constexpr int kCustomers = 20'000;

  static void SetUpTestSuite() {
    installation_ = new Installation({.presets = false});
    std::vector<std::thread> clients;
    for (int client = 0; client < 2; ++client) {
      clients.emplace_back([client] {
        const auto stub = v1::IngestService::NewStub(Connect(installation_->address()));
        for (int from = client * 1000; from < kCustomers; from += 2000) {
          v1::IngestEventsRequest request;
          for (int c = from; c < from + 1000; ++c) {
            *request.add_events() = OrderEvent(fmt::format("r{:06}", c), "o1", fmt::format("2026-03-{:02}", 1 + c % 30), 10'000 + 997 * c);
          }
          v1::IngestEventsResponse response;
          auto context = Within(30'000);
          const grpc::Status status = stub->IngestEvents(context.get(), request, &response);
          ASSERT_TRUE(status.ok()) << status.error_message();
          ASSERT_EQ(response.accepted_count(), 1000);
        }
      });
    }
    for (std::thread& client : clients) client.join();
    PublishPresets(*installation_, std::nullopt);
    ASSERT_EQ(installation_->Sql("SELECT count(*) FROM tier_change"), "0");
  }
  static void TearDownTestSuite() { delete installation_; }

  static inline Installation* installation_;
};

TEST_F(RegradeCrashTest, ARunWhoseRunnerDiesIsTakenOverAndFinishes) {
  Installation& installation = *installation_;
  v1::StartRegradeRequest request;
  request.set_request_id("doomed");
  request.set_as_of_date("2026-03-30");
  v1::StartRegradeResponse response;
  auto context = Within(10'000);
  ASSERT_TRUE(installation.regrades().StartRegrade(context.get(), request, &response).ok());
  // A first chunk is committed, the last one isn't.
  ASSERT_TRUE(Eventually(20'000, [&] { return installation.Sql("SELECT EXISTS (SELECT FROM tier_change)") == "t"; }));
  installation.KillSuite();
  const auto killed_at = steady_clock::now();
  const int written = std::stoi(installation.Sql("SELECT count(*) FROM tier_change"));
  ASSERT_EQ(installation.Sql("SELECT state FROM regrade_run"), "RUNNING");
  ASSERT_GT(written, 0);
  ASSERT_LT(written, kCustomers * 5) << "killed too late to prove anything";
  ASSERT_EQ(written % 5, 0) << "half a customer was written";
  installation.StartSuite();

  // Meanwhile real time goes on: some of these customers have a tier from the dead run, some don't.
  std::vector<v1::Event> orders;
  for (int c = 0; c < kCustomers; c += 100) orders.push_back(OrderEvent(fmt::format("r{:06}", c), "o2", kToday, 60'000'000));
  installation.Ingest(orders);

  ASSERT_TRUE(Eventually(40'000, [&] { return installation.Sql("SELECT state FROM regrade_run") != "RUNNING"; }));
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - killed_at).count();
  EXPECT_EQ(installation.Sql("SELECT state FROM regrade_run"), "DONE");
  EXPECT_EQ(installation.Sql("SELECT fence FROM regrade_run"), "2");
  EXPECT_LT(took, 25'000) << "taken over too late";

  EXPECT_EQ(installation.Sql("SELECT count(*) FROM tier_change WHERE reason = 'FIRST'"), std::to_string(kCustomers * 5));
  EXPECT_EQ(installation.Sql("SELECT count(*) FROM (SELECT DISTINCT customer_id, ladder_no FROM tier_change WHERE reason = 'FIRST') AS f"),
            std::to_string(kCustomers * 5));
  ExpectContiguousHistory(installation);
  EXPECT_EQ(ExpectLabelsAreTheNewestChanges(installation), kCustomers * 5);
  ExpectAuditFindsNothing(installation, kCustomers);

  // What the run says it did is what it did.
  EXPECT_EQ(installation.Sql("SELECT first_graded FROM regrade_run"),
            installation.Sql("SELECT count(*) FROM tier_change WHERE reason = 'FIRST' AND cause = 'run:1'"));
}

// A failover, a pooler's restart: PostgreSQL is there, but every connection to it breaks once.
TEST_F(RegradeCrashTest, ARunGoesOnAfterItsConnectionsBreak) {
  Installation& installation = *installation_;
  v1::StartRegradeRequest request;
  request.set_request_id("interrupted");
  request.set_as_of_date(kToday);
  v1::StartRegradeResponse response;
  auto context = Within(10'000);
  ASSERT_TRUE(installation.regrades().StartRegrade(context.get(), request, &response).ok());
  std::this_thread::sleep_for(milliseconds(60));
  installation.Sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
  const std::string state = "SELECT state FROM regrade_run WHERE request_id = 'interrupted'";
  EXPECT_EQ(installation.Sql(state), "RUNNING") << "over before it could be interrupted, or given up";
  installation.Sql("UPDATE regrade_run SET lease_until = clock_timestamp() WHERE state = 'RUNNING'");  // the other test waits for its end
  EXPECT_TRUE(Eventually(25'000, [&] { return installation.Sql(state) != "RUNNING"; }));
  EXPECT_EQ(installation.Sql(state), "DONE") << installation.Sql("SELECT message FROM regrade_run WHERE request_id = 'interrupted'");
}

TEST(CrashTest, TheSuiteLivesThroughACrashOfPostgreSQL) {
  Server server;
  Installation installation({.postgres = server.conninfo()});
  std::vector<v1::Event> events;
  std::map<std::string, v1::CustomerTier> before;
  for (int c = 0; c < 60; ++c) {
    for (int o = 0; o < 3; ++o) {
      events.push_back(OrderEvent(fmt::format("known{}", c), fmt::format("o{}", o), fmt::format("2026-03-{:02}", 10 + o * 7), 1000 << (c % 16)));
    }
  }
  installation.Ingest(events);
  for (int c = 0; c < 60; ++c) before[fmt::format("known{}", c)] = installation.GetTier(fmt::format("known{}", c)).tier();
  std::set<std::string> codes;
  for (const auto& [id, tier] : before) codes.insert(tier.tier_code());
  EXPECT_GT(codes.size(), 1u);

  std::vector<std::vector<v1::Event>> workloads(4);
  size_t total = events.size();
  for (int i = 0; i < 24'000; ++i, ++total) {
    workloads[i % 4].push_back(OrderEvent(fmt::format("busy{}", i % 97), fmt::format("e{}", i), fmt::format("2026-03-{:02}", 1 + i % 31), 1000 + i));
  }
  Ledger ledger;
  for (const v1::Event& event : events) ledger.Acknowledge(event);
  std::vector<std::thread> clients;
  for (size_t client = 0; client < 4; ++client) {
    clients.emplace_back([&, client] {
      client % 2 == 0 ? SendByCalls(installation.address(), workloads[client], ledger)
                      : SendByStream(installation.address(), workloads[client], ledger);
    });
  }
  EXPECT_TRUE(Eventually(20'000, [&] { return ledger.size() > 2000; }));
  server.Crash();
  const auto crashed_at = steady_clock::now();
  const std::set<std::string> acknowledged = ledger.keys();
  EXPECT_LT(acknowledged.size(), total) << "crashed too late to prove anything";

  // Ingest says that it can't, and when to come back.
  for (int i = 0; i < 3; ++i) {
    v1::IngestEventsRequest request;
    *request.add_events() = OrderEvent("known1", "while-down", kToday, 100);
    v1::IngestEventsResponse response;
    auto context = Within(5000);
    const grpc::Status status = installation.ingest().IngestEvents(context.get(), request, &response);
    EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE) << status.error_message();
    EXPECT_EQ(DetailsOf(status).reason, "STORE_UNAVAILABLE") << status.error_message();
    EXPECT_GT(DetailsOf(status).retry_after_ms, 0);
  }
  // Lookups answer from memory, honestly.
  bool stale = false;
  while (steady_clock::now() - crashed_at < milliseconds(4500)) {
    for (const auto& [id, tier] : before) {
      const auto answer = installation.GetTier(id);
      EXPECT_EQ(answer.tier().DebugString(), tier.DebugString()) << answer.ShortDebugString();
      EXPECT_TRUE(answer.provenance() == v1::PROVENANCE_CACHE || answer.provenance() == v1::PROVENANCE_STALE) << answer.ShortDebugString();
      const double staleness = static_cast<double>(answer.staleness().seconds()) + 1e-9 * answer.staleness().nanos();
      EXPECT_EQ(answer.provenance() == v1::PROVENANCE_STALE, staleness > 3.0) << answer.ShortDebugString();
      stale = answer.provenance() == v1::PROVENANCE_STALE;
    }
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_TRUE(stale) << "nobody could tell that labels stopped being renewed";
  {
    v1::GetTierRequest request;
    request.set_customer_id("nobody");
    v1::GetTierResponse response;
    auto context = Within(5000);
    const grpc::Status status = installation.tiers().GetTier(context.get(), request, &response);
    EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE) << "memory is stale and the store is away: nobody knows; said " << status.error_message();
    request.set_customer_id("known1");
    request.set_min_version(99);
    auto later = Within(5000);
    EXPECT_EQ(installation.tiers().GetTier(later.get(), request, &response).error_code(), grpc::UNAVAILABLE);
    v1::GetStatusResponse said;
    auto context_of_status = Within(10'000);
    const grpc::Status answered = installation.status().GetStatus(context_of_status.get(), {}, &said);
    EXPECT_TRUE(answered.ok()) << answered.error_message();
    for (const auto& dependency : said.dependencies()) EXPECT_EQ(dependency.reachable(), dependency.name() == "redis") << dependency.ShortDebugString();
    EXPECT_FALSE(said.labels().live());
  }

  server.Start();
  EXPECT_EQ(Missing(installation, acknowledged), std::vector<std::string>()) << "lost by the crash";
  {
    v1::IngestEventsRequest request;
    *request.add_events() = OrderEvent("known2", "after", kToday, 100);
    v1::IngestEventsResponse response;
    EXPECT_TRUE(Eventually(5000, [&] {
      auto context = Within(5000);
      return installation.ingest().IngestEvents(context.get(), request, &response).ok();
    })) << "ingest doesn't come back by itself";
    ++total;
    ledger.Acknowledge(request.events(0));
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(ledger.size(), total);
  EXPECT_EQ(Missing(installation, ledger.keys()), std::vector<std::string>());
  EXPECT_EQ(installation.Sql("SELECT count(*) FROM event"), std::to_string(total));
  EXPECT_TRUE(Eventually(10'000, [&] { return installation.GetTier("known3").provenance() == v1::PROVENANCE_CACHE; }));
  EXPECT_TRUE(Eventually(10'000, [&] { return installation.Sql("SELECT count(*) FROM outbox") == "0"; }));
  ExpectContiguousHistory(installation);
  EXPECT_EQ(ExpectLabelsAreTheNewestChanges(installation), (60 + 97) * kLaddersBeforeABatch);
  ExpectAuditFindsNothing(installation, 60 + 97);
}

}  // namespace
}  // namespace rung::testing
