// From a complaint about a tier to a corrected fact, and the engine's own decision on it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "libs/base/day.h"
#include "rung/config/v1/audit.grpc.pb.h"
#include "rung/grading/v1/appeal.grpc.pb.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kCustomer[] = "kitchen";
constexpr char kOther[] = "canteen";

class AppealsTest : public ::testing::Test {
 protected:
  AppealsTest() {
    appeals_ = v1::AppealService::NewStub(installation_.channel());
    for (const char* customer : {kCustomer, kOther}) {
      installation_.Ingest({OrderEvent(customer, "o1", "2026-03-02", 3'000'00), OrderEvent(customer, "o2", "2026-03-16", 3'000'00)});
    }
    installation_.Regrade("night", "2026-03-30");
  }

  static v1::FileAppealRequest Filing(const std::string& id, const std::string& customer = kCustomer) {
    v1::FileAppealRequest request;
    request.set_customer_id(customer);
    request.set_appeal_id(id);
    request.set_ladder_id("kuailv");
    request.set_text("the order of 20 March is missing");
    request.set_contact("Chef Wang, 154 0000 0001");
    request.set_author("hotline");
    return request;
  }
  grpc::Status File(const v1::FileAppealRequest& request, v1::Appeal* out = nullptr) {
    v1::FileAppealResponse response;
    auto context = Within(10'000);
    const grpc::Status status = appeals_->FileAppeal(context.get(), request, &response);
    if (out != nullptr) *out = response.appeal();
    return status;
  }
  v1::Appeal Filed(const v1::FileAppealRequest& request) {
    v1::Appeal appeal;
    const grpc::Status status = File(request, &appeal);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return appeal;
  }
  v1::GetAppealResponse Get(const std::string& id, const std::string& customer = kCustomer) {
    v1::GetAppealRequest request;
    request.set_customer_id(customer);
    request.set_appeal_id(id);
    v1::GetAppealResponse response;
    auto context = Within(20'000);
    const grpc::Status status = appeals_->GetAppeal(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  std::vector<std::string> Queue(const v1::ListAppealsRequest& request = {}) {
    v1::ListAppealsResponse response;
    auto context = Within(5000);
    const grpc::Status status = appeals_->ListAppeals(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<std::string> ids;
    for (const v1::Appeal& appeal : response.appeals()) ids.push_back(appeal.appeal_id());
    return ids;
  }
  grpc::Status Assign(const v1::Appeal& appeal, const std::string& assignee, v1::Appeal* out = nullptr) {
    v1::AssignAppealRequest request;
    request.set_customer_id(appeal.customer_id());
    request.set_appeal_id(appeal.appeal_id());
    request.set_etag(appeal.etag());
    request.set_assignee(assignee);
    request.set_author("lead");
    v1::AssignAppealResponse response;
    auto context = Within(5000);
    const grpc::Status status = appeals_->AssignAppeal(context.get(), request, &response);
    if (out != nullptr) *out = response.appeal();
    return status;
  }
  grpc::Status Comment(const v1::Appeal& appeal, const std::string& id, const std::string& text) {
    v1::CommentAppealRequest request;
    request.set_customer_id(appeal.customer_id());
    request.set_appeal_id(appeal.appeal_id());
    request.set_comment_id(id);
    request.set_text(text);
    request.set_author("lin");
    v1::CommentAppealResponse response;
    auto context = Within(5000);
    return appeals_->CommentAppeal(context.get(), request, &response);
  }
  static v1::ResolveAppealRequest Resolution(const v1::Appeal& appeal, v1::AppealState verdict) {
    v1::ResolveAppealRequest request;
    request.set_customer_id(appeal.customer_id());
    request.set_appeal_id(appeal.appeal_id());
    request.set_etag(appeal.etag());
    request.set_verdict(verdict);
    request.set_reason("the delivery note is there");
    request.set_author("lin");
    return request;
  }
  // Accepts with an order that was missing.
  static v1::ResolveAppealRequest WithOrder(const v1::Appeal& appeal, int64_t amount) {
    v1::ResolveAppealRequest request = Resolution(appeal, v1::APPEAL_STATE_ACCEPTED);
    *request.mutable_correction() = OrderEvent(appeal.customer_id(), "found", "2026-03-20", amount);
    request.mutable_correction()->clear_customer_id();
    request.mutable_correction()->clear_event_id();
    return request;
  }
  grpc::Status Resolve(const v1::ResolveAppealRequest& request, v1::ResolveAppealResponse* out = nullptr) {
    v1::ResolveAppealResponse response;
    auto context = Within(10'000);
    const grpc::Status status = appeals_->ResolveAppeal(context.get(), request, &response);
    if (out != nullptr) *out = response;
    return status;
  }
  grpc::Status Withdraw(const v1::Appeal& appeal) {
    v1::WithdrawAppealRequest request;
    request.set_customer_id(appeal.customer_id());
    request.set_appeal_id(appeal.appeal_id());
    request.set_etag(appeal.etag());
    request.set_reason("settled by phone");
    request.set_author("hotline");
    v1::WithdrawAppealResponse response;
    auto context = Within(5000);
    return appeals_->WithdrawAppeal(context.get(), request, &response);
  }
  static v1::Event Score(const std::string& customer, double value) {
    v1::Event event;
    event.set_customer_id(customer);
    event.set_event_id("score");
    event.mutable_event_time()->set_seconds(*ParseDay("2026-03-25") * kSecondsPerDay);
    event.mutable_outside_value()->set_name("credit_score");
    event.mutable_outside_value()->set_value(value);
    return event;
  }
  // A ladder whose points are the credit score.
  void PublishCreditLadder() {
    v1::ApplyModelRequest request;
    request.set_request_id("credit");
    v1::Model& model = *request.mutable_model();
    model = ReadModel("kuailv");
    model.set_model_id("credit");
    model.clear_dimensions();
    model.clear_multipliers();
    model.clear_benchmarks();
    v1::Dimension& dimension = *model.add_dimensions();
    dimension.set_name("credit");
    dimension.set_weight(1);
    dimension.set_missing(v1::MISSING_POLICY_ZERO);
    dimension.add_factors()->set_feature("credit_score");
    dimension.mutable_factors(0)->mutable_normaliser()->mutable_saturate()->set_at(100);
    v1::ApplyModelResponse response;
    auto context = Within(10'000);
    const grpc::Status status = installation_.models().ApplyModel(context.get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  // How many rows the correction of a-1 has.
  std::string Count(const std::string& table) { return installation_.Sql("SELECT count(*) FROM " + table + " WHERE event_id = 'appeal:a-1'"); }
  // While an appeal is being accepted, nothing else may become of it.
  void ExpectOnlyThisAcceptance(const v1::Appeal& appeal, v1::ResolveAppealRequest request) {
    request.mutable_correction()->set_event_id("another");
    EXPECT_EQ(ReasonOf(Resolve(request)), "APPEAL_ACCEPTING");
    EXPECT_EQ(ReasonOf(Resolve(Resolution(appeal, v1::APPEAL_STATE_REJECTED))), "APPEAL_ACCEPTING");
    EXPECT_EQ(ReasonOf(Withdraw(appeal)), "APPEAL_ACCEPTING");
  }
  std::string Tier(const std::string& customer = kCustomer) { return installation_.GetTier(customer, "kuailv").tier().tier_code(); }

  Installation installation_;
  std::unique_ptr<v1::AppealService::Stub> appeals_;
};

TEST_F(AppealsTest, AreFiledAgainstTheNewestDecisionOnceAndDueInFiveBusinessDays) {
  const v1::Appeal appeal = Filed(Filing("a-1"));
  EXPECT_EQ(appeal.version(), installation_.GetTier(kCustomer, "kuailv").tier().version());
  EXPECT_EQ(appeal.tier_code(), Tier());
  EXPECT_EQ(appeal.state(), v1::APPEAL_STATE_OPEN);
  EXPECT_EQ(appeal.due_date(), "2026-04-07");  // Tuesday to Tuesday
  EXPECT_EQ(appeal.contact(), "Chef Wang, 154 0000 0001");
  EXPECT_FALSE(appeal.overdue());
  EXPECT_EQ(Filed(Filing("a-1")).DebugString(), appeal.DebugString());
  v1::FileAppealRequest other = Filing("a-1");
  other.set_text("something else");
  EXPECT_EQ(ReasonOf(File(other)), "APPEAL_EXISTS");
  EXPECT_EQ(ReasonOf(File(Filing("a-2"))), "APPEAL_PENDING");
  EXPECT_TRUE(File(Filing("a-1", kOther)).ok()) << "ids are the customer's own";
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM appeal WHERE position('Wang'::bytea IN body) > 0"), "0");
}

TEST_F(AppealsTest, StandInAQueueByTheDayTheyAreDue) {
  v1::FileAppealRequest later = Filing("later"), sooner = Filing("sooner", kOther);
  later.set_deadline_days(9);
  sooner.set_deadline_days(1);
  const v1::Appeal first = Filed(later);
  const v1::Appeal second = Filed(sooner);
  EXPECT_EQ(second.due_date(), "2026-04-01");
  EXPECT_THAT(Queue(), ElementsAre("sooner", "later"));
  ASSERT_TRUE(Assign(first, "lin").ok());
  v1::ListAppealsRequest of_lin, of_nobody, overdue, paged;
  of_lin.set_assignee("lin");
  EXPECT_THAT(Queue(of_lin), ElementsAre("later"));
  of_nobody.set_unassigned(true);
  EXPECT_THAT(Queue(of_nobody), ElementsAre("sooner"));
  overdue.set_overdue(true);
  EXPECT_THAT(Queue(overdue), IsEmpty());
  installation_.Sql("UPDATE appeal SET due = '2026-03-30' WHERE appeal_id = 'later'");
  EXPECT_THAT(Queue(overdue), ElementsAre("later"));
  EXPECT_THAT(Queue(), ElementsAre("later", "sooner")) << "overdue first";
  EXPECT_TRUE(Get("later").appeal().overdue());
  paged.set_page_size(1);
  v1::ListAppealsResponse page;
  auto context = Within(5000);
  ASSERT_TRUE(appeals_->ListAppeals(context.get(), paged, &page).ok());
  paged.set_page_token(page.next_page_token());
  EXPECT_THAT(Queue(paged), ElementsAre("sooner"));
  ASSERT_TRUE(Withdraw(second).ok());
  EXPECT_THAT(Queue(), ElementsAre("later"));
  v1::ListAppealsRequest withdrawn;
  withdrawn.set_state(v1::APPEAL_STATE_WITHDRAWN);
  EXPECT_THAT(Queue(withdrawn), ElementsAre("sooner"));
}

TEST_F(AppealsTest, ShowTheReplayedDecisionAndCorrectionsThatTheEngineConfirms) {
  Filed(Filing("a-1"));
  const v1::GetAppealResponse seen = Get("a-1");
  EXPECT_TRUE(seen.replay().matches());
  EXPECT_EQ(seen.explanation().effective_tier_code(), Tier());
  EXPECT_FALSE(seen.explanation().breakdown_sentences().empty());
  EXPECT_THAT(seen.corrections_summary().en(), ::testing::Not(IsEmpty()));
  for (const v1::SmallestCorrection& correction : seen.corrections()) {
    EXPECT_NE(correction.tier_code(), Tier());
    EXPECT_FALSE(correction.facts().empty()) << correction.feature();
  }
}

TEST_F(AppealsTest, TheSmallestCorrectionIsWhatTheEngineTakesAndALittleLessIsNot) {
  installation_.Ingest({Score(kOther, 10)});
  PublishCreditLadder();
  installation_.Ingest({Score(kCustomer, 50)});
  ASSERT_EQ(installation_.GetTier(kCustomer, "credit").tier().tier_code(), "silver");
  v1::FileAppealRequest filing = Filing("a-1");
  filing.set_ladder_id("credit");
  const v1::Appeal appeal = Filed(filing);
  const v1::GetAppealResponse seen = Get("a-1");
  ASSERT_EQ(seen.corrections_size(), 1) << seen.ShortDebugString();
  const v1::SmallestCorrection& correction = seen.corrections(0);
  EXPECT_EQ(correction.feature(), "credit_score");
  EXPECT_EQ(correction.value(), 50);
  EXPECT_NEAR(correction.needed_value(), 60, 0.001) << "gold begins at 60 points";
  EXPECT_EQ(correction.tier_code(), "gold");
  EXPECT_THAT(correction.facts(), ElementsAre(v1::CORRECTING_FACT_OUTSIDE_VALUE));
  EXPECT_EQ(correction.sentence().zh(), "信用分若为60（实际50），当时即为黄金");

  v1::ResolveAppealRequest request = Resolution(appeal, v1::APPEAL_STATE_ACCEPTED);
  *request.mutable_correction()->mutable_outside_value() = Score(kCustomer, correction.not_enough_value()).outside_value();
  request.set_dry_run(true);
  v1::ResolveAppealResponse answer;
  ASSERT_TRUE(Resolve(request, &answer).ok());
  EXPECT_EQ(answer.tier_code(), "silver");
  request.mutable_correction()->mutable_outside_value()->set_value(correction.needed_value());
  ASSERT_TRUE(Resolve(request, &answer).ok());
  EXPECT_EQ(answer.tier_code(), "gold");
  request.clear_dry_run();
  ASSERT_TRUE(Resolve(request, &answer).ok());
  EXPECT_EQ(answer.tier_code(), "gold");
  EXPECT_EQ(answer.score_milli(), correction.score_milli());
}

TEST_F(AppealsTest, AnAcceptedOneCorrectsTheFactAndTheEngineDecides) {
  const std::string before = Tier();
  v1::Appeal appeal = Filed(Filing("a-1"));
  v1::ResolveAppealRequest request = WithOrder(appeal, 600'000'00);
  request.set_dry_run(true);
  v1::ResolveAppealResponse tried;
  ASSERT_TRUE(Resolve(request, &tried).ok());
  EXPECT_NE(tried.tier_code(), before);
  EXPECT_EQ(Tier(), before) << "a trial writes nothing";
  EXPECT_EQ(Get("a-1").appeal().etag(), appeal.etag());

  request.clear_dry_run();
  v1::ResolveAppealResponse resolved;
  const grpc::Status status = Resolve(request, &resolved);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(resolved.tier_code(), tried.tier_code());
  EXPECT_EQ(resolved.score_milli(), tried.score_milli());
  EXPECT_EQ(Tier(), tried.tier_code());
  EXPECT_EQ(resolved.appeal().state(), v1::APPEAL_STATE_ACCEPTED);
  EXPECT_EQ(resolved.appeal().tier_code_before(), before);
  EXPECT_EQ(resolved.appeal().tier_code_after(), tried.tier_code());
  EXPECT_EQ(resolved.appeal().correcting_event_id(), "appeal:a-1");
  EXPECT_EQ(installation_.Sql("SELECT cause FROM tier_change JOIN ladder USING (ladder_no) WHERE ladder_id = 'kuailv' ORDER BY recorded_at DESC LIMIT 1"),
            "event:appeal:a-1");

  v1::ResolveAppealResponse again;
  ASSERT_TRUE(Resolve(request, &again).ok()) << "the same resolution again";
  EXPECT_EQ(again.appeal().DebugString(), resolved.appeal().DebugString());
  EXPECT_EQ(Count("event"), "1");
  request.set_reason("another reason");
  EXPECT_EQ(ReasonOf(Resolve(request)), "APPEAL_RESOLVED");
}

TEST_F(AppealsTest, AcceptingNeverSetsATierByItself) {
  const v1::Appeal appeal = Filed(Filing("a-1"));
  v1::ResolveAppealResponse resolved;
  ASSERT_TRUE(Resolve(WithOrder(appeal, 1'00), &resolved).ok());
  EXPECT_EQ(resolved.appeal().state(), v1::APPEAL_STATE_ACCEPTED);
  EXPECT_EQ(resolved.appeal().tier_code_after(), resolved.appeal().tier_code_before()) << "one yuan more is no better tier";
}

TEST_F(AppealsTest, AnAcceptanceKilledBeforeItsEventIsCompletedByTheSameCall) {
  const v1::Appeal appeal = Filed(Filing("a-1"));
  const v1::ResolveAppealRequest request = WithOrder(appeal, 600'000'00);
  const std::string before = Tier();
  // The event can't be written while somebody holds the customer's row.
  PGconn* holder = PQconnectdb(installation_.conninfo().c_str());
  PQclear(PQexec(holder, "BEGIN"));
  PQclear(PQexec(holder, "SELECT 1 FROM customer WHERE external_id = 'kitchen' FOR UPDATE"));
  v1::ResolveAppealResponse response;
  auto context = Within(1500);
  EXPECT_EQ(appeals_->ResolveAppeal(context.get(), request, &response).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  installation_.KillSuite();
  PQfinish(holder);
  installation_.StartSuite();
  appeals_ = v1::AppealService::NewStub(installation_.channel());
  EXPECT_EQ(Count("event"), "0");
  EXPECT_EQ(Get("a-1").appeal().state(), v1::APPEAL_STATE_ACCEPTING);
  ExpectOnlyThisAcceptance(appeal, request);
  v1::ResolveAppealResponse completed;
  const grpc::Status status = Resolve(request, &completed);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(completed.appeal().state(), v1::APPEAL_STATE_ACCEPTED);
  EXPECT_EQ(completed.appeal().tier_code_before(), before);
  EXPECT_NE(completed.tier_code(), before);
  EXPECT_EQ(Count("event"), "1");
}

TEST_F(AppealsTest, AnAcceptanceInterruptedAfterItsEventIsCompletedByTheSameCall) {
  const v1::Appeal appeal = Filed(Filing("a-1"));
  v1::ResolveAppealRequest request = WithOrder(appeal, 600'000'00);
  request.mutable_correction()->clear_event_time();  // the time of the first call counts
  ASSERT_TRUE(Resolve(request).ok());
  const std::string corrected = Tier();
  // What a process that died before the resolution would have left.
  installation_.Sql("UPDATE appeal SET state = 'ACCEPTING', resolved_at = NULL, tier_after = ''");
  ExpectOnlyThisAcceptance(appeal, request);
  v1::ResolveAppealResponse completed;
  const grpc::Status status = Resolve(request, &completed);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(completed.appeal().state(), v1::APPEAL_STATE_ACCEPTED);
  EXPECT_EQ(completed.appeal().tier_code_after(), corrected);
  EXPECT_EQ(Count("event"), "1");
}

TEST_F(AppealsTest, ARefusedCorrectionLeavesTheAppealOpen) {
  const v1::Appeal appeal = Filed(Filing("a-1"));
  v1::ResolveAppealRequest request = WithOrder(appeal, 600'000'00);
  request.mutable_correction()->mutable_order()->set_order_id("o1");  // placed already
  const grpc::Status status = Resolve(request);
  EXPECT_EQ(ReasonOf(status), "ORDER_EXISTS") << status.error_message();
  const v1::Appeal open = Get("a-1").appeal();
  EXPECT_EQ(open.state(), v1::APPEAL_STATE_OPEN);
  EXPECT_EQ(open.correcting_event_id(), "");
  EXPECT_EQ(ReasonOf(Resolve(WithOrder(appeal, 600'000'00))), "ETAG_MISMATCH");
  EXPECT_TRUE(Resolve(WithOrder(open, 600'000'00)).ok());
}

TEST_F(AppealsTest, AReturnThatDecidesIsNamedAndItsWithdrawalConfirmed) {
  v1::Event refund;
  refund.set_customer_id(kCustomer);
  refund.set_event_id("r-1");
  refund.mutable_event_time()->set_seconds(*ParseDay("2026-03-26") * kSecondsPerDay);
  refund.mutable_refund()->set_order_id("big");
  refund.mutable_refund()->set_amount_minor(600'000'00);
  v1::Event small = refund;
  small.set_event_id("r-2");
  small.mutable_refund()->set_order_id("o1");
  small.mutable_refund()->set_amount_minor(1'00);
  const std::string before = Tier();
  installation_.Ingest({OrderEvent(kCustomer, "big", "2026-03-25", 600'000'00), refund, small});
  ASSERT_EQ(Tier(), before);
  const v1::Appeal appeal = Filed(Filing("a-1"));
  const v1::GetAppealResponse seen = Get("a-1");
  ASSERT_EQ(seen.decisive_events_size(), 1) << seen.ShortDebugString();
  EXPECT_EQ(seen.decisive_events(0).event_id(), "r-1");
  EXPECT_EQ(seen.decisive_events(0).fact(), v1::CORRECTING_FACT_REFUND);
  v1::ResolveAppealRequest request = Resolution(appeal, v1::APPEAL_STATE_ACCEPTED);
  request.mutable_correction()->mutable_void_event()->set_voided_event_id("r-9");
  EXPECT_EQ(DetailsOf(Resolve(request)).ViolationOf("correction.void_event.voided_event_id"), "UNKNOWN_EVENT");
  request.mutable_correction()->mutable_void_event()->set_voided_event_id("r-1");
  v1::ResolveAppealResponse resolved;
  const grpc::Status status = Resolve(request, &resolved);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(resolved.tier_code(), seen.decisive_events(0).tier_code());
  EXPECT_EQ(resolved.score_milli(), seen.decisive_events(0).score_milli());
  EXPECT_NE(Tier(), before);
}

TEST_F(AppealsTest, LostEditsAreRefused) {
  const v1::Appeal stale = Filed(Filing("a-1"));
  v1::Appeal fresh;
  ASSERT_TRUE(Assign(stale, "lin", &fresh).ok());
  EXPECT_EQ(fresh.assignee(), "lin");
  EXPECT_NE(fresh.etag(), stale.etag());
  const grpc::Status refused = Assign(stale, "wu");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(DetailsOf(refused).reason, "ETAG_MISMATCH");
  EXPECT_EQ(ReasonOf(Resolve(Resolution(stale, v1::APPEAL_STATE_REJECTED))), "ETAG_MISMATCH");
  ASSERT_TRUE(Comment(fresh, "c-1", "asked the warehouse").ok());
  ASSERT_TRUE(Comment(fresh, "c-1", "asked the warehouse").ok());
  EXPECT_EQ(ReasonOf(Comment(fresh, "c-1", "something else")), "COMMENT_EXISTS");
  ASSERT_EQ(Get("a-1").comments_size(), 1);
  EXPECT_EQ(Get("a-1").comments(0).text(), "asked the warehouse");
  ASSERT_TRUE(Resolve(Resolution(fresh, v1::APPEAL_STATE_REJECTED)).ok()) << "a comment loses nobody's edit";
  EXPECT_EQ(ReasonOf(Withdraw(fresh)), "APPEAL_RESOLVED");
  EXPECT_EQ(ReasonOf(Assign(fresh, "wu")), "APPEAL_RESOLVED");
}

TEST_F(AppealsTest, AreOnTheAuditRecordWithoutTheCustomersWords) {
  v1::Appeal appeal = Filed(Filing("a-1"));
  ASSERT_TRUE(Assign(appeal, "lin", &appeal).ok());
  ASSERT_TRUE(Comment(appeal, "c-1", "asked Chef Wang").ok());
  ASSERT_TRUE(Resolve(WithOrder(appeal, 600'000'00)).ok());
  EXPECT_EQ(installation_.Sql("SELECT string_agg(action, ' ' ORDER BY chain_seq) FROM audit_entry WHERE subject LIKE 'appeal/kitchen/a-1%'"),
            "FILE_APPEAL ASSIGN_APPEAL COMMENT_APPEAL ACCEPT_APPEAL RESOLVE_APPEAL");
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM audit_entry WHERE before || after || reason LIKE '%Wang%'"), "0");
  auto context = Within(10'000);
  auto audits = config::v1::AuditService::NewStub(installation_.channel());
  auto reader = audits->VerifyAudit(context.get(), {});
  config::v1::VerifyAuditResponse last;
  while (reader->Read(&last)) continue;
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(last.problem_count(), 0) << last.ShortDebugString();
}

TEST_F(AppealsTest, WrongRequestsAreNamedFieldByField) {
  const grpc::Status filing = File(v1::FileAppealRequest());
  for (const char* field : {"customer_id", "appeal_id", "text", "author"}) EXPECT_EQ(DetailsOf(filing).ViolationOf(field), "REQUIRED") << field;
  const grpc::Status resolution = Resolve(v1::ResolveAppealRequest());
  for (const char* field : {"customer_id", "appeal_id", "etag", "verdict", "reason", "author"}) {
    EXPECT_EQ(DetailsOf(resolution).ViolationOf(field), "REQUIRED") << field;
  }
  const v1::Appeal appeal = Filed(Filing("a-1"));
  EXPECT_EQ(DetailsOf(Resolve(Resolution(appeal, v1::APPEAL_STATE_ACCEPTED))).ViolationOf("correction"), "REQUIRED");
  v1::ResolveAppealRequest foreign = WithOrder(appeal, 1'00);
  foreign.mutable_correction()->set_customer_id(kOther);
  foreign.mutable_correction()->set_source("oms");
  EXPECT_EQ(DetailsOf(Resolve(foreign)).ViolationOf("correction.customer_id"), "MISMATCH");
  EXPECT_EQ(DetailsOf(Resolve(foreign)).ViolationOf("correction.source"), "MISMATCH");
  v1::ResolveAppealRequest broken = WithOrder(appeal, 1'00);
  broken.mutable_correction()->mutable_order()->clear_lines();
  EXPECT_NE(DetailsOf(Resolve(broken)).ViolationOf("correction.order.lines"), "");
  EXPECT_EQ(ReasonOf(File(Filing("a-1", "nobody"))), "CUSTOMER_UNKNOWN");
  v1::FileAppealRequest never = Filing("a-3");
  never.set_version(99);
  EXPECT_EQ(ReasonOf(File(never)), "DECISION_UNKNOWN");
}

}  // namespace
}  // namespace rung::testing
