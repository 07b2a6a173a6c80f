// An account that was registered twice: one id takes the other's facts over, and both answer with one tier.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "rung/config/v1/audit.grpc.pb.h"
#include "rung/grading/v1/account.grpc.pb.h"
#include "rung/grading/v1/appeal.grpc.pb.h"
#include "rung/grading/v1/explanation.grpc.pb.h"
#include "rung/grading/v1/override.grpc.pb.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

const std::vector<std::string> kLadders = {"kuailv", "kuailv-class", "kuailv-rfmpl", "meicai", "meicai-rfmp"};

// "first" and "again" are one shop; "whole" has the facts of both.
class AccountMergeTest : public ::testing::Test {
 protected:
  AccountMergeTest() {
    std::vector<v1::Event> events;
    for (int o = 0; o < 30; ++o) {
      v1::Event event = OrderEvent(o % 3 == 0 ? "first" : "again", fmt::format("o{}", o), fmt::format("2026-{:02}-{:02}", 1 + o % 3, 1 + (o * 7) % 28), 200'00 + 700'00 * o);
      AddForWhole(event, events);
    }
    v1::Event profile = OrderEvent("again", "profile", "2026-01-02", 1);
    profile.mutable_profile()->set_name("老王川菜馆");
    profile.mutable_profile()->set_phone("13800138000");
    profile.mutable_profile()->set_region("south");
    AddForWhole(profile, events);
    for (int c = 0; c < 8; ++c) events.push_back(OrderEvent(fmt::format("other-{}", c), "o", "2026-03-20", 900'00 * (c + 1)));
    installation_.Ingest(events);
    installation_.Regrade("first", "2026-03-30");
  }

  static void AddForWhole(v1::Event event, std::vector<v1::Event>& events) {
    events.push_back(event);
    event.set_customer_id("whole");
    events.push_back(event);
  }
  std::unique_ptr<v1::AccountService::Stub> accounts() { return v1::AccountService::NewStub(installation_.channel()); }

  grpc::Status Merge(const std::string& customer, const std::string& target, const std::string& request_id = "merge", v1::AccountMerge* out = nullptr) {
    v1::MergeAccountsRequest request;
    request.set_request_id(request_id);
    request.set_customer_id(customer);
    request.set_target_customer_id(target);
    request.set_reason("registered twice");
    request.set_author("lin");
    v1::MergeAccountsResponse response;
    auto context = Within(20'000);
    const grpc::Status status = accounts()->MergeAccounts(context.get(), request, &response);
    if (out != nullptr) *out = response.merge();
    return status;
  }
  static std::string Failure(const grpc::Status& status) { return status.ok() ? "" : DetailsOf(status).reason + ": " + status.error_message(); }
  v1::CustomerTier Tier(const std::string& customer, const std::string& ladder = "kuailv") { return installation_.GetTier(customer, ladder).tier(); }
  v1::GradeCustomerResponse Grade(const std::string& customer, const std::string& ladder) {
    v1::GradeCustomerRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id(ladder);
    v1::GradeCustomerResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_.regrades().GradeCustomer(context.get(), request, &response).ok());
    return response;
  }
  std::map<std::string, std::string> Features(const std::string& customer) {
    v1::GetFeaturesRequest request;
    request.set_customer_id(customer);
    v1::GetFeaturesResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_.features().GetFeatures(context.get(), request, &response).ok());
    std::map<std::string, std::string> values;
    for (const v1::FeatureValue& value : response.features()) values[value.name()] = value.SerializeAsString();
    return values;
  }
  std::vector<v1::TierChange> History(const std::string& customer) {
    v1::ListTierChangesRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id("kuailv");
    v1::ListTierChangesResponse response;
    auto context = Within(5000);
    EXPECT_TRUE(installation_.tiers().ListTierChanges(context.get(), request, &response).ok());
    return {response.changes().begin(), response.changes().end()};
  }
  void ExpectLikeWhole(const std::string& when) {
    EXPECT_EQ(Features("first"), Features("whole")) << when << ": bit for bit";
    EXPECT_EQ(Tier("first").tier_code(), Tier("whole").tier_code()) << when;
    for (const std::string& ladder : kLadders) {
      for (const char* customer : {"first", "again"}) {
        EXPECT_EQ(Grade(customer, ladder).score_milli(), Grade("whole", ladder).score_milli()) << when << ": " << customer << " on " << ladder;
        // By shares the two stand in each other's way: either is compared with what the other was in the last batch.
        if (ladder == "meicai-rfmp") continue;
        EXPECT_EQ(Grade(customer, ladder).computed_tier_code(), Grade("whole", ladder).computed_tier_code()) << when << ": " << customer << " on " << ladder;
      }
      EXPECT_EQ(Tier("again", ladder).tier_code(), Tier("first", ladder).tier_code()) << when << ": on " << ladder;
      EXPECT_EQ(Tier("again", ladder).version(), Tier("first", ladder).version()) << when << ": on " << ladder;
    }
  }

  Installation installation_;
};

TEST_F(AccountMergeTest, BothIdsHaveTheTierOfAllTheFactsFromThenOn) {
  const int64_t first = Tier("first").version(), again = Tier("again").version();
  v1::AccountMerge merge;
  ASSERT_EQ(Failure(Merge("again", "first", "merge", &merge)), "");
  EXPECT_EQ(merge.event_count(), 21);
  ExpectLikeWhole("at once");
  const v1::CustomerTier tier = Tier("again");
  EXPECT_EQ(tier.customer_id(), "again");
  EXPECT_TRUE(tier.merged());
  EXPECT_FALSE(Tier("first").merged());
  EXPECT_EQ(tier.customer_number(), Tier("first").customer_number());
  EXPECT_GT(tier.version(), std::max(first, again)) << "versions only grow, by either id";
  v1::BatchGetTiersRequest batch;
  for (const char* id : {"again", "first", "other-1"}) batch.add_customer_ids(id);
  v1::BatchGetTiersResponse tiers;
  auto context = Within(5000);
  ASSERT_TRUE(installation_.tiers().BatchGetTiers(context.get(), batch, &tiers).ok());
  EXPECT_TRUE(tiers.tiers(0).merged());
  EXPECT_EQ(tiers.tiers(0).version(), tiers.tiers(1).version());
  EXPECT_FALSE(tiers.tiers(2).merged());
  installation_.Regrade("second", "2026-03-31");
  ExpectLikeWhole("after a batch");
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM event e JOIN customer c USING (customer_id) WHERE c.external_id = 'again'"), "0");
  installation_.KillSuite();
  installation_.StartSuite();
  EXPECT_TRUE(Tier("again").merged()) << "after a restart";
  ExpectLikeWhole("after a restart");
}

TEST_F(AccountMergeTest, LateEventsAndRepetitionsOfTheMergedIdLandInTheOther) {
  ASSERT_EQ(Failure(Merge("again", "first")), "");
  std::vector<v1::Event> events;
  AddForWhole(OrderEvent("again", "late", "2026-03-02", 300'000'00), events);
  AddForWhole(OrderEvent("first", "new", "2026-03-31", 4'000'00), events);
  v1::Event refund = OrderEvent("first", "refund", "2026-03-31", 1);
  refund.mutable_refund()->set_order_id("o1");  // an order that came under the merged id
  refund.mutable_refund()->set_amount_minor(100'00);
  AddForWhole(refund, events);
  installation_.Ingest(events);
  installation_.Ingest(events);
  ExpectLikeWhole("real time");
  v1::IngestEventsRequest known;
  *known.add_events() = OrderEvent("again", "o1", "2026-02-08", 200'00 + 700'00);
  v1::IngestEventsResponse response;
  auto context = Within(5000);
  ASSERT_TRUE(installation_.ingest().IngestEvents(context.get(), known, &response).ok());
  EXPECT_EQ(response.duplicate_count(), 1) << response.ShortDebugString();
  auto audit_context = Within(10'000);
  const auto audit = installation_.features().AuditFeatures(audit_context.get(), {});
  v1::AuditFeaturesResponse counts;
  while (audit->Read(&counts)) continue;
  EXPECT_TRUE(audit->Finish().ok());
  EXPECT_EQ(counts.differing_count(), 0) << counts.ShortDebugString();
  EXPECT_EQ(counts.total_count(), 2 + 8) << "the merged account has no facts";
}

TEST_F(AccountMergeTest, EventsThatComeWhileItHappensAllCount) {
  std::vector<std::thread> tills;
  for (int t = 0; t < 4; ++t) {
    tills.emplace_back([&, t] {
      for (int o = 0; o < 25; ++o) {
        std::vector<v1::Event> events;
        AddForWhole(OrderEvent(o % 4 == 0 ? "first" : "again", fmt::format("till-{}-{}", t, o), fmt::format("2026-03-{:02}", 1 + (t + o) % 31), 900'00), events);
        installation_.Ingest(events);
      }
    });
  }
  EXPECT_EQ(Failure(Merge("again", "first")), "");
  for (std::thread& till : tills) till.join();
  ExpectLikeWhole("afterwards");
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM event JOIN customer USING (customer_id) WHERE external_id = 'first'"), "131");
}

TEST_F(AccountMergeTest, BothHistoriesStayReadableAndSayWhatHappened) {
  const size_t before = History("again").size();
  const v1::CustomerTier old = Tier("again");
  const std::string instant = installation_.Sql("SELECT extract(epoch FROM max(recorded_at))::bigint FROM tier_change");
  ASSERT_EQ(Failure(Merge("again", "first")), "");
  const auto merged = History("again");
  ASSERT_EQ(merged.size(), before + 1);
  EXPECT_EQ(merged[0].reason(), "MERGED");
  EXPECT_EQ(merged[0].cause(), "merge:first");
  EXPECT_EQ(merged[1].version(), old.version());
  const auto taken = History("first");
  const auto said = std::find_if(taken.begin(), taken.end(), [](const v1::TierChange& change) { return change.reason() == "MERGE"; });
  ASSERT_NE(said, taken.end());
  EXPECT_EQ(said->cause(), "merge:again");
  auto audits = config::v1::AuditService::NewStub(installation_.channel());
  for (const char* customer : {"again", "first"}) {
    config::v1::ListAuditEntriesRequest wanted;
    wanted.set_subject_prefix(fmt::format("customer/{}/merge", customer));
    config::v1::ListAuditEntriesResponse entries;
    auto context = Within(5000);
    ASSERT_TRUE(audits->ListAuditEntries(context.get(), wanted, &entries).ok());
    ASSERT_EQ(entries.entries_size(), 1) << customer;
    EXPECT_EQ(entries.entries(0).reason(), "registered twice");
    EXPECT_EQ(entries.entries(0).actor(), "lin");
  }
  auto verify_context = Within(10'000);
  auto reader = audits->VerifyAudit(verify_context.get(), {});
  config::v1::VerifyAuditResponse last;
  while (reader->Read(&last)) continue;
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(last.problem_count(), 0) << last.ShortDebugString();
  v1::GetAccountRequest request;
  for (const char* customer : {"again", "first"}) {
    request.set_customer_id(customer);
    v1::GetAccountResponse response;
    auto context = Within(5000);
    ASSERT_TRUE(accounts()->GetAccount(context.get(), request, &response).ok());
    EXPECT_EQ(response.account().merged_into_customer_id(), std::string(customer) == "again" ? "first" : "");
    ASSERT_EQ(response.account().merges_size(), 1);
    EXPECT_EQ(response.account().merges(0).customer_id(), "again");
  }
}

TEST_F(AccountMergeTest, AMergedAccountCountsNowhereOnItsOwn) {
  v1::GetTierDistributionRequest request;
  request.set_ladder_id("kuailv");
  v1::GetTierDistributionResponse before, after;
  auto context = Within(5000), later = Within(5000);
  ASSERT_TRUE(installation_.tiers().GetTierDistribution(context.get(), request, &before).ok());
  ASSERT_EQ(Failure(Merge("again", "first")), "");
  ASSERT_TRUE(installation_.tiers().GetTierDistribution(later.get(), request, &after).ok());
  EXPECT_EQ(after.graded_count(), before.graded_count() - 1);
  v1::SetOverrideRequest set;
  set.set_override_id("deal");
  set.set_customer_id("again");
  set.set_ladder_id("kuailv");
  set.set_tier_code("gold");
  set.set_until_date("2026-04-30");
  set.set_reason("deal");
  set.set_author("lin");
  v1::SetOverrideResponse response;
  auto set_context = Within(5000);
  EXPECT_EQ(DetailsOf(v1::OverrideService::NewStub(installation_.channel())->SetOverride(set_context.get(), set, &response)).reason, "ACCOUNT_MERGED");
}

TEST_F(AccountMergeTest, ClosingTheDuplicateDoesNotCloseTheAccountThatGoesOn) {
  v1::Event close = OrderEvent("again", "close", "2026-03-30", 1);
  close.mutable_profile()->set_status(v1::CUSTOMER_STATUS_CLOSED);
  installation_.Ingest({close});
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM customer WHERE outside"), "1");
  ASSERT_EQ(Failure(Merge("again", "first")), "");
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM customer WHERE outside"), "0");
  close.set_event_id("close-later");
  v1::IngestEventsRequest request;
  *request.add_events() = close;
  *request.add_events() = OrderEvent("again", "late", "2026-03-30", 5'00);
  v1::IngestEventsResponse response;
  auto context = Within(5000);
  ASSERT_TRUE(installation_.ingest().IngestEvents(context.get(), request, &response).ok());
  EXPECT_EQ(response.accepted_count(), 1);
  ASSERT_EQ(response.results_size(), 1);
  EXPECT_EQ(response.results(0).reason(), "ACCOUNT_MERGED");
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM customer WHERE outside"), "0");
}

TEST_F(AccountMergeTest, OverridesAndAppealsOfTheMergedIdSayWhereTheAccountIsNow) {
  const auto overrides = v1::OverrideService::NewStub(installation_.channel());
  const auto appeals = v1::AppealService::NewStub(installation_.channel());
  v1::SetOverrideRequest set;
  set.set_override_id("deal");
  set.set_customer_id("again");
  set.set_ladder_id("kuailv");
  set.set_tier_code("gold");
  set.set_until_date("2026-04-30");
  set.set_reason("deal");
  set.set_author("lin");
  v1::SetOverrideResponse done;
  v1::FileAppealRequest file;
  file.set_customer_id("again");
  file.set_appeal_id("appeal");
  file.set_text("one order is missing");
  file.set_author("wang");
  v1::FileAppealResponse filed;
  auto set_context = Within(5000), file_context = Within(5000), refused_context = Within(5000), list_context = Within(5000), force_context = Within(5000),
       queue_context = Within(5000), replay_context = Within(5000);
  ASSERT_TRUE(overrides->SetOverride(set_context.get(), set, &done).ok());
  ASSERT_TRUE(appeals->FileAppeal(file_context.get(), file, &filed).ok());
  EXPECT_EQ(filed.appeal().merged_into_customer_id(), "");
  ASSERT_EQ(Failure(Merge("again", "first")), "");

  v1::ListOverridesRequest of_account;
  of_account.set_customer_id("again");
  v1::ListOverridesResponse listed, in_force;
  ASSERT_TRUE(overrides->ListOverrides(list_context.get(), of_account, &listed).ok());
  ASSERT_EQ(listed.overrides_size(), 1);
  EXPECT_EQ(listed.overrides(0).state(), v1::OVERRIDE_STATE_MERGED);
  EXPECT_EQ(listed.overrides(0).merged_into_customer_id(), "first");
  of_account.set_in_force(true);
  ASSERT_TRUE(overrides->ListOverrides(force_context.get(), of_account, &in_force).ok());
  EXPECT_EQ(in_force.overrides_size(), 0);

  v1::ListAppealsResponse queue;
  ASSERT_TRUE(appeals->ListAppeals(queue_context.get(), {}, &queue).ok());
  ASSERT_EQ(queue.appeals_size(), 1);
  EXPECT_EQ(queue.appeals(0).merged_into_customer_id(), "first");
  file.set_appeal_id("too late");
  EXPECT_EQ(DetailsOf(appeals->FileAppeal(refused_context.get(), file, &filed)).reason, "ACCOUNT_MERGED");

  v1::ReplayTierRequest replay;
  replay.set_customer_id("again");
  v1::ReplayTierResponse replayed;
  EXPECT_EQ(DetailsOf(v1::ExplanationService::NewStub(installation_.channel())->ReplayTier(replay_context.get(), replay, &replayed)).reason, "ACCOUNT_MERGED");
}

TEST_F(AccountMergeTest, MergesFollowEachOtherButNeverInACircle) {
  ASSERT_EQ(Failure(Merge("other-1", "again", "one")), "");
  ASSERT_EQ(Failure(Merge("again", "first", "two")), "");
  EXPECT_EQ(Tier("other-1").customer_number(), Tier("first").customer_number());
  EXPECT_EQ(Tier("other-1").tier_code(), Tier("first").tier_code());
  installation_.Ingest({OrderEvent("other-1", "through", "2026-03-31", 900'000'00)});
  EXPECT_EQ(Tier("other-1").version(), Tier("first").version());
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM event JOIN customer USING (customer_id) WHERE external_id = 'first' AND event_id = 'through'"), "1");
  EXPECT_EQ(DetailsOf(Merge("first", "again", "back")).reason, "ACCOUNT_MERGED");
  EXPECT_EQ(DetailsOf(Merge("again", "whole", "elsewhere")).reason, "ACCOUNT_MERGED");
  EXPECT_EQ(DetailsOf(Merge("again", "whole", "elsewhere")).metadata.at("target_customer_id"), "first");
  EXPECT_EQ(DetailsOf(Merge("first", "first", "self")).ViolationOf("target_customer_id"), "SAME_ACCOUNT");
  EXPECT_EQ(DetailsOf(Merge("first", "nobody", "unknown")).reason, "CUSTOMER_UNKNOWN");
  EXPECT_EQ(DetailsOf(Merge("nobody", "first", "unknown")).reason, "CUSTOMER_UNKNOWN");
}

TEST_F(AccountMergeTest, TheSameRequestIsTheSameMerge) {
  v1::AccountMerge first, again;
  ASSERT_EQ(Failure(Merge("again", "first", "merge", &first)), "");
  ASSERT_EQ(Failure(Merge("again", "first", "merge", &again)), "");
  EXPECT_EQ(first.DebugString(), again.DebugString());
  EXPECT_EQ(DetailsOf(Merge("again", "whole", "merge")).reason, "REQUEST_ID_REUSED");
}

TEST_F(AccountMergeTest, AccountsWhoseFactsContradictEachOtherStayApart) {
  const auto before = Features("whole");
  const grpc::Status clash = Merge("other-1", "other-2");
  EXPECT_EQ(DetailsOf(clash).reason, "IDS_CLASH");
  EXPECT_EQ(DetailsOf(clash).metadata.at("event_id"), "o");
  ASSERT_EQ(Failure(Merge("again", "whole", "same-facts")), "") << "the same events on both sides are the same facts";
  EXPECT_EQ(Features("whole"), before);
}

TEST_F(AccountMergeTest, AnAccountOfAGroupTakesFactsOverForItsGroup) {
  v1::CreateGroupRequest group;
  group.set_request_id("create");
  group.set_group_id("chain");
  group.set_name("chain");
  for (const char* id : {"first", "other-1"}) group.add_customer_ids(id);
  group.set_reason("one owner");
  group.set_author("lin");
  v1::CreateGroupResponse made;
  auto context = Within(10'000);
  ASSERT_TRUE(accounts()->CreateGroup(context.get(), group, &made).ok());
  EXPECT_EQ(DetailsOf(Merge("other-1", "again", "out")).reason, "IN_A_GROUP");
  ASSERT_EQ(Failure(Merge("again", "first")), "");
  EXPECT_EQ(Tier("other-1").tier_code(), Tier("again").tier_code());
  EXPECT_EQ(Grade("other-1", "kuailv").score_milli(), Grade("again", "kuailv").score_milli());
}

}  // namespace
}  // namespace rung::testing
