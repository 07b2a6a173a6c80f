// The watch list, and what is done about customers by rule: coupons and tasks, within limits, once each.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>

#include "libs/base/day.h"
#include "rung/grading/v1/churn.grpc.pb.h"
#include "rung/grading/v1/retention.grpc.pb.h"
#include "rung/grading/v1/tag.pb.h"
#include "rung/grading/v1/retention_policy.pb.h"
#include "tests/support/benefit_client.h"
#include "tests/support/config_client.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

constexpr int kQuiet = 12;
constexpr char kToday[] = "2026-03-31";

std::string Quiet(int i) { return fmt::format("quiet-{:02}", i); }

v1::Event ProfileEvent(const std::string& customer, const std::string& region, const std::string& manager) {
  v1::Event event;
  event.set_customer_id(customer);
  event.set_event_id("profile");
  event.mutable_event_time()->set_seconds(*ParseDay("2025-08-01") * kSecondsPerDay);
  event.mutable_profile()->set_region(region);
  event.mutable_profile()->set_account_manager(manager);
  return event;
}

// Twice in a fortnight, three days apart, until so many days ago.
void AddOrders(std::vector<v1::Event>& events, const std::string& customer, int last_days_ago, int fortnights, int64_t amount) {
  const Day last = *ParseDay(kToday) - last_days_ago;
  for (int f = fortnights - 1; f >= 0; --f) {
    for (const int before : {3, 0}) {
      const Day day = last - 14 * f - before;
      events.push_back(OrderEvent(customer, fmt::format("o-{}", day), FormatDay(day), amount));
    }
  }
}

