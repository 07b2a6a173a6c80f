// The checkout's prices over a whole installation: publication, quotes, signed quotes, settlements, price lists.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "libs/base/day.h"
#include "rung/grading/v1/abuse.grpc.pb.h"
#include "tests/support/checkout.h"
#include "tests/support/eventually.h"

namespace rung::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

class PricingApiTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation();
    for (const char* tier : {"diamond", "platinum", "gold", "bronze"}) MakeCustomer(*installation_, fmt::format("c-{}", tier), tier);
    const CheckoutClient client(installation_->channel());
    benefits::v1::BenefitPlan plan = KuaiLvPlan();
    plan.set_plan_id("default");  // beside which a book may have a plan of its own name
    EXPECT_EQ(client.Publish(plan), 1);
    EXPECT_EQ(client.Publish(BestPrice()), 1);
    EXPECT_EQ(client.Publish(SmallBook()), 1);
    EXPECT_TRUE(Eventually(5'000, [&] { return client.Quote(BasketOf("c-gold", {{"apple", 1'000}})).ok(); })) << "the plan is noticed";
  }
  static void TearDownTestSuite() { delete installation_; }

  static prc::QuoteResponse Quoted(const prc::QuoteRequest& request) {
    const auto answer = Client().Quote(request);
    EXPECT_TRUE(answer.ok()) << answer.status.error_message();
    return answer.response;
  }
  static prc::QuoteRequest Signed(prc::QuoteRequest request) {
    request.set_sign(true);
    return request;
  }
  static ErrorDetails Refused(const prc::QuoteRequest& request) { return DetailsOf(Client().Quote(request).status); }
  static const CheckoutClient& Client() {
    static CheckoutClient client(installation_->channel());
    return client;
  }
  static int64_t PlaceOf(const std::string& book_id) {
    prc::QuoteRequest request = BasketOf("c-bronze", {{"apple", 1'000}});
    request.set_price_book_id(book_id);
    return Client().Quote(request)->basket().total_fen();
  }

  static inline Installation* installation_;
};

TEST_F(PricingApiTest, TheSameBasketCostsEachTierItsOwnPrice) {
  const auto basket = [](const std::string& customer) { return BasketOf(customer, {{"apple", 2'000}, {"mango", 1'000}, {"box", 3'000}}); };
  const prc::QuoteResponse bronze = Quoted(basket("c-bronze")), gold = Quoted(basket("c-gold")), diamond = Quoted(basket("c-diamond"));
  EXPECT_EQ(bronze.basket().total_fen(), 2'000 + 2'000 + 750);
  EXPECT_EQ(gold.basket().total_fen(), 1'960 + 1'960 + 735);
  EXPECT_EQ(diamond.basket().total_fen(), 1'800 + 1'600 + 675) << "90 %, and imported fruit at 80 %";
  EXPECT_EQ(diamond.tier_code(), "diamond");
  EXPECT_EQ(diamond.basket().lines(1).candidates(0).rule_id(), "diamond.imported-fruit");
  EXPECT_EQ(diamond.versions().price_book_id(), "default");
  EXPECT_EQ(diamond.versions().price_policy_id(), "best-price");
  EXPECT_EQ(diamond.versions().benefit_plan_id(), "default");
  EXPECT_GT(diamond.versions().tier_version(), 0);
  EXPECT_FALSE(diamond.basket().degraded());
}

TEST_F(PricingApiTest, EveryRuleOfALineIsInItsTraceInChineseAndEnglish) {
  prc::QuoteRequest request = BasketOf("c-diamond", {{"mango", 1'000}, {"box", 10'000}});
  request.set_with_trace(true);
  request.add_languages("zh");
  request.add_languages("en");
  const prc::QuoteResponse quote = Quoted(request);
  const prc::QuotedLine& mango = quote.basket().lines(0);
  ASSERT_EQ(mango.candidates_size(), 2);
  for (const prc::Candidate& candidate : mango.candidates()) {
    EXPECT_EQ(candidate.verdict(), candidate.rule_id() == "tier" ? prc::VERDICT_BEATEN : prc::VERDICT_APPLIED);
    EXPECT_THAT(candidate.explanations().at("zh"), HasSubstr("折"));
    EXPECT_FALSE(candidate.explanations().at("en").empty());
  }
  EXPECT_EQ(quote.basket().lines(1).amount_fen(), 2'200) << "88 % from ten boxes on beats the tier's 90 %";
}

TEST_F(PricingApiTest, TheTiersThresholdDecidesTheDeliveryFee) {
  prc::QuoteRequest request = BasketOf("c-platinum", {{"apple", 21'053}});
  request.set_delivery_fee_fen(800);
  EXPECT_EQ(Quoted(request).basket().delivery_fee_fen(), 0) << "goods of 200.00";
  request.mutable_lines(0)->set_quantity_milli(21'000);
  EXPECT_EQ(Quoted(request).basket().delivery_fee_fen(), 800) << "goods of 199.50";
  EXPECT_EQ(Quoted(request).basket().total_fen(), 19'950 + 800);
}

TEST_F(PricingApiTest, APublicationIsInForceAtOnceAndARollbackToo) {
  prc::PriceBook book = SmallBook(1'000);
  book.set_book_id("moving");
  EXPECT_EQ(Client().Publish(book), 1);
  EXPECT_EQ(PlaceOf("moving"), 1'000);
  book.mutable_items(0)->mutable_prices(0)->set_list_price_fen(1'234);
  EXPECT_EQ(Client().Publish(book), 2);
  EXPECT_EQ(PlaceOf("moving"), 1'234);
  cfg::RollbackRequest rollback = ConfigClient::RollbackRequest("moving", 1, "moving-2", "back");
  rollback.set_kind("price-book");
  const auto restored = Client().config().Call(&ConfigClient::Stub::Rollback, rollback);
  ASSERT_TRUE(restored.ok()) << restored.status.error_message();
  EXPECT_EQ(restored->version().version(), 3);
  EXPECT_EQ(PlaceOf("moving"), 1'000);
}

TEST_F(PricingApiTest, ABookGoesWithThePolicyAndPlanOfItsNameElseWithTheDefault) {
  prc::PriceBook book = SmallBook();
  book.set_book_id("own");
  prc::PricePolicy policy = BestPrice();
  policy.set_policy_id("own");
  policy.set_max_discount_bps(500);
  Client().Publish(book);
  Client().Publish(policy);
  prc::QuoteRequest request = BasketOf("c-diamond", {{"apple", 1'000}});
  request.set_price_book_id("own");
  EXPECT_EQ(Quoted(request).basket().total_fen(), 950);
  EXPECT_TRUE(Quoted(request).basket().lines(0).cap_clipped());
  // Two policies, and none is for the other book: nobody guesses.
  request.set_price_book_id("default");
  EXPECT_EQ(Refused(request).reason, "NO_POLICY");
  policy.set_policy_id("default");
  policy.clear_max_discount_bps();
  Client().Publish(policy);
  EXPECT_EQ(Quoted(request).versions().price_policy_id(), "default");
  EXPECT_EQ(Quoted(BasketOf("c-gold", {{"apple", 1'000}})).versions().price_book_id(), "default");
  request.set_price_book_id("nowhere");
  EXPECT_EQ(Refused(request).reason, "NO_PRICE_BOOK");
}

TEST_F(PricingApiTest, ABookInAnotherCurrencyThanThePlanCannotBeQuoted) {
  prc::PriceBook book = SmallBook();
  book.set_book_id("euro");
  book.set_currency_code("EUR");
  Client().Publish(book);
  prc::QuoteRequest request = BasketOf("c-gold", {{"apple", 1'000}});
  request.set_price_book_id("euro");
  const auto answer = Client().Quote(request);
  EXPECT_EQ(answer.reason(), "CURRENCY_MISMATCH");
  EXPECT_THAT(answer.status.error_message(), HasSubstr("publish a plan in EUR called \"euro\""));
}

TEST_F(PricingApiTest, ABasketInAnotherCurrencyThanTheBookIsToldWhatToSend) {
  prc::QuoteRequest request = BasketOf("c-gold", {{"apple", 1'000}, {"mango", 1'000}});
  request.mutable_lines(1)->set_currency_code("USD");
  const std::string way_out = R"("USD", but price book "default" is in CNY: send "CNY" or nothing, or name a book in USD as price_book_id)";
  EXPECT_THAT(Client().Quote(request).status.error_message(), HasSubstr("lines[1].currency_code: " + way_out));
  request.mutable_lines(1)->clear_currency_code();
  request.set_currency_code("USD");
  EXPECT_THAT(Client().Quote(request).status.error_message(), HasSubstr("currency_code: " + way_out));
  EXPECT_EQ(Refused(request).ViolationOf("currency_code"), "CURRENCY_MISMATCH");
  EXPECT_EQ(Refused(request).violations.size(), 1u) << "said once, not of every line";
  request.set_currency_code("CNY");
  EXPECT_EQ(Quoted(request).basket().currency_code(), "CNY");
}

TEST_F(PricingApiTest, BadLinesAreNamedOneByOneAndTheRestIsPricedWhereAsked) {
  prc::QuoteRequest request = BasketOf("c-gold", {{"apple", 1'000}, {"pear", 1'000}, {"apple", 0}, {"apple", -5}, {"box", 1'500}, {"box", 1'000}, {"apple", INT64_MAX}, {"mango", 1'000}});
  request.mutable_lines(5)->set_currency_code("USD");
  request.mutable_lines(7)->set_unit(prc::UNIT_PIECE);
  const ErrorDetails refused = Refused(request);
  EXPECT_EQ(refused.reason, "INVALID_REQUEST");
  EXPECT_EQ(refused.violations.size(), 7u);
  EXPECT_EQ(refused.ViolationOf("lines[1].sku"), "SKU_UNKNOWN");
  EXPECT_EQ(refused.ViolationOf("lines[3].quantity_milli"), "QUANTITY_NOT_POSITIVE");
  EXPECT_EQ(refused.ViolationOf("lines[4].quantity_milli"), "FRACTION_OF_A_PIECE");
  EXPECT_EQ(refused.ViolationOf("lines[6].quantity_milli"), "AMOUNT_TOO_LARGE");
  request.set_partial(true);
  const prc::QuoteResponse partial = Quoted(request);
  EXPECT_EQ(partial.basket().lines_size(), 1);
  EXPECT_EQ(partial.basket().refused_lines_size(), 7);
  EXPECT_EQ(partial.basket().refused_lines(4).reason(), "CURRENCY_MISMATCH");
  EXPECT_EQ(partial.basket().refused_lines(6).reason(), "UNIT_MISMATCH");
  EXPECT_EQ(partial.basket().total_fen(), 980);
}

TEST_F(PricingApiTest, HostileRequestsAreRefusedByField) {
  prc::QuoteRequest request = BasketOf("c-gold", {{"apple", 1'000}});
  EXPECT_EQ(Refused(BasketOf("", {{"apple", 1}})).ViolationOf("customer_id"), "REQUIRED");
  EXPECT_EQ(Refused(BasketOf("c-gold", {})).ViolationOf("lines"), "REQUIRED");
  EXPECT_EQ(Refused(BasketOf("c-gold", std::vector<std::pair<std::string, int64_t>>(10'001, {"apple", 1'000}))).ViolationOf("lines"), "TOO_MANY");
  const auto with = [&](const std::function<void(prc::QuoteRequest&)>& change) {
    prc::QuoteRequest changed = request;
    change(changed);
    return Refused(changed);
  };
  EXPECT_EQ(with([](auto& r) { r.set_delivery_fee_fen(-1); }).ViolationOf("delivery_fee_fen"), "OUT_OF_RANGE");
  EXPECT_EQ(with([](auto& r) { r.add_languages("fr"); }).ViolationOf("languages[0]"), "UNKNOWN_VALUE");
  EXPECT_FALSE(with([](auto& r) { r.set_customer_id(std::string(129, 'x')); }).ViolationOf("customer_id").empty());
  EXPECT_FALSE(with([](auto& r) { r.set_region("a\nb\x01"); }).ViolationOf("region").empty());
  EXPECT_EQ(with([](auto& r) { for (int i = 0; i < 101; ++i) r.add_coupon_ids("c"); }).ViolationOf("coupon_ids"), "TOO_MANY");
  EXPECT_EQ(with([](auto& r) { r.add_coupon_ids(""); }).ViolationOf("coupon_ids[0]"), "REQUIRED");
  prc::QuoteRequest salt = BasketOf("c-diamond", {{"salt", 1'000}});
  EXPECT_EQ(Quoted(salt).basket().total_fen(), 200) << "a floor above the price: the list price";
  EXPECT_TRUE(Quoted(salt).basket().lines(0).list_below_floor());
}

TEST_F(PricingApiTest, ABasketOfTenThousandLinesIsQuotedOrderedAndSettled) {
  prc::QuoteRequest request = Signed(BasketOf("c-gold", std::vector<std::pair<std::string, int64_t>>(10'000, {"apple", 1'000})));
  const prc::QuoteResponse quote = Quoted(request);
  EXPECT_EQ(quote.basket().lines_size(), 10'000);
  EXPECT_EQ(quote.basket().total_fen(), 9'800'000);
  EXPECT_EQ(Client().Verify(quote.signed_quote(), "large")->ticket().total_fen(), 9'800'000);
  EXPECT_EQ(Client().Settle(quote.signed_quote(), std::vector<int64_t>(10'000, 500))->bill().total_fen(), 4'900'000);
}

TEST_F(PricingApiTest, BooksAndPoliciesThatCannotBeAreRefusedBeforePublication) {
  prc::PriceBook book = SmallBook();
  book.mutable_items(0)->mutable_prices(0)->set_min_margin_bps(10'000);
  book.mutable_breaks(0)->set_pay_bps(12'000);
  const auto findings = Client().Validate(book);
  ASSERT_TRUE(findings.ok()) << findings.status.error_message();
  EXPECT_FALSE(findings->publishable());
  std::vector<std::pair<std::string, std::string>> seen;
  for (const auto& finding : findings->findings()) seen.emplace_back(finding.field(), finding.reason());
  EXPECT_THAT(seen, Contains(Pair("items[0].prices[0].min_margin_bps", "OUT_OF_RANGE")));
  EXPECT_THAT(seen, Contains(Pair("breaks[0].pay_bps", "OUT_OF_RANGE")));
  prc::PricePolicy policy = BestPrice();
  policy.add_groups()->add_kinds(prc::KIND_TIER);
  EXPECT_FALSE(Client().Validate(policy)->publishable()) << "a kind in two groups";
  policy.clear_groups();
  policy.add_groups()->add_kinds(prc::KIND_OFFER);
  const auto lint = Client().Validate(policy);
  EXPECT_TRUE(lint->publishable());
  ASSERT_FALSE(lint->findings().empty());
  EXPECT_EQ(lint->findings(0).reason(), "KIND_NEVER_APPLIES");
  EXPECT_EQ(lint->findings(0).severity(), cfg::SEVERITY_WARNING);
}

TEST_F(PricingApiTest, ASignedQuoteCountsAsItIsAndAlteredNever) {
  const prc::SignedQuote quote = Quoted(Signed(BasketOf("c-gold", {{"apple", 2'000}}))).signed_quote();
  const auto settled = Client().Settle(quote, {2'000});
  ASSERT_TRUE(settled.ok()) << settled.status.error_message();
  EXPECT_EQ(settled->bill().total_fen(), 1'960);
  prc::SignedQuote altered = quote;
  altered.mutable_ticket()->back() ^= 1;
  EXPECT_EQ(Client().Verify(altered, "o").reason(), "QUOTE_ALTERED");
  EXPECT_EQ(Client().Settle(altered, {2'000}).reason(), "QUOTE_ALTERED");
  altered = quote;
  altered.set_signature(std::string(64, 'x'));
  EXPECT_EQ(Client().Verify(altered, "o").reason(), "QUOTE_ALTERED");
  altered = quote;
  altered.set_key_id(9);
  EXPECT_EQ(Client().Verify(altered, "o").reason(), "KEY_UNKNOWN");
  EXPECT_EQ(Client().Verify({}, "o").reason(), "KEY_UNKNOWN");
  EXPECT_EQ(ReasonOf(Client().Verify(quote, "").status), "REQUIRED");
}

TEST_F(PricingApiTest, AnOrderReservesItsCouponsAndQuotasOnceAndGivesThemBackWhenItIsCancelled) {
  BenefitClient benefits(installation_->channel());
  benefits::v1::BenefitPlan plan = KuaiLvPlan();
  plan.set_plan_id("limited");
  for (auto& benefit : *plan.mutable_tiers(0)->mutable_benefits()) {
    if (benefit.has_exclusive_offer()) benefit.mutable_quota()->set_uses_per_period(2);
  }
  prc::PriceBook book = SmallBook();
  book.set_book_id("limited");
  prc::PricePolicy policy = BestPrice();
  policy.set_policy_id("limited");
  Client().Publish(plan);
  Client().Publish(policy);
  Client().Publish(book);
  ASSERT_TRUE(benefits.Publish(FromJson<benefits::v1::CouponDefinition>(
      R"({"coupon_id": "autumn", "currency_code": "CNY", "scope": "category:fruit", "minimum_fen": "1000", "amount_off_fen": "300"})")).ok());
  benefits::v1::IssuedCoupon coupon;
  ASSERT_TRUE(benefits.Issue("gift", "c-diamond", "autumn", &coupon).ok());
  prc::QuoteRequest request = Signed(BasketOf("c-diamond", {{"mango", 1'000}, {"apple", 1'000}}));
  request.set_price_book_id("limited");
  request.add_coupon_ids(coupon.issued_coupon_id());
  ASSERT_TRUE(Eventually(5'000, [&] { return Client().Quote(request)->versions().benefit_plan_id() == "limited"; }));
  const prc::QuoteResponse quoted = Quoted(request);
  EXPECT_EQ(quoted.basket().total_fen(), 1'600 + 900 - 300);
  EXPECT_TRUE(quoted.basket().coupons(0).applied());

  const auto placed = Client().Verify(quoted.signed_quote(), "order-1");
  ASSERT_TRUE(placed.ok()) << placed.status.error_message();
  ASSERT_EQ(placed->reservation_ids_size(), 1);
  const auto held = benefits.Reservations("c-diamond");
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].order_id(), "order-1");
  ASSERT_EQ(held[0].claims_size(), 2) << held[0].ShortDebugString();
  EXPECT_EQ(held[0].claims(0).benefit_id(), "diamond.imported-fruit");
  EXPECT_EQ(held[0].claims(0).amount_fen(), 400);
  EXPECT_EQ(held[0].claims(1).issued_coupon_id(), coupon.issued_coupon_id());
  EXPECT_EQ(held[0].claims(1).amount_fen(), 300);

  EXPECT_EQ(Client().Verify(quoted.signed_quote(), "order-1")->reservation_ids(0), placed->reservation_ids(0)) << "asked again: the same";
  EXPECT_EQ(Client().Verify(quoted.signed_quote(), "order-2").reason(), "QUOTE_USED");
  EXPECT_EQ(ReasonOf(Client().Quote(request).status), "COUPON_NOT_USABLE") << "the order holds it";
  const auto settled = Client().Settle(quoted.signed_quote(), {900, 1'000});
  ASSERT_TRUE(settled.ok()) << settled.status.error_message();
  EXPECT_EQ(settled->bill().total_fen(), 1'440 + 900 - 300) << "settled with the coupon that it holds";

  ASSERT_TRUE(benefits.Release("c-diamond", "", "order-1").ok());
  EXPECT_EQ(Client().Verify(quoted.signed_quote(), "order-1").reason(), "RESERVATION_ENDED");
  EXPECT_EQ(Quoted(request).basket().total_fen(), 2'200) << "the coupon can be used again";
  EXPECT_EQ(ReasonOf(Client().Quote([&] { auto r = request; r.set_coupon_ids(0, "nobodys.1"); return r; }()).status), "COUPON_UNKNOWN");
  // The quota: two orders a month. The third cart is told, whether it was quoted before them or after.
  const prc::SignedQuote early = Quoted(request).signed_quote();
  request.clear_coupon_ids();
  for (int order = 2; order <= 3; ++order) {
    const auto verified = Client().Verify(Quoted(request).signed_quote(), fmt::format("order-{}", order));
    EXPECT_TRUE(verified.ok()) << verified.status.error_message();
  }
  EXPECT_EQ(Client().Verify(early, "order-4").reason(), "QUOTA_EXHAUSTED");
  EXPECT_EQ(Quoted(request).basket().total_fen(), 1'800 + 900);
  EXPECT_EQ(Quoted(request).basket().unavailable_benefits(0).benefit_id(), "diamond.imported-fruit");
}

TEST_F(PricingApiTest, AQuoteExpires) {
  prc::PriceBook book = SmallBook();
  book.set_book_id("brief");
  prc::PricePolicy policy = BestPrice();
  policy.set_policy_id("brief");
  policy.set_quote_validity_seconds(1);
  Client().Publish(book);
  Client().Publish(policy);
  prc::QuoteRequest request = Signed(BasketOf("c-gold", {{"apple", 1'000}}));
  request.set_price_book_id("brief");
  const prc::SignedQuote quote = Quoted(request).signed_quote();
  std::this_thread::sleep_for(std::chrono::milliseconds(2'100));
  EXPECT_EQ(Client().Verify(quote, "late").reason(), "QUOTE_EXPIRED");
  EXPECT_TRUE(Client().Settle(quote, {1'000}).ok()) << "goods come after the quote has expired";
}

TEST_F(PricingApiTest, SettlesByThePinnedVersionsWhateverIsPublishedSinceAndThroughARestart) {
  prc::PriceBook book = SmallBook(1'000);
  book.set_book_id("pinned");
  Client().Publish(book);
  prc::QuoteRequest request = Signed(BasketOf("c-diamond", {{"apple", 2'000}, {"mango", 1'000}}));
  request.set_price_book_id("pinned");
  const prc::QuoteResponse quoted = Quoted(request);
  ASSERT_EQ(quoted.basket().total_fen(), 1'800 + 1'600);
  book.mutable_items(0)->mutable_prices(0)->set_list_price_fen(9'999);
  Client().Publish(book);
  const auto settled = Client().Settle(quoted.signed_quote(), {1'900, 1'100});
  ASSERT_TRUE(settled.ok()) << settled.status.error_message();
  EXPECT_EQ(settled->bill().lines(0).amount_fen(), 1'710);
  EXPECT_EQ(settled->bill().lines(1).quantity_milli(), 1'050) << "5 % over at most";
  EXPECT_EQ(settled->bill().total_fen(), 1'710 + 1'680);
  EXPECT_EQ(settled->quoted_total_fen(), 3'400);
  EXPECT_EQ(settled->differences_size(), 2);
  ASSERT_TRUE(installation_->StopSuite());
  installation_->StartSuite();
  const auto again = Client().Settle(quoted.signed_quote(), {1'900, 1'100});
  ASSERT_TRUE(again.ok()) << again.status.error_message();
  EXPECT_EQ(again->bill().DebugString(), settled->bill().DebugString());
  EXPECT_EQ(Client().Settle(quoted.signed_quote(), {2'000, 1'000})->bill().total_fen(), 3'400) << "delivered as quoted: as quoted";
}

TEST_F(PricingApiTest, OldKeysOpenTheirQuotesAndNewOnesHaveToBeThere) {
  const prc::SignedQuote first = Quoted(Signed(BasketOf("c-gold", {{"apple", 1'000}}))).signed_quote();
  const std::string path = installation_->folder() + "/keys";
  std::ifstream file(path);
  const std::string keys{std::istreambuf_iterator<char>(file), {}};
  const auto restart_with = [&](const std::string& text) {
    ASSERT_TRUE(installation_->StopSuite());
    std::ofstream(path, std::ios::trunc) << text;
    installation_->StartSuite();
  };
  restart_with(keys + "2 " + std::string(64, 'a') + "\n");
  EXPECT_TRUE(Client().Settle(first, {1'000}).ok());
  const prc::SignedQuote second = Quoted(Signed(BasketOf("c-gold", {{"apple", 1'000}}))).signed_quote();
  EXPECT_EQ(second.key_id(), 2);
  restart_with(keys);
  EXPECT_EQ(Client().Settle(second, {1'000}).reason(), "KEY_UNKNOWN");
}

TEST_F(PricingApiTest, TheHintIsTrueSpendingItMovesTheTierAndItPaysLess) {
  // A base with ordinary customers; the hint is for one that buys every week and has been graded by its own facts.
  std::vector<v1::Event> events;
  for (int week = 0; week < 12; ++week) {
    const std::string date = FormatDay(ParseDay("2026-01-06").value() + 7 * week);
    for (const char* customer : {"climber", "held"}) events.push_back(OrderEvent(customer, "w-" + date, date, 80'000));
  }
  installation_->Ingest(events);
  for (int i = 0; i < 20; ++i) installation_->Ingest({OrderEvent(fmt::format("other{}", i), "o", "2026-03-20", 100'000 * (i + 1))});
  ASSERT_EQ(installation_->Regrade("base", "2026-03-31", true).state(), v1::RUN_STATE_DONE);
  prc::QuoteRequest request = BasketOf("climber", {{"apple", 1'000}});
  request.add_languages("zh");
  request.add_languages("en");
  const std::string before = installation_->GetTier("climber", "kuailv").tier().tier_code();
  prc::QuoteResponse hinted;
  // A busy machine may not find the path within the time that a hint is worth.
  ASSERT_TRUE(Eventually(20'000, [&] {
    hinted = Quoted(request);
    return hinted.has_incentive();
  })) << before << " " << hinted.ShortDebugString();
  EXPECT_THAT(hinted.incentive().texts().at("zh"), HasSubstr("再消费"));
  EXPECT_THAT(hinted.incentive().texts().at("en"), HasSubstr("Spend"));
  EXPECT_GT(hinted.incentive().extra_spend_fen(), 0);
  EXPECT_NE(hinted.incentive().next_tier_code(), before);
  installation_->Ingest({OrderEvent("climber", "hinted", "2026-03-31", hinted.incentive().extra_spend_fen())});
  EXPECT_EQ(installation_->GetTier("climber", "kuailv").tier().tier_code(), hinted.incentive().next_tier_code());
  // A twin whose tier is set by hand is promised nothing: nothing that it buys has an effect before the end.
  request.set_customer_id("held");
  ASSERT_TRUE(Eventually(20'000, [&] { return Quoted(request).has_incentive(); }));
  BenefitClient(installation_->channel()).SetTier("held", before);
  EXPECT_FALSE(Quoted(request).has_incentive());
  // The best tier has nothing above it, and a customer that nothing but money can't move hears nothing.
  request.set_customer_id("c-diamond");
  EXPECT_FALSE(Quoted(request).has_incentive());
}

TEST_F(PricingApiTest, AFrozenCustomerIsPromisedNothing) {
  std::vector<v1::Event> events;  // five orders of 200 yuan on each fifth day: order splitting
  for (int day = 3; day <= 88; day += 5) {
    for (int i = 0; i < 5; ++i) events.push_back(OrderEvent("splitter", fmt::format("o-{}-{}", day, i), FormatDay(ParseDay("2026-04-01").value() - day), 20'000));
  }
  installation_->Ingest(events);
  prc::QuoteRequest request = BasketOf("splitter", {{"apple", 1'000}});
  request.add_languages("zh");
  ASSERT_TRUE(Eventually(20'000, [&] { return Quoted(request).has_incentive(); })) << "not frozen yet";
  Client().Publish(v1::AbusePolicy());
  const auto abuse = v1::AbuseService::NewStub(installation_->channel());
  v1::ScanAbuseResponse scanned;
  auto context = Within(20'000);
  ASSERT_TRUE(abuse->ScanAbuse(context.get(), v1::ScanAbuseRequest(), &scanned).ok());
  ASSERT_EQ(scanned.frozen_count(), 1);
  EXPECT_FALSE(Quoted(request).has_incentive());
}

TEST_F(PricingApiTest, AnUnknownCustomerPaysTheListPriceOrIsRefusedWhenAskedTo) {
  prc::QuoteRequest request = BasketOf("nobody", {{"mango", 1'000}, {"box", 10'000}});
  const prc::QuoteResponse quote = Quoted(request);
  EXPECT_TRUE(quote.basket().degraded());
  EXPECT_EQ(quote.basket().degraded_reason(), "CUSTOMER_UNKNOWN");
  EXPECT_EQ(quote.basket().total_fen(), 2'000 + 2'200) << "breaks are for everybody";
  request.set_fail_closed(true);
  EXPECT_EQ(Refused(request).reason, "CUSTOMER_UNKNOWN");
}

TEST_F(PricingApiTest, ListsPricesForBrowsing) {
  prc::ListPricesRequest request;
  request.set_customer_id("c-diamond");
  request.set_region("north");
  request.add_languages("en");
  const auto messages = Client().List(request);
  ASSERT_EQ(messages.size(), 1u);
  ASSERT_EQ(messages[0].entries_size(), 4);
  EXPECT_EQ(messages[0].tier_code(), "diamond");
  EXPECT_EQ(messages[0].entries(1).sku(), "mango");
  EXPECT_EQ(messages[0].entries(1).list_fen(), 2'500);
  EXPECT_EQ(messages[0].entries(1).price_fen(), 2'000);
  EXPECT_FALSE(messages[0].entries(1).explanations().at("en").empty());
  request.set_category("fruit");
  EXPECT_EQ(Client().List(request)[0].entries_size(), 2);
  for (int i = 0; i < 10'001; ++i) request.add_skus("apple");
  grpc::Status status;
  Client().List(request, &status);
  EXPECT_EQ(DetailsOf(status).ViolationOf("skus"), "TOO_MANY");
}

}  // namespace
}  // namespace rung::testing
