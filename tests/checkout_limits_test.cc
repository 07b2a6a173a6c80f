// What meets in a checkout: plans beside prices, and quotes of what is limited, over a whole installation.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "libs/base/day.h"
#include "rung/grading/v1/account.grpc.pb.h"
#include "tests/support/checkout.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class CheckoutLimitsTest : public ::testing::Test {
 protected:
  CheckoutLimitsTest() {
    MakeCustomer(installation_, "c-diamond", "diamond");
    client_.Publish(BestPrice());
    client_.Publish(SmallBook());
  }

  // Diamond's imported fruit at 80 %, limited.
  static bv1::BenefitPlan Limited(const bv1::Quota& quota) {
    bv1::BenefitPlan plan = KuaiLvPlan();
    for (auto& benefit : *plan.mutable_tiers(0)->mutable_benefits()) {
      if (benefit.has_exclusive_offer()) *benefit.mutable_quota() = quota;
    }
    return plan;
  }
  static bv1::Quota Uses(int64_t uses) {
    bv1::Quota quota;
    quota.set_uses_per_period(uses);
    return quota;
  }
  static bv1::Quota Budget(int64_t fen) {
    bv1::Quota quota;
    quota.set_budget_fen(fen);
    return quota;
  }
  prc::QuoteResponse Quoted(int64_t mango_milli = 1'000) const {
    prc::QuoteRequest request = BasketOf("c-diamond", {{"mango", mango_milli}});
    request.set_sign(true);
    request.set_with_trace(true);
    request.add_languages("zh");
    const auto quote = client_.Quote(request);
    EXPECT_TRUE(quote.ok()) << quote.status.error_message();
    return quote.response;
  }
  static std::vector<std::pair<std::string, std::string>> Unavailable(const prc::QuoteResponse& quote) {
    std::vector<std::pair<std::string, std::string>> shown;
    for (const auto& benefit : quote.basket().unavailable_benefits()) shown.emplace_back(benefit.benefit_id(), benefit.reason());
    return shown;
  }
  // "field REASON" of the warnings.
  std::vector<std::string> Warnings(const google::protobuf::Message& document) const {
    const auto answer = client_.Validate(document);
    EXPECT_TRUE(answer->publishable());
    std::vector<std::string> shown;
    for (const auto& finding : answer->findings()) shown.push_back(finding.field() + " " + finding.reason());
    return shown;
  }

  Installation installation_;
  CheckoutClient client_{installation_.channel()};
  BenefitClient benefits_{installation_.channel()};
};