// Regulars, who ordered within the week; quiet ones, who stopped some weeks ago and brought the more the higher their number; new
// ones.
std::vector<v1::Event> Base() {
  std::vector<v1::Event> events;
  for (int i = 0; i < 20; ++i) AddOrders(events, fmt::format("regular-{:02}", i), 1 + i % 5, 10 + i % 9, 50'000);
  for (int i = 0; i < kQuiet; ++i) {
    events.push_back(ProfileEvent(Quiet(i), i % 2 == 0 ? "north" : "south", i < 6 ? "wang" : "li"));
    AddOrders(events, Quiet(i), 18 + 8 * (i % 6), 20, 20'000 + 10'000 * i);
  }
  for (int i = 0; i < 3; ++i) events.push_back(OrderEvent(fmt::format("new-{}", i), "first", FormatDay(*ParseDay(kToday) - 5), 30'000));
  return events;
}

class ChurnTest : public ::testing::Test {
 protected:
  void SetUp() override {
    installation_.Ingest(Base());
    Connect();
  }
  void Connect() { churn_ = v1::ChurnService::NewStub(installation_.channel()); }

  void Fit() {
    v1::FitBaseRequest request;
    request.set_request_id("fit");
    request.set_without_holdout(true);
    v1::FitBaseResponse response;
    const auto stub = v1::RetentionService::NewStub(installation_.channel());
    const grpc::Status status = stub->FitBase(Within(60'000).get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_TRUE(Eventually(60'000, [&] { return ListStatus({}).ok(); })) << "a list comes with the fit";
  }
  v1::ChurnScan Scan() {
    v1::ScanChurnRequest request;
    request.set_author("li");
    v1::ScanChurnResponse response;
    const grpc::Status status = churn_->ScanChurn(Within(60'000).get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.scan();
  }
  grpc::Status ListStatus(const v1::ListChurnRequest& request, v1::ListChurnResponse* out = nullptr) {
    v1::ListChurnResponse own;
    return churn_->ListChurn(Within(10'000).get(), request, out == nullptr ? &own : out);
  }
  v1::ListChurnResponse List(const v1::ListChurnRequest& request = {}) {
    v1::ListChurnResponse response;
    const grpc::Status status = ListStatus(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  static std::vector<std::string> Ids(const v1::ListChurnResponse& list) {
    std::vector<std::string> ids;
    for (const v1::WatchedCustomer& customer : list.customers()) ids.push_back(customer.customer_id());
    return ids;
  }
  std::vector<v1::RetentionAction> Actions(const v1::ListRetentionActionsRequest& request = {}) {
    v1::ListRetentionActionsRequest page = request;
    std::vector<v1::RetentionAction> actions;
    do {
      v1::ListRetentionActionsResponse response;
      const grpc::Status status = churn_->ListRetentionActions(Within(10'000).get(), page, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      actions.insert(actions.end(), response.actions().begin(), response.actions().end());
      page.set_page_token(response.next_page_token());
    } while (!page.page_token().empty());
    return actions;
  }
  bool NothingWaits() {
    v1::ListRetentionActionsRequest request;
    request.set_state(v1::RETENTION_ACTION_STATE_WAITING);
    return Actions(request).empty();
  }
  static bv1::CouponDefinition Coupon(const std::string& id, const std::string& more = "") {
    return FromJson<bv1::CouponDefinition>(R"({"coupon_id": ")" + id + R"(", "currency_code": "CNY", "scope": "all", "amount_off_fen": "2000",
        "minimum_fen": "10000", "valid_days": 14)" + more + "}");
  }
  // wang calls; who else is about to leave gets a coupon; new ones another.
  static v1::RetentionPolicy Policy() {
    return FromJson<v1::RetentionPolicy>(R"({"rules": [
        {"rule_id": "wang-calls", "when": {"risks": ["CHURN_RISK_HIGH", "CHURN_RISK_LOST"], "account_managers": ["wang"]},
         "task": {"texts": {"zh": "电话回访，了解停单原因", "en": "Call: why did the orders stop?"}}},
        {"rule_id": "win-back", "when": {"risks": ["CHURN_RISK_HIGH", "CHURN_RISK_LOST"]}, "coupon": {"coupon_id": "win-back"}},
        {"rule_id": "welcome", "when": {"most_order_days": 2, "most_tenure_days": 30}, "coupon": {"coupon_id": "second-order"}}],
        "limit": {"actions": 1, "days": 30}})");
  }
  void PublishPolicy(const v1::RetentionPolicy& policy = Policy()) { ConfigClient(installation_.channel()).SaveAndPublish(policy); }

  // Both outputs.
  std::string Rungctl(const std::string& arguments) {
    std::FILE* pipe = popen(fmt::format("{}/rungctl --server {} {} 2>&1", RUNG_BINARY_DIR, installation_.address(), arguments).c_str(), "r");
    std::string text;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text.push_back(static_cast<char>(c));
    pclose(pipe);
    return text;
  }

  Installation installation_;  // on March 31, 2026
  std::unique_ptr<v1::ChurnService::Stub> churn_;
};

TEST_F(ChurnTest, WithoutAFitThereIsNoListAndItSaysSo) {
  EXPECT_EQ(ReasonOf(ListStatus({})), "NO_WATCH_LIST");
  v1::ScanChurnResponse response;
  EXPECT_EQ(ReasonOf(churn_->ScanChurn(Within(10'000).get(), {}, &response)), "NO_FIT");
}

TEST_F(ChurnTest, ListsWhoIsLeavingByTheValueAtRiskWithReasons) {
  Fit();
  const v1::ListChurnResponse list = List();
  std::vector<std::string> quiet;
  for (int i = 0; i < kQuiet; ++i) quiet.push_back(Quiet(i));
  const auto ids = Ids(list);
  for (const std::string& id : quiet) EXPECT_THAT(ids, Contains(id));
  for (const std::string& id : ids) EXPECT_THAT(id, Not(HasSubstr("regular")));
  for (int i = 1; i < list.customers_size(); ++i) EXPECT_GE(list.customers(i - 1).value_at_risk_minor(), list.customers(i).value_at_risk_minor());
  EXPECT_EQ(list.scan().as_of_date(), "2026-03-30");
  EXPECT_EQ(list.scan().ladder_id(), "kuailv");
  EXPECT_EQ(list.scan().watch_count() + list.scan().high_count() + list.scan().lost_count(), list.customers_size());
  const auto retention = v1::RetentionService::NewStub(installation_.channel());
  for (const v1::WatchedCustomer& customer : list.customers()) {
    EXPECT_FALSE(customer.reasons().empty()) << customer.customer_id();
    EXPECT_NEAR(static_cast<double>(customer.value_at_risk_minor()), (1 - customer.retention()) * static_cast<double>(customer.value_365d_minor()), 1);
    v1::GetOutlookRequest request;
    request.set_customer_id(customer.customer_id());
    request.set_as_of_date(list.scan().as_of_date());
    v1::GetOutlookResponse outlook;
    ASSERT_TRUE(retention->GetOutlook(Within(10'000).get(), request, &outlook).ok());
    EXPECT_EQ(customer.churn_risk(), outlook.outlook().churn_risk());
    EXPECT_EQ(customer.retention(), outlook.outlook().retention()) << "the list says what the customer's outlook says";
    EXPECT_EQ(customer.ltv_365d_minor(), outlook.outlook().ltv_365d_minor());
    EXPECT_EQ(customer.reasons(0).text_zh(), outlook.outlook().reasons(0).text_zh());
  }
  EXPECT_THAT(list.customers(0).reasons(0).text_zh(), HasSubstr("天未下单"));

  installation_.Ingest({OrderEvent("long-gone", "o-1", "2024-10-01", 10'000), OrderEvent("long-gone", "o-2", "2024-11-01", 10'000)});
  v1::GetOutlookRequest request;
  request.set_customer_id("long-gone");
  v1::GetOutlookResponse gone;
  ASSERT_TRUE(retention->GetOutlook(Within(10'000).get(), request, &gone).ok());
  ASSERT_EQ(gone.outlook().reasons_size(), 1) << gone.ShortDebugString();
  EXPECT_EQ(gone.outlook().reasons(0).reason(), v1::CHURN_REASON_NONE_LATELY);
  EXPECT_EQ(gone.outlook().reasons(0).text_en(), "no order within a year, the last one 515 days ago");
}

// A list says what it was made by, also while another measure is in force.
TEST_F(ChurnTest, ByRecencyEverybodyIsMeasuredByTheSameDays) {
  Fit();
  const auto joined = List();
  EXPECT_EQ(joined.scan().churn_measure(), v1::CHURN_MEASURE_JOINED);
  EXPECT_THAT(Rungctl("stats fit --store --no-holdout --churn recency --lang en"), HasSubstr("Churn judged by"));
  const auto retention = v1::RetentionService::NewStub(installation_.channel());
  v1::GetBaseFitResponse fit;
  ASSERT_TRUE(retention->GetBaseFit(Within(10'000).get(), {}, &fit).ok());
  EXPECT_EQ(Scan().churn_measure(), v1::CHURN_MEASURE_RECENCY);
  const auto recency = List();
  EXPECT_NE(Ids(recency), Ids(joined));
  for (const v1::WatchedCustomer& customer : recency.customers()) {
    EXPECT_DOUBLE_EQ(customer.usual_gap_days(), fit.fit().base_gap_days()) << customer.customer_id();
    EXPECT_DOUBLE_EQ(customer.retention(), fit.fit().base_gap_days() / customer.days_silent());
    ASSERT_EQ(customer.reasons_size(), 1);
    EXPECT_EQ(customer.reasons(0).reason(), v1::CHURN_REASON_OVERDUE);
    EXPECT_THAT(customer.reasons(0).text_en(), HasSubstr("where customers usually place one")) << "not what this one usually does";
    EXPECT_THAT(customer.reasons(0).text_zh(), HasSubstr("客户一般"));
  }
  Rungctl("stats fit --store --no-holdout --churn joined");
  EXPECT_TRUE(Eventually(30'000, [&] { return List().scan().churn_measure() == v1::CHURN_MEASURE_JOINED; })) << "lists follow fits";
}

TEST_F(ChurnTest, IsFilteredByRiskTierRegionAndAccountManager) {
  BenefitClient(installation_.channel()).SetTier(Quiet(3), "diamond");
  Fit();
  const auto all = List();
  const auto with = [&](const std::function<bool(const v1::WatchedCustomer&)>& takes) {
    std::vector<std::string> ids;
    for (const v1::WatchedCustomer& customer : all.customers()) {
      if (takes(customer)) ids.push_back(customer.customer_id());
    }
    return ids;
  };
  v1::ListChurnRequest request;
  request.add_tier_codes("diamond");
  EXPECT_THAT(Ids(List(request)), ElementsAre(Quiet(3)));
  request.Clear();
  request.add_regions("north");
  EXPECT_THAT(Ids(List(request)), SizeIs(kQuiet / 2));
  EXPECT_EQ(Ids(List(request)), with([](const auto& customer) { return customer.region() == "north"; }));
  request.add_account_managers("wang");
  EXPECT_EQ(Ids(List(request)), with([](const auto& customer) { return customer.region() == "north" && customer.account_manager() == "wang"; }));
  request.Clear();
  request.add_risks(v1::CHURN_RISK_LOST);
  request.add_risks(v1::CHURN_RISK_WATCH);
  EXPECT_EQ(Ids(List(request)), with([](const auto& customer) { return customer.churn_risk() != v1::CHURN_RISK_HIGH; }));
}

TEST_F(ChurnTest, PagesAreBoundToTheFilterAndGoOnWithTheirList) {
  Fit();
  const auto all = Ids(List());
  v1::ListChurnRequest request;
  request.set_page_size(5);
  v1::ListChurnResponse page = List(request);
  auto paged = Ids(page);
  request.set_page_token(page.next_page_token());
  v1::ListChurnRequest other = request;
  other.add_regions("north");
  EXPECT_EQ(DetailsOf(ListStatus(other)).ViolationOf("page_token"), "BAD_PAGE_TOKEN");

  installation_.Ingest({OrderEvent(Quiet(0), "back", kToday, 10'000)});
  Scan();
  while (!request.page_token().empty()) {
    page = List(request);
    const auto more = Ids(page);
    paged.insert(paged.end(), more.begin(), more.end());
    request.set_page_token(page.next_page_token());
  }
  EXPECT_EQ(paged, all) << "whoever began to read goes on with the same list";
  EXPECT_THAT(Ids(List()), Not(Contains(Quiet(0)))) << "whoever orders has come back";
  request.set_page_token(List(request).next_page_token());
  Scan();
  Scan();
  EXPECT_EQ(DetailsOf(ListStatus(request)).ViolationOf("page_token"), "BAD_PAGE_TOKEN") << "a list is kept while one newer one is there";
  EXPECT_EQ(installation_.Sql("SELECT count(DISTINCT scan_id) <= 3 FROM churn_watch"), "t") << "older ones go with the next scan";
}

TEST_F(ChurnTest, ActsByRuleWithinLimitsOnce) {
  BenefitClient benefits(installation_.channel());
  ASSERT_TRUE(benefits.Publish(Coupon("win-back")).ok());
  ASSERT_TRUE(benefits.Publish(Coupon("second-order")).ok());
  PublishPolicy();
  Fit();  // the list that comes with it acts, too
  ASSERT_TRUE(Eventually(60'000, [&] { return !Actions().empty() && NothingWaits(); }));
  std::map<std::string, v1::RetentionAction> by_customer;
  for (const v1::RetentionAction& action : Actions()) EXPECT_TRUE(by_customer.emplace(action.customer_id(), action).second) << "twice: " << action.customer_id();
  const v1::ListChurnResponse list = List();
  for (const v1::WatchedCustomer& customer : list.customers()) {
    if (customer.churn_risk() == v1::CHURN_RISK_WATCH) continue;
    ASSERT_EQ(by_customer.count(customer.customer_id()), 1u) << customer.customer_id();
    const v1::RetentionAction& action = by_customer[customer.customer_id()];
    const bool of_wang = customer.account_manager() == "wang";
    EXPECT_EQ(action.rule_id(), of_wang ? "wang-calls" : "win-back");
    EXPECT_EQ(action.state(), of_wang ? v1::RETENTION_ACTION_STATE_OPEN : v1::RETENTION_ACTION_STATE_DONE) << action.refusal();
    EXPECT_EQ(action.task_texts().count("zh"), of_wang ? 1u : 0u);
    const auto coupons = benefits.CouponsOf(customer.customer_id());
    ASSERT_EQ(coupons.size(), of_wang ? 0u : 1u);
    if (of_wang) continue;
    EXPECT_EQ(coupons[0].issued_coupon_id(), action.issued_coupon_id());
    EXPECT_EQ(coupons[0].source(), "retention:win-back");
  }
  for (int i = 0; i < 3; ++i) EXPECT_EQ(by_customer[fmt::format("new-{}", i)].issued_coupon_id(), "second-order.1");
  EXPECT_THAT(benefits.CouponsOf("regular-00"), IsEmpty());

  const size_t before = by_customer.size();
  EXPECT_EQ(Scan().action_count(), 0) << "within the period there is no second one";
  EXPECT_THAT(Actions(), SizeIs(before));
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM audit_entry WHERE action = 'PLAN_RETENTION'"), std::to_string(before));
  v1::ListRetentionActionsRequest of_wang;
  of_wang.set_account_manager("wang");
  of_wang.set_page_size(2);
  const auto calls = Actions(of_wang);
  EXPECT_GT(calls.size(), 2u) << "more than a page";
  for (const v1::RetentionAction& action : calls) EXPECT_EQ(action.rule_id(), "wang-calls");

  // A month later, so to speak, the period is over.
  installation_.Sql("UPDATE retention_action SET planned_day = planned_day - 30 WHERE rule_id = 'welcome'");
  EXPECT_EQ(Scan().action_count(), 3);
  ASSERT_TRUE(Eventually(30'000, [&] { return NothingWaits(); }));
  EXPECT_THAT(benefits.CouponsOf("new-1"), SizeIs(2));
}

TEST_F(ChurnTest, ATaskIsOpenUntilSomebodySaysWhatCameOfIt) {
  PublishPolicy();
  Fit();
  v1::ListRetentionActionsRequest open;
  open.set_state(v1::RETENTION_ACTION_STATE_OPEN);
  open.set_account_manager("wang");
  ASSERT_TRUE(Eventually(60'000, [&] { return Actions(open).size() > 1; }));
  const size_t before = Actions(open).size();
  const v1::RetentionAction task = Actions(open)[0];
  EXPECT_FALSE(task.has_ended_time());
  v1::CloseRetentionTaskRequest request;
  request.set_request_id("call-1");
  request.set_customer_id(task.customer_id());
  request.set_action_number(task.action_number());
  request.set_outcome(v1::RETENTION_TASK_OUTCOME_STAYS);
  request.set_author("wang");
  v1::CloseRetentionTaskResponse closed, again;
  const auto close = [&](v1::CloseRetentionTaskResponse& response) { return churn_->CloseRetentionTask(Within(10'000).get(), request, &response); };
  ASSERT_TRUE(close(closed).ok());
  EXPECT_EQ(closed.action().state(), v1::RETENTION_ACTION_STATE_DONE);
  EXPECT_EQ(closed.action().closed_by(), "wang");
  EXPECT_EQ(closed.action().outcome(), v1::RETENTION_TASK_OUTCOME_STAYS);
  EXPECT_TRUE(closed.action().has_ended_time());
  ASSERT_TRUE(close(again).ok()) << "the same request again";
  EXPECT_EQ(again.DebugString(), closed.DebugString());
  EXPECT_THAT(Actions(open), SizeIs(before - 1));
  EXPECT_EQ(installation_.Sql("SELECT actor FROM audit_entry WHERE action = 'CLOSE_RETENTION_TASK'"), "wang") << "once";

  request.set_outcome(v1::RETENTION_TASK_OUTCOME_LEFT);
  EXPECT_EQ(DetailsOf(close(again)).reason, "REQUEST_ID_REUSED");
  request.set_request_id("call-2");
  EXPECT_EQ(DetailsOf(close(again)).reason, "RETENTION_TASK_CLOSED");
  request.set_action_number(99);
  EXPECT_EQ(DetailsOf(close(again)).reason, "RETENTION_TASK_UNKNOWN");
  request.Clear();
  const ErrorDetails details = DetailsOf(close(again));
  for (const char* field : {"request_id", "customer_id", "author"}) EXPECT_EQ(details.ViolationOf(field), "REQUIRED");
  EXPECT_EQ(details.ViolationOf("action_number"), "OUT_OF_RANGE");
  EXPECT_EQ(details.ViolationOf("outcome"), "UNKNOWN_VALUE");

  const v1::RetentionAction next = Actions(open)[0];
  const std::string command = fmt::format("churn close {} {} --outcome not-reached --author wang", next.customer_id(), next.action_number());
  EXPECT_THAT(Rungctl(command + " --lang zh"), AllOf(HasSubstr("已执行"), HasSubstr("未联系上"), HasSubstr("wang")));
  EXPECT_THAT(Rungctl(command), HasSubstr("RETENTION_TASK_CLOSED"));
}

TEST_F(ChurnTest, ARuleActsOnThoseWithItsTag) {
  const auto policy = FromJson<v1::RetentionPolicy>(R"({"rules": [
      {"rule_id": "thank", "when": {"tag_ids": ["big"]}, "task": {"texts": {"zh": "致谢", "en": "Say thank you"}}}],
      "limit": {"actions": 1, "days": 30}})");
  const ConfigClient config(installation_.channel());
  const auto saved = config.Save(policy);
  ASSERT_TRUE(saved.ok());
  ASSERT_EQ(saved->findings_size(), 1) << "a warning";
  EXPECT_EQ(saved->findings(0).field(), "rules[0].when.tag_ids[0]");
  EXPECT_EQ(saved->findings(0).reason(), "TAG_UNKNOWN");
  auto publish = ConfigClient::PublishRequest("default", saved->draft().etag(), "thanks");
  publish.set_kind("retention-policy");
  ASSERT_TRUE(config.Call(&ConfigClient::Stub::PublishDraft, publish).ok());
  Fit();
  EXPECT_EQ(Scan().action_count(), 0) << "nobody has a tag that isn't published";
  config.SaveAndPublish(FromJson<v1::TagSet>(R"({"tags": [{"tag_id": "big", "names": {"zh": "大客户", "en": "Big"},
      "conditions": [{"feature": "aov_90d", "value": 100000}]}]})"));
  EXPECT_EQ(Scan().action_count(), 4);
  std::vector<std::string> thanked;
  for (const v1::RetentionAction& action : Actions()) thanked.push_back(action.customer_id());
  EXPECT_THAT(thanked, UnorderedElementsAreArray({Quiet(8), Quiet(9), Quiet(10), Quiet(11)})) << "1,000 yuan and more an order";
  EXPECT_EQ(Scan().policy_version(), 1);
  installation_.Sql("SET session_replication_role = replica; UPDATE config_version SET body = regexp_replace(body, '{', '{\"of_a_later_release\": 1,') "
                    "WHERE kind = 'retention-policy'");
  EXPECT_EQ(Scan().policy_version(), 0) << "a condition that is unknown here would be no condition";
}

TEST_F(ChurnTest, ADayHasRoomForSoManyThoseWithMostAtStakeFirst) {
  BenefitClient benefits(installation_.channel());
  ASSERT_TRUE(benefits.Publish(Coupon("win-back")).ok());
  v1::RetentionPolicy policy = Policy();
  policy.mutable_rules()->DeleteSubrange(2, 1);
  policy.mutable_rules()->DeleteSubrange(0, 1);
  policy.set_actions_per_day(2);
  PublishPolicy(policy);
  Fit();
  ASSERT_TRUE(Eventually(60'000, [&] { return Actions().size() == 2 && NothingWaits(); }));
  v1::ListChurnRequest request;
  request.add_risks(v1::CHURN_RISK_HIGH);
  request.add_risks(v1::CHURN_RISK_LOST);
  const auto list = Ids(List(request));
  std::vector<std::string> acted;
  for (const v1::RetentionAction& action : Actions()) acted.push_back(action.customer_id());
  EXPECT_THAT(acted, UnorderedElementsAreArray({list[0], list[1]}));
  EXPECT_EQ(Scan().action_count(), 0) << "the day is full";
}

TEST_F(ChurnTest, WhatTheCouponRefusesIsRefusedForGood) {
  BenefitClient benefits(installation_.channel());
  ASSERT_TRUE(benefits.Publish(Coupon("win-back", R"(, "issue_limit": "1")")).ok());
  v1::RetentionPolicy policy = Policy();
  policy.mutable_rules()->DeleteSubrange(2, 1);
  PublishPolicy(policy);
  Fit();
  v1::ListRetentionActionsRequest of_rule;
  of_rule.set_rule_id("win-back");
  ASSERT_TRUE(Eventually(60'000, [&] { return !Actions(of_rule).empty() && NothingWaits(); }));
  int refused = 0, issued = 0;
  for (const v1::RetentionAction& action : Actions(of_rule)) {
    if (action.state() == v1::RETENTION_ACTION_STATE_DONE) ++issued;
    if (action.state() != v1::RETENTION_ACTION_STATE_REFUSED) continue;
    ++refused;
    EXPECT_THAT(action.refusal(), HasSubstr("ISSUE_LIMIT_REACHED"));
  }
  EXPECT_EQ(issued, 1);
  EXPECT_GT(refused, 0);
  EXPECT_EQ(benefits.Usage("win-back").issued_count(), 1);
}

TEST_F(ChurnTest, EveryCustomerGetsOneCouponThroughKills) {
  BenefitClient benefits(installation_.channel());
  ASSERT_TRUE(benefits.Publish(Coupon("win-back")).ok());
  ASSERT_TRUE(benefits.Publish(Coupon("second-order")).ok());
  Fit();
  v1::RetentionPolicy policy = Policy();
  policy.mutable_rules()->DeleteSubrange(0, 1);  // coupons for all of them
  PublishPolicy(policy);
  EXPECT_GT(Scan().action_count(), kQuiet / 2);
  for (int kill = 0; kill < 3; ++kill) {
    installation_.KillSuite();
    installation_.StartSuite();
    Connect();
    // As if the kill had come between the coupon and its record.
    installation_.Sql("UPDATE retention_action SET state = 'WAITING', ended_at = NULL, issued_coupon_id = '' WHERE customer_id IN "
                      "(SELECT customer_id FROM retention_action WHERE state = 'DONE' ORDER BY turn LIMIT 4)");
  }
  BenefitClient again(installation_.channel());
  ASSERT_TRUE(Eventually(60'000, [&] { return NothingWaits(); }));
  const auto actions = Actions();
  for (const v1::RetentionAction& action : actions) {
    EXPECT_EQ(action.state(), v1::RETENTION_ACTION_STATE_DONE) << action.refusal();
    EXPECT_THAT(again.CouponsOf(action.customer_id()), SizeIs(1)) << action.customer_id();
  }
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM issued_coupon"), std::to_string(actions.size()));
}

TEST_F(ChurnTest, WithoutTheBenefitsServiceCouponsWaitAndComeOnceItIsBack) {
  BenefitClient benefits(installation_.channel());
  for (const char* coupon : {"win-back", "second-order"}) ASSERT_TRUE(benefits.Publish(Coupon(coupon)).ok());
  Fit();
  v1::RetentionPolicy policy = Policy();
  policy.mutable_rules()->DeleteSubrange(0, 1);  // coupons for all of them
  PublishPolicy(policy);
  ASSERT_TRUE(installation_.StopSuite());

  const std::string socket = "unix:" + installation_.folder() + "/grading.sock", log = installation_.folder() + "/grading.log";
  std::vector<std::string> command = installation_.SuiteCommand(socket);
  command[0] = std::string(RUNG_BINARY_DIR) + "/rung-grading";
  command.insert(command.end(), {"--benefits", "unix:/nowhere"});
  Child grading(command, log);
  churn_ = v1::ChurnService::NewStub(grpc::CreateChannel(socket, grpc::InsecureChannelCredentials()));
  ASSERT_TRUE(Eventually(20'000, [&] { return ListStatus({}).ok(); }));
  const int64_t planned = Scan().action_count();
  EXPECT_GT(planned, 0);
  ASSERT_TRUE(Eventually(20'000, [&] {
    std::ifstream file(log);
    return std::string(std::istreambuf_iterator<char>(file), {}).find("coupons wait") != std::string::npos;
  }));
  v1::ListRetentionActionsRequest waiting;
  waiting.set_state(v1::RETENTION_ACTION_STATE_WAITING);
  EXPECT_EQ(static_cast<int64_t>(Actions(waiting).size()), planned);
  grading.Signal(15);

  installation_.StartSuite();
  Connect();
  ASSERT_TRUE(Eventually(60'000, [&] { return NothingWaits(); }));
  EXPECT_EQ(installation_.Sql("SELECT count(*) FROM issued_coupon"), std::to_string(planned));
}

TEST_F(ChurnTest, IsReadableByPeopleOnTheCommandLine) {
  EXPECT_THAT(Rungctl("churn list"), HasSubstr("NO_WATCH_LIST"));
  Fit();
  const std::string english = Rungctl("churn list --manager li --limit 3 --lang en");
  EXPECT_THAT(english, AllOf(HasSubstr("quiet-11"), HasSubstr("li"), HasSubstr("no order for"), Not(HasSubstr("wang"))));
  EXPECT_THAT(Rungctl("churn list --risk lost,high --region north --lang zh"), AllOf(HasSubstr("风险价值"), HasSubstr("天未下单")));
  EXPECT_THAT(Rungctl("churn list --region nowhere"), HasSubstr("regions[0]"));
  EXPECT_THAT(Rungctl("churn scan --author li"), HasSubstr("no retention policy is published"));
  for (const char* coupon : {"win-back", "second-order"}) {
    EXPECT_THAT(Rungctl(fmt::format("coupon apply {}/deploy/retention/{}.json --author li", RUNG_SOURCE_DIR, coupon)), HasSubstr("is published"));
  }
  EXPECT_THAT(Rungctl(fmt::format("retention-policy apply {}/deploy/retention/policy.json --author li", RUNG_SOURCE_DIR)),
              AllOf(HasSubstr("is published"), Not(HasSubstr("warning")))) << "what ships names what ships";
  EXPECT_THAT(Rungctl("churn scan --author li --lang en"), HasSubstr("Actions"));
  EXPECT_THAT(Rungctl("churn actions --rule second-order --lang en"), AllOf(HasSubstr("new-0"), HasSubstr("coupon second-order")));
}

TEST_F(ChurnTest, WrongRequestsAndPoliciesAreNamed) {
  Fit();
  v1::ListChurnRequest list;
  list.add_tier_codes("wood");
  EXPECT_EQ(DetailsOf(ListStatus(list)).ViolationOf("tier_codes[0]"), "TIER_UNKNOWN");
  list.Clear();
  list.add_regions("nowhere");
  EXPECT_EQ(DetailsOf(ListStatus(list)).ViolationOf("regions[0]"), "UNKNOWN_VALUE");
  list.Clear();
  list.add_risks(v1::CHURN_RISK_NONE);
  EXPECT_EQ(DetailsOf(ListStatus(list)).ViolationOf("risks[0]"), "UNKNOWN_VALUE");
  list.Clear();
  list.set_page_size(501);
  EXPECT_EQ(DetailsOf(ListStatus(list)).ViolationOf("page_size"), "OUT_OF_RANGE");
  v1::ScanChurnRequest scan;
  scan.set_author("batch");
  v1::ScanChurnResponse scanned;
  EXPECT_EQ(DetailsOf(churn_->ScanChurn(Within(10'000).get(), scan, &scanned)).ViolationOf("author"), "RESERVED");
  scan.set_author("li");
  scan.set_as_of_date("2025-01-01");
  EXPECT_EQ(DetailsOf(churn_->ScanChurn(Within(10'000).get(), scan, &scanned)).ViolationOf("as_of_date"), "OUT_OF_RANGE");

  const ConfigClient config(installation_.channel());
  v1::RetentionPolicy policy = Policy();
  policy.clear_limit();
  const auto refused = config.Save(policy);
  ASSERT_TRUE(refused.ok());
  std::vector<std::string> findings;
  for (const auto& finding : refused->findings()) findings.push_back(finding.field());
  EXPECT_THAT(findings, AllOf(Contains("limit.actions"), Contains("limit.days"), Contains("rules[1].coupon.coupon_id")));
}

}  // namespace
}  // namespace rung::testing
