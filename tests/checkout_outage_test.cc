// Prices while grading, the benefits service, PostgreSQL or Redis are away: never better than entitled, never a failed
// checkout unless asked for.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/checkout.h"
#include "tests/support/eventually.h"
#include "tests/support/server.h"
#include "tests/support/service_process.h"

namespace rung::testing {
namespace {

using ::testing::HasSubstr;

void Publish(const Installation& installation) {
  const CheckoutClient client(installation.channel());
  client.Publish(KuaiLvPlan());
  client.Publish(BestPrice());
  client.Publish(SmallBook());
}

// rung-pricing alone.
class PricingAlone {
 public:
  PricingAlone(const Installation& installation, const std::string& grading, const std::string& benefits)
      : process_(installation, "rung-pricing", {"--grading", grading, "--benefits", benefits}), client_(process_.channel()) {
    EXPECT_TRUE(Eventually(15'000, [&] { return client_.Quote(BasketOf("c-gold", {{"apple", 1'000}})).ok(); }));
  }
  const CheckoutClient& client() const { return client_; }

 private:
  const ServiceProcess process_;
  const CheckoutClient client_;
};

TEST(CheckoutOutageTest, AProcessOfItsOwnQuotesAlikeAndNoticesPublicationsWithinASecond) {
  Installation installation;
  MakeCustomer(installation, "c-gold", "gold");
  Publish(installation);
  const PricingAlone alone(installation, installation.address(), "unix:/nowhere");
  EXPECT_TRUE(Eventually(5'000, [&] { return alone.client().Quote(BasketOf("c-gold", {{"apple", 1'000}}))->basket().total_fen() == 980; }));
  CheckoutClient(installation.channel()).Publish(SmallBook(2'000));
  EXPECT_TRUE(Eventually(3'000, [&] { return alone.client().Quote(BasketOf("c-gold", {{"apple", 1'000}}))->basket().total_fen() == 1'960; }));
  // A quote of one process is settled by another.
  prc::QuoteRequest request = BasketOf("c-gold", {{"apple", 1'000}});
  request.set_sign(true);
  const auto quote = alone.client().Quote(request);
  EXPECT_EQ(CheckoutClient(installation.channel()).Settle(quote->signed_quote(), {1'000})->bill().total_fen(), 1'960);
}

TEST(CheckoutOutageTest, WithoutTheBenefitsServiceQuotesGoOnWithoutCouponsAndOrdersWithoutLimits) {
  Installation installation;
  MakeCustomer(installation, "c-gold", "gold");
  Publish(installation);
  const PricingAlone alone(installation, installation.address(), "unix:/nowhere");
  prc::QuoteRequest request = BasketOf("c-gold", {{"apple", 1'000}});
  request.set_sign(true);
  request.add_coupon_ids("autumn.1");
  const auto quote = alone.client().Quote(request);
  ASSERT_TRUE(quote.ok()) << quote.status.error_message();
  EXPECT_EQ(quote->basket().total_fen(), 980);
  EXPECT_TRUE(quote->basket().degraded());
  EXPECT_EQ(quote->basket().degraded_reason(), "BENEFITS_UNREACHABLE");
  EXPECT_EQ(quote->basket().unavailable_coupon_ids(0), "autumn.1");
  const auto order = alone.client().Verify(quote->signed_quote(), "o-1");
  ASSERT_TRUE(order.ok()) << order.status.error_message();
  EXPECT_EQ(order->degraded_reason(), "BENEFITS_UNREACHABLE");
  EXPECT_EQ(order->ticket().total_fen(), 980);
  EXPECT_EQ(order->reservation_ids_size(), 0);
  EXPECT_EQ(alone.client().Verify(quote->signed_quote(), "o-1", /*fail_closed=*/true).reason(), "BENEFITS_UNREACHABLE");
  request.set_fail_closed(true);
  EXPECT_EQ(alone.client().Quote(request).reason(), "BENEFITS_UNREACHABLE");
}

TEST(CheckoutOutageTest, WithoutGradingTheHintIsSilentAndThePriceStays) {
  Installation installation;
  MakeCustomer(installation, "c-gold", "gold");
  Publish(installation);
  const PricingAlone alone(installation, "unix:/nowhere", "unix:/nowhere");
  prc::QuoteRequest request = BasketOf("c-gold", {{"apple", 1'000}});
  request.add_languages("zh");
  const auto quote = alone.client().Quote(request);
  ASSERT_TRUE(quote.ok()) << quote.status.error_message();
  EXPECT_EQ(quote->basket().total_fen(), 980);
  EXPECT_FALSE(quote->has_incentive());
  EXPECT_FALSE(quote->basket().degraded());
}

TEST(CheckoutOutageTest, WithoutTheTierListPricesCountAndTheBillTakesTheTierKnownSince) {
  Server server;
  Installation installation({.postgres = server.conninfo()});
  MakeCustomer(installation, "c-diamond", "diamond");
  Publish(installation);
  const CheckoutClient client(installation.channel());
  prc::QuoteRequest request = BasketOf("c-diamond", {{"mango", 1'000}, {"box", 10'000}});
  request.set_sign(true);
  ASSERT_TRUE(Eventually(5'000, [&] { return client.Quote(request)->basket().total_fen() == 1'600 + 2'200; }));
  installation.KillRedis();
  server.Crash();
  prc::QuoteResponse degraded;
  ASSERT_TRUE(Eventually(15'000, [&] {
    const auto quote = client.Quote(request, 2'000);
    degraded = quote.response;
    return quote.ok() && degraded.basket().degraded();
  }));
  EXPECT_EQ(degraded.basket().degraded_reason(), "TIER_UNREACHABLE");
  EXPECT_EQ(degraded.basket().total_fen(), 2'500 + 2'200) << "list price, of the dearest region; breaks are for everybody";
  prc::QuoteRequest closed = request;
  closed.set_fail_closed(true);
  const auto refused = client.Quote(closed, 2'000);
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(refused.reason(), "TIER_UNREACHABLE");
  server.Start();
  installation.StartRedis();
  ASSERT_TRUE(Eventually(20'000, [&] {
    const auto settled = client.Settle(degraded.signed_quote(), {1'000, 10'000});
    return settled.ok() && settled->by_known_tier() && settled->bill().total_fen() == 1'600 + 2'200;
  })) << "the tier known since is cheaper";
}

}  // namespace
}  // namespace rung::testing
