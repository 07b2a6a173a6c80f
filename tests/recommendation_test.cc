// From orders in PostgreSQL to lists with reasons, over the API.
#include <fstream>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/errors/errors.h"
#include "rung/grading/v1/account.grpc.pb.h"
#include "rung/grading/v1/tag.pb.h"
#include "tests/support/benefit_client.h"
#include "tests/support/config_client.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/recommendation_fixture.h"
#include "tests/support/retention_calls.h"
#include "tests/support/service_process.h"
#include "tests/support/suite_at.h"

namespace rung::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(RecommendationTest, BeforeTheFirstTrainingThereIsNothingToRecommend) {
  EXPECT_EQ(Recommend(kWeekly).kind(), rec::LIST_KIND_NO_MODEL);
  rec::GetModelInfoResponse info;
  auto context = Within(5000);
  const grpc::Status status = recommendations_->GetModelInfo(context.get(), rec::GetModelInfoRequest(), &info);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  rec::PreviewPolicyResponse preview;
  EXPECT_EQ(ReasonOf(recommendations_->PreviewPolicy(Within(5000).get(), rec::PreviewPolicyRequest(), &preview)), "NO_RECOMMENDATION_MODEL");
  EXPECT_EQ(Train().sku_count(), 0);
  EXPECT_EQ(Recommend(kWeekly).kind(), rec::LIST_KIND_NO_MODEL) << "an empty store teaches nothing";
}

TEST_F(RecommendationTest, TrainsFromStoredOrdersAndSaysWhy) {
  installation_.Ingest(Orders());
  const rec::ModelInfo model = Train();
  EXPECT_EQ(model.customer_count(), 1 + kOthers) << "whose goods all went back isn't one";
  EXPECT_EQ(model.sku_count(), 3);
  EXPECT_EQ(model.as_of_date(), "2026-03-31");
  const rec::RecommendResponse list = Recommend(kWeekly);
  ASSERT_EQ(list.kind(), rec::LIST_KIND_PERSONAL);
  ASSERT_THAT(Skus(list), Contains("bread"));
  EXPECT_EQ(list.items(0).sku(), "milk");
  EXPECT_EQ(list.items(0).source(), rec::RECOMMENDATION_SOURCE_BUY_AGAIN);
  EXPECT_EQ(list.items(0).buy_again().overdue_days(), 7);
  EXPECT_THAT(list.items(0).reason_zh(), HasSubstr("每周二补货，已超 7 天"));
  EXPECT_EQ(Recommend("nobody").kind(), rec::LIST_KIND_POPULAR);
  EXPECT_EQ(Recommend("returner").kind(), rec::LIST_KIND_POPULAR);
  EXPECT_THAT(Skus(Recommend("nobody")), Not(Contains("truffle")));
}

TEST_F(RecommendationTest, StockAndBlocklistHoldAtOnce) {
  installation_.Ingest(Orders());
  Train();
  SetAvailability("milk", rec::AVAILABILITY_STATE_OUT_OF_STOCK);
  EXPECT_THAT(Skus(Recommend(kWeekly)), Not(Contains("milk")));
  SetAvailability("milk", rec::AVAILABILITY_STATE_AVAILABLE);
  EXPECT_THAT(Skus(Recommend(kWeekly)), Contains("milk"));
  for (const char* sku : {"milk", "bread", "caviar"}) SetAvailability(sku, rec::AVAILABILITY_STATE_BLOCKED);
  EXPECT_EQ(Recommend(kWeekly).kind(), rec::LIST_KIND_NOTHING_ALLOWED);
}

void AddSlot(rec::Audience& audience, const char* name, int count, const char* category) {
  rec::Slot& slot = *audience.add_slots();
  slot.set_name(name);
  slot.set_count(count);
  slot.add_categories(category);
}

