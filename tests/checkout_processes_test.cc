// The checkout with grading, benefits and pricing as processes of their own: what is limited is reserved over the wire,
// once, through races and kills; a peer that hangs costs a part of the caller's time and never more.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/checkout.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/service_process.h"

namespace rung::testing {
namespace {

using ::testing::Each;
using ::testing::Le;

constexpr int kShops = 64;
constexpr int kPatienceMs = 2'000;

std::string ShopOf(int number) { return fmt::format("shop-{:02}", number); }

int64_t MillisecondsOf(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
}

class CheckoutProcessesTest : public ::testing::Test {
 protected:
  CheckoutProcessesTest() {
    std::vector<v1::Event> events;
    for (int i = 0; i < kShops; ++i) events.push_back(OrderEvent(ShopOf(i), "first", "2026-03-20", 1'000));
    installation_.Ingest(events);  // bronze, all of them
    const CheckoutClient suite(installation_.channel());
    suite.Publish(KuaiLvPlan());
    suite.Publish(BestPrice());
    suite.Publish(SmallBook());
    EXPECT_TRUE(installation_.StopSuite());
    grading_ = std::make_unique<ServiceProcess>(installation_, "rung-grading", std::vector<std::string>{"--nightly", "off"});
    services_ = std::make_unique<ServiceProcess>(installation_, "rung-benefits");
    pricing_ = std::make_unique<ServiceProcess>(installation_, "rung-pricing",
                                                std::vector<std::string>{"--grading", grading_->address(), "--benefits", services_->address()});
    client_ = std::make_unique<CheckoutClient>(pricing_->channel());
    benefits_ = std::make_unique<BenefitClient>(services_->channel());
  }

  // Bronze's mango at 80 %, within this quota; pricing knows of it.
  void Limit(const std::string& quota) {
    bv1::BenefitPlan plan = KuaiLvPlan();
    *plan.mutable_tiers(4)->add_benefits() = FromJson<bv1::Benefit>(
        R"({"benefit_id": "bronze.mango", "exclusive_offer": {"scope": "sku:mango", "pay_bps": 8000}, "quota": )" + quota + "}");
    ASSERT_TRUE(benefits_->Publish(plan).ok());
    ASSERT_TRUE(Eventually(15'000, [&] { return Quoted(ShopOf(0))->basket().total_fen() == 1'600; }));
  }
  Answer<prc::QuoteResponse> Quoted(const std::string& shop, const std::string& sku = "mango", bool fail_closed = false) const {
    prc::QuoteRequest request = BasketOf(shop, {{sku, 1'000}});
    request.set_sign(true);
    request.set_fail_closed(fail_closed);
    return client_->Quote(request, kPatienceMs);
  }

  Installation installation_;
  std::unique_ptr<ServiceProcess> grading_, services_, pricing_;
  std::unique_ptr<CheckoutClient> client_;
  std::unique_ptr<BenefitClient> benefits_;
};

TEST_F(CheckoutProcessesTest, AnOrderReservesWhatIsLimitedOverTheWire) {
  Limit(R"({"uses_per_period": "1"})");
  const auto quote = Quoted(ShopOf(0));
  const auto order = client_->Verify(quote->signed_quote(), "o-1");
  ASSERT_TRUE(order.ok()) << order.status.error_message();
  ASSERT_EQ(order->reservation_ids_size(), 1);
  EXPECT_EQ(benefits_->Reservations(ShopOf(0)).at(0).claims(0).amount_fen(), 400);
  EXPECT_EQ(client_->Verify(quote->signed_quote(), "o-2").reason(), "QUOTE_USED");
  EXPECT_EQ(Quoted(ShopOf(0))->basket().unavailable_benefits(0).reason(), "QUOTA_EXHAUSTED");
  ASSERT_TRUE(benefits_->Release(ShopOf(0), "", "o-1").ok());
  EXPECT_EQ(Quoted(ShopOf(0))->basket().total_fen(), 1'600);
}

TEST_F(CheckoutProcessesTest, ACustomerIsKnownBeforeItsLabelHasCome) {
  const auto followed = [&] {
    const std::string clients = installation_.RedisCommand("CLIENT LIST");
    int readers = 0;
    for (size_t at = clients.find("cmd=xread"); at != std::string::npos; at = clients.find("cmd=xread", at + 1)) ++readers;
    return readers;
  };
  ASSERT_TRUE(Eventually(15'000, [&] { return followed() == 3; })) << "all three know of every label";
  installation_.Sql("CREATE FUNCTION keep_back() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
                    "CREATE TRIGGER keep_back BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION keep_back()");
  v1::IngestEventsRequest first_order;
  *first_order.add_events() = OrderEvent("newcomer", "first", "2026-03-20", 1'000);
  v1::IngestEventsResponse taken;
  const auto context = Within(10'000);
  ASSERT_TRUE(v1::IngestService::NewStub(grading_->channel())->IngestEvents(context.get(), first_order, &taken).ok());
  EXPECT_EQ(benefits_->Get("newcomer").tier_code(), "bronze");
  const auto quote = Quoted("newcomer");
  ASSERT_TRUE(quote.ok()) << quote.status.error_message();
  EXPECT_FALSE(quote->basket().degraded()) << quote->basket().degraded_reason();
  bv1::GetBenefitsRequest nobody;
  nobody.set_customer_id("nobody");
  bv1::GetBenefitsResponse response;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(DetailsOf(benefits_->Get(nobody, response)).reason, "CUSTOMER_UNKNOWN") << "by the store at first, then by memory " << i;
  }
}

TEST_F(CheckoutProcessesTest, SixtyFourOrdersNeverOversellWhatTheirQuotesShare) {
  Limit(R"({"budget_fen": "16000"})");
  std::vector<prc::QuoteResponse> quotes;
  for (int i = 0; i < kShops; ++i) quotes.push_back(Quoted(ShopOf(i)).response);
  std::vector<std::string> answers(kShops);
  std::vector<std::thread> orders;
  for (int i = 0; i < kShops; ++i) {
    orders.emplace_back([&, i] {
      const auto order = client_->Verify(quotes[static_cast<size_t>(i)].signed_quote(), "o");
      answers[static_cast<size_t>(i)] = order.ok() ? "placed" : order.reason();
    });
  }
  for (std::thread& order : orders) order.join();
  EXPECT_EQ(std::count(answers.begin(), answers.end(), "placed"), 40) << "of 400 fen each";
  EXPECT_EQ(std::count(answers.begin(), answers.end(), "BUDGET_EXHAUSTED"), 24);
  EXPECT_EQ(installation_.Sql("SELECT sum(amount) FROM reservation_claim"), "16000");
}

TEST_F(CheckoutProcessesTest, NothingIsOversoldOrLostWhenTheBenefitsServiceIsKilled) {
  Limit(R"({"budget_fen": "16000"})");
  std::vector<prc::QuoteResponse> quotes;
  for (int i = 0; i < kShops; ++i) quotes.push_back(Quoted(ShopOf(i)).response);
  std::vector<std::string> placed(kShops);
  std::atomic<int> next = 0, answered = 0;
  std::vector<std::thread> clients;
  for (int t = 0; t < 8; ++t) {
    clients.emplace_back([&] {
      for (int i = next++; i < kShops; i = next++) {
        for (;;) {  // the same order until it is answered, whatever happens meanwhile
          const auto order = client_->Verify(quotes[static_cast<size_t>(i)].signed_quote(), "o");
          if (order.ok()) placed[static_cast<size_t>(i)] = order->reservation_ids(0);
          if (order.ok() || order.reason() == "BUDGET_EXHAUSTED") break;
          EXPECT_EQ(order.reason(), "BENEFITS_UNREACHABLE") << order.status.error_message();
        }
        ++answered;
      }
    });
  }
  for (int kill = 1; kill <= 3; ++kill) {
    EXPECT_TRUE(Eventually(60'000, [&] { return answered >= 8 * kill; }));
    services_->Kill();
    services_->Start();
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(std::count_if(placed.begin(), placed.end(), [](const std::string& id) { return !id.empty(); }), 40);
  for (int i = 0; i < kShops; ++i) {
    const auto reservations = benefits_->Reservations(ShopOf(i));
    ASSERT_EQ(reservations.size(), placed[static_cast<size_t>(i)].empty() ? 0u : 1u) << ShopOf(i);
  }
  EXPECT_EQ(installation_.Sql("SELECT sum(amount) FROM reservation_claim"), "16000");
}

TEST_F(CheckoutProcessesTest, ABenefitsServiceThatHangsCostsAPartOfTheCallersTime) {
  Limit(R"({"uses_per_period": "5"})");
  const auto limited = Quoted(ShopOf(0));
  const auto plain = Quoted(ShopOf(1), "apple");
  services_->Pause();
  Answer<prc::QuoteResponse> quote;
  EXPECT_LT(MillisecondsOf([&] { quote = Quoted(ShopOf(0)); }), kPatienceMs);
  ASSERT_TRUE(quote.ok()) << quote.status.error_message();
  EXPECT_EQ(quote->basket().total_fen(), 2'000);
  EXPECT_EQ(quote->basket().degraded_reason(), "BENEFITS_UNREACHABLE");
  EXPECT_EQ(Quoted(ShopOf(0), "mango", /*fail_closed=*/true).reason(), "BENEFITS_UNREACHABLE");
  prc::QuoteRequest with_coupon = BasketOf(ShopOf(1), {{"apple", 1'000}});
  with_coupon.add_coupon_ids("autumn.1");
  EXPECT_EQ(client_->Quote(with_coupon, kPatienceMs)->basket().unavailable_coupon_ids_size(), 1);
  // The order hears in its time that its limited benefit can't be had, or that it counts although nobody could be asked.
  EXPECT_EQ(client_->Verify(limited->signed_quote(), "o-1", false, kPatienceMs).reason(), "BENEFITS_UNREACHABLE");
  const auto order = client_->Verify(plain->signed_quote(), "o-2", false, kPatienceMs);
  ASSERT_TRUE(order.ok()) << order.status.error_message();
  EXPECT_EQ(order->degraded_reason(), "BENEFITS_UNREACHABLE");
  EXPECT_EQ(client_->Verify(plain->signed_quote(), "o-2", /*fail_closed=*/true, kPatienceMs).reason(), "BENEFITS_UNREACHABLE");
  services_->Continue();
  EXPECT_TRUE(Eventually(15'000, [&] { return client_->Verify(limited->signed_quote(), "o-1").ok(); })) << "the same order again";
  EXPECT_EQ(benefits_->Reservations(ShopOf(0)).size(), 1u);
}

TEST_F(CheckoutProcessesTest, AGradingServiceThatHangsCostsNeitherPriceNorCheckout) {
  ASSERT_TRUE(Eventually(15'000, [&] { return Quoted(ShopOf(0)).ok(); }));
  grading_->Pause();
  prc::QuoteRequest request = BasketOf(ShopOf(0), {{"box", 10'000}});
  request.set_sign(true);
  request.add_languages("zh");
  Answer<prc::QuoteResponse> quote;
  EXPECT_LT(MillisecondsOf([&] { quote = client_->Quote(request, kPatienceMs); }), kPatienceMs);
  ASSERT_TRUE(quote.ok()) << quote.status.error_message();
  EXPECT_EQ(quote->basket().total_fen(), 2'200);
  EXPECT_FALSE(quote->has_incentive());
  EXPECT_TRUE(client_->Verify(quote->signed_quote(), "o-1", false, kPatienceMs).ok());
  EXPECT_TRUE(client_->Settle(quote->signed_quote(), {10'000}).ok());
}

}  // namespace
}  // namespace rung::testing
