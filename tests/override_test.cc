// Tiers that people set hold against the engine until they end, and are on record.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rung/config/v1/audit.grpc.pb.h"
#include "rung/grading/v1/override.grpc.pb.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"
#include "tests/support/refused_inserts.h"

namespace rung::testing {
namespace {

class OverrideTest : public ::testing::Test {
 protected:
  OverrideTest() {
    installation_.Ingest({OrderEvent("over-1", "o1", "2026-03-20", 10'00), OrderEvent("over-2", "o1", "2026-03-20", 10'00)});
    installation_.Regrade("first", "2026-03-30");
    EXPECT_EQ(Tier("over-1"), "bronze");
  }

  static v1::SetOverrideRequest Request(const std::string& id, const std::string& customer = "over-1", const std::string& tier = "gold",
                                        const std::string& until = "2026-04-30") {
    v1::SetOverrideRequest request;
    request.set_override_id(id);
    request.set_customer_id(customer);
    request.set_ladder_id("kuailv");
    request.set_tier_code(tier);
    request.set_until_date(until);
    request.set_reason("flagship store, agreed with sales");
    request.set_author("lin");
    return request;
  }
  std::unique_ptr<v1::OverrideService::Stub> stub() { return v1::OverrideService::NewStub(installation_.channel()); }
  grpc::Status Set(const v1::SetOverrideRequest& request, v1::Override* out = nullptr) {
    v1::SetOverrideResponse response;
    auto context = Within(10'000);
    const grpc::Status status = stub()->SetOverride(context.get(), request, &response);
    if (out != nullptr) *out = response.override();
    return status;
  }
  grpc::Status End(const std::string& customer, const std::string& id, const std::string& reason = "contract over") {
    v1::EndOverrideRequest request;
    request.set_customer_id(customer);
    request.set_override_id(id);
    request.set_reason(reason);
    request.set_author("wu");
    v1::EndOverrideResponse response;
    auto context = Within(10'000);
    return stub()->EndOverride(context.get(), request, &response);
  }
  std::vector<v1::Override> List(const std::string& customer, bool in_force) {
    v1::ListOverridesRequest request;
    request.set_customer_id(customer);
    request.set_in_force(in_force);
    v1::ListOverridesResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(stub()->ListOverrides(context.get(), request, &response).ok());
    return {response.overrides().begin(), response.overrides().end()};
  }
  std::string Tier(const std::string& customer) { return installation_.GetTier(customer, "kuailv").tier().tier_code(); }

  Installation installation_;
};

TEST_F(OverrideTest, HoldsAtOnceAgainstEventsAndRunsAndThroughARestart) {
  const int64_t version = installation_.GetTier("over-1", "kuailv").tier().version();
  ASSERT_TRUE(Set(Request("deal-1")).ok());
  EXPECT_EQ(Tier("over-1"), "gold");
  EXPECT_EQ(installation_.GetTier("over-1", "kuailv").tier().version(), version + 1);
  EXPECT_EQ(Tier("over-2"), "bronze");
  installation_.Ingest({OrderEvent("over-1", "large", "2026-03-31", 2'000'000'00)});
  EXPECT_EQ(Tier("over-1"), "gold") << "not even upwards";
  installation_.Regrade("second", "2026-03-31");
  EXPECT_EQ(Tier("over-1"), "gold");
  ASSERT_TRUE(installation_.StopSuite());
  installation_.StartSuite();
  EXPECT_EQ(Tier("over-1"), "gold");
  EXPECT_EQ(List("over-1", true).size(), 1u);
}

TEST_F(OverrideTest, TheFirstRunAfterItsEndDecides) {
  ASSERT_TRUE(Set(Request("deal-1")).ok());
  ASSERT_TRUE(End("over-1", "deal-1").ok());
  EXPECT_EQ(Tier("over-1"), "gold") << "until the run";
  installation_.Ingest({OrderEvent("over-1", "small", "2026-03-31", 1'00)});
  EXPECT_EQ(Tier("over-1"), "gold") << "real time doesn't decide either";
  installation_.Regrade("second", "2026-03-31");
  EXPECT_EQ(Tier("over-1"), "bronze") << "no protection: it was no upgrade";
  const auto all = List("over-1", false);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].state(), v1::OVERRIDE_STATE_ENDED);
  EXPECT_EQ(all[0].ended_by(), "wu");
  EXPECT_TRUE(List("over-1", true).empty());
  EXPECT_EQ(DetailsOf(End("over-1", "deal-1", "another reason")).reason, "OVERRIDE_ENDED");
  EXPECT_EQ(DetailsOf(End("over-1", "no-such")).reason, "OVERRIDE_UNKNOWN");
}

TEST_F(OverrideTest, ANewOneReplacesTheOneInForceAndTheSameIdIsTheSameOverride) {
  v1::Override first, again;
  ASSERT_TRUE(Set(Request("deal-1"), &first).ok());
  ASSERT_TRUE(Set(Request("deal-1"), &again).ok());
  EXPECT_EQ(first.DebugString(), again.DebugString());
  EXPECT_EQ(DetailsOf(Set(Request("deal-1", "over-1", "silver"))).reason, "OVERRIDE_EXISTS");
  ASSERT_TRUE(Set(Request("deal-2", "over-1", "silver")).ok());
  EXPECT_EQ(Tier("over-1"), "silver");
  const auto all = List("over-1", false);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].override_id(), "deal-2");
  EXPECT_EQ(all[1].state(), v1::OVERRIDE_STATE_ENDED);
  EXPECT_EQ(all[1].end_reason(), "replaced by deal-2");
}

TEST_F(OverrideTest, ARepeatedRequestGetsTheSameAnswerWheneverItComes) {
  v1::Override granted, again;
  ASSERT_TRUE(Set(Request("grant", "over-1", "gold", ""), &granted).ok());
  installation_.Sql("UPDATE tier_override SET until = until - 1");  // as if it had been set the day before
  const grpc::Status status = Set(Request("grant", "over-1", "gold", ""), &again);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(again.until_date(), "2026-06-29") << "what the first call made of the default";
  EXPECT_EQ(again.created_time().DebugString(), granted.created_time().DebugString());
  installation_.Sql("UPDATE tier_override SET until = '2026-03-31'");
  ASSERT_TRUE(Set(Request("grant", "over-1", "gold", "2026-03-31"), &again).ok()) << "its end is no reason to refuse what was set";
  EXPECT_EQ(again.state(), v1::OVERRIDE_STATE_EXPIRED);
  EXPECT_EQ(DetailsOf(Set(Request("grant", "over-1", "gold", "2026-04-01"))).reason, "OVERRIDE_EXISTS");
  EXPECT_EQ(DetailsOf(Set(Request("grant", "over-1", "mithril", ""))).reason, "OVERRIDE_EXISTS");

  ASSERT_TRUE(Set(Request("deal", "over-2")).ok());
  ASSERT_TRUE(End("over-2", "deal").ok());
  EXPECT_TRUE(End("over-2", "deal").ok()) << "the answer may have been lost";
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM audit_entry WHERE action = 'END_OVERRIDE'"), "1");
}

TEST_F(OverrideTest, HistoryAndAuditSayWhoAndWhy) {
  ASSERT_TRUE(Set(Request("deal-1")).ok());
  v1::ListTierChangesRequest request;
  request.set_customer_id("over-1");
  request.set_ladder_id("kuailv");
  v1::ListTierChangesResponse history;
  auto context = Within(5000);
  ASSERT_TRUE(installation_.tiers().ListTierChanges(context.get(), request, &history).ok());
  EXPECT_EQ(history.changes(0).reason(), "OVERRIDE");
  EXPECT_EQ(history.changes(0).cause(), "override:deal-1");
  config::v1::ListAuditEntriesRequest audit;
  audit.set_subject_prefix("customer/over-1/kuailv");
  config::v1::ListAuditEntriesResponse entries;
  auto audit_context = Within(5000);
  auto audits = config::v1::AuditService::NewStub(installation_.channel());
  ASSERT_TRUE(audits->ListAuditEntries(audit_context.get(), audit, &entries).ok());
  ASSERT_EQ(entries.entries_size(), 1);
  EXPECT_EQ(entries.entries(0).actor(), "lin");
  EXPECT_THAT(entries.entries(0).before(), ::testing::HasSubstr("bronze"));
  EXPECT_THAT(entries.entries(0).after(), ::testing::HasSubstr("gold"));
  auto verify_context = Within(10'000);
  auto reader = audits->VerifyAudit(verify_context.get(), {});
  config::v1::VerifyAuditResponse last;
  while (reader->Read(&last)) continue;
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(last.problem_count(), 0) << last.ShortDebugString();
}

TEST_F(OverrideTest, ABatchSetsWhatIsRightAndADryRunSetsNothing) {
  v1::BatchSetOverridesRequest request;
  *request.add_overrides() = Request("bulk", "over-1");
  *request.add_overrides() = Request("bulk", "nobody");
  *request.add_overrides() = Request("bulk", "over-2", "mithril");
  *request.add_overrides() = Request("bulk", "over-1", "silver");
  request.set_dry_run(true);
  const auto call = [&] {
    v1::BatchSetOverridesResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(stub()->BatchSetOverrides(context.get(), request, &response).ok());
    return response;
  };
  const auto dry = call();
  EXPECT_EQ(dry.refused_count(), 3);
  EXPECT_EQ(dry.results(1).error_reason(), "CUSTOMER_UNKNOWN");
  EXPECT_EQ(dry.results(2).error_reason(), "UNKNOWN_TIER");
  EXPECT_EQ(dry.results(3).error_reason(), "OVERRIDE_EXISTS") << "the id of another row of the same file";
  EXPECT_EQ(Tier("over-1"), "bronze");
  request.set_dry_run(false);
  const auto response = call();
  EXPECT_EQ(response.refused_count(), 3);
  EXPECT_EQ(response.results(0).error_reason(), "");
  EXPECT_EQ(response.results(1).error_reason(), "CUSTOMER_UNKNOWN");
  EXPECT_EQ(response.results(3).error_reason(), "OVERRIDE_EXISTS");
  EXPECT_EQ(Tier("over-1"), "gold");
  EXPECT_EQ(Tier("over-2"), "bronze");
  request.set_dry_run(true);
  EXPECT_EQ(call().refused_count(), 3) << "what is set already could be set again";
}

TEST_F(OverrideTest, ABatchThatMeetsAPassingErrorOfTheStoreIsToBeSentAgain) {
  v1::BatchSetOverridesRequest request;
  *request.add_overrides() = Request("bulk", "over-1");
  *request.add_overrides() = Request("bulk", "over-2");
  v1::BatchSetOverridesResponse response;
  const auto call = [&] {
    auto context = Within(10'000);
    return stub()->BatchSetOverrides(context.get(), request, &response);
  };
  {
    const std::string second = installation_.Sql("SELECT customer_id FROM customer WHERE external_id = 'over-2'");
    const RefusedInserts refused(installation_, "tier_override", "NEW.customer_id = " + second);
    const grpc::Status hindered = call();
    EXPECT_EQ(hindered.error_code(), grpc::StatusCode::ABORTED) << "a row that could be set is refused: " << response.ShortDebugString();
    EXPECT_EQ(DetailsOf(hindered).reason, "STORE_CONFLICT");
  }
  const std::string set = installation_.Sql("SELECT created_at FROM tier_override");
  ASSERT_TRUE(call().ok());
  EXPECT_EQ(response.refused_count(), 0) << response.ShortDebugString();
  EXPECT_EQ(installation_.Sql("SELECT created_at FROM tier_override ORDER BY created_at LIMIT 1"), set) << "what was set is set again";
  EXPECT_EQ(Tier("over-2"), "gold");
}

TEST_F(OverrideTest, AGrantIsProtectedAsLongAsAnUpgradeIs) {
  v1::Override granted;
  ASSERT_TRUE(Set(Request("grant", "over-1", "gold", ""), &granted).ok());
  EXPECT_EQ(granted.until_date(), "2026-06-30") << "three calendar months from March 31, clamped to the month's end";
  installation_.Regrade("against it", "2026-03-31", true);
  EXPECT_EQ(Tier("over-1"), "gold");
}

TEST_F(OverrideTest, WrongRequestsAreNamedFieldByField) {
  v1::SetOverrideRequest request = Request("", "over-1", "mithril", "2026-03-31");
  request.clear_reason();
  request.set_author(std::string(129, 'x'));
  const grpc::Status status = Set(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  for (const char* field : {"override_id", "reason", "author", "tier_code", "until_date"}) {
    EXPECT_NE(DetailsOf(status).ViolationOf(field), "") << field;
  }
  EXPECT_EQ(DetailsOf(Set(Request("a", "over-1", "gold", "2040-01-01"))).ViolationOf("until_date"), "BAD_DATE");
  EXPECT_EQ(DetailsOf(Set(Request("a", "nobody"))).reason, "CUSTOMER_UNKNOWN");
}

}  // namespace
}  // namespace rung::testing
