// Orders by signed quotes: what they reserve, once, for whom, and what happens when it can't be had.
#include "services/pricing/quote_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <filesystem>
#include <fstream>
#include <map>

#include <unistd.h>

#include "libs/errors/errors.h"
#include "services/pricing/quoter.h"

namespace rung::pricing_service {
namespace {

namespace pb = pricing::v1;
using benefits::v1::Claim;
using benefits::v1::Reservation;
using benefits::v1::ReserveRequest;
using namespace pricing;

std::shared_ptr<const Checkout> ShopWithQuotas() {
  PriceBook book{.book_id = "main", .currency = "CNY",
                 .items = {{.sku = "apple", .category = "fruit/local", .unit = Unit::kKilogram, .prices = {{.list = {1'000}}}},
                           {.sku = "mango", .category = "fruit/imported", .unit = Unit::kKilogram, .prices = {{.list = {2'000}}}},
                           {.sku = "cherry", .category = "fruit/imported", .unit = Unit::kKilogram, .prices = {{.list = {2'000}, .floor = Fen{2'000}}}}}};
  const benefits::Quota twice{.uses = 2};
  benefits::Plan plan{.plan_id = "kuailv", .ladder_id = "kuailv", .currency = "CNY",
                      .tiers = {{.code = "diamond",
                                 .benefits = {{.id = "d-rate", .value = benefits::DiscountRate{{9'000}}},
                                              {.id = "d-delivery", .value = benefits::FreeDelivery{{1'000}}, .quota = twice},
                                              {.id = "d-mango", .value = benefits::ExclusiveOffer{ParseScope("category:fruit/imported"), {.pay = Bps{8'000}}}, .quota = twice}}},
                                {.code = "bronze"}}};
  pb::Versions versions;
  versions.set_price_book_version(4);
  versions.set_benefit_plan_id("kuailv");
  versions.set_benefit_plan_version(3);
  const Policy policy{.policy_id = "best", .groups = {{Kind::kOffer, Kind::kBreak, Kind::kTier}}, .quote_validity_seconds = 600};
  return std::make_shared<const Checkout>(MakeCheckout(Catalogue::Build(std::move(book)), policy, benefits::Benefits::Build(std::move(plan)), versions));
}

class Shop final : public CheckoutSource, public CustomerSource, public CouponSource, public LimitSource, public Reservations {
 public:
  absl::StatusOr<std::shared_ptr<const Checkout>> Current(std::string_view, Deadline) const override { return checkout_; }
  absl::StatusOr<std::shared_ptr<const Checkout>> At(const pb::Versions& versions, Deadline) const override {
    EXPECT_EQ(versions.price_book_version(), 4);
    return checkout_;
  }
  std::optional<CustomerFacts> Near(const std::string& id, const std::string& ladder) const override { return Get(id, ladder, Deadline::Never()); }
  CustomerFacts Get(const std::string& id, const std::string&, Deadline) const override { return {.tier = id, .region = "north"}; }
  std::optional<benefits::UpgradePath> PathOf(const std::string&, const std::string&, Deadline) const override { return std::nullopt; }
  absl::StatusOr<std::vector<HeldCoupon>> Find(const CouponQuery& query, Deadline) const override {
    if (!reachable) return Unreachable();
    std::vector<HeldCoupon> found;
    for (const std::string& id : query.coupon_ids) found.push_back({{.id = id, .minimum = {id == "large" ? 1'000'000 : 0}, .amount_off = Fen{100}}, "off-1", std::nullopt});
    return found;
  }

  absl::StatusOr<LeftByBenefit> Left(const LimitsQuery&, Deadline) const override {
    if (!reachable) return Unreachable();
    return left;
  }

  // As the benefits service does: an id belongs to the request that came with it first.
  absl::StatusOr<Reservation> Reserve(const ReserveRequest& request, Deadline) const override {
    if (!reachable) return Unreachable();
    const auto [known, added] = requests.emplace(request.request_id(), request);
    if (!added && known->second.SerializeAsString() != request.SerializeAsString()) return WithReason(AlreadyExistsError("another request"), "REQUEST_ID_REUSED");
    Reservation& reservation = reservations[request.request_id()];
    if (!added) return reservation;
    reservation.set_reservation_id(request.request_id());
    reservation.set_customer_id(request.customer_id());
    reservation.set_order_id(request.order_id());
    reservation.set_state(benefits::v1::RESERVATION_STATE_RESERVED);
    return reservation;
  }
  absl::StatusOr<std::optional<Reservation>> Find(const std::string& customer, const std::string& order, const std::string& id, Deadline) const override {
    if (!reachable) return Unreachable();
    const auto found = reservations.find(id);
    if (found == reservations.end() || found->second.customer_id() != customer || found->second.order_id() != order) return std::optional<Reservation>();
    return std::optional(found->second);
  }

  bool reachable = true;
  LeftByBenefit left;
  mutable std::map<std::string, ReserveRequest> requests;
  mutable std::map<std::string, Reservation> reservations;

 private:
  static absl::Status Unreachable() { return WithReason(UnavailableError("gone"), "BENEFITS_UNREACHABLE"); }

  std::shared_ptr<const Checkout> checkout_ = ShopWithQuotas();
};

sealing::Signer MakeSigner() {
  EXPECT_GE(sodium_init(), 0);
  const std::string path = (std::filesystem::temp_directory_path() / ("rung-verifier-keys-" + std::to_string(getpid()))).string();
  std::ofstream(path) << "1 " + std::string(64, '1') + "\n";
  sealing::Signer signer(*sealing::KeyRing::Load(path), kQuotePurpose);
  std::filesystem::remove(path);
  return signer;
}

class QuoteVerifierTest : public ::testing::Test {
 protected:
  static pb::QuoteRequest Request(const std::string& tier, const std::vector<std::string>& coupons = {}) {
    pb::QuoteRequest request;
    request.set_customer_id(tier);
    for (const char* sku : {"apple", "mango"}) {
      pb::BasketLine& line = *request.add_lines();
      line.set_sku(sku);
      line.set_quantity_milli(1'000);
    }
    for (const std::string& coupon : coupons) request.add_coupon_ids(coupon);
    request.set_delivery_fee_fen(800);
    request.set_sign(true);
    return request;
  }
  pb::QuoteResponse Answer(const pb::QuoteRequest& request) {
    pb::QuoteResponse response;
    EXPECT_TRUE(quoter_.Quote(request, response, Deadline::Never()).ok());
    return response;
  }
  pb::SignedQuote Quoted(const std::string& tier, const std::vector<std::string>& coupons = {}) { return Answer(Request(tier, coupons)).signed_quote(); }
  absl::Status Verify(const pb::SignedQuote& quote, const std::string& order, pb::VerifyQuoteResponse* response = nullptr, bool fail_closed = false, int hold = 0) {
    pb::VerifyQuoteRequest request;
    *request.mutable_signed_quote() = quote;
    request.set_order_id(order);
    request.set_fail_closed(fail_closed);
    request.set_hold_seconds(hold);
    pb::VerifyQuoteResponse answer;
    const absl::Status status = verifier_.Verify(request, answer, Deadline::Never());
    if (response != nullptr) *response = answer;
    return status;
  }

  FakeClock clock_{ParseDay("2026-11-24").value() * kSecondsPerDay};
  BusinessZone zone_ = BusinessZone::Load("Asia/Shanghai").value();
  Shop shop_;
  sealing::Signer signer_ = MakeSigner();
  QuoteTickets tickets_{signer_, clock_};
  int quotes_ = 0;
  Quoter quoter_{{shop_, shop_, shop_, shop_, tickets_, clock_, zone_, [this] { return "q-" + std::to_string(++quotes_); }}};
  QuoteVerifier verifier_{shop_, shop_, shop_, tickets_};
};

TEST_F(QuoteVerifierTest, ClaimsWhatIsLimitedAndChangedTheQuoteWithItsAmount) {
  pb::VerifyQuoteResponse response;
  ASSERT_TRUE(Verify(Quoted("diamond", {"ten", "large"}), "o-1", &response).ok());
  EXPECT_EQ(response.reservation_ids(0), "quote:q-1");
  EXPECT_EQ(response.ticket().customer_id(), "diamond");
  const ReserveRequest& request = shop_.requests.at("quote:q-1");
  ASSERT_EQ(request.claims_size(), 3) << request.ShortDebugString();
  EXPECT_EQ(request.claims(0).benefit_id(), "d-delivery");
  EXPECT_EQ(request.claims(0).amount_fen(), 800);
  EXPECT_EQ(request.claims(1).benefit_id(), "d-mango");
  EXPECT_EQ(request.claims(1).amount_fen(), 400);
  EXPECT_EQ(request.claims(2).issued_coupon_id(), "ten") << "the other one didn't apply";
  EXPECT_EQ(request.claims(2).amount_fen(), 100);
  EXPECT_EQ(request.order_id(), "o-1");
  EXPECT_EQ(request.plan_id(), "kuailv");
  EXPECT_EQ(request.quoted_for().plan_version(), 3);
  EXPECT_EQ(request.quoted_for().quote_date(), "2026-11-24");
  EXPECT_EQ(request.quoted_for().tier_code(), "diamond");
  EXPECT_EQ(request.quoted_for().region(), "north");
  EXPECT_EQ(request.hold_seconds(), 900);
}

TEST_F(QuoteVerifierTest, WhatAFloorKeepsBackIsNotUsedUp) {
  pb::QuoteRequest request = Request("diamond");
  request.mutable_lines()->Clear();
  request.add_lines()->set_sku("cherry");
  request.mutable_lines(0)->set_quantity_milli(1'000);
  request.clear_delivery_fee_fen();
  const pb::QuoteResponse quote = Answer(request);
  EXPECT_EQ(quote.basket().total_fen(), 2'000) << "the offer takes nothing off";
  pb::VerifyQuoteResponse response;
  ASSERT_TRUE(Verify(quote.signed_quote(), "o-1", &response).ok());
  EXPECT_EQ(shop_.requests.at("quote:q-1").claims_size(), 0) << shop_.requests.at("quote:q-1").ShortDebugString();
}

TEST_F(QuoteVerifierTest, AnOrderMayAskAgainAndAnotherOneComesTooLate) {
  const pb::SignedQuote quote = Quoted("bronze");
  ASSERT_TRUE(Verify(quote, "o-1").ok());
  EXPECT_EQ(shop_.requests.at("quote:q-1").claims_size(), 0) << "nothing is limited, and yet the quote is used";
  EXPECT_TRUE(Verify(quote, "o-1").ok());
  EXPECT_TRUE(Verify(quote, "o-1", nullptr, false, 60).ok()) << "also with another hold";
  EXPECT_EQ(ReasonOf(Verify(quote, "o-2")), "QUOTE_USED");
  clock_.Advance(601);
  EXPECT_TRUE(Verify(quote, "o-1").ok()) << "it was placed in time";
  EXPECT_EQ(ReasonOf(Verify(quote, "o-2")), "QUOTE_EXPIRED");
  EXPECT_EQ(shop_.requests.size(), 1u);
}

TEST_F(QuoteVerifierTest, WhatWasGivenBackDoesNotCountAgain) {
  const pb::SignedQuote quote = Quoted("diamond");
  ASSERT_TRUE(Verify(quote, "o-1").ok());
  shop_.reservations["quote:q-1"].set_state(benefits::v1::RESERVATION_STATE_RELEASED);
  EXPECT_EQ(ReasonOf(Verify(quote, "o-1")), "RESERVATION_ENDED");
  shop_.reservations["quote:q-1"].set_state(benefits::v1::RESERVATION_STATE_EXPIRED);
  EXPECT_EQ(ReasonOf(Verify(quote, "o-1")), "RESERVATION_ENDED");
  shop_.reservations["quote:q-1"].set_state(benefits::v1::RESERVATION_STATE_COMMITTED);
  EXPECT_TRUE(Verify(quote, "o-1").ok());
}

TEST_F(QuoteVerifierTest, WithoutTheBenefitsServiceOnlyWhatIsUnlimitedPasses) {
  const pb::SignedQuote limited = Quoted("diamond"), unlimited = Quoted("bronze");
  shop_.reachable = false;
  EXPECT_EQ(ReasonOf(Verify(limited, "o-1")), "BENEFITS_UNREACHABLE");
  pb::VerifyQuoteResponse response;
  EXPECT_TRUE(Verify(unlimited, "o-1", &response).ok());
  EXPECT_EQ(response.degraded_reason(), "BENEFITS_UNREACHABLE");
  EXPECT_EQ(ReasonOf(Verify(unlimited, "o-1", nullptr, /*fail_closed=*/true)), "BENEFITS_UNREACHABLE");
}

// ---- what is used up when quoted ----------------------------------------------------------------------------------

std::vector<std::pair<std::string, std::string>> Unavailable(const pb::QuoteResponse& quote) {
  std::vector<std::pair<std::string, std::string>> shown;
  for (const pb::UnavailableBenefit& benefit : quote.basket().unavailable_benefits()) shown.emplace_back(benefit.benefit_id(), benefit.reason());
  return shown;
}

using ::testing::ElementsAre;
using ::testing::Pair;

TEST_F(QuoteVerifierTest, WhatIsUsedUpIsLeftOutOfTheQuoteAndOfTheOrder) {
  shop_.left.remaining["d-mango"].set_uses(0);
  shop_.left.remaining["d-mango"].mutable_renewed_time()->set_seconds(ParseDay("2026-12-01").value() * kSecondsPerDay);
  shop_.left.remaining["d-delivery"].set_budget_fen(799);
  pb::QuoteRequest request = Request("diamond");
  request.set_with_trace(true);
  request.add_languages("zh");
  const pb::QuoteResponse quote = Answer(request);
  EXPECT_EQ(quote.basket().total_fen(), 900 + 1'800 + 800) << "the tier's rate takes the offer's place";
  EXPECT_THAT(Unavailable(quote), ElementsAre(Pair("d-delivery", "BUDGET_EXHAUSTED"), Pair("d-mango", "QUOTA_EXHAUSTED")));
  EXPECT_EQ(quote.basket().unavailable_benefits(1).explanations().at("zh"), "category:fruit/imported 8 折：本期次数已用完，2026-12-01 恢复");
  EXPECT_FALSE(quote.basket().degraded());
  const pb::Candidate& offer = quote.basket().lines(1).candidates(1);
  EXPECT_EQ(offer.rule_id(), "d-mango");
  EXPECT_EQ(offer.verdict(), pb::VERDICT_USED_UP);
  EXPECT_EQ(offer.explanations().at("zh"), "专享优惠「d-mango」 8 折：次数或额度已用完，未采用");
  ASSERT_TRUE(Verify(quote.signed_quote(), "o-1").ok());
  EXPECT_EQ(shop_.requests.at("quote:q-1").claims_size(), 0);
  shop_.left.remaining["d-mango"].set_uses(1);
  shop_.left.remaining["d-delivery"].set_budget_fen(800);
  EXPECT_EQ(Answer(request).basket().total_fen(), 900 + 1'600);
  EXPECT_THAT(Unavailable(Answer(request)), ElementsAre());
}

TEST_F(QuoteVerifierTest, WhatCannotBeCountedIsLeftOutMarkedOrFailsWhenAskedTo) {
  shop_.reachable = false;
  pb::QuoteRequest request = Request("diamond");
  const pb::QuoteResponse quote = Answer(request);
  EXPECT_EQ(quote.basket().total_fen(), 900 + 1'800 + 800);
  EXPECT_TRUE(quote.basket().degraded());
  EXPECT_EQ(quote.basket().degraded_reason(), "BENEFITS_UNREACHABLE");
  EXPECT_THAT(Unavailable(quote), ElementsAre(Pair("d-delivery", "BENEFITS_UNREACHABLE"), Pair("d-mango", "BENEFITS_UNREACHABLE")));
  EXPECT_TRUE(Verify(quote.signed_quote(), "o-1").ok()) << "such a quote can be ordered without counting";
  request.set_fail_closed(true);
  pb::QuoteResponse refused;
  EXPECT_EQ(ReasonOf(quoter_.Quote(request, refused, Deadline::Never())), "BENEFITS_UNREACHABLE");
}

TEST_F(QuoteVerifierTest, OnlyAQuoteThatUsesSomethingLimitedWaitsForItsCount) {
  pb::QuoteResponse response;
  EXPECT_FALSE(quoter_.QuoteFromMemory(Request("diamond"), response));
  EXPECT_EQ(response.ByteSizeLong(), 0u);
  pb::QuoteRequest apples = Request("diamond");
  apples.mutable_lines()->RemoveLast();
  apples.mutable_lines(0)->set_quantity_milli(500);
  EXPECT_TRUE(quoter_.QuoteFromMemory(apples, response)) << "neither the offer nor free delivery changed it";
  EXPECT_EQ(response.basket().total_fen(), 450 + 800);
}

TEST_F(QuoteVerifierTest, BadRequestsAreNamedByField) {
  const pb::SignedQuote quote = Quoted("bronze");
  EXPECT_EQ(ViolationsOf(Verify(quote, ""))[0].field, "order_id");
  EXPECT_EQ(ViolationsOf(Verify(quote, "o", nullptr, false, -1))[0].field, "hold_seconds");
  EXPECT_EQ(ViolationsOf(Verify(quote, "o", nullptr, false, 604'801))[0].field, "hold_seconds");
}

}  // namespace
}  // namespace rung::pricing_service
