// Audiences by churn risk: lists by the watch list, coupons by the risk of now.
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rung/grading/v1/account.grpc.pb.h"
#include "tests/support/benefit_client.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/recommendation_fixture.h"
#include "tests/support/retention_calls.h"
#include "tests/support/service_process.h"

namespace rung::testing {
namespace {

constexpr int kRegulars = 20, kQuiet = 12;
const Day kToday = *ParseDay("2026-03-31");

std::string Regular(int i) { return fmt::format("regular-{}", i); }
std::string Quiet(int i) { return fmt::format("quiet-{}", i); }

void AddWeeks(std::vector<v1::Event>& events, const std::string& customer, Day last, int weeks) {
  for (int week = 0; week < weeks; ++week) {
    const Day day = last - 7 * week - week % 3;
    events.push_back(OrderOf(customer, fmt::format("o-{}", day), FormatDay(day), {"milk", week % 2 == 0 ? "bread" : "caviar"}));
  }
}

// Weekly customers: regulars ordered within the week, the quiet ones stopped one to six weeks ago.
std::vector<v1::Event> Base() {
  std::vector<v1::Event> events;
  for (int i = 0; i < kRegulars; ++i) AddWeeks(events, Regular(i), kToday - 1 - i % 5, 10 + i % 9);
  for (int i = 0; i < kQuiet; ++i) AddWeeks(events, Quiet(i), kToday - 8 - 4 * i, 14);
  return events;
}

class RecommendationRiskTest : public RecommendationTest {
 protected:
  void SetUp() override {
    RecommendationTest::SetUp();
    installation_.Ingest(Base());
    Train();
  }
  void PublishForRisks() {
    Publish(FromJson<rec::RecommendationPolicy>(R"({"audiences": [
        {"name": "leaving", "when": {"churn_risks": ["CHURN_RISK_HIGH", "CHURN_RISK_LOST"]}, "coupon_program": "win-back"},
        {"name": "fading", "when": {"churn_risks": ["CHURN_RISK_WATCH"]}},
        {"name": "everybody"}]})"));
  }
  std::map<std::string, v1::ChurnRisk> WatchList() const {
    v1::ListChurnRequest request;
    request.set_page_size(500);
    v1::ListChurnResponse list;
    const auto stub = v1::ChurnService::NewStub(installation_.channel());
    EXPECT_TRUE(stub->ListChurn(Within(10'000).get(), request, &list).ok());
    std::map<std::string, v1::ChurnRisk> risks;
    for (const v1::WatchedCustomer& customer : list.customers()) risks[customer.customer_id()] = customer.churn_risk();
    return risks;
  }
  grpc::Status Claim(const std::string& customer) const {
    rec::ClaimCouponRequest request;
    request.set_customer_id(customer);
    rec::ClaimCouponResponse response;
    return recommendations_->ClaimCoupon(Within(5'000).get(), request, &response);
  }
};

TEST_F(RecommendationRiskTest, ListsGoByTheWatchList) {
  PublishForRisks();
  EXPECT_EQ(Recommend(Quiet(11)).audience(), "everybody") << "nothing is fitted: nobody is known to leave";
  FitAndScan(installation_.channel());
  ASSERT_TRUE(Eventually(10'000, [&] { return Recommend(Quiet(11)).audience() == "leaving"; }));
  const auto risks = WatchList();
  std::map<std::string, int> sizes;
  const auto check = [&](const std::string& id) {
    const auto found = risks.find(id);
    const v1::ChurnRisk risk = found == risks.end() ? v1::CHURN_RISK_NONE : found->second;
    const std::string audience = Recommend(id).audience();
    EXPECT_EQ(audience, risk == v1::CHURN_RISK_NONE ? "everybody" : risk == v1::CHURN_RISK_WATCH ? "fading" : "leaving") << id;
    ++sizes[audience];
  };
  for (int i = 0; i < kRegulars; ++i) check(Regular(i));
  for (int i = 0; i < kQuiet; ++i) check(Quiet(i));
  EXPECT_EQ(Recommend("nobody").audience(), "everybody");
  EXPECT_GE(sizes["leaving"], 3);
  EXPECT_GE(sizes["fading"], 1);
  EXPECT_GE(sizes["everybody"], kRegulars);
}

// Before it is published: what the lists will be, of everybody.
TEST_F(RecommendationRiskTest, APreviewSumsUpTheListsThatThePolicyWillMake) {
  FitAndScan(installation_.channel());
  rec::PreviewPolicyRequest request;
  *request.mutable_policy() = FromJson<rec::RecommendationPolicy>(R"({"audiences": [
      {"name": "leaving", "when": {"churn_risks": ["CHURN_RISK_HIGH", "CHURN_RISK_LOST"]},
       "slots": [{"name": "imported", "count": 1, "categories": ["imported"]}]},
      {"name": "martians", "when": {"regions": ["mars"]}},
      {"name": "everybody"}]})");
  request.set_count(1);
  rec::PreviewPolicyResponse preview;
  ASSERT_TRUE(recommendations_->PreviewPolicy(Within(10'000).get(), request, &preview).ok());
  EXPECT_EQ(preview.policy_version(), 0);
  EXPECT_EQ(preview.everybody().customer_count(), kRegulars + kQuiet);
  EXPECT_EQ(Recommend(Quiet(11)).policy_version(), 0) << "nothing has changed";

  Publish(request.policy());
  ASSERT_TRUE(Eventually(10'000, [&] { return Recommend(Quiet(11)).audience() == "leaving"; }));
  std::map<std::string, rec::AudiencePreview> expected;
  for (int i = 0; i < kRegulars + kQuiet; ++i) {
    const rec::RecommendResponse list = Recommend(i < kRegulars ? Regular(i) : Quiet(i - kRegulars), 1);
    rec::AudiencePreview& sum = expected[list.audience()];
    sum.set_customer_count(sum.customer_count() + 1);
    sum.set_expected_hits_milli(sum.expected_hits_milli() + list.expected_hits_milli());
    sum.set_policy_cost_milli(sum.policy_cost_milli() + list.policy_cost_milli());
  }
  ASSERT_EQ(preview.audiences_size(), 3);
  EXPECT_EQ(preview.audiences(1).customer_count(), 0);
  for (const rec::AudiencePreview& audience : preview.audiences()) {
    const rec::AudiencePreview& sum = expected[audience.audience()];
    EXPECT_EQ(audience.customer_count(), sum.customer_count()) << audience.audience();
    if (sum.customer_count() == 0) continue;
    EXPECT_NEAR(audience.expected_hits_milli(), static_cast<double>(sum.expected_hits_milli()) / sum.customer_count(), 1) << audience.audience();
    EXPECT_NEAR(audience.policy_cost_milli(), static_cast<double>(sum.policy_cost_milli()) / sum.customer_count(), 1) << audience.audience();
  }
  EXPECT_GT(preview.audiences(0).policy_cost_milli(), 0) << "the slot takes the place of what is likelier";
  EXPECT_EQ(preview.audiences(2).policy_cost_milli(), 0);

  rec::PreviewPolicyResponse in_force;
  ASSERT_TRUE(recommendations_->PreviewPolicy(Within(10'000).get(), rec::PreviewPolicyRequest(), &in_force).ok());
  EXPECT_EQ(in_force.policy_version(), 1);
  request.set_sample_count(5);
  ASSERT_TRUE(recommendations_->PreviewPolicy(Within(10'000).get(), request, &preview).ok());
  EXPECT_EQ(preview.everybody().customer_count(), 5);
  request.mutable_policy()->mutable_audiences(2)->mutable_when()->add_regions("mars");
  EXPECT_EQ(DetailsOf(recommendations_->PreviewPolicy(Within(10'000).get(), request, &preview)).ViolationOf("policy.audiences[2].when"), "LAST_AUDIENCE");
  request.set_count(101);
  EXPECT_EQ(DetailsOf(recommendations_->PreviewPolicy(Within(10'000).get(), request, &preview)).ViolationOf("count"), "OUT_OF_RANGE");
}

// A coupon is for who is leaving now: not for who has come back since the list was made.
TEST_F(RecommendationRiskTest, WhoHasComeBackHasNoCouponAndIsOffTheNextList) {
  FitAndScan(installation_.channel());
  PublishForRisks();
  ASSERT_TRUE(BenefitClient(installation_.channel()).Publish(FromJson<bv1::CouponDefinition>(R"({"coupon_id": "win-back", "currency_code": "CNY",
      "scope": "all", "amount_off_fen": "500", "minimum_fen": "1000", "valid_days": 7})")).ok());
  ASSERT_TRUE(Eventually(10'000, [&] { return Recommend(Quiet(11)).coupon_program() == "win-back"; }));
  EXPECT_TRUE(Claim(Quiet(10)).ok());
  EXPECT_EQ(ReasonOf(Claim(Regular(0))), "NO_COUPON_PROGRAM");
  installation_.Ingest({OrderOf(Quiet(11), "back", FormatDay(kToday), {"milk"})});
  EXPECT_EQ(Recommend(Quiet(11)).audience(), "leaving") << "by the list of this morning";
  EXPECT_EQ(ReasonOf(Claim(Quiet(11))), "NO_COUPON_PROGRAM");
  ScanForChurn(installation_.channel());
  EXPECT_TRUE(Eventually(10'000, [&] { return Recommend(Quiet(11)).audience() == "everybody"; }));
  EXPECT_EQ(Recommend(Quiet(10)).audience(), "leaving");
}

TEST_F(RecommendationRiskTest, AMergedIdHasTheRiskOfTheAccountThatHasItsFactsAndNoCouponOfItsOwn) {
  FitAndScan(installation_.channel());
  PublishForRisks();
  ASSERT_TRUE(Eventually(10'000, [&] { return Recommend(Quiet(11)).audience() == "leaving"; }));
  v1::MergeAccountsRequest merge;
  merge.set_request_id("merge");
  merge.set_customer_id(Regular(0));
  merge.set_target_customer_id(Quiet(11));
  merge.set_reason("registered twice");
  merge.set_author("lin");
  v1::MergeAccountsResponse merged;
  const grpc::Status status = v1::AccountService::NewStub(installation_.channel())->MergeAccounts(Within(20'000).get(), merge, &merged);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_TRUE(Eventually(10'000, [&] { return Recommend(Regular(0)).audience() == "leaving"; })) << "by this morning's list";
  const grpc::Status refused = Claim(Regular(0));
  EXPECT_EQ(ReasonOf(refused), "ACCOUNT_MERGED");
  EXPECT_THAT(refused.error_message(), ::testing::HasSubstr(Quiet(11)));
}

TEST_F(RecommendationRiskTest, WithoutGradingListsGoOnAndCouponsWait) {
  FitAndScan(installation_.channel());
  PublishForRisks();
  ASSERT_TRUE(installation_.StopSuite());
  ServiceProcess grading(installation_, "rung-grading", {"--nightly", "off"});
  const ServiceProcess alone(installation_, "rung-recommendations", {"--grading", grading.address(), "--benefits", "unix:" + installation_.folder() + "/nobody.sock",
                                                                      "--recommendation-training", "off"});
  recommendations_ = rec::RecommendationService::NewStub(alone.channel());
  for (const bool hangs : {true, false}) {  // then it is gone
    hangs ? grading.Pause() : grading.Kill();
    EXPECT_EQ(Recommend(Quiet(11)).audience(), "leaving") << "from memory";
    EXPECT_EQ(ReasonOf(Claim(Quiet(11))), "CHURN_RISK_UNREACHABLE") << (hangs ? "hangs" : "gone");
  }
  grading.Start();
  EXPECT_TRUE(Eventually(20'000, [&] { return ReasonOf(Claim(Quiet(11))) == "BENEFITS_UNREACHABLE"; })) << "no benefits service runs here";
}

TEST_F(RecommendationRiskTest, RisksThatNobodyCanHaveAreNamed) {
  std::string etag;
  const auto saved = [&](const char* json) {
    auto answer = ConfigClient(installation_.channel()).Save(FromJson<rec::RecommendationPolicy>(json), etag);
    if (answer.ok()) etag = answer->draft().etag();
    return answer;
  };
  const auto wrong = saved(R"({"audiences": [{"name": "a", "when": {"churn_risks": ["CHURN_RISK_LOST", "CHURN_RISK_NONE"]}}, {"name": "b"}]})");
  ASSERT_TRUE(wrong.ok()) << wrong.status.error_message();
  ASSERT_EQ(wrong->findings_size(), 1);
  EXPECT_EQ(wrong->findings(0).field() + " " + wrong->findings(0).reason(), "audiences[0].when.churn_risks[1] UNKNOWN_VALUE");
  constexpr char kRight[] = R"({"audiences": [{"name": "a", "when": {"churn_risks": ["CHURN_RISK_LOST"]}}, {"name": "b"}]})";
  const auto early = saved(kRight);
  ASSERT_TRUE(early.ok()) << early.status.error_message();
  ASSERT_EQ(early->findings_size(), 1);
  EXPECT_EQ(early->findings(0).field() + " " + early->findings(0).reason(), "audiences[0].when.churn_risks NO_WATCH_LIST");
  FitAndScan(installation_.channel());
  const auto right = saved(kRight);
  ASSERT_TRUE(right.ok()) << right.status.error_message();
  EXPECT_EQ(right->findings_size(), 0);
}

}  // namespace
}  // namespace rung::testing