TEST_F(RecommendationTest, ThePolicyDecidesByAudienceAndItsCostIsTold) {
  installation_.Ingest(Orders());
  Train();
  rec::RecommendationPolicy policy;
  rec::Audience& late = *policy.add_audiences();
  late.set_name("leaving");
  late.mutable_when()->mutable_least_overdue_permille()->set_value(1500);
  late.set_coupon_program("come-back");
  AddSlot(late, "imported", 1, "imported");
  policy.add_audiences()->set_name("everybody");
  Publish(policy);
  const rec::RecommendResponse leaving = Recommend(kWeekly, 1);
  EXPECT_EQ(leaving.audience(), "leaving");
  EXPECT_EQ(leaving.policy_version(), 1);
  EXPECT_EQ(leaving.coupon_program(), "come-back");
  ASSERT_THAT(Skus(leaving), ::testing::ElementsAre("caviar"));
  EXPECT_EQ(leaving.items(0).slot(), "imported");
  EXPECT_GT(leaving.policy_cost_milli(), 0);
  EXPECT_EQ(Recommend("nobody").audience(), "everybody");
}

TEST_F(RecommendationTest, NewCustomersGetPromotionsBesideBestsellers) {
  installation_.Ingest(Orders());
  Train();
  rec::RecommendationPolicy policy;
  rec::Audience& fresh = *policy.add_audiences();
  fresh.set_name("new customers");
  fresh.mutable_when()->mutable_most_purchase_days()->set_value(2);
  fresh.add_slots()->set_name("promotions");
  fresh.mutable_slots(0)->set_count(1);
  fresh.mutable_slots(0)->set_source(rec::RECOMMENDATION_SOURCE_PROMOTION);
  policy.add_audiences()->set_name("everybody");
  rec::Promotion& promotion = *policy.add_promotions();
  promotion.set_promotion_id("caviar-week");
  promotion.add_skus("caviar");
  promotion.set_from_date("2026-03-30");
  promotion.set_until_date("2026-04-05");
  Publish(policy);
  const rec::RecommendResponse list = Recommend("nobody", 2);
  ASSERT_THAT(Skus(list), ::testing::UnorderedElementsAre("milk", "caviar"));
  const rec::Recommendation& caviar = list.items(list.items(0).sku() == "caviar" ? 0 : 1);
  EXPECT_EQ(caviar.source(), rec::RECOMMENDATION_SOURCE_PROMOTION);
  EXPECT_EQ(caviar.promotion_id(), "caviar-week");
  EXPECT_EQ(caviar.slot(), "promotions");
  EXPECT_THAT(caviar.reason_zh(), ::testing::StartsWith("正在促销，截至 2026-04-05"));
  EXPECT_THAT(Skus(Recommend(kWeekly, 2)), ::testing::Not(Contains("caviar"))) << "not for everybody";
  promotion.set_until_date("2026-03-30");
  Publish(policy);
  EXPECT_THAT(Skus(Recommend("nobody", 2)), ::testing::UnorderedElementsAre("milk", "bread")) << "it is over";
  promotion.set_until_date("soon");
  const auto refused = ConfigClient(installation_.channel()).Save(policy);
  ASSERT_TRUE(refused.ok()) << refused.status.error_message();
  EXPECT_EQ(refused->findings(0).field() + " " + refused->findings(0).reason(), "promotions[0].until_date BAD_DATE");
}

