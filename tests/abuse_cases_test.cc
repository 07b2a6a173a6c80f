// From suspicious orders to a case, a frozen upgrade, a review and its end.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "libs/base/day.h"
#include "rung/config/v1/config.grpc.pb.h"
#include "rung/grading/v1/abuse.grpc.pb.h"
#include "rung/grading/v1/account.grpc.pb.h"
#include "tests/support/error_details.h"
#include "tests/support/config_client.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kSplitter[] = "splitter";
constexpr char kPlain[] = "plain";

std::string DateOf(int days_before_april) { return FormatDay(*ParseDay("2026-04-01") - days_before_april); }

// An order of 20 yuan, `per_day` times on every fifth day of the last 90.
std::vector<v1::Event> OrdersOf(const std::string& customer, int per_day) {
  std::vector<v1::Event> events;
  for (int day = 3; day <= 88; day += 5) {
    for (int i = 0; i < per_day; ++i) events.push_back(OrderEvent(customer, fmt::format("o-{}-{}", day, i), DateOf(day), 2000));
  }
  return events;
}

class AbuseCasesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    abuse_ = v1::AbuseService::NewStub(installation_.channel());
    installation_.Ingest(OrdersOf(kSplitter, 5));
    installation_.Ingest(OrdersOf(kPlain, 1));
  }

  void PublishPolicy(const v1::AbusePolicy& policy) { ConfigClient(installation_.channel()).SaveAndPublish(policy); }

  v1::ScanAbuseResponse Scan() {
    v1::ScanAbuseResponse response;
    auto context = Within(20'000);
    const grpc::Status status = abuse_->ScanAbuse(context.get(), v1::ScanAbuseRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  std::vector<v1::AbuseCase> Cases(v1::AbuseCaseState state = v1::ABUSE_CASE_STATE_UNSPECIFIED) {
    v1::ListAbuseCasesRequest request;
    request.set_state(state);
    v1::ListAbuseCasesResponse response;
    auto context = Within(5000);
    const grpc::Status status = abuse_->ListAbuseCases(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {response.cases().begin(), response.cases().end()};
  }
  grpc::Status Review(const v1::AbuseCase& item, v1::AbuseCaseState verdict, v1::AbuseCase* out = nullptr, const std::string& author = "reviewer") {
    v1::ReviewAbuseCaseRequest request;
    request.set_customer_id(item.customer_id());
    request.set_case_number(item.case_number());
    request.set_etag(item.etag());
    request.set_verdict(verdict);
    request.set_reason("looked at the deliveries");
    request.set_author(author);
    v1::ReviewAbuseCaseResponse response;
    auto context = Within(5000);
    const grpc::Status status = abuse_->ReviewAbuseCase(context.get(), request, &response);
    if (out != nullptr) *out = response.abuse_case();
    return status;
  }
  // A purchase that is worth a better tier.
  void Splurge(const std::string& customer, const std::string& id) {
    installation_.Ingest({OrderEvent(customer, id, "2026-03-31", 60'000'000)});
  }
  v1::PlanPathResponse PathOf(const std::string& customer) {
    v1::PlanPathRequest request;
    request.set_customer_id(customer);
    v1::PlanPathResponse response;
    auto context = Within(20'000);
    EXPECT_TRUE(installation_.paths().PlanPath(context.get(), request, &response).ok());
    return response;
  }
  std::string TierOf(const std::string& customer, const std::string& ladder = "") { return installation_.GetTier(customer, ladder).tier().tier_code(); }
  void Merge(const std::string& customer, const std::string& target) {
    v1::MergeAccountsRequest request;
    request.set_request_id("merge");
    request.set_customer_id(customer);
    request.set_target_customer_id(target);
    request.set_reason("registered twice");
    request.set_author("lin");
    v1::MergeAccountsResponse response;
    const grpc::Status status = v1::AccountService::NewStub(installation_.channel())->MergeAccounts(Within(20'000).get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  Installation installation_;
  std::unique_ptr<v1::AbuseService::Stub> abuse_;
};

TEST_F(AbuseCasesTest, WithoutAPolicyASuspectIsListedWithReasonsAndNotFrozen) {
  const v1::ScanAbuseResponse scan = Scan();
  EXPECT_EQ(scan.as_of_date(), "2026-03-30");
  EXPECT_EQ(scan.customer_count(), 2);
  EXPECT_EQ(scan.listed_count(), 1);
  EXPECT_EQ(scan.frozen_count(), 0);
  const auto cases = Cases();
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].customer_id(), kSplitter);
  EXPECT_EQ(cases[0].state(), v1::ABUSE_CASE_STATE_OPEN);
  EXPECT_FALSE(cases[0].upgrades_frozen());
  ASSERT_GE(cases[0].signals_size(), 1);
  EXPECT_EQ(cases[0].signals(0).kind(), v1::ABUSE_SIGNAL_KIND_ORDER_SPLITTING);
  EXPECT_DOUBLE_EQ(cases[0].signals(0).value(), 5);
  EXPECT_THAT(cases[0].signals(0).reason_zh(), HasSubstr("平均每个下单日5.0单"));
  const std::string before = TierOf(kSplitter);
  Splurge(kSplitter, "big");
  EXPECT_NE(TierOf(kSplitter), before);
}

TEST_F(AbuseCasesTest, TheSameFactsGiveTheSameScoresWhereverTheirRowsLie) {
  std::vector<v1::Event> events;
  for (int c = 0; c < 300; ++c) {  // more than a tree takes
    for (v1::Event& event : OrdersOf(fmt::format("other-{}", c), c % 10 == 0 ? 2 : 1)) events.push_back(std::move(event));
  }
  installation_.Ingest(events);
  const auto scanned = [&] {
    Scan();
    std::string all;
    for (const v1::AbuseCase& item : Cases()) {
      all += fmt::format("{} {}\n", item.customer_id(), item.score_milli());
      for (const v1::AbuseSignal& signal : item.signals()) all += signal.ShortDebugString() + "\n";
    }
    return all;
  };
  const std::string before = scanned();
  EXPECT_THAT(before, HasSubstr(kSplitter));
  installation_.Sql("UPDATE customer SET state = state WHERE customer_id % 2 = 0");
  installation_.Sql("UPDATE customer SET state = state WHERE customer_id % 3 = 0");
  EXPECT_EQ(scanned(), before);
}

TEST_F(AbuseCasesTest, AFrozenUpgradeWaitsForTheReviewAndThenTakesEffectAtOnce) {
  PublishPolicy(v1::AbusePolicy());
  EXPECT_EQ(Scan().frozen_count(), 1);
  const auto cases = Cases();
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_TRUE(cases[0].upgrades_frozen());
  const std::string before = TierOf(kSplitter);
  const std::string plain = TierOf(kPlain);
  Splurge(kSplitter, "big");
  Splurge(kPlain, "big");
  EXPECT_EQ(TierOf(kSplitter), before);
  EXPECT_NE(TierOf(kPlain), plain);
  installation_.Regrade("frozen", "2026-03-31");
  EXPECT_EQ(TierOf(kSplitter), before);  // the batch keeps to it, too
  const v1::PlanPathResponse path = PathOf(kSplitter);
  EXPECT_TRUE(path.reach().blocked()) << "no plan promises what the freeze forbids";
  EXPECT_EQ(path.reach().plans_size(), 0);
  EXPECT_TRUE(path.reach().without_action_date().empty());
  ASSERT_GE(path.holds_size(), 1);
  EXPECT_EQ(path.holds(0).reason(), "FROZEN");
  EXPECT_FALSE(PathOf(kPlain).reach().blocked());

  v1::AbuseCase decided;
  ASSERT_TRUE(Review(Cases()[0], v1::ABUSE_CASE_STATE_CLEARED, &decided).ok());
  EXPECT_EQ(decided.state(), v1::ABUSE_CASE_STATE_CLEARED);
  EXPECT_FALSE(decided.upgrades_frozen());
  EXPECT_EQ(decided.decided_by(), "reviewer");
  EXPECT_NE(TierOf(kSplitter), before);
  EXPECT_EQ(installation_.Sql("SELECT reason FROM audit_entry WHERE subject = 'abuse/splitter/1' AND action = 'REVIEW_ABUSE'"), "looked at the deliveries");
}

TEST_F(AbuseCasesTest, AConfirmedCaseStaysFrozenUntilItsDay) {
  PublishPolicy(v1::AbusePolicy());
  Scan();
  v1::AbuseCase decided;
  ASSERT_TRUE(Review(Cases()[0], v1::ABUSE_CASE_STATE_CONFIRMED, &decided).ok());
  EXPECT_TRUE(decided.upgrades_frozen());
  EXPECT_EQ(decided.frozen_until_date(), "2026-06-29");  // 90 days after 31 March
  const std::string before = TierOf(kSplitter);
  Splurge(kSplitter, "big");
  EXPECT_EQ(TierOf(kSplitter), before);
  EXPECT_EQ(Scan().opened_count(), 0);
  EXPECT_EQ(Cases(v1::ABUSE_CASE_STATE_CONFIRMED).size(), 1U);
}

TEST_F(AbuseCasesTest, ALadderPublishedDuringAConfirmedFreezeIsFrozenWithTheNextScan) {
  PublishPolicy(v1::AbusePolicy());
  Scan();
  ASSERT_TRUE(Review(Cases()[0], v1::ABUSE_CASE_STATE_CONFIRMED).ok());
  ConfigClient(installation_.channel()).SaveAndPublish(ModelOf("later"));
  installation_.Ingest({OrderEvent(kSplitter, "small", "2026-03-31", 2000)});
  const std::string before = TierOf(kSplitter, "later");
  ASSERT_NE(before, "");
  Scan();
  Splurge(kSplitter, "big");
  EXPECT_EQ(TierOf(kSplitter, "later"), before);
}

TEST_F(AbuseCasesTest, AMergeKeepsTheFreezeUntilItsCaseIsCleared) {
  PublishPolicy(v1::AbusePolicy());
  Scan();
  Splurge(kSplitter, "big");
  const std::string before = TierOf(kPlain);
  Merge(kSplitter, kPlain);
  EXPECT_EQ(TierOf(kPlain), before) << "the upgrade that waited goes on waiting";
  Splurge(kPlain, "bigger");
  EXPECT_EQ(TierOf(kPlain), before);
  const auto cases = Cases();
  ASSERT_EQ(cases.size(), 1U);
  ASSERT_TRUE(Review(cases[0], v1::ABUSE_CASE_STATE_CLEARED).ok());
  EXPECT_NE(TierOf(kPlain), before);
}

TEST_F(AbuseCasesTest, AMergedAccountsClearedCaseLeavesTheFreezeOfTheTargetsOwn) {
  installation_.Ingest(OrdersOf("another", 5));
  PublishPolicy(v1::AbusePolicy());
  EXPECT_EQ(Scan().frozen_count(), 2);
  Splurge(kSplitter, "big");
  const std::string before = TierOf("another");
  Merge(kSplitter, "another");
  for (const std::string& cleared : {std::string(kSplitter), std::string("another")}) {
    EXPECT_EQ(TierOf("another"), before) << "before the review of " << cleared;
    for (const v1::AbuseCase& item : Cases()) {
      if (item.customer_id() != cleared) continue;
      ASSERT_TRUE(Review(item, v1::ABUSE_CASE_STATE_CLEARED).ok());
    }
  }
  EXPECT_NE(TierOf("another"), before);
}

TEST_F(AbuseCasesTest, AClearedCustomerIsNotListedAgainForTheSame) {
  Scan();
  ASSERT_TRUE(Review(Cases()[0], v1::ABUSE_CASE_STATE_CLEARED).ok());
  const v1::ScanAbuseResponse again = Scan();
  EXPECT_EQ(again.listed_count(), 1);
  EXPECT_EQ(again.opened_count(), 0);
  EXPECT_TRUE(Cases().empty());
}

TEST_F(AbuseCasesTest, AReviewNeedsTheNewestStateAndCountsOnce) {
  Scan();
  const v1::AbuseCase stale = Cases()[0];
  Scan();  // refreshes the case
  const v1::AbuseCase fresh = Cases()[0];
  EXPECT_NE(stale.etag(), fresh.etag());
  EXPECT_EQ(ReasonOf(Review(stale, v1::ABUSE_CASE_STATE_CLEARED)), "ETAG_MISMATCH");
  EXPECT_TRUE(Review(fresh, v1::ABUSE_CASE_STATE_CLEARED).ok());
  EXPECT_TRUE(Review(fresh, v1::ABUSE_CASE_STATE_CLEARED).ok());  // the same again
  EXPECT_EQ(ReasonOf(Review(fresh, v1::ABUSE_CASE_STATE_CONFIRMED)), "ABUSE_CASE_DECIDED");
  EXPECT_EQ(ReasonOf(Review(fresh, v1::ABUSE_CASE_STATE_CLEARED, nullptr, "somebody else")), "ABUSE_CASE_DECIDED");
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM audit_entry WHERE action = 'REVIEW_ABUSE'"), "1");
}

TEST_F(AbuseCasesTest, AccountsThatShareAPhoneAreFoundWithoutReadingIt) {
  for (const char* customer : {"left", "right", "alone"}) {
    v1::Event profile;
    profile.set_customer_id(customer);
    profile.set_event_id("profile");
    profile.mutable_event_time()->set_seconds(*ParseDay("2026-01-01") * kSecondsPerDay);
    profile.mutable_profile()->set_phone(std::string(customer) == "alone" ? "15400000001" : "15400000002");
    installation_.Ingest({profile, OrderEvent(customer, "o", "2026-02-01", 1000)});
  }
  EXPECT_EQ(Scan().group_count(), 1);
  std::vector<std::string> linked;
  for (const v1::AbuseCase& item : Cases()) {
    for (const v1::AbuseSignal& signal : item.signals()) {
      if (signal.kind() == v1::ABUSE_SIGNAL_KIND_LINKED_ACCOUNTS) linked.push_back(item.customer_id());
    }
  }
  EXPECT_THAT(linked, ::testing::UnorderedElementsAre("left", "right"));
}

TEST_F(AbuseCasesTest, WithAPolicyAScanFollowsEachBatch) {
  v1::AbusePolicy policy;
  policy.set_freeze_from_milli(100'000);
  PublishPolicy(policy);
  installation_.Regrade("night", "2026-03-30");
  for (int i = 0; i < 100 && Cases().empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ASSERT_EQ(Cases().size(), 1U);
  EXPECT_FALSE(Cases()[0].upgrades_frozen());
}

TEST_F(AbuseCasesTest, BadRequestsAreNamed) {
  v1::ReviewAbuseCaseRequest request;
  v1::ReviewAbuseCaseResponse response;
  auto context = Within(5000);
  const grpc::Status status = abuse_->ReviewAbuseCase(context.get(), request, &response);
  for (const char* field : {"customer_id", "case_number", "etag", "verdict", "reason", "author"}) {
    EXPECT_NE(DetailsOf(status).ViolationOf(field), "") << field;
  }
  v1::AbuseCase unknown;
  unknown.set_customer_id("nobody");
  unknown.set_case_number(1);
  unknown.set_etag("1");
  EXPECT_EQ(ReasonOf(Review(unknown, v1::ABUSE_CASE_STATE_CLEARED)), "ABUSE_CASE_UNKNOWN");
  v1::ScanAbuseRequest old;
  old.set_as_of_date("2025-01-01");
  v1::ScanAbuseResponse scanned;
  context = Within(5000);
  EXPECT_EQ(abuse_->ScanAbuse(context.get(), old, &scanned).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace rung::testing