TEST_F(CheckoutLimitsTest, APlanCountsForTheNextQuote) {
  bv1::BenefitPlan plan = KuaiLvPlan();
  for (int pay = 9'000; pay < 9'010; ++pay) {
    for (auto& benefit : *plan.mutable_tiers(0)->mutable_benefits()) {
      if (benefit.has_discount_rate()) benefit.mutable_discount_rate()->set_pay_bps(pay);
    }
    const int32_t version = client_.Publish(plan);
    const auto quote = client_.Quote(BasketOf("c-diamond", {{"apple", 100'000}}));
    ASSERT_TRUE(quote.ok()) << quote.status.error_message();
    ASSERT_EQ(quote->versions().benefit_plan_version(), version);
    ASSERT_EQ(quote->basket().total_fen(), 10 * pay);
  }
}

TEST_F(CheckoutLimitsTest, WhatIsUsedUpIsToldByTheQuote) {
  client_.Publish(Limited(Uses(1)));
  const prc::QuoteResponse first = Quoted(), second = Quoted();
  EXPECT_EQ(first.basket().total_fen(), 1'600);
  EXPECT_THAT(Unavailable(first), IsEmpty());
  ASSERT_TRUE(client_.Verify(first.signed_quote(), "o-1").ok());
  // The other cart was quoted with the last use, too: the order decides, and the next quote knows.
  EXPECT_EQ(client_.Verify(second.signed_quote(), "o-2").reason(), "QUOTA_EXHAUSTED");
  const prc::QuoteResponse third = Quoted();
  EXPECT_EQ(third.basket().total_fen(), 1'800) << "diamond's 90 %";
  EXPECT_THAT(Unavailable(third), ElementsAre(Pair("diamond.imported-fruit", "QUOTA_EXHAUSTED")));
  EXPECT_EQ(third.basket().unavailable_benefits(0).explanations().at("zh"), "进口水果8折：本期次数已用完，2026-04-01 恢复");
  EXPECT_FALSE(third.basket().degraded());
  EXPECT_TRUE(client_.Verify(third.signed_quote(), "o-2").ok());
  EXPECT_EQ(client_.Settle(third.signed_quote(), {1'000})->bill().total_fen(), 1'800) << "settled without it, as quoted";
  EXPECT_EQ(client_.Settle(first.signed_quote(), {1'000})->bill().total_fen(), 1'600);
  prc::ListPricesRequest list;
  list.set_customer_id("c-diamond");
  list.add_skus("mango");
  EXPECT_EQ(client_.List(list)[0].entries(0).price_fen(), 1'800);
  ASSERT_TRUE(benefits_.Release("c-diamond", "", "o-1").ok());
  EXPECT_EQ(Quoted().basket().total_fen(), 1'600) << "the order was cancelled";
  EXPECT_EQ(client_.List(list)[0].entries(0).price_fen(), 1'600);
}

TEST_F(CheckoutLimitsTest, ABudgetThatDoesNotSufficeForTheBasketIsLeftOut) {
  client_.Publish(Limited(Budget(1'000)));
  EXPECT_EQ(Quoted(2'500).basket().total_fen(), 4'000) << "takes 1,000 of 5,000";
  EXPECT_THAT(Unavailable(Quoted(2'510)), ElementsAre(Pair("diamond.imported-fruit", "BUDGET_EXHAUSTED")));
  ASSERT_TRUE(client_.Verify(Quoted(2'000).signed_quote(), "o-1").ok());
  EXPECT_THAT(Unavailable(Quoted(510)), ElementsAre(Pair("diamond.imported-fruit", "BUDGET_EXHAUSTED")));
  EXPECT_EQ(Quoted(500).basket().total_fen(), 800) << "200 are left";
}

TEST_F(CheckoutLimitsTest, OfManyCartsWithTheLastUsesEachEndsWithAnOrder) {
  client_.Publish(Limited(Uses(5)));
  constexpr int kCarts = 16;
  std::vector<prc::QuoteResponse> quotes;
  for (int i = 0; i < kCarts; ++i) quotes.push_back(Quoted());
  std::vector<int64_t> paid(kCarts);
  std::vector<std::thread> carts;
  for (int i = 0; i < kCarts; ++i) {
    carts.emplace_back([&, i] {
      prc::QuoteResponse quote = quotes[static_cast<size_t>(i)];
      for (int attempt = 0; attempt < 3; ++attempt) {
        const auto order = client_.Verify(quote.signed_quote(), fmt::format("cart-{}", i));
        if (order.ok()) {
          paid[static_cast<size_t>(i)] = order->ticket().total_fen();
          return;
        }
        EXPECT_EQ(order.reason(), "QUOTA_EXHAUSTED");
        quote = Quoted();
      }
    });
  }
  for (std::thread& cart : carts) cart.join();
  EXPECT_EQ(std::count(paid.begin(), paid.end(), 1'600), 5);
  EXPECT_EQ(std::count(paid.begin(), paid.end(), 1'800), kCarts - 5);
}

TEST_F(CheckoutLimitsTest, OffersAreLookedAtBesideTheGoodsThatTheyAreFor) {
  bv1::BenefitPlan plan = KuaiLvPlan();
  bv1::Benefit* offer = plan.mutable_tiers(0)->mutable_benefits(4);
  ASSERT_TRUE(offer->has_exclusive_offer());
  const std::string path = "tiers[0].benefits[4].exclusive_offer";
  const auto with = [&](const char* scope, std::optional<int64_t> price, int32_t pay) {
    offer->mutable_exclusive_offer()->set_scope(scope);
    if (price) {
      offer->mutable_exclusive_offer()->set_price_fen(*price);
    } else {
      offer->mutable_exclusive_offer()->set_pay_bps(pay);
    }
    return Warnings(plan);
  };
  EXPECT_THAT(with("category:fruit/imported", {}, 8'000), Not(Contains(HasSubstr("exclusive_offer"))));
  EXPECT_THAT(with("category:fish", {}, 8'000), Contains(path + ".scope NOTHING_IN_SCOPE"));
  EXPECT_THAT(with("sku:nowhere", {}, 8'000), Contains(path + ".scope NOTHING_IN_SCOPE"));
  EXPECT_THAT(with("sku:mango", 2'001, 0), Contains(path + ".price_fen ABOVE_LIST"));
  EXPECT_THAT(with("sku:salt", {}, 8'000), Contains(path + ".pay_bps BELOW_FLOOR"));

  // The other way round: the plan is published, and the documents around it change.
  with("category:fruit/imported", {}, 8'000);
  client_.Publish(plan);
  prc::PriceBook book = SmallBook();
  EXPECT_THAT(Warnings(book), Not(Contains(HasSubstr("NOTHING_IN_SCOPE"))));
  book.mutable_items(1)->set_category("fruit/tropical");
  EXPECT_THAT(Warnings(book), Contains("items NOTHING_IN_SCOPE"));
  prc::PricePolicy policy = BestPrice();
  policy.set_max_discount_bps(1'000);
  EXPECT_THAT(Warnings(policy), Contains("max_discount_bps BEYOND_CAP"));
  plan.set_currency_code("EUR");
  EXPECT_THAT(Warnings(plan), Contains("currency_code CURRENCY_MISMATCH"));
}

TEST_F(CheckoutLimitsTest, BenefitsAndQuotesChooseTheSamePlan) {
  const auto plan_of_benefits = [&] {
    bv1::GetBenefitsRequest request;
    request.set_customer_id("c-diamond");
    bv1::GetBenefitsResponse response;
    const grpc::Status status = benefits_.Get(request, response);
    return status.ok() ? response.plan_id() : DetailsOf(status).reason;
  };
  const auto plan_of_quote = [&] {
    const auto quote = client_.Quote(BasketOf("c-diamond", {{"apple", 1'000}}));
    return quote.ok() ? quote->versions().benefit_plan_id() : quote.reason();
  };
  const auto expect_both = [&](const std::string& plan) {
    EXPECT_EQ(plan_of_benefits(), plan);
    EXPECT_EQ(plan_of_quote(), plan);
  };
  expect_both("NO_BENEFIT_PLAN");
  bv1::BenefitPlan plan = KuaiLvPlan();
  client_.Publish(plan);
  expect_both("kuailv");
  EXPECT_THAT(Warnings(plan), Not(Contains("plan_id NO_DEFAULT_PLAN"))) << "its next version";
  plan.set_plan_id("another");
  EXPECT_THAT(Warnings(plan), Contains("plan_id NO_DEFAULT_PLAN"));
  client_.Publish(plan);
  expect_both("NO_BENEFIT_PLAN");
  EXPECT_EQ(client_.Quote(BasketOf("c-diamond", {{"apple", 1'000}})).status.error_message(),
            "2 benefit plans are published (\"another\", \"kuailv\"), and none of them is for price book \"default\": publish the one that is meant under the id "
            "\"default\"");
  plan.set_plan_id("default");
  EXPECT_THAT(Warnings(plan), Not(Contains("plan_id NO_DEFAULT_PLAN"))) << "the way out";
  client_.Publish(plan);
  expect_both("default");
}

TEST_F(CheckoutLimitsTest, ASecondPolicyThatLeavesABookWithoutAnyIsWarnedOf) {
  prc::PricePolicy policy = BestPrice();
  EXPECT_THAT(Warnings(policy), Not(Contains("policy_id NO_POLICY"))) << "its next version";
  policy.set_policy_id("trial");
  EXPECT_THAT(Warnings(policy), Contains("policy_id NO_POLICY"));
  policy.set_policy_id("default");
  EXPECT_THAT(Warnings(policy), Not(Contains("policy_id NO_POLICY")));
}

TEST_F(CheckoutLimitsTest, TwoCouponsOfOneDefinitionShareItsBudgetInTheQuoteAndInTheOrder) {
  client_.Publish(KuaiLvPlan());
  ASSERT_TRUE(benefits_.Publish(FromJson<bv1::CouponDefinition>(
      R"({"coupon_id": "ten", "currency_code": "CNY", "scope": "all", "amount_off_fen": "1000", "budget_fen": "1500"})")).ok());
  prc::QuoteRequest request = BasketOf("c-diamond", {{"mango", 5'000}});
  request.set_sign(true);
  for (const char* id : {"1", "2"}) {
    bv1::IssuedCoupon held;
    ASSERT_TRUE(benefits_.Issue(id, "c-diamond", "ten", &held).ok());
    request.add_coupon_ids(held.issued_coupon_id());
  }
  const auto both = client_.Quote(request);
  EXPECT_THAT(DetailsOf(both.status).violations, ElementsAre(Pair("coupon_ids[1]", "COUPON_NOT_USABLE"))) << "1,000 and 1,000 of 1,500";
  EXPECT_THAT(both.status.error_message(), HasSubstr("it takes CNY 10.00 off this basket, and the budget of all customers has CNY 5.00 left"));
  request.mutable_coupon_ids()->RemoveLast();
  const auto one = client_.Quote(request);
  ASSERT_TRUE(one.ok()) << one.status.error_message();
  EXPECT_TRUE(client_.Verify(one->signed_quote(), "o-1").ok()) << "what was signed is had";
}

TEST_F(CheckoutLimitsTest, AmountsInAnotherCurrencyThanTheInstallationsAreWarnedOf) {
  prc::PriceBook book = SmallBook();
  bv1::BenefitPlan plan = KuaiLvPlan();
  auto coupon = FromJson<bv1::CouponDefinition>(R"({"coupon_id": "ten", "currency_code": "CNY", "scope": "all", "amount_off_fen": "1000"})");
  const std::string warning = "currency_code WRONG_CURRENCY";
  for (const google::protobuf::Message* document : std::initializer_list<const google::protobuf::Message*>{&book, &plan, &coupon}) {
    EXPECT_THAT(Warnings(*document), Not(Contains(warning)));
  }
  book.set_currency_code("GBP");
  plan.set_currency_code("GBP");
  coupon.set_currency_code("GBP");
  for (const google::protobuf::Message* document : std::initializer_list<const google::protobuf::Message*>{&book, &plan, &coupon}) {
    EXPECT_THAT(Warnings(*document), Contains(warning));
  }
}

// What grading says in pounds isn't told to whoever buys in yuan.
TEST(CheckoutCurrency, AHintInAnotherCurrencyThanTheBooksIsSilent) {
  Installation installation({.more = {"--currency", "GBP"}});
  const CheckoutClient client(installation.channel());
  std::vector<v1::Event> events;  // of customers that hold no tier by hand
  for (int week = 0; week < 12; ++week) {
    const std::string date = FormatDay(ParseDay("2026-01-06").value() + 7 * week);
    events.push_back(OrderEvent("climber", "w-" + date, date, 80'000));
  }
  for (int i = 0; i < 20; ++i) events.push_back(OrderEvent(fmt::format("other{}", i), "o", "2026-03-20", 100'000 * (i + 1)));
  installation.Ingest(events);
  ASSERT_EQ(installation.Regrade("base", "2026-03-31", true).state(), v1::RUN_STATE_DONE);
  bv1::BenefitPlan plan = KuaiLvPlan();
  prc::PriceBook book = SmallBook();
  plan.set_currency_code("GBP");
  book.set_currency_code("GBP");
  client.Publish(BestPrice());
  client.Publish(plan);
  client.Publish(book);
  prc::QuoteRequest request = BasketOf("climber", {{"apple", 1'000}});
  request.add_languages("en");
  ASSERT_TRUE(Eventually(20'000, [&] { return client.Quote(request)->has_incentive(); }));
  EXPECT_THAT(client.Quote(request)->incentive().texts().at("en"), HasSubstr("GBP"));
  client.Publish(KuaiLvPlan());
  client.Publish(SmallBook());
  for (int i = 0; i < 3; ++i) {
    const auto quote = client.Quote(request);
    ASSERT_TRUE(quote.ok()) << quote.status.error_message();
    EXPECT_EQ(quote->basket().currency_code(), "CNY");
    EXPECT_FALSE(quote->has_incentive()) << quote->incentive().ShortDebugString();
  }
}

TEST_F(CheckoutLimitsTest, AMergedIdKeepsItsCouponsAndGetsNothingNew) {
  client_.Publish(Limited(Uses(1)));
  client_.Publish(FromJson<bv1::CouponDefinition>(
      R"({"coupon_id": "welcome", "currency_code": "CNY", "scope": "all", "amount_off_fen": "100", "valid_days": 7})"));
  installation_.Ingest({OrderEvent("c-old", "its-own", "2026-03-21", 1'000)});
  bv1::IssuedCoupon held, again;
  ASSERT_TRUE(benefits_.Issue("1", "c-old", "welcome", &held).ok());
  v1::MergeAccountsRequest merge;
  merge.set_request_id("merge");
  merge.set_customer_id("c-old");
  merge.set_target_customer_id("c-diamond");
  merge.set_reason("registered twice");
  merge.set_author("lin");
  v1::MergeAccountsResponse merged;
  ASSERT_TRUE(benefits_.Call<v1::AccountService>(&v1::AccountService::Stub::MergeAccounts, merge, merged).ok());

  const auto expect_other_id = [](const grpc::Status& status) {
    const auto details = DetailsOf(status);
    EXPECT_EQ(details.reason, "ACCOUNT_MERGED");
    EXPECT_EQ(details.metadata.at("target_customer_id"), "c-diamond");
    EXPECT_THAT(status.error_message(), HasSubstr("use that id"));
  };
  expect_other_id(benefits_.Issue("2", "c-old", "welcome"));
  EXPECT_TRUE(benefits_.Issue("1", "c-old", "welcome", &again).ok()) << "a repetition";
  EXPECT_EQ(again.DebugString(), held.DebugString());
  EXPECT_TRUE(benefits_.Issue("2", "c-diamond", "welcome").ok());
  EXPECT_EQ(DetailsOf(benefits_.Issue("2", "never-seen", "welcome")).reason, "CUSTOMER_UNKNOWN");
  expect_other_id(benefits_.Reserve(ReserveOf("r1", "c-old", {Use("diamond.imported-fruit")})));

  // A quote for the old id does without, says so, and its order goes through with the coupon that the id holds.
  prc::QuoteRequest request = BasketOf("c-old", {{"mango", 1'000}});
  request.set_sign(true);
  request.add_languages("zh");
  request.add_languages("en");
  request.add_coupon_ids(held.issued_coupon_id());
  const auto quote = client_.Quote(request);
  ASSERT_TRUE(quote.ok()) << quote.status.error_message();
  EXPECT_EQ(quote->basket().total_fen(), 1'800 - 100) << "diamond's 90 %, and the coupon";
  EXPECT_THAT(Unavailable(quote.response), ElementsAre(Pair("diamond.imported-fruit", "ACCOUNT_MERGED")));
  EXPECT_EQ(quote->basket().unavailable_benefits(0).explanations().at("zh"), "进口水果8折：该账户已并入 c-diamond，请用该账户编号报价");
  EXPECT_THAT(quote->basket().unavailable_benefits(0).explanations().at("en"), HasSubstr("the account was merged into c-diamond: quote for that id"));
  EXPECT_FALSE(quote->basket().degraded());
  EXPECT_TRUE(client_.Verify(quote->signed_quote(), "o-1").ok());

  // What is left is the account's, by whichever id it is read.
  const auto answer = [&](const std::string& customer) {
    const bv1::GetBenefitsResponse benefits = benefits_.Get(customer, true);
    EXPECT_EQ(benefits.tier_code(), "diamond") << customer;
    EXPECT_EQ(benefits.merged_into_customer_id(), customer == "c-old" ? "c-diamond" : "");
    for (const bv1::Entitlement& item : benefits.entitlements()) {
      if (item.benefit().benefit_id() == "diamond.imported-fruit") return item.answer();
    }
    return bv1::ANSWER_UNSPECIFIED;
  };
  EXPECT_EQ(answer("c-old"), bv1::ANSWER_APPLIES);
  ASSERT_TRUE(benefits_.Reserve(ReserveOf("r1", "c-diamond", {Use("diamond.imported-fruit")})).ok());
  EXPECT_EQ(answer("c-diamond"), bv1::ANSWER_QUOTA_EXHAUSTED);
  EXPECT_EQ(answer("c-old"), bv1::ANSWER_QUOTA_EXHAUSTED);
}

TEST_F(CheckoutLimitsTest, BenefitsAreThoseOfTheRegionThatTheOrderGoesTo) {
  bv1::BenefitPlan plan = KuaiLvPlan();
  bv1::Override& north = *plan.add_overrides();
  north.set_override_id("north");
  north.mutable_audience()->add_regions("north");
  bv1::Benefit& rate = *north.add_benefits();
  rate.set_benefit_id("north.rate");
  rate.mutable_discount_rate()->set_pay_bps(8'500);
  client_.Publish(plan);
  prc::QuoteRequest quote = BasketOf("c-diamond", {{"apple", 1'000}});
  bv1::GetBenefitsRequest get;
  get.set_customer_id("c-diamond");
  bv1::GetBenefitsResponse here, there;
  EXPECT_EQ(client_.Quote(quote)->basket().total_fen(), 900);
  ASSERT_TRUE(benefits_.Get(get, here).ok());
  quote.set_region("north");
  get.set_region("north");
  EXPECT_EQ(client_.Quote(quote)->basket().total_fen(), 850);
  ASSERT_TRUE(benefits_.Get(get, there).ok());
  const auto rates = [](const bv1::GetBenefitsResponse& response) {
    std::vector<int> found;
    for (const auto& item : response.entitlements()) {
      if (item.benefit().has_discount_rate()) found.push_back(item.benefit().discount_rate().pay_bps());
    }
    return found;
  };
  EXPECT_THAT(rates(here), ElementsAre(9'000));
  EXPECT_THAT(rates(there), ElementsAre(8'500));
}

}  // namespace
}  // namespace rung::testing
