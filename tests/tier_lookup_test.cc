// What tier a customer has: lookups by every door, real time, freshness, history and paging.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <numeric>

#include "libs/base/customer_id.h"
#include "libs/base/day.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

using ::testing::ElementsAre;

constexpr int kCustomers = 40;

std::string Customer(int i) { return fmt::format("c{:02}", i); }

// Small orders every Tuesday of the first quarter: the best rhythm, and too little money for a tier above bronze.
std::vector<v1::Event> WeeklyOrders(const std::string& customer, int64_t amount) {
  std::vector<v1::Event> events;
  for (const char* date : {"2026-01-06", "2026-01-13", "2026-01-20", "2026-01-27", "2026-02-03", "2026-02-10", "2026-02-17",
                           "2026-02-24", "2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24"}) {
    events.push_back(OrderEvent(customer, fmt::format("w-{}", date), date, amount));
  }
  return events;
}

class TierLookupTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation();
    std::vector<v1::Event> events;
    for (int i = 0; i < kCustomers; ++i) {
      for (const v1::Event& event : WeeklyOrders(Customer(i), 1000 + i * i * i * 1000)) events.push_back(event);
    }
    installation_->Ingest(events);
  }
  static void TearDownTestSuite() { delete installation_; }

  static grpc::Status Get(const std::string& customer, const std::string& ladder, int64_t min_version, v1::GetTierResponse& response) {
    v1::GetTierRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id(ladder);
    request.set_min_version(min_version);
    auto context = Within(5000);
    return installation_->tiers().GetTier(context.get(), request, &response);
  }
  static grpc::Status Changes(const std::string& customer, int page_size, const std::string& token, v1::ListTierChangesResponse& out) {
    v1::ListTierChangesRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id("kuailv");
    request.set_page_size(page_size);
    request.set_page_token(token);
    auto context = Within(5000);
    return installation_->tiers().ListTierChanges(context.get(), request, &out);
  }
  static v1::BatchGetTiersResponse Batch(const std::vector<std::string>& ids, const std::string& ladder = "") {
    v1::BatchGetTiersRequest request;
    for (const std::string& id : ids) request.add_customer_ids(id);
    request.set_ladder_id(ladder);
    v1::BatchGetTiersResponse response;
    auto context = Within(5000);
    const grpc::Status status = installation_->tiers().BatchGetTiers(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  // What both doors for many customers answer, and that they agree.
  struct Many {
    grpc::Status status;
    v1::BatchGetTiersResponse batch;
    v1::BatchGetTiersPackedResponse packed;
  };
  static Many GetMany(const std::vector<std::string>& ids, const std::vector<int64_t>& min_versions, int milliseconds = 5000) {
    v1::BatchGetTiersRequest request;
    v1::BatchGetTiersPackedRequest packed;
    for (const std::string& id : ids) {
      request.add_customer_ids(id);
      packed.add_customer_numbers(static_cast<uint64_t>(FingerprintOf(id).number));
    }
    request.mutable_min_versions()->Add(min_versions.begin(), min_versions.end());
    packed.mutable_min_versions()->Add(min_versions.begin(), min_versions.end());
    Many many;
    auto context = Within(milliseconds);
    many.status = installation_->tiers().BatchGetTiers(context.get(), request, &many.batch);
    auto packed_context = Within(milliseconds);
    const grpc::Status status = installation_->tiers().BatchGetTiersPacked(packed_context.get(), packed, &many.packed);
    EXPECT_EQ(status.error_code(), many.status.error_code()) << status.error_message() << " / " << many.status.error_message();
    EXPECT_EQ(DetailsOf(status).reason, DetailsOf(many.status).reason);
    EXPECT_EQ(DetailsOf(status).metadata, DetailsOf(many.status).metadata);
    EXPECT_EQ(many.packed.provenance(), many.batch.provenance());
    return many;
  }
  // bronze, then silver, gold and platinum by ever larger orders.
  static void Climb(const std::string& customer) {
    installation_->Ingest(WeeklyOrders(customer, 1000));
    for (const int64_t amount : {500'000, 4'000'000, 60'000'000}) {
      installation_->Ingest({OrderEvent(customer, fmt::format("big-{}", amount), "2026-03-30", amount)});
    }
  }

  static inline Installation* installation_;
};

TEST_F(TierLookupTest, AnUnknownCustomerIsNotFound) {
  v1::GetTierResponse response;
  const grpc::Status status = Get("nobody", "", 0, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailsOf(status).reason, "CUSTOMER_UNKNOWN");
  EXPECT_EQ(DetailsOf(Get("nobody", "", 3, response)).reason, "CUSTOMER_UNKNOWN");
  v1::ListTierChangesResponse changes;
  EXPECT_EQ(DetailsOf(Changes("nobody", 0, "", changes)).reason, "CUSTOMER_UNKNOWN");
  std::string wide;
  for (int i = 0; i < 50; ++i) wide += "单";
  EXPECT_TRUE(DetailsOf(Get(wide, "", 0, response)).decoded) << "the details hold half a character";
}

TEST_F(TierLookupTest, AnUnknownLadderIsNotFound) {
  v1::GetTierResponse response;
  const grpc::Status status = Get(Customer(1), "no-such", 0, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailsOf(status).reason, "LADDER_UNKNOWN");
  v1::GetTierDistributionRequest request;
  request.set_ladder_id("no-such");
  v1::GetTierDistributionResponse distribution;
  auto context = Within(5000);
  EXPECT_EQ(DetailsOf(installation_->tiers().GetTierDistribution(context.get(), request, &distribution)).reason, "LADDER_UNKNOWN");
}

TEST_F(TierLookupTest, WithoutALadderTheDefaultOneAnswers) {
  const v1::GetTierResponse by_default = installation_->GetTier(Customer(1));
  EXPECT_EQ(by_default.tier().ladder_id(), "kuailv");
  EXPECT_EQ(by_default.tier().SerializeAsString(), installation_->GetTier(Customer(1), "kuailv").tier().SerializeAsString());
  EXPECT_EQ(installation_->GetTier(Customer(1), "meicai").tier().ladder_id(), "meicai");
}

TEST_F(TierLookupTest, AKnownCustomerWithoutGradingHasTheBottomTierUntilARegrade) {
  Installation fresh({.presets = false});
  std::vector<v1::Event> events = WeeklyOrders("known", 1000);
  events.push_back(OrderEvent("known", "big", "2026-03-20", 60'000'000));
  fresh.Ingest(events);
  v1::GetTierRequest request;
  request.set_customer_id("known");
  v1::GetTierResponse response;
  auto before = Within(5000);
  const grpc::Status no_ladder = fresh.tiers().GetTier(before.get(), request, &response);
  EXPECT_EQ(no_ladder.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(DetailsOf(no_ladder).reason, "NO_LADDER");
  v1::ApplyModelRequest apply;
  apply.set_request_id("publish");
  *apply.mutable_model() = ReadModel("kuailv");
  v1::ApplyModelResponse applied;
  auto context = Within(10'000);
  ASSERT_TRUE(fresh.models().ApplyModel(context.get(), apply, &applied).ok());
  const v1::CustomerTier ungraded = fresh.GetTier("known").tier();
  EXPECT_FALSE(ungraded.graded());
  EXPECT_EQ(ungraded.tier_code(), "bronze");
  EXPECT_EQ(ungraded.tier_rank(), 5);
  EXPECT_EQ(ungraded.version(), 0);
  EXPECT_EQ(ungraded.as_of_date(), "");
  EXPECT_EQ(fresh.Regrade("first", "").state(), v1::RUN_STATE_DONE);
  const v1::CustomerTier graded = fresh.GetTier("known").tier();
  EXPECT_TRUE(graded.graded());
  EXPECT_EQ(graded.tier_code(), "platinum");
  EXPECT_EQ(graded.version(), 1);
  EXPECT_EQ(graded.as_of_date(), "2026-03-30");
}

TEST_F(TierLookupTest, ALargeOrderMovesTheTierAtOnceAndItsReturnDoesNot) {
  installation_->Ingest(WeeklyOrders("large", 1000));
  const v1::CustomerTier before = installation_->GetTier("large").tier();
  EXPECT_EQ(before.tier_code(), "bronze");
  installation_->Ingest({OrderEvent("large", "big", "2026-03-31", 60'000'000)});
  const v1::GetTierResponse after = installation_->GetTier("large");
  EXPECT_EQ(after.tier().tier_code(), "platinum");
  EXPECT_EQ(after.tier().version(), before.version() + 1);
  EXPECT_EQ(after.tier().as_of_date(), "2026-03-31");
  EXPECT_EQ(after.provenance(), v1::PROVENANCE_CACHE);
  EXPECT_LT(after.staleness().seconds(), 5);
  v1::ListTierChangesResponse history;
  ASSERT_TRUE(Changes("large", 0, "", history).ok());
  ASSERT_EQ(history.changes_size(), 2);
  EXPECT_EQ(history.changes(0).reason(), "UPGRADE");
  EXPECT_EQ(history.changes(0).cause(), "event:big");
  EXPECT_EQ(history.changes(0).from_tier_code(), "bronze");
  EXPECT_EQ(history.changes(0).to_tier_code(), "platinum");
  EXPECT_EQ(history.changes(0).score_milli(), after.tier().score_milli());
  EXPECT_EQ(history.changes(0).model_version(), 1);
  EXPECT_EQ(history.changes(1).reason(), "FIRST");
  EXPECT_EQ(history.changes(1).from_tier_code(), "");
  v1::Event back = OrderEvent("large", "return", "2026-03-31", 1);
  back.mutable_refund()->set_order_id("big");
  back.mutable_refund()->set_amount_minor(60'000'000);
  installation_->Ingest({back});
  EXPECT_EQ(installation_->GetTier("large").tier().tier_code(), "platinum") << "downgrades wait for the batch";
  EXPECT_EQ(installation_->GetTier("large").tier().version(), after.tier().version());
}

TEST_F(TierLookupTest, AVersionIsServedFromMemoryOrTheStoreOrRefused) {
  installation_->Ingest(WeeklyOrders("behind", 1000));
  v1::GetTierResponse response;
  ASSERT_TRUE(Get("behind", "", 1, response).ok());
  EXPECT_EQ(response.provenance(), v1::PROVENANCE_CACHE);
  const grpc::Status refused = Get("behind", "", 2, response);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(refused).reason, "NOT_FRESH_ENOUGH");
  EXPECT_EQ(DetailsOf(refused).metadata["current_version"], "1");
  // As another process would have written it, the change stream being late: only the store knows version 4.
  Climb("ahead");
  installation_->Sql("UPDATE customer SET standings = (SELECT standings FROM customer WHERE external_id = 'ahead') "
                     "WHERE external_id = 'behind'");
  ASSERT_TRUE(Get("behind", "", 2, response).ok());
  EXPECT_EQ(response.provenance(), v1::PROVENANCE_STORE);
  EXPECT_EQ(response.tier().version(), 4);
  EXPECT_EQ(response.tier().tier_code(), "platinum");
  const grpc::Status negative = Get("behind", "", -1, response);
  EXPECT_EQ(negative.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(negative).ViolationOf("min_version"), "OUT_OF_RANGE");
  EXPECT_EQ(DetailsOf(Get("", "", 0, response)).ViolationOf("customer_id"), "REQUIRED");
}

TEST_F(TierLookupTest, VersionsOfABatchAreServedFromMemoryOrTheStoreOrRefused) {
  installation_->Ingest(WeeklyOrders("many-behind", 1000));
  const std::vector<std::string> ids = {Customer(1), "many-behind"};
  const Many near = GetMany(ids, {0, 1});
  ASSERT_TRUE(near.status.ok()) << near.status.error_message();
  EXPECT_EQ(near.batch.provenance(), v1::PROVENANCE_CACHE);
  const Many refused = GetMany(ids, {1, 2});
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  ErrorDetails details = DetailsOf(refused.status);
  EXPECT_EQ(details.reason, "NOT_FRESH_ENOUGH");
  EXPECT_EQ(details.metadata["index"], "1");
  EXPECT_EQ(details.metadata["current_version"], "1");
  EXPECT_GT(details.retry_after_ms, 0);
  EXPECT_THAT(refused.status.error_message(), ::testing::StartsWith("customer_ids[1]: version 2 "));
  // As another process would have written it, the change stream being late: only the store knows version 4.
  Climb("many-ahead");
  installation_->Sql("UPDATE customer SET standings = (SELECT standings FROM customer WHERE external_id = 'many-ahead') "
                     "WHERE external_id = 'many-behind'");
  const Many far = GetMany(ids, {0, 4});
  ASSERT_TRUE(far.status.ok()) << far.status.error_message();
  EXPECT_EQ(far.batch.provenance(), v1::PROVENANCE_STORE);
  ASSERT_EQ(far.batch.tiers_size(), 2);
  EXPECT_EQ(far.batch.tiers(1).tier_code(), "platinum");
  EXPECT_EQ(far.batch.tiers(1).version(), 4);
  EXPECT_EQ(far.packed.versions(1), 4u);
  EXPECT_EQ(GetMany(ids, {0, 1}).batch.provenance(), v1::PROVENANCE_CACHE) << "memory has what is asked for";
  const Many unknown = GetMany({"nobody", Customer(1)}, {3, 1});
  ASSERT_TRUE(unknown.status.ok()) << unknown.status.error_message();
  EXPECT_THAT(unknown.batch.unknown_customer_ids(), ElementsAre("nobody"));
  EXPECT_EQ(DetailsOf(GetMany(ids, {1}).status).ViolationOf("min_versions"), "OUT_OF_RANGE");
  EXPECT_EQ(DetailsOf(GetMany(ids, {1, 2, 3}).status).ViolationOf("min_versions"), "OUT_OF_RANGE");
  EXPECT_EQ(DetailsOf(GetMany(ids, {1, -1}).status).ViolationOf("min_versions[1]"), "OUT_OF_RANGE");
}

TEST_F(TierLookupTest, AVersionThatTheStoreCanNotTellInTimeIsUnavailable) {
  PGconn* holder = PQconnectdb(installation_->conninfo().c_str());
  PQclear(PQexec(holder, "BEGIN"));
  PQclear(PQexec(holder, "LOCK TABLE customer IN ACCESS EXCLUSIVE MODE"));
  v1::GetTierRequest request;
  request.set_customer_id(Customer(1));
  request.set_min_version(99);
  v1::GetTierResponse response;
  auto context = Within(1000);
  const grpc::Status single = installation_->tiers().GetTier(context.get(), request, &response);
  const grpc::Status many = GetMany({Customer(1)}, {99}, 1000).status;
  const Many near = GetMany({Customer(1)}, {1}, 1000);
  PQfinish(holder);
  for (const grpc::Status& status : {single, many}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
    EXPECT_EQ(DetailsOf(status).reason, "NOT_FRESH_ENOUGH") << status.error_message();
    EXPECT_GT(DetailsOf(status).retry_after_ms, 0);
  }
  EXPECT_TRUE(near.status.ok()) << "memory has it: " << near.status.error_message();
}

TEST_F(TierLookupTest, ABatchListsUnknownCustomersApart) {
  const v1::BatchGetTiersResponse response = Batch({Customer(3), "nobody", Customer(1), "noone", Customer(3)});
  ASSERT_EQ(response.tiers_size(), 3);
  EXPECT_EQ(response.tiers(0).customer_id(), Customer(3));
  EXPECT_EQ(response.tiers(1).customer_id(), Customer(1));
  EXPECT_EQ(response.tiers(2).customer_id(), Customer(3));
  EXPECT_THAT(response.unknown_customer_ids(), ElementsAre("nobody", "noone"));
  EXPECT_EQ(response.provenance(), v1::PROVENANCE_CACHE);
}

TEST_F(TierLookupTest, BatchAndPackedAgreeWithTheUnaryLookupOnEveryLadder) {
  for (const std::string ladder : {"kuailv", "kuailv-class", "kuailv-rfmpl", "meicai", "meicai-rfmp"}) {
    SCOPED_TRACE(ladder);
    std::vector<std::string> ids(kCustomers);
    for (int i = 0; i < kCustomers; ++i) ids[i] = Customer(i);
    const v1::BatchGetTiersResponse batch = Batch(ids, ladder);
    ASSERT_EQ(batch.tiers_size(), kCustomers);
    v1::BatchGetTiersPackedRequest request;
    request.set_ladder_id(ladder);
    for (const v1::CustomerTier& tier : batch.tiers()) request.add_customer_numbers(tier.customer_number());
    request.add_customer_numbers(42);
    v1::BatchGetTiersPackedResponse packed;
    auto context = Within(5000);
    ASSERT_TRUE(installation_->tiers().BatchGetTiersPacked(context.get(), request, &packed).ok());
    ASSERT_EQ(packed.tiers().size(), kCustomers + 1u);
    for (int i = 0; i < kCustomers; ++i) {
      const v1::CustomerTier unary = installation_->GetTier(ids[i], ladder).tier();
      EXPECT_EQ(unary.SerializeAsString(), batch.tiers(i).SerializeAsString()) << ids[i];
      const auto place = static_cast<uint8_t>(packed.tiers()[i]);
      ASSERT_LT(place, packed.tier_codes_size());
      EXPECT_EQ(packed.tier_codes(place), unary.tier_code()) << ids[i];
      EXPECT_EQ(place + 1, unary.tier_rank());
      EXPECT_EQ(packed.scores_milli(i), static_cast<uint32_t>(unary.score_milli()));
      EXPECT_EQ(packed.versions(i), static_cast<uint32_t>(unary.version()));
      EXPECT_EQ(packed.as_of_days(i), unary.graded() ? *ParseDay(unary.as_of_date()) : 0) << unary.ShortDebugString();
    }
    EXPECT_EQ(static_cast<uint8_t>(packed.tiers()[kCustomers]), 255) << "an unknown number";
    EXPECT_EQ(packed.as_of_days(kCustomers), 0);
  }
}

TEST_F(TierLookupTest, BatchesHaveLimits) {
  for (const auto& [count, good] : {std::pair(0, false), {1, true}, {1000, true}, {1001, false}}) {
    v1::BatchGetTiersRequest request;
    for (int i = 0; i < count; ++i) request.add_customer_ids(Customer(i));
    v1::BatchGetTiersResponse response;
    auto context = Within(5000);
    const grpc::Status status = installation_->tiers().BatchGetTiers(context.get(), request, &response);
    EXPECT_EQ(status.ok(), good) << count;
    if (!good) {
      EXPECT_EQ(DetailsOf(status).ViolationOf("customer_ids"), "OUT_OF_RANGE") << count;
    }
  }
  for (const auto& [count, good] : {std::pair(0, false), {10'000, true}, {10'001, false}}) {
    v1::BatchGetTiersPackedRequest request;
    for (int i = 0; i < count; ++i) request.add_customer_numbers(i);
    v1::BatchGetTiersPackedResponse response;
    auto context = Within(5000);
    const grpc::Status status = installation_->tiers().BatchGetTiersPacked(context.get(), request, &response);
    EXPECT_EQ(status.ok(), good) << count;
    if (!good) {
      EXPECT_EQ(DetailsOf(status).ViolationOf("customer_numbers"), "OUT_OF_RANGE") << count;
    }
  }
}

TEST_F(TierLookupTest, TheDistributionCountsEveryCustomerOnce) {
  const int64_t known = std::stoll(installation_->Sql("SELECT count(*) FROM customer"));
  std::map<std::string, int64_t> counted;
  std::vector<std::string> ids;
  std::stringstream lines(installation_->Sql("SELECT external_id FROM customer WHERE NOT outside"));
  for (std::string id; std::getline(lines, id);) ids.push_back(id);
  const v1::BatchGetTiersResponse all = Batch(ids, "kuailv");
  for (const v1::CustomerTier& tier : all.tiers()) ++counted[tier.tier_code()];
  v1::GetTierDistributionRequest request;
  request.set_ladder_id("kuailv");
  v1::GetTierDistributionResponse response;
  auto context = Within(5000);
  ASSERT_TRUE(installation_->tiers().GetTierDistribution(context.get(), request, &response).ok());
  EXPECT_EQ(response.graded_count() + response.ungraded_count() + response.outside_count(), known);
  int64_t sum = 0;
  std::vector<std::string> codes;
  for (const auto& share : response.shares()) {
    sum += share.customer_count();
    codes.push_back(share.tier_code());
    EXPECT_EQ(share.customer_count(), counted[share.tier_code()]) << share.tier_code();
  }
  EXPECT_EQ(sum, response.graded_count());
  EXPECT_THAT(codes, ElementsAre("diamond", "platinum", "gold", "silver", "bronze"));
  EXPECT_GE(counted.size(), 3u) << "the fixture's customers are too much alike";
}

TEST_F(TierLookupTest, TheDistributionOfAProcessThatStillReadsItsLabelsIsUnavailable) {
  // A row that can't be read keeps a process that starts from filling its table.
  const std::string row = "WHERE external_id = '" + Customer(0) + "'";
  const std::string standings = installation_->Sql("SELECT encode(standings, 'hex') FROM customer " + row);
  installation_->Sql("UPDATE customer SET standings = '\\x01' " + row);
  const std::string address = "unix:" + installation_->folder() + "/filling.sock";
  const Child filling(installation_->SuiteCommand(address), installation_->folder() + "/filling.log");
  const auto tiers = v1::TierService::NewStub(ChannelTo(address));
  v1::GetTierDistributionResponse response;
  const auto distribution = [&] {
    auto context = Within(15'000);
    context->set_wait_for_ready(true);
    return tiers->GetTierDistribution(context.get(), {}, &response);
  };
  const grpc::Status early = distribution();
  installation_->Sql("UPDATE customer SET standings = decode('" + standings + "', 'hex') " + row);
  EXPECT_EQ(early.error_code(), grpc::StatusCode::UNAVAILABLE) << "counted as if these were all: " << response.ShortDebugString();
  EXPECT_EQ(DetailsOf(early).reason, "LABELS_FILLING") << early.error_message();
  EXPECT_GT(DetailsOf(early).retry_after_ms, 0);
  ASSERT_TRUE(Eventually(10'000, [&] { return distribution().ok(); }));
  EXPECT_EQ(std::to_string(response.graded_count() + response.ungraded_count() + response.outside_count()),
            installation_->Sql("SELECT count(*) FROM customer"));
}

TEST_F(TierLookupTest, LaddersShowTheirTiersWithRanksAndNames) {
  v1::ListTiersResponse response;
  auto context = Within(5000);
  ASSERT_TRUE(installation_->tiers().ListTiers(context.get(), {}, &response).ok());
  ASSERT_EQ(response.ladders_size(), 5);
  for (const v1::Ladder& ladder : response.ladders()) {
    EXPECT_EQ(ladder.is_default(), ladder.ladder_id() == "kuailv");
    EXPECT_EQ(ladder.model_version(), 1);
    EXPECT_EQ(ladder.display_scale(), ladder.ladder_id() == "meicai-rfmp" ? 1 : 100);
    int rank = 0;
    for (const v1::TierDefinition& tier : ladder.tiers()) {
      EXPECT_EQ(tier.rank(), ++rank);
      EXPECT_FALSE(tier.names().at("zh").empty());
      EXPECT_FALSE(tier.names().at("en").empty());
    }
    if (ladder.ladder_id() != "kuailv") continue;
    ASSERT_EQ(ladder.tiers_size(), 5);
    EXPECT_EQ(ladder.tiers(2).code(), "gold");
    EXPECT_EQ(ladder.tiers(2).names().at("zh"), "黄金");
    EXPECT_EQ(ladder.tiers(2).badge(), "🥇");
  }
}

TEST_F(TierLookupTest, HistoryComesInPagesNewestFirst) {
  Climb("climber");
  std::vector<std::string> tiers;
  std::string token, first_token;
  do {
    v1::ListTierChangesResponse page;
    ASSERT_TRUE(Changes("climber", 1, token, page).ok());
    ASSERT_EQ(page.changes_size(), 1);
    EXPECT_EQ(page.changes(0).version(), 4 - static_cast<int64_t>(tiers.size()));
    tiers.push_back(page.changes(0).to_tier_code());
    token = page.next_page_token();
    if (first_token.empty()) first_token = token;
  } while (!token.empty() && tiers.size() < 10);
  EXPECT_THAT(tiers, ElementsAre("platinum", "gold", "silver", "bronze"));
  v1::ListTierChangesResponse page;
  ASSERT_TRUE(Changes("climber", 4, "", page).ok());
  EXPECT_EQ(page.next_page_token(), "") << "a full last page is the last page";
  std::string tampered = first_token;
  tampered[0] = tampered[0] == '1' ? '2' : '1';
  for (const auto& [customer, bad] : std::vector<std::pair<std::string, std::string>>{
           {"climber", tampered}, {"climber", "rubbish"}, {"climber", "-1.0"}, {"climber", first_token + "0"}, {Customer(1), first_token}}) {
    const grpc::Status status = Changes(customer, 1, bad, page);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << bad;
    EXPECT_EQ(DetailsOf(status).ViolationOf("page_token"), "BAD_PAGE_TOKEN") << bad;
  }
  for (const int size : {-1, 501}) {
    const grpc::Status status = Changes("climber", size, "", page);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << size;
    EXPECT_EQ(DetailsOf(status).ViolationOf("page_size"), "OUT_OF_RANGE") << size;
  }
}

}  // namespace
}  // namespace rung::testing
