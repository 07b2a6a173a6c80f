// What happens to labels while Redis, or another process of the service, is away.
#include <endian.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <set>
#include <sstream>
#include <thread>

#include "libs/base/customer_id.h"
#include "libs/labels/label.h"
#include "libs/wire/model_mapping.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"
#include "tests/support/second.h"

namespace rung::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kToday[] = "2026-03-31";

/// A ladder on which orders alone decide: bronze, from 300 yuan in 30 days silver, from 600 gold.
v1::Model SpendModel(const std::string& id = "spend", double gold_from = 60) {
  const auto model = wire::ParseModelJson(fmt::format(R"({{
    "model_id": "{}", "names": {{"en": "Spend", "zh": "消费"}},
    "dimensions": [{{"name": "spend", "weight": 1, "factors": [{{"feature": "net_spend_30d",
      "normaliser": {{"knots": {{"knots": [{{"x": 0, "y": 0}}, {{"x": 100000, "y": 100}}]}}}}}}]}}],
    "ladder_kind": "LADDER_KIND_THRESHOLDS",
    "tiers": [{{"code": "gold", "names": {{"en": "Gold", "zh": "金"}}, "lower_bound": {}}},
              {{"code": "silver", "names": {{"en": "Silver", "zh": "银"}}, "lower_bound": 30}},
              {{"code": "bronze", "names": {{"en": "Bronze", "zh": "铜"}}, "lower_bound": 0}}],
    "stability": {{"protection_months": 0}}}})",
                                                      id, gold_from));
  EXPECT_TRUE(model.ok()) << model.status();
  return model.ok() ? *model : v1::Model();
}