// As shipped: high tiers, new customers and those about to leave get lists of their own.
TEST_F(RecommendationTest, TheShippedPolicyHasItsAudiences) {
  std::ifstream file(RUNG_SOURCE_DIR "/deploy/recommendations/policy.json");
  const std::string json{std::istreambuf_iterator<char>(file), {}};
  std::vector<v1::Event> events = Orders();
  BenefitClient benefits(installation_.channel());
  for (const int week : {0, 1, 2, 3}) {
    events.push_back(OrderOf("best", fmt::format("b-{}", week), FormatDay(*ParseDay("2026-03-30") - 7 * week), {"milk"}));
    v1::Event kale = OrderOf("greens", fmt::format("g-{}", week), FormatDay(*ParseDay("2026-03-30") - 7 * week), {"kale"});
    kale.mutable_order()->mutable_lines(0)->set_category("leaf-vegetables");
    events.push_back(kale);
    events.push_back(OrderOf("gone", fmt::format("n-{}", week), FormatDay(*ParseDay("2026-02-10") - 7 * week), {"milk"}));
  }
  installation_.Ingest(events);
  benefits.SetTier("best", "diamond");
  ASSERT_TRUE(Eventually(20'000, [&] { return Recommend("best").tier_code() == "diamond"; }));
  Train();
  FitAndScan(installation_.channel());
  Publish(FromJson<rec::RecommendationPolicy>(json));
  ASSERT_TRUE(Eventually(10'000, [&] { return Recommend("gone").audience() == "leaving"; }));
  const rec::RecommendResponse leaving = Recommend("gone"), fresh = Recommend("nobody"), best = Recommend("best");
  EXPECT_EQ(leaving.coupon_program(), "win-back");
  EXPECT_EQ(Recommend("other-4").audience(), "everybody");
  EXPECT_EQ(best.audience(), "top tiers");
  EXPECT_EQ(fresh.audience(), "new customers");
  std::map<std::string, std::string> slots;
  for (const rec::Recommendation& item : fresh.items()) slots[item.sku()] = item.slot();
  EXPECT_EQ(slots["kale"], "promotions");
  EXPECT_EQ(slots["milk"], "bestsellers");
}

TEST_F(RecommendationTest, APolicyThatNamesWhatIsNotKnownIsWarnedOf) {
  installation_.Ingest(Orders());
  Train();
  rec::RecommendationPolicy policy;
  rec::Audience& far = *policy.add_audiences();
  far.set_name("far");
  far.mutable_when()->add_tier_codes("emperor");
  far.mutable_when()->add_regions("mars");
  far.mutable_when()->add_segments("robots");
  far.mutable_when()->add_all_tag_ids("shiny");
  far.set_coupon_program("moon");
  AddSlot(far, "tropical", 1, "tropical");
  rec::Boost& boost = *far.add_boosts();
  boost.set_factor_permille(2000);
  boost.add_skus("kiwi");
  boost.add_skus("milk");
  policy.add_audiences()->set_name("everybody");
  policy.add_excluded_skus("papaya");
  policy.add_excluded_categories("stones");
  const auto saved = ConfigClient(installation_.channel()).Save(policy);
  ASSERT_TRUE(saved.ok()) << saved.status.error_message();
  std::vector<std::string> findings;
  for (const auto& finding : saved->findings()) findings.push_back(finding.field() + " " + finding.reason());
  EXPECT_THAT(findings, ::testing::UnorderedElementsAre(
                            "audiences[0].when.tier_codes[0] TIER_UNKNOWN", "audiences[0].when.regions[0] REGION_UNKNOWN",
                            "audiences[0].when.segments[0] SEGMENT_UNKNOWN", "audiences[0].when.all_tag_ids[0] TAG_UNKNOWN",
                            "audiences[0].coupon_program COUPON_UNKNOWN", "audiences[0].slots[0].categories[0] CATEGORY_UNKNOWN",
                            "audiences[0].boosts[0].skus[0] SKU_UNKNOWN", "excluded_skus[0] SKU_UNKNOWN", "excluded_categories[0] CATEGORY_UNKNOWN"));
}

TEST_F(RecommendationTest, SlotsThatContradictEachOtherLeaveAWholeListOfDifferentGoods) {
  installation_.Ingest(Orders());
  Train();
  rec::RecommendationPolicy policy;
  rec::Audience& all = *policy.add_audiences();
  all.set_name("everybody");
  // Both want the one imported SKU, and the third one what nobody sells.
  AddSlot(all, "first", 1, "imported");
  AddSlot(all, "second", 2, "imported");
  AddSlot(all, "tropical", 2, "tropical");
  Publish(policy);
  const rec::RecommendResponse list = Recommend(kWeekly, 3);
  EXPECT_THAT(Skus(list), ::testing::UnorderedElementsAre("milk", "bread", "caviar")) << "each once, and no place stays empty";
  for (const rec::Recommendation& item : list.items()) EXPECT_EQ(item.slot(), item.sku() == "caviar" ? "first" : "") << item.sku();

  // A slot whose goods the policy itself excludes, or that are limited away, gives its place to the others.
  policy.add_excluded_categories("imported");
  all.set_most_per_category(1);
  Publish(policy);
  EXPECT_THAT(Skus(Recommend(kWeekly, 3)), ElementsAre("milk"));

  for (int i = 0; i < 3; ++i) AddSlot(all, "too many", 60, "daily");
  const auto refused = ConfigClient(installation_.channel()).Save(policy);
  ASSERT_TRUE(refused.ok()) << refused.status.error_message();
  std::vector<std::string> findings;
  for (const auto& finding : refused->findings()) findings.push_back(finding.field() + " " + finding.reason());
  EXPECT_THAT(findings, Contains("audiences[0].slots TOO_MANY")) << "more places than a list has";
}

TEST_F(RecommendationTest, TheShareForExplorationIsDrawnFromWhatTheCustomerNeverBought) {
  installation_.Ingest(Orders());
  Train();
  rec::RecommendationPolicy policy;
  rec::Audience& all = *policy.add_audiences();
  all.set_name("everybody");
  all.set_exploration_permille(500);
  Publish(policy);
  const rec::RecommendResponse list = Recommend(kWeekly, 2);
  ASSERT_EQ(list.items_size(), 2);
  int explored = 0;
  for (const rec::Recommendation& item : list.items()) {
    explored += item.exploration();
    if (item.exploration()) {
      EXPECT_NE(item.sku(), "milk");
    }
  }
  EXPECT_EQ(explored, 1) << "half of two";
  EXPECT_EQ(Recommend(kWeekly, 2).DebugString(), list.DebugString()) << "the same all day";
  all.set_exploration_permille(501);
  const auto refused = ConfigClient(installation_.channel()).Save(policy);
  ASSERT_TRUE(refused.ok());
  ASSERT_EQ(refused->findings_size(), 1);
  EXPECT_EQ(refused->findings(0).field(), "audiences[0].exploration_permille");
}

TEST_F(RecommendationTest, WhoBlocksOrUnblocksASkuIsRecordedWithReasonAndStockIsNot) {
  const auto recorded = [&] {
    return installation_.Sql("SELECT actor || ' ' || action || ' ' || subject || ' ' || reason || ' ' || before || ' ' || after FROM audit_entry "
                             "WHERE subject LIKE 'recommendation-availability/%' ORDER BY chain_seq");
  };
  const std::string states = "SELECT string_agg(sku || ' ' || state, ', ' ORDER BY sku) FROM recommendation_availability";
  SetAvailability("milk", rec::AVAILABILITY_STATE_OUT_OF_STOCK);
  SetAvailability("milk", rec::AVAILABILITY_STATE_AVAILABLE);
  EXPECT_EQ(recorded(), "");

  const ErrorDetails nobody = DetailsOf(TrySetAvailability({"milk", "bread"}, rec::AVAILABILITY_STATE_BLOCKED));
  EXPECT_EQ(nobody.ViolationOf("author"), "REQUIRED");
  EXPECT_EQ(nobody.ViolationOf("reason"), "REQUIRED");
  EXPECT_EQ(DetailsOf(TrySetAvailability({"milk"}, rec::AVAILABILITY_STATE_BLOCKED, "lin")).ViolationOf("reason"), "REQUIRED");
  EXPECT_EQ(installation_.Sql(states), "milk AVAILABLE");
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(TrySetAvailability({"milk", "bread"}, rec::AVAILABILITY_STATE_BLOCKED, "lin", "recalled").ok());
  const std::string blocked = "lin BLOCK_SKU recommendation-availability/milk recalled {\"state\":\"AVAILABLE\"} {\"state\":\"BLOCKED\"}\n"
                              "lin BLOCK_SKU recommendation-availability/bread recalled  {\"state\":\"BLOCKED\"}";
  EXPECT_EQ(recorded(), blocked) << "what is blocked already isn't blocked again";

  const grpc::Status by_stock = TrySetAvailability({"kiwi", "milk"}, rec::AVAILABILITY_STATE_AVAILABLE);
  EXPECT_EQ(by_stock.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(by_stock.error_message(), HasSubstr("\"milk\" is blocked")) << "a report of stock doesn't end what somebody decided";
  EXPECT_EQ(installation_.Sql(states), "bread BLOCKED, milk BLOCKED");
  ASSERT_TRUE(TrySetAvailability({"kiwi", "milk"}, rec::AVAILABILITY_STATE_AVAILABLE, "wang", "tested").ok());
  EXPECT_EQ(recorded(), blocked + "\nwang UNBLOCK_SKU recommendation-availability/milk tested {\"state\":\"BLOCKED\"} {\"state\":\"AVAILABLE\"}");
}

TEST_F(RecommendationTest, AnAudiencesCouponIsClaimedOnceAMonthWithinItsLimits) {
  installation_.Ingest(Orders());
  Train();
  const auto claim = [&](const std::string& customer, rec::ClaimCouponResponse* out = nullptr) {
    rec::ClaimCouponRequest request;
    request.set_customer_id(customer);
    rec::ClaimCouponResponse own;
    auto context = Within(10'000);
    return recommendations_->ClaimCoupon(context.get(), request, out == nullptr ? &own : out);
  };
  EXPECT_EQ(ReasonOf(claim(kWeekly)), "NO_COUPON_PROGRAM");
  rec::RecommendationPolicy policy;
  rec::Audience& leaving = *policy.add_audiences();
  leaving.set_name("leaving");
  leaving.mutable_when()->mutable_least_overdue_permille()->set_value(2000);
  leaving.set_coupon_program("win-back");
  policy.add_audiences()->set_name("everybody");
  Publish(policy);
  EXPECT_EQ(Recommend(kWeekly).coupon_program(), "win-back");
  EXPECT_EQ(ReasonOf(claim(kWeekly)), "COUPON_UNKNOWN") << "named, but nobody has defined it";

  BenefitClient benefits(installation_.channel());
  ASSERT_TRUE(benefits.Publish(FromJson<bv1::CouponDefinition>(R"({"coupon_id": "win-back", "currency_code": "CNY", "scope": "all", "amount_off_fen": "500",
      "minimum_fen": "1000", "valid_days": 7, "issue_limit": "2"})")).ok());
  rec::ClaimCouponResponse first, again;
  ASSERT_TRUE(claim(kWeekly, &first).ok());
  ASSERT_TRUE(claim(kWeekly, &again).ok());
  EXPECT_EQ(first.issued_coupon_id(), "win-back.1");
  EXPECT_EQ(first.until_date(), "2026-04-06");
  EXPECT_EQ(again.DebugString(), first.DebugString());
  EXPECT_EQ(benefits.CouponsOf(kWeekly).size(), 1u);
  EXPECT_EQ(benefits.CouponsOf(kWeekly)[0].source(), "recommendation:win-back");
  EXPECT_EQ(ReasonOf(claim("nobody")), "NO_COUPON_PROGRAM");
  ASSERT_TRUE(claim("other-0").ok());
  EXPECT_EQ(ReasonOf(claim("other-5")), "ISSUE_LIMIT_REACHED");
  EXPECT_EQ(DetailsOf(claim("")).ViolationOf("customer_id"), "REQUIRED");
}

// March 31, 16:00 in UTC, is the shop's April 1.
TEST_F(RecommendationTest, ANewMonthOfTheShopIsANewCoupon) {
  installation_.Ingest(Orders());
  Train();
  rec::RecommendationPolicy policy;
  policy.add_audiences()->set_name("everybody");
  policy.mutable_audiences(0)->set_coupon_program("monthly");
  Publish(policy);
  ASSERT_TRUE(BenefitClient(installation_.channel()).Publish(FromJson<bv1::CouponDefinition>(R"({"coupon_id": "monthly", "currency_code": "CNY",
      "scope": "all", "amount_off_fen": "500", "minimum_fen": "1000", "valid_days": 7, "issues_per_customer": "2"})")).ok());
  const auto claim = [&](const std::string& business_time) {
    const SuiteAt suite(installation_, business_time);
    rec::ClaimCouponRequest request;
    request.set_customer_id(kWeekly);
    rec::ClaimCouponResponse response;
    auto context = Within(20'000);
    const grpc::Status status = rec::RecommendationService::NewStub(suite.channel())->ClaimCoupon(context.get(), request, &response);
    return status.ok() ? response.issued_coupon_id() : ReasonOf(status);
  };
  EXPECT_EQ(claim("2026-03-01T00:00:01+08:00"), "monthly.1");
  EXPECT_EQ(claim("2026-03-31T23:58:00+08:00"), "monthly.1");
  EXPECT_EQ(claim("2026-04-01T00:00:01+08:00"), "monthly.2");
  EXPECT_EQ(claim("2026-05-01T00:00:01+08:00"), "CUSTOMER_LIMIT_REACHED") << "the coupon's own limit goes across months";
}

TEST_F(RecommendationTest, AMergedIdHasTheListOfTheAccountThatHasItsFacts) {
  std::vector<v1::Event> events = Orders();
  v1::Event profile = OrderEvent("moved", "profile", "2026-03-30", 1);
  profile.mutable_profile()->set_region("south");
  events.push_back(profile);
  installation_.Ingest(events);
  Train();
  rec::RecommendationPolicy policy;
  rec::Audience& fresh = *policy.add_audiences();
  fresh.set_name("new");
  fresh.mutable_when()->mutable_most_purchase_days()->set_value(1);
  fresh.set_coupon_program("welcome");
  rec::Audience& all = *policy.add_audiences();
  all.set_name("everybody");
  all.set_coupon_program("thanks");
  Publish(policy);
  ASSERT_EQ(Recommend("moved").audience(), "new");

  v1::MergeAccountsRequest merge;
  merge.set_request_id("merge");
  merge.set_customer_id(kWeekly);
  merge.set_target_customer_id("moved");
  merge.set_reason("registered twice");
  merge.set_author("lin");
  v1::MergeAccountsResponse merged;
  const grpc::Status status = v1::AccountService::NewStub(installation_.channel())->MergeAccounts(Within(20'000).get(), merge, &merged);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(Recommend(kWeekly).kind(), rec::LIST_KIND_PERSONAL) << "the model doesn't know yet whose purchases they are now";

  Train();
  const rec::RecommendResponse list = Recommend(kWeekly);
  EXPECT_EQ(list.kind(), rec::LIST_KIND_PERSONAL);
  EXPECT_EQ(list.audience(), "everybody");
  EXPECT_EQ(list.items(0).buy_again().overdue_days(), 7);
  EXPECT_EQ(list.DebugString(), Recommend("moved").DebugString());
  rec::ClaimCouponRequest claim;
  claim.set_customer_id(kWeekly);
  rec::ClaimCouponResponse coupon;
  const grpc::Status refused = recommendations_->ClaimCoupon(Within(10'000).get(), claim, &coupon);
  EXPECT_EQ(ReasonOf(refused), "ACCOUNT_MERGED") << "not a second one of a month";
  EXPECT_THAT(refused.error_message(), HasSubstr("moved"));
}

// Two tags, one of which "bulky" alone has, and a policy with a coupon for who has both.
void PublishForTags(const std::shared_ptr<grpc::Channel>& channel) {
  const ConfigClient config(channel);
  config.SaveAndPublish(FromJson<v1::TagSet>(R"({"tags": [
      {"tag_id": "bulk", "names": {"en": "Bulk"}, "conditions": [{"feature": "aov_90d", "value": 500000}]},
      {"tag_id": "lately", "names": {"en": "Lately"}, "conditions": [{"feature": "orders_90d", "value": 1}]}]})"));
  config.SaveAndPublish(FromJson<rec::RecommendationPolicy>(R"({"audiences": [
      {"name": "bulk buyers", "when": {"all_tag_ids": ["lately", "bulk"]}, "coupon_program": "pallet"},
      {"name": "everybody"}]})"));
}

TEST_F(RecommendationTest, TagsAreAudiences) {
  std::vector<v1::Event> events = Orders();
  events.push_back(OrderEvent("bulky", "b-1", "2026-03-20", 600'000));
  events.push_back(OrderEvent("former", "f-1", "2025-11-20", 600'000));
  installation_.Ingest(events);
  Train();
  PublishForTags(installation_.channel());
  const rec::RecommendResponse list = Recommend("bulky");
  EXPECT_EQ(list.audience(), "bulk buyers");
  EXPECT_EQ(list.coupon_program(), "pallet");
  EXPECT_FALSE(list.tags_unknown());
  EXPECT_EQ(Recommend("bulky").DebugString(), list.DebugString()) << "the second one from memory";
  for (const char* other : {kWeekly, "former", "nobody"}) {
    const rec::RecommendResponse rest = Recommend(other);
    EXPECT_EQ(rest.audience(), "everybody") << other;
    EXPECT_FALSE(rest.tags_unknown()) << other;
  }
  const auto saved = ConfigClient(installation_.channel()).Save(FromJson<rec::RecommendationPolicy>(R"({"audiences": [
      {"name": "typo", "when": {"all_tag_ids": ["bulk", "blk"]}}, {"name": "everybody"}]})"));
  ASSERT_TRUE(saved.ok()) << saved.status.error_message();
  ASSERT_EQ(saved->findings_size(), 1);
  EXPECT_EQ(saved->findings(0).field(), "audiences[0].when.all_tag_ids[1]");
  EXPECT_EQ(saved->findings(0).reason(), "TAG_UNKNOWN");
}

TEST_F(RecommendationTest, WithoutGradingListsGoOnWithoutTagsAndCouponsWait) {
  std::vector<v1::Event> events = Orders();
  events.push_back(OrderEvent("bulky", "b-1", "2026-03-20", 600'000));
  events.push_back(OrderEvent("bulkier", "b-1", "2026-03-20", 700'000));
  installation_.Ingest(events);
  Train();
  PublishForTags(installation_.channel());
  ASSERT_TRUE(installation_.StopSuite());
  ServiceProcess grading(installation_, "rung-grading", {"--nightly", "off"});
  const ServiceProcess alone(installation_, "rung-recommendations", {"--grading", grading.address(), "--benefits", "unix:" + installation_.folder() + "/nobody.sock",
                                                                      "--recommendation-training", "off"});
  recommendations_ = rec::RecommendationService::NewStub(alone.channel());
  const auto claimed = [&](const std::string& customer) {
    rec::ClaimCouponRequest request;
    request.set_customer_id(customer);
    rec::ClaimCouponResponse response;
    return ReasonOf(recommendations_->ClaimCoupon(Within(2'000).get(), request, &response));
  };
  EXPECT_EQ(Recommend("bulky").audience(), "bulk buyers");
  for (const bool hangs : {true, false}) {  // then it is gone
    hangs ? grading.Pause() : grading.Kill();
    EXPECT_EQ(Recommend("bulky").audience(), "bulk buyers") << "asked for a moment ago";
    const rec::RecommendResponse list = Recommend("bulkier");
    EXPECT_EQ(list.audience(), "everybody");
    EXPECT_TRUE(list.tags_unknown());
    EXPECT_FALSE(list.items().empty());
    EXPECT_EQ(claimed("bulkier"), "TAGS_UNREACHABLE") << (hangs ? "hangs" : "gone");
  }
  grading.Start();
  EXPECT_TRUE(Eventually(20'000, [&] { return Recommend("bulkier").audience() == "bulk buyers"; }));
  EXPECT_EQ(claimed("bulkier"), "BENEFITS_UNREACHABLE") << "no benefits service runs here";
}

}  // namespace
}  // namespace rung::testing
