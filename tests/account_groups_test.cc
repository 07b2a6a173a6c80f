// The stores of a chain share the tier of their pooled facts: in real time and in the batch, and no longer than they belong to it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "rung/config/v1/audit.grpc.pb.h"
#include "rung/grading/v1/account.grpc.pb.h"
#include "rung/grading/v1/calendar.pb.h"
#include "rung/grading/v1/simulation.grpc.pb.h"
#include "tests/support/config_client.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

using ::testing::ElementsAre;

constexpr int kOthers = 12;
const std::vector<std::string> kStores = {"store-a", "store-b", "store-c"};
const std::vector<std::string> kLadders = {"kuailv", "kuailv-class", "kuailv-rfmpl", "meicai", "meicai-rfmp"};

// Three stores, "twin" who has all their orders, "alone" who has those of store-a, and others to be compared with.
class AccountGroupsTest : public ::testing::Test {
 protected:
  AccountGroupsTest() {
    std::vector<v1::Event> events;
    for (int o = 0; o < 40; ++o) {
      const std::string id = fmt::format("o{}", o);
      const std::string date = fmt::format("2026-{:02}-{:02}", 1 + o % 3, 1 + (o * 7) % 28);
      const int64_t amount = 200'00 + 13'00 * o;
      events.push_back(OrderEvent(kStores[o % 3], id, date, amount));
      events.push_back(OrderEvent("twin", id, date, amount));
      if (o % 3 == 0) events.push_back(OrderEvent("alone", id, date, amount));
    }
    for (int c = 0; c < kOthers; ++c) {
      for (int o = 0; o <= c; ++o) events.push_back(OrderEvent(fmt::format("other-{}", c), fmt::format("o{}", o), fmt::format("2026-03-{:02}", 2 + o), 900'00 * (c + 1)));
    }
    installation_.Ingest(events);
  }

  std::unique_ptr<v1::AccountService::Stub> accounts() { return v1::AccountService::NewStub(installation_.channel()); }

  static v1::CreateGroupRequest Creation(const std::vector<std::string>& customers = kStores, const std::string& group = "chain") {
    v1::CreateGroupRequest request;
    request.set_request_id("create-" + group);
    request.set_group_id(group);
    request.set_name("兰州拉面连锁");
    for (const std::string& id : customers) request.add_customer_ids(id);
    request.set_reason("one owner");
    request.set_author("lin");
    return request;
  }
  grpc::Status Create(const v1::CreateGroupRequest& request, v1::Group* out = nullptr) {
    v1::CreateGroupResponse response;
    auto context = Within(20'000);
    const grpc::Status status = accounts()->CreateGroup(context.get(), request, &response);
    if (out != nullptr) *out = response.group();
    return status;
  }
  template <typename Request>
  static Request Change(const std::string& etag, const std::vector<std::string>& customers, const std::string& request_id) {
    Request request;
    request.set_request_id(request_id);
    request.set_group_id("chain");
    request.set_etag(etag);
    for (const std::string& id : customers) request.add_customer_ids(id);
    request.set_reason("sold");
    request.set_author("wu");
    return request;
  }
  grpc::Status Add(const std::string& etag, const std::vector<std::string>& customers, const std::string& request_id = "add") {
    v1::AddAccountsResponse response;
    auto context = Within(20'000);
    return accounts()->AddAccounts(context.get(), Change<v1::AddAccountsRequest>(etag, customers, request_id), &response);
  }
  grpc::Status Remove(const std::string& etag, const std::vector<std::string>& customers, const std::string& request_id = "remove") {
    v1::RemoveAccountsResponse response;
    auto context = Within(20'000);
    return accounts()->RemoveAccounts(context.get(), Change<v1::RemoveAccountsRequest>(etag, customers, request_id), &response);
  }

  static std::string Failure(const grpc::Status& status) { return status.ok() ? "" : DetailsOf(status).reason + ": " + status.error_message(); }
  v1::CustomerTier Tier(const std::string& customer, const std::string& ladder = "kuailv") { return installation_.GetTier(customer, ladder).tier(); }
  std::string CodeOf(const std::string& customer, const std::string& ladder = "kuailv") { return Tier(customer, ladder).tier_code(); }
  v1::GradeCustomerResponse Grade(const std::string& customer, const std::string& ladder = "kuailv") {
    v1::GradeCustomerRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id(ladder);
    v1::GradeCustomerResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_.regrades().GradeCustomer(context.get(), request, &response).ok());
    return response;
  }
  std::map<std::string, std::string> Features(const std::string& customer, bool pooled) {
    v1::GetFeaturesRequest request;
    request.set_customer_id(customer);
    request.set_pooled(pooled);
    v1::GetFeaturesResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_.features().GetFeatures(context.get(), request, &response).ok());
    std::map<std::string, std::string> values;
    for (const v1::FeatureValue& value : response.features()) values[value.name()] = value.SerializeAsString();
    return values;
  }
  // Tier and score of every store on every ladder, and of what it would be graded as now, are those of the twin.
  void ExpectStoresLikeTwin(const std::string& when) {
    for (const std::string& ladder : kLadders) {
      const v1::CustomerTier twin = Tier("twin", ladder);
      const v1::GradeCustomerResponse graded = Grade("twin", ladder);
      ASSERT_TRUE(twin.graded()) << ladder;
      for (const std::string& store : kStores) {
        const v1::CustomerTier tier = Tier(store, ladder);
        EXPECT_EQ(tier.tier_code(), twin.tier_code()) << when << ": " << store << " on " << ladder;
        // Labels of ladders that compare customers were first made by the batch; others keep the score that set them.
        if (ladder.starts_with("meicai") && when == "the batch") {
          EXPECT_EQ(tier.score_milli(), twin.score_milli()) << store << " on " << ladder;
        }
        EXPECT_EQ(Grade(store, ladder).score_milli(), graded.score_milli()) << when << ": " << store << " on " << ladder;
        EXPECT_EQ(Grade(store, ladder).computed_tier_code(), graded.computed_tier_code()) << when << ": " << store << " on " << ladder;
      }
    }
  }
  int64_t MemberCount() {
    v1::SimulateModelRequest request;
    *request.mutable_model() = ReadModel("kuailv");
    auto context = Within(20'000);
    auto reader = v1::SimulationService::NewStub(installation_.channel())->SimulateModel(context.get(), request);
    v1::SimulateModelResponse message;
    int64_t count = 0;
    while (reader->Read(&message)) count = message.result().member_count();
    EXPECT_TRUE(reader->Finish().ok());
    return count;
  }
  void IngestForBoth(v1::Event event, const std::string& store) {
    event.set_customer_id(store);
    v1::Event twins = event;
    twins.set_customer_id("twin");
    installation_.Ingest({event, twins});
  }

  Installation installation_;
};

TEST_F(AccountGroupsTest, EveryStoreIsGradedAsOneCustomerWithAllTheirFacts) {
  EXPECT_NE(Grade("store-a").score_milli(), Grade("twin").score_milli()) << "the fixture's stores are too strong alone";
  v1::Group group;
  ASSERT_TRUE(Create(Creation(), &group).ok());
  EXPECT_EQ(group.account_count(), 3);
  EXPECT_EQ(CodeOf("store-a"), CodeOf("twin")) << "at once";
  const auto twin = Features("twin", false);
  for (const std::string& store : kStores) {
    EXPECT_EQ(Features(store, true), twin) << "bit for bit: " << store;
    EXPECT_NE(Features(store, false), twin) << "its own facts stay its own";
  }
  EXPECT_EQ(installation_.Regrade("first", "2026-03-30").state(), v1::RUN_STATE_DONE);
  ExpectStoresLikeTwin("the batch");
  IngestForBoth(OrderEvent("", "large", "2026-03-31", 300'000'00), "store-b");
  EXPECT_EQ(CodeOf("store-c"), CodeOf("twin")) << "another store's purchase counts before it is answered";
  ExpectStoresLikeTwin("real time");
  IngestForBoth(OrderEvent("", "late", "2025-06-02", 70'000'00), "store-c");
  ExpectStoresLikeTwin("a late fact");
  EXPECT_EQ(installation_.Regrade("second", "2026-03-31").state(), v1::RUN_STATE_DONE);
  ExpectStoresLikeTwin("the batch that follows");
}

TEST_F(AccountGroupsTest, TheCalendarOfTheGroupsRegionHoldsForAllItsStores) {
  const auto in_region = [](const std::string& region, const std::string& id, const std::string& date) {
    v1::Event event = OrderEvent("", id, date, 1);
    event.mutable_profile()->set_region(region);
    return event;
  };
  // Not the tiers in effect: the twin keeps one from before its older orders were known.
  const auto expect_graded_alike = [&](const std::string& when) {
    for (const std::string& ladder : kLadders) {
      const v1::GradeCustomerResponse twin = Grade("twin", ladder);
      for (const std::string& store : kStores) {
        EXPECT_EQ(Grade(store, ladder).score_milli(), twin.score_milli()) << when << ": " << store << " on " << ladder;
        EXPECT_EQ(Grade(store, ladder).computed_tier_code(), twin.computed_tier_code()) << when << ": " << store << " on " << ladder;
        EXPECT_EQ(Tier(store, ladder).tier_code(), CodeOf("store-a", ladder)) << when << ": one tier for all";
      }
    }
  };
  IngestForBoth(in_region("south", "p1", "2024-12-01"), "store-a");
  IngestForBoth(in_region("north", "p2", "2025-01-01"), "store-c");  // reported last: the group's
  for (int month = 1; month <= 9; ++month) {  // folded by now; within a year of open days
    IngestForBoth(OrderEvent("", fmt::format("old{}", month), fmt::format("2025-{:02}-09", month), 4'000'00), kStores[month % 3]);
  }
  ASSERT_TRUE(Create(Creation()).ok());
  const auto civil = Features("store-a", true);
  const auto own = Features("store-a", false);
  EXPECT_EQ(civil, Features("twin", false));

  v1::ClosedDayCalendar calendar;
  calendar.set_calendar_id("spring");
  calendar.add_regions("north");
  v1::ClosedPeriod& period = *calendar.add_closed_periods();
  period.set_first_date("2026-01-10");
  period.set_last_date("2026-03-01");
  ConfigClient(installation_.channel()).SaveAndPublish(calendar);
  const auto open = Features("store-a", true);
  EXPECT_NE(open.at("tenure_days"), civil.at("tenure_days"));
  EXPECT_NE(open.at("orders_365d"), civil.at("orders_365d")) << "51 days more than the states had kept are reached back to";
  for (const std::string& store : kStores) EXPECT_EQ(Features(store, true), Features("twin", false)) << "bit for bit: " << store;
  EXPECT_EQ(Features("store-a", false), own) << "alone it belongs to the south, which is open";

  EXPECT_EQ(installation_.Regrade("first", "2026-03-30").state(), v1::RUN_STATE_DONE);
  expect_graded_alike("the batch");
  IngestForBoth(OrderEvent("", "large", "2026-03-31", 300'000'00), "store-a");
  expect_graded_alike("real time");
  IngestForBoth(OrderEvent("", "within", "2026-02-20", 70'000'00), "store-b");
  expect_graded_alike("a late fact of a closed day");
  EXPECT_EQ(installation_.Regrade("second", "2026-03-31").state(), v1::RUN_STATE_DONE);
  expect_graded_alike("the batch that follows");
  EXPECT_EQ(installation_.Regrade("third", "2026-03-31").planned_count(), 0) << "real time and the batch agree";
}

TEST_F(AccountGroupsTest, TheGroupIsOneMemberOfThePopulation) {
  EXPECT_EQ(MemberCount(), 3 + 2 + kOthers);
  ASSERT_TRUE(Create(Creation()).ok());
  EXPECT_EQ(MemberCount(), 1 + 2 + kOthers);
}

TEST_F(AccountGroupsTest, AStoreThatLeavesStandsAloneAndKeepsItsProtection) {
  ASSERT_TRUE(Create(Creation()).ok());
  installation_.Ingest({OrderEvent("store-b", "large", "2026-03-31", 300'000'00)});
  const std::string shared = CodeOf("store-a");
  EXPECT_EQ(shared, CodeOf("store-b"));
  const int64_t version = Tier("store-a").version();
  ASSERT_EQ(Failure(Remove("1", {"store-a"})), "");
  const v1::GradeCustomerResponse left = Grade("store-a"), alone = Grade("alone");
  EXPECT_EQ(left.score_milli(), alone.score_milli());
  EXPECT_EQ(left.computed_tier_code(), alone.computed_tier_code());
  EXPECT_NE(left.computed_tier_code(), shared);
  EXPECT_EQ(left.effective_tier_code(), shared) << "an upgrade is protected";
  EXPECT_EQ(left.held_by(), "PROTECTED");
  EXPECT_GE(Tier("store-a").version(), version) << "versions only grow";
  installation_.Ingest({OrderEvent("store-a", "own", "2026-03-31", 5'00)});
  EXPECT_NE(Grade("store-a").score_milli(), Grade("store-b").score_milli());
  EXPECT_EQ(Features("store-b", true).at("orders_total"), Features("store-c", true).at("orders_total"));
  EXPECT_NE(Features("store-b", true).at("orders_total"), Features("twin", false).at("orders_total"));
}

TEST_F(AccountGroupsTest, AReturnedPurchaseOfOneStoreVoidsTheProtectionOfAll) {
  ASSERT_TRUE(Create(Creation()).ok());
  const std::string before = CodeOf("store-a");
  installation_.Ingest({OrderEvent("store-b", "large", "2026-03-31", 900'000'00)});
  ASSERT_NE(CodeOf("store-a"), before);
  v1::Event refund = OrderEvent("store-b", "refund", "2026-03-31", 1);
  refund.mutable_refund()->set_order_id("large");
  refund.mutable_refund()->set_amount_minor(900'000'00);
  installation_.Ingest({refund});
  EXPECT_TRUE(Grade("store-a").protection_void());
  EXPECT_TRUE(Grade("store-b").protection_void());
  installation_.Regrade("night", "2026-03-31", true);
  for (const std::string& store : kStores) EXPECT_EQ(CodeOf(store), before) << store;
}

TEST_F(AccountGroupsTest, HistoryAndAuditSayWhyAndEveryDecisionReplays) {
  ASSERT_TRUE(Create(Creation()).ok());
  installation_.Regrade("first", "2026-03-30");
  installation_.Ingest({OrderEvent("store-b", "large", "2026-03-31", 300'000'00)});
  v1::ListTierChangesRequest request;
  request.set_customer_id("store-a");
  request.set_ladder_id("kuailv");
  v1::ListTierChangesResponse history;
  auto context = Within(5000);
  ASSERT_TRUE(installation_.tiers().ListTierChanges(context.get(), request, &history).ok());
  EXPECT_EQ(history.changes(0).reason(), "UPGRADE");
  EXPECT_EQ(history.changes(0).cause(), "event:large") << "of another store";
  for (const std::string& store : kStores) {
    for (const std::string& ladder : kLadders) {
      v1::ReplayTierRequest replay;
      replay.set_customer_id(store);
      replay.set_ladder_id(ladder);
      v1::ReplayTierResponse replayed;
      auto replay_context = Within(5000);
      ASSERT_TRUE(installation_.explanations().ReplayTier(replay_context.get(), replay, &replayed).ok()) << store << " " << ladder;
      EXPECT_TRUE(replayed.matches()) << replayed.ShortDebugString();
    }
  }
  auto audits = config::v1::AuditService::NewStub(installation_.channel());
  config::v1::ListAuditEntriesRequest wanted;
  wanted.set_subject_prefix("customer/store-a/group/");
  config::v1::ListAuditEntriesResponse entries;
  auto list_context = Within(5000);
  ASSERT_TRUE(audits->ListAuditEntries(list_context.get(), wanted, &entries).ok());
  ASSERT_EQ(entries.entries_size(), 1);
  EXPECT_EQ(entries.entries(0).action(), "JOIN_GROUP");
  EXPECT_EQ(entries.entries(0).actor(), "lin");
  EXPECT_EQ(entries.entries(0).reason(), "one owner");
  auto verify_context = Within(10'000);
  auto reader = audits->VerifyAudit(verify_context.get(), {});
  config::v1::VerifyAuditResponse last;
  while (reader->Read(&last)) continue;
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(last.problem_count(), 0) << last.ShortDebugString();
  auto features_context = Within(10'000);
  const auto audit = installation_.features().AuditFeatures(features_context.get(), {});
  v1::AuditFeaturesResponse counts;
  while (audit->Read(&counts)) continue;
  EXPECT_TRUE(audit->Finish().ok());
  EXPECT_EQ(counts.differing_count(), 0) << counts.ShortDebugString();
}

TEST_F(AccountGroupsTest, EventsOfManyStoresAtOnceAllCount) {
  ASSERT_TRUE(Create(Creation()).ok());
  installation_.Regrade("first", "2026-03-30");
  std::vector<std::thread> tills;
  for (int t = 0; t < 8; ++t) {
    tills.emplace_back([&, t] {
      for (int o = 0; o < 15; ++o) IngestForBoth(OrderEvent("", fmt::format("till-{}-{}", t, o), fmt::format("2026-03-{:02}", 1 + (t + o) % 31), 900'00 + 700'00 * o), kStores[(t + o) % 3]);
    });
  }
  for (std::thread& till : tills) till.join();
  EXPECT_EQ(Features("store-a", true), Features("twin", false));
  EXPECT_TRUE(Eventually(20'000, [&] { return installation_.Sql("SELECT count(*) FROM group_due") == "0"; }));
  for (const std::string& store : kStores) EXPECT_EQ(CodeOf(store), CodeOf("twin")) << store;
}

// What a process that died had committed of a change, but not decided.
TEST_F(AccountGroupsTest, WhatWasLeftDueIsDecidedByWhoeverIsThere) {
  ASSERT_TRUE(Create(Creation({"store-a", "store-b"})).ok());
  const std::string before = CodeOf("store-c");
  installation_.KillSuite();
  installation_.Sql("UPDATE customer SET group_no = (SELECT group_no FROM account_group) WHERE external_id = 'store-c'");
  installation_.Sql("INSERT INTO group_due SELECT customer_id, 'group:chain', false, '2026-03-31' FROM customer WHERE external_id = 'store-c'");
  installation_.StartSuite();
  EXPECT_NE(before, CodeOf("twin"));
  EXPECT_TRUE(Eventually(20'000, [&] { return CodeOf("store-c") == CodeOf("twin"); })) << CodeOf("store-c");
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM group_due"), "0");
}

TEST_F(AccountGroupsTest, AWriteCountsOnceAndAnOldEtagIsRefused) {
  v1::Group first, again;
  ASSERT_TRUE(Create(Creation({"store-a", "store-b"}), &first).ok());
  ASSERT_TRUE(Create(Creation({"store-a", "store-b"}), &again).ok());
  EXPECT_EQ(first.DebugString(), again.DebugString());
  EXPECT_EQ(ReasonOf(Create(Creation({"store-a"}))), "REQUEST_ID_REUSED");
  v1::CreateGroupRequest other = Creation({"store-c"});
  other.set_request_id("other");
  EXPECT_EQ(ReasonOf(Create(other)), "GROUP_EXISTS");
  ASSERT_TRUE(Add(first.etag(), {"store-c"}).ok());
  ASSERT_TRUE(Add(first.etag(), {"store-c"}).ok()) << "the same request again";
  const grpc::Status old = Remove(first.etag(), {"store-c"});
  EXPECT_EQ(old.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(DetailsOf(old).reason, "ETAG_MISMATCH");
  EXPECT_EQ(DetailsOf(old).metadata.at("current_etag"), "2");
  EXPECT_EQ(Failure(Remove("2", {"store-c"}, "remove-now")), "");
}

TEST_F(AccountGroupsTest, WrongRequestsNameEveryCustomerAndChangeNothing) {
  ASSERT_TRUE(Create(Creation({"store-a"}, "rival")).ok());
  const grpc::Status wrong = Create(Creation({"store-b", "store-a", "nobody"}));
  EXPECT_EQ(DetailsOf(wrong).ViolationOf("customer_ids[1]"), "IN_A_GROUP");
  EXPECT_EQ(DetailsOf(wrong).ViolationOf("customer_ids[2]"), "CUSTOMER_UNKNOWN");
  EXPECT_THAT(wrong.error_message(), ::testing::HasSubstr("\"rival\""));
  ASSERT_TRUE(Create(Creation({"store-b"})).ok()) << "nothing had been made";
  EXPECT_EQ(DetailsOf(Remove("1", {"store-a"})).ViolationOf("customer_ids[0]"), "NOT_IN_GROUP");
  EXPECT_EQ(DetailsOf(Create(Creation({"store-c", "store-c"}, "twice"))).ViolationOf("customer_ids[1]"), "DUPLICATE");
  EXPECT_EQ(DetailsOf(Create(Creation({}, "empty"))).ViolationOf("customer_ids"), "OUT_OF_RANGE");
  v1::CreateGroupRequest bare;
  const ErrorDetails missing = DetailsOf(Create(bare));
  for (const char* field : {"request_id", "group_id", "name", "reason", "author"}) EXPECT_EQ(missing.ViolationOf(field), "REQUIRED") << field;
  v1::AddAccountsRequest unknown = Change<v1::AddAccountsRequest>("1", {"store-c"}, "unknown");
  unknown.set_group_id("no-such");
  v1::AddAccountsResponse response;
  auto context = Within(5000);
  EXPECT_EQ(DetailsOf(accounts()->AddAccounts(context.get(), unknown, &response)).reason, "GROUP_UNKNOWN");
}

TEST_F(AccountGroupsTest, AGroupHasAtMostTwoHundredAccounts) {
  std::vector<v1::Event> events;
  std::vector<std::string> stores;
  for (int s = 0; s < 201; ++s) {
    stores.push_back(fmt::format("many-{:03}", s));
    events.push_back(OrderEvent(stores.back(), "o", "2026-03-20", 10'00));
  }
  installation_.Ingest(events);
  EXPECT_EQ(DetailsOf(Create(Creation(stores))).ViolationOf("customer_ids"), "OUT_OF_RANGE");
  const std::string last = stores.back();
  stores.pop_back();
  ASSERT_TRUE(Create(Creation(stores)).ok());
  EXPECT_EQ(DetailsOf(Add("1", {last})).reason, "GROUP_TOO_LARGE");
  installation_.Ingest({OrderEvent("many-007", "large", "2026-03-31", 900'000'00)});
  EXPECT_EQ(CodeOf("many-199"), CodeOf("many-007"));
  EXPECT_NE(CodeOf("many-199"), CodeOf(last));
}

TEST_F(AccountGroupsTest, GroupsAreListedInPagesAndByCustomer) {
  for (const char* group : {"c", "a", "b"}) ASSERT_TRUE(Create(Creation({fmt::format("other-{}", group[0] - 'a')}, group)).ok());
  v1::ListGroupsRequest request;
  request.set_page_size(2);
  std::vector<std::string> ids;
  for (int page = 0; page < 2; ++page) {
    v1::ListGroupsResponse response;
    auto context = Within(5000);
    ASSERT_TRUE(accounts()->ListGroups(context.get(), request, &response).ok());
    for (const v1::Group& group : response.groups()) ids.push_back(group.group_id());
    request.set_page_token(response.next_page_token());
  }
  EXPECT_THAT(ids, ElementsAre("a", "b", "c"));
  EXPECT_EQ(request.page_token(), "");
  v1::ListGroupsRequest of;
  of.set_customer_id("other-1");
  v1::ListGroupsResponse found;
  auto context = Within(5000);
  ASSERT_TRUE(accounts()->ListGroups(context.get(), of, &found).ok());
  ASSERT_EQ(found.groups_size(), 1);
  EXPECT_EQ(found.groups(0).group_id(), "b");
}

}  // namespace
}  // namespace rung::testing