void Publish(v1::ModelService::Stub& models, const v1::Model& model) {
  static int count = 0;
  v1::ApplyModelRequest request;
  request.set_request_id(fmt::format("publish-{}", ++count));
  *request.mutable_model() = model;
  v1::ApplyModelResponse response;
  auto context = Within(10'000);
  const grpc::Status status = models.ApplyModel(context.get(), request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

/// What Redis holds; binary-safe.
class Cache {
 public:
  explicit Cache(const Installation& installation) : context_(redisConnectUnix((installation.folder() + "/redis.sock").c_str())) {}
  ~Cache() { redisFree(context_); }

  /// The label word of a customer on the ladder of number 0; 0: none.
  uint64_t Word(const std::string& customer) {
    uint64_t word = 0;
    const std::string key = KeyOf(customer), field = FieldOf(customer);
    Call([&](redisReply* reply) {
      if (reply->type == REDIS_REPLY_STRING && reply->len == 8) {
        std::memcpy(&word, reply->str, 8);
        word = be64toh(word);
      }
    }, "HGET %b %b", key.data(), key.size(), field.data(), field.size());
    return word;
  }
  void SetWord(const std::string& customer, uint64_t word) {
    const std::string key = KeyOf(customer), field = FieldOf(customer);
    const uint64_t bytes = htobe64(word);
    Call([](redisReply*) {}, "HSET %b %b %b", key.data(), key.size(), field.data(), field.size(), &bytes, size_t{8});
  }
  bool Filled() {
    bool filled = false;
    Call([&](redisReply* reply) { filled = reply->integer == 1; }, "EXISTS rung:filled");
    return filled;
  }
  int64_t Size() {
    int64_t size = 0;
    Call([&](redisReply* reply) { size = reply->integer; }, "DBSIZE");
    return size;
  }
  void FlushAll() {
    Call([](redisReply*) {}, "FLUSHALL");
  }

 private:
  static constexpr int kLadder = 0;
  static std::string KeyOf(const std::string& customer) {
    const auto number = static_cast<uint64_t>(FingerprintOf(customer).number);
    return fmt::format("rung:label:{}:{}", kLadder, number >> 50);
  }
  static std::string FieldOf(const std::string& customer) {
    const uint64_t number = htobe64(static_cast<uint64_t>(FingerprintOf(customer).number));
    return std::string(reinterpret_cast<const char*>(&number), 8);
  }
  template <typename... Arguments>
  void Call(const std::function<void(redisReply*)>& take, const char* format, Arguments... arguments) {
    auto* reply = static_cast<redisReply*>(redisCommand(context_, format, arguments...));
    ASSERT_NE(reply, nullptr) << context_->errstr;
    EXPECT_NE(reply->type, REDIS_REPLY_ERROR) << reply->str;
    take(reply);
    freeReplyObject(reply);
  }

  redisContext* const context_;
};

class OutageTest : public ::testing::Test {
 protected:
  OutageTest() : OutageTest(InstallationOptions{.presets = false}) {}
  explicit OutageTest(const InstallationOptions& options) : installation_(options) { Publish(installation_.models(), SpendModel()); }

  /// An order that is all that counts of a customer: its id and its amount in yuan.
  static v1::Event Order(const std::string& customer, const std::string& id, int64_t yuan) { return OrderEvent(customer, id, kToday, yuan * 100); }
  static std::string Name(int c) { return fmt::format("o{:05}", c); }

  void Fill(int customers) {
    std::vector<v1::Event> events;
    for (int c = 0; c < customers; ++c) events.push_back(Order(Name(c), "o1", 10 + c * 37 % 900));
    installation_.Ingest(events);
    customers_ = customers;
    ASSERT_TRUE(Eventually(10'000, [&] { return WrongWords() == 0; })) << WrongWords() << " words missing in Redis";
  }

  static uint64_t WordOf(const v1::CustomerTier& tier) {
    return labels::Pack({.graded = tier.graded(), .tier = static_cast<uint8_t>(tier.tier_rank() - 1), .score_milli = tier.score_milli(),
                         .as_of = *ParseDay(tier.as_of_date()), .version = static_cast<uint32_t>(tier.version())});
  }
  /// Customers whose word in Redis isn't the label that GetTier tells.
  int WrongWords() {
    Cache cache(installation_);
    int wrong = 0;
    for (int c = 0; c < customers_; ++c) wrong += cache.Word(Name(c)) == WordOf(installation_.GetTier(Name(c)).tier()) ? 0 : 1;
    return wrong;
  }
  /// Customers whose label in memory isn't the newest change in PostgreSQL.
  int WrongLabels() {
    std::istringstream lines(installation_.Sql("SELECT DISTINCT ON (customer_id) external_id || ' ' || version || ' ' || to_tier FROM tier_change "
                                               "JOIN customer USING (customer_id) ORDER BY customer_id, version DESC"));
    int wrong = 0, count = 0;
    std::string id, version, tier;
    while (lines >> id >> version >> tier) {
      const auto actual = installation_.GetTier(id).tier();
      wrong += std::to_string(actual.version()) == version && actual.tier_code() == tier ? 0 : 1;
      ++count;
    }
    EXPECT_GE(count, customers_);
    return wrong;
  }
  v1::GetStatusResponse Status() {
    v1::GetStatusResponse response;
    auto context = Within(10'000);
    const grpc::Status status = installation_.status().GetStatus(context.get(), {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  Installation installation_;
  int customers_ = 0;
};

TEST_F(OutageTest, AFlushedRedisIsFilledAgain) {
  Fill(2000);
  std::set<std::string> tiers;
  for (int c = 0; c < customers_; ++c) tiers.insert(installation_.GetTier(Name(c)).tier().tier_code());
  EXPECT_EQ(tiers, (std::set<std::string>{"bronze", "silver", "gold"}));
  Cache(installation_).FlushAll();
  installation_.Ingest({Order(Name(0), "o2", 900)});  // while it is empty
  EXPECT_EQ(installation_.GetTier(Name(0)).tier().tier_code(), "gold");
  EXPECT_TRUE(Eventually(5000, [&] { return Cache(installation_).Filled(); })) << "rung:filled doesn't come back";
  EXPECT_TRUE(Eventually(5000, [&] { return WrongWords() == 0; })) << WrongWords() << " words are wrong in Redis";
  EXPECT_TRUE(Eventually(5000, [&] { return Status().labels().live(); }));
  EXPECT_EQ(WrongLabels(), 0);
  // And goes on from there.
  installation_.Ingest({Order(Name(1), "o2", 900)});
  EXPECT_TRUE(Eventually(2000, [&] { return WrongWords() == 0; }));
}

TEST_F(OutageTest, AProcessThatMissedChangesBecauseRedisWasFlushedFillsItsMemoryAgain) {
  Fill(100);
  Second second(installation_);
  const int64_t refills = second.Status().labels().refill_count();
  second.Pause();
  for (int c = 0; c < 100; ++c) installation_.Ingest({Order(Name(c), "up", 900)});
  ASSERT_TRUE(Eventually(3000, [&] { return installation_.Sql("SELECT count(*) FROM outbox") == "0"; }));
  Cache(installation_).FlushAll();
  second.Continue();
  const auto wrong = [&] {
    int count = 0;
    for (int c = 0; c < 100; ++c) count += second.GetTier(Name(c)).tier().tier_code() == "gold" ? 0 : 1;
    return count;
  };
  EXPECT_TRUE(Eventually(3000, [&] { return wrong() == 0; })) << wrong() << " labels are outdated";
  EXPECT_TRUE(Eventually(3000, [&] { return second.Status().labels().refill_count() > refills; })) << "it hasn't noticed";
  EXPECT_TRUE(Eventually(3000, [&] { return second.GetTier(Name(0)).provenance() == v1::PROVENANCE_CACHE; }));
  EXPECT_EQ(wrong(), 0);
}

TEST_F(OutageTest, ARedisThatIsFlushedWhileItIsFilledIsFilledAgain) {
  Fill(8000);
  Cache cache(installation_);
  int hit = 0;
  for (int attempt = 0; attempt < 10 && hit == 0; ++attempt) {
    cache.FlushAll();
    const auto end = steady_clock::now() + milliseconds(3000);
    while (steady_clock::now() < end && cache.Size() < 2000) {
    }
    if (!cache.Filled()) {  // in the middle of it
      cache.FlushAll();
      hit = 1;
    }
    ASSERT_TRUE(Eventually(5000, [&] { return cache.Filled(); }));
  }
  EXPECT_EQ(hit, 1) << "the fill was never hit";
  EXPECT_TRUE(Eventually(4000, [&] { return WrongWords() == 0; })) << WrongWords() << " labels are missing though rung:filled says that none is";
}

TEST_F(OutageTest, UpgradesGoOnWhileRedisIsAway) {
  Fill(200);
  installation_.KillRedis();
  int upgraded = 0;
  const auto upgrade = [&] {
    const std::string customer = Name(upgraded % 200);
    const auto before = installation_.GetTier(customer).tier();
    installation_.Ingest({Order(customer, fmt::format("up{}", upgraded++), 900)});
    const auto answer = installation_.GetTier(customer);
    EXPECT_EQ(answer.tier().tier_code(), "gold") << "an upgrade isn't seen at once: " << answer.ShortDebugString();
    EXPECT_EQ(answer.tier().version(), before.tier_code() == "gold" ? before.version() : before.version() + 1);
    EXPECT_NE(answer.provenance(), v1::PROVENANCE_STALE) << "PostgreSQL is there to ask";
  };
  // From memory, until that is known to be stale; then from the store, until Redis is back.
  ASSERT_TRUE(Eventually(20'000, [&] {
    upgrade();
    return !Status().labels().live();
  }));
  for (int i = 0; i < 20; ++i) {
    upgrade();
    EXPECT_EQ(installation_.GetTier(Name((upgraded + 100) % 200)).provenance(), v1::PROVENANCE_STORE);
  }
  const v1::GetStatusResponse away = Status();
  EXPECT_FALSE(away.labels().live());
  EXPECT_GT(away.labels().staleness_ms(), 3000);
  for (const auto& dependency : away.dependencies()) EXPECT_EQ(dependency.reachable(), dependency.name() == "postgresql") << dependency.ShortDebugString();
  EXPECT_TRUE(Eventually(20'000, [&] {
    return std::to_string(Status().outbox_count()) == installation_.Sql("SELECT count(*) FROM outbox");
  })) << "the backlog is hidden while it grows";
  EXPECT_NE(installation_.Sql("SELECT count(*) FROM outbox"), "0");

  installation_.StartRedis();
  EXPECT_TRUE(Eventually(20'000, [&] { return Cache(installation_).Filled(); }));
  EXPECT_TRUE(Eventually(20'000, [&] { return WrongWords() == 0; })) << WrongWords() << " words are wrong in Redis";
  EXPECT_TRUE(Eventually(20'000, [&] { return Status().labels().live(); }));
  EXPECT_TRUE(Eventually(20'000, [&] { return installation_.GetTier(Name(0)).provenance() == v1::PROVENANCE_CACHE; }));
  EXPECT_EQ(WrongLabels(), 0);
  EXPECT_TRUE(Eventually(20'000, [&] { return Status().outbox_count() == 0; }));
}

TEST_F(OutageTest, ABatchLookupAsksTheStoreWhenMemoryIsStale) {
  Fill(10);
  Second second(installation_);
  installation_.KillRedis();
  EXPECT_TRUE(Eventually(5000, [&] { return !Status().labels().live() && !second.Status().labels().live(); }));
  v1::IngestEventsRequest request;
  *request.add_events() = Order(Name(0), "up", 900);
  *request.add_events() = Order("newcomer", "o1", 900);
  v1::IngestEventsResponse ingested;
  auto ingest_context = Within(5000);
  ASSERT_TRUE(second.ingest().IngestEvents(ingest_context.get(), request, &ingested).ok());
  EXPECT_EQ(installation_.GetTier(Name(0)).tier().tier_code(), "gold");  // one by one it does
  EXPECT_EQ(installation_.GetTier("newcomer").tier().tier_code(), "gold");
  v1::BatchGetTiersRequest batch;
  batch.add_customer_ids(Name(0));
  batch.add_customer_ids("newcomer");
  v1::BatchGetTiersResponse response;
  auto context = Within(5000);
  ASSERT_TRUE(installation_.tiers().BatchGetTiers(context.get(), batch, &response).ok());
  // PROVENANCE_STALE is for when PostgreSQL is out of reach, too; a customer that exists is not unknown.
  if (response.provenance() != v1::PROVENANCE_STALE) {
    ASSERT_EQ(response.tiers_size(), 2);
    EXPECT_EQ(response.tiers(0).tier_code(), "gold");
  }
  EXPECT_EQ(response.unknown_customer_ids_size(), 0) << response.ShortDebugString();
}

TEST_F(OutageTest, ProcessesLearnOfEachOthersUpgradesAndOneTakesOverFromTheOther) {
  Fill(100);
  Second second(installation_);  // the first one leads the relay
  const auto upgrade_seen = [&](int c) {
    installation_.Ingest({Order(Name(c), "up", 900)});
    return Eventually(2000, [&] { return second.GetTier(Name(c)).tier().tier_code() == "gold"; }) &&
           second.GetTier(Name(c)).provenance() == v1::PROVENANCE_CACHE;
  };
  for (int c = 0; c < 20; ++c) EXPECT_TRUE(upgrade_seen(c)) << c;
  installation_.Ingest({Order("newcomer", "o1", 900)});
  EXPECT_TRUE(Eventually(2000, [&] { return second.GetTier("newcomer").tier().tier_code() == "gold"; })) << "a new customer stays unknown";

  // The other way round: through the one that doesn't lead.
  v1::IngestEventsRequest request;
  *request.add_events() = Order(Name(30), "up", 900);
  v1::IngestEventsResponse response;
  auto context = Within(5000);
  ASSERT_TRUE(second.ingest().IngestEvents(context.get(), request, &response).ok());
  EXPECT_EQ(second.GetTier(Name(30)).tier().tier_code(), "gold");
  EXPECT_TRUE(Eventually(2000, [&] { return installation_.GetTier(Name(30)).tier().tier_code() == "gold"; }));

  installation_.KillSuite();
  const auto killed_at = steady_clock::now();
  request.clear_events();
  for (int c = 40; c < 60; ++c) *request.add_events() = Order(Name(c), "up", 900);
  auto later = Within(5000);
  ASSERT_TRUE(second.ingest().IngestEvents(later.get(), request, &response).ok());
  Cache cache(installation_);
  for (int c = 40; c < 60; ++c) {
    const uint64_t expected = WordOf(second.GetTier(Name(c)).tier());
    EXPECT_EQ(labels::Unpack(expected).tier, 0) << "not gold";
    EXPECT_TRUE(Eventually(5000, [&] { return cache.Word(Name(c)) == expected; })) << Name(c) << " doesn't reach Redis";
  }
  EXPECT_LT(steady_clock::now() - killed_at, milliseconds(3000)) << "taken over too late";
  EXPECT_EQ(second.GetTier(Name(40)).provenance(), v1::PROVENANCE_CACHE);

  installation_.StartSuite();
  EXPECT_EQ(WrongLabels(), 0);
  EXPECT_TRUE(Eventually(3000, [&] { return WrongWords() == 0; }));
}

TEST_F(OutageTest, AModelPublishedThroughOneProcessIsUsedByTheOther) {
  Fill(10);
  Second second(installation_);
  Publish(installation_.models(), SpendModel("other"));
  Publish(installation_.models(), SpendModel("spend", 90));  // 650 yuan isn't gold any more
  EXPECT_TRUE(Eventually(5000, [&] { return second.ModelVersion("other") == 1 && second.ModelVersion("spend") == 2; }));
  second.GetTier(Name(0), "other");
  EXPECT_TRUE(second.last().ok()) << "the other process says: " << second.last().error_message();
  v1::IngestEventsRequest request;
  *request.add_events() = Order("late", "o1", 650);
  v1::IngestEventsResponse response;
  auto context = Within(5000);
  ASSERT_TRUE(second.ingest().IngestEvents(context.get(), request, &response).ok());
  EXPECT_EQ(installation_.Sql("SELECT to_tier || ' by version ' || model_version FROM tier_change JOIN ladder USING (ladder_no) "
                              "JOIN customer USING (customer_id) WHERE external_id = 'late' AND ladder_id = 'spend'"),
            "silver by version 2");
}

TEST_F(OutageTest, ThePopulationThatOneProcessFreezesIsUsedByTheOther) {
  Publish(installation_.models(), ReadModel("meicai-rfmp"));  // scores against the maxima of the base
  Fill(50);
  Second second(installation_);
  ASSERT_EQ(installation_.Regrade("freeze", kToday, true).state(), v1::RUN_STATE_DONE);
  const auto others = v1::RegradeService::NewStub(second.channel());
  const auto score = [](v1::RegradeService::Stub& stub, const std::string& customer) {
    v1::GradeCustomerRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id("meicai-rfmp");
    v1::GradeCustomerResponse response;
    auto context = Within(5000);
    const grpc::Status status = stub.GradeCustomer(context.get(), request, &response);
    if (!status.ok()) return status.error_message();
    return fmt::format("{} {}", response.score_milli(), response.computed_tier_code());
  };
  const auto different = [&] {
    int count = 0;
    for (int c = 0; c < 50; ++c) count += score(installation_.regrades(), Name(c)) == score(*others, Name(c)) ? 0 : 1;
    return count;
  };
  EXPECT_TRUE(Eventually(5000, [&] { return different() == 0; })) << different() << " of 50, such as " << score(installation_.regrades(), Name(20))
                                                                  << " here and " << score(*others, Name(20)) << " there";
}

TEST_F(OutageTest, AnOlderLabelNeverReplacesANewerOneInRedis) {
  Fill(50);
  Cache cache(installation_);
  for (int c = 0; c < 50; ++c) {
    const uint64_t now = WordOf(installation_.GetTier(Name(c)).tier());
    cache.SetWord(Name(c), now + (uint64_t{10} << 40));  // ten versions ahead
  }
  std::vector<v1::Event> orders;
  for (int c = 0; c < 50; ++c) orders.push_back(Order(Name(c), "up", 900));
  orders.push_back(Order("last", "o1", 900));
  installation_.Ingest(orders);
  const uint64_t last = WordOf(installation_.GetTier("last").tier());
  ASSERT_TRUE(Eventually(3000, [&] { return cache.Word("last") == last && installation_.Sql("SELECT count(*) FROM outbox") == "0"; }));
  for (int c = 0; c < 50; ++c) EXPECT_GT(labels::Unpack(cache.Word(Name(c))).version, 10u) << Name(c);
}

/// Redis compares strings by its locale's rules in scripts.
class OutageAbroadTest : public OutageTest {
 protected:
  OutageAbroadTest() : OutageTest({.presets = false, .redis_environment = Environment()}) {}
  ~OutageAbroadTest() override { std::filesystem::remove_all(kLocales); }
  static std::vector<std::string> Environment() {
    std::filesystem::create_directories(kLocales);
    made_ = std::system(fmt::format("localedef -i en_US -f UTF-8 {}/en_US.UTF-8 2>/dev/null", kLocales).c_str()) == 0;
    return {fmt::format("LOCPATH={}", kLocales), "LC_ALL=en_US.UTF-8"};
  }
  static constexpr char kLocales[] = "/tmp/rung-outage-locales";
  static inline bool made_ = false;
};

TEST_F(OutageAbroadTest, TheNewerLabelIsKeptWhateverTheLocaleOfRedis) {
  if (!made_) GTEST_SKIP() << "no locale sources here";
  constexpr int kCustomers = 300;
  std::vector<v1::Event> events;
  for (int c = 0; c < kCustomers; ++c) events.push_back(Order(Name(c), "o1", 600 + c));
  installation_.Ingest(events);
  customers_ = kCustomers;
  ASSERT_TRUE(Eventually(5000, [&] { return WrongWords() == 0; }));
  // Downgrades: later versions with smaller scores.
  events.clear();
  for (int c = 0; c < kCustomers; ++c) {
    v1::Event& refund = events.emplace_back();
    refund.set_customer_id(Name(c));
    refund.set_event_id("back");
    refund.mutable_event_time()->set_seconds(*ParseDay(kToday) * kSecondsPerDay + 4 * 3600);
    refund.mutable_refund()->set_order_id("o1");
    refund.mutable_refund()->set_amount_minor(50'000);
  }
  installation_.Ingest(events);
  const v1::RegradeRun run = installation_.Regrade("down", kToday, true);
  ASSERT_EQ(run.downgraded_count(), kCustomers) << run.ShortDebugString();
  EXPECT_EQ(installation_.GetTier(Name(7)).tier().version(), 2);
  ASSERT_TRUE(Eventually(5000, [&] { return installation_.Sql("SELECT count(*) FROM outbox") == "0"; }));
  EXPECT_TRUE(Eventually(2000, [&] { return WrongWords() == 0; })) << WrongWords() << " customers keep the better tier that they have lost";
}

}  // namespace
}  // namespace rung::testing
