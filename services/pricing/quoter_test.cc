// Quotes, signed quotes, settlements and price lists as the service answers them, over configuration in memory.
#include "services/pricing/quoter.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <filesystem>
#include <fstream>
#include <map>

#include <unistd.h>

#include "libs/errors/errors.h"

namespace rung::pricing_service {
namespace {

namespace pb = pricing::v1;
using namespace pricing;
using ::testing::HasSubstr;

Scope In(std::string_view text) { return ParseScope(text).value(); }

std::shared_ptr<const Checkout> CheckoutOf(int32_t book_version, int64_t apple_price) {
  PriceBook book{.book_id = "main", .currency = "CNY",
                 .items = {{.sku = "apple", .category = "fruit/local", .unit = Unit::kKilogram, .prices = {{.list = {apple_price}}}},
                           {.sku = "mango", .category = "fruit/imported", .unit = Unit::kKilogram, .prices = {{.list = {2'000}}, {.region = "north", .list = {2'500}}}},
                           {.sku = "box", .category = "ware", .prices = {{.list = {250}}}}}};
  benefits::Plan plan{.plan_id = "kuailv", .ladder_id = "kuailv", .currency = "CNY",
                      .tiers = {{.code = "diamond", .names = {{"zh", "钻石"}, {"en", "Diamond"}},
                                 .benefits = {{.id = "d-rate", .value = benefits::DiscountRate{{9'000}}},
                                              {.id = "d-mango", .names = {{"zh", "进口水果8折"}}, .value = benefits::ExclusiveOffer{In("category:fruit/imported"), {.pay = Bps{8'000}}}}}},
                                {.code = "gold", .names = {{"zh", "黄金"}, {"en", "Gold"}}, .benefits = {{.id = "g-rate", .value = benefits::DiscountRate{{9'500}}}}}}};
  pb::Versions versions;
  versions.set_price_book_id("main");
  versions.set_price_book_version(book_version);
  const Policy policy{.policy_id = "best", .groups = {{Kind::kOffer, Kind::kBreak, Kind::kTier}}, .over_delivery = {1'000}, .quote_validity_seconds = 600};
  return std::make_shared<const Checkout>(MakeCheckout(Catalogue::Build(std::move(book)), policy, benefits::Benefits::Build(std::move(plan)), versions));
}

class Configuration final : public CheckoutSource {
 public:
  Configuration() { Publish(1'000); }
  void Publish(int64_t apple_price) { versions_.push_back(CheckoutOf(static_cast<int32_t>(versions_.size()) + 1, apple_price)); }
  absl::StatusOr<std::shared_ptr<const Checkout>> Current(std::string_view, Deadline) const override { return versions_.back(); }
  absl::StatusOr<std::shared_ptr<const Checkout>> At(const pb::Versions& versions, Deadline) const override {
    const size_t version = versions.price_book_version();
    if (version < 1 || version > versions_.size()) return WithReason(NotFoundError("price book \"main\" has no version {}", version), "VERSION_UNKNOWN");
    return versions_[version - 1];
  }

 private:
  std::vector<std::shared_ptr<const Checkout>> versions_;
};

class Customers final : public CustomerSource {
 public:
  std::optional<CustomerFacts> Near(const std::string& id, const std::string& ladder) const override { return Get(id, ladder, Deadline::Never()); }
  CustomerFacts Get(const std::string& id, const std::string& ladder, Deadline) const override {
    EXPECT_EQ(ladder, "kuailv");
    if (!reachable) return {.why_unknown = "TIER_UNREACHABLE"};
    return {.tier = tiers.at(id), .tier_version = 7, .region = region};
  }
  std::optional<benefits::UpgradePath> PathOf(const std::string& id, const std::string&, Deadline) const override {
    if (tiers.at(id) == "diamond") return std::nullopt;
    return benefits::UpgradePath{"diamond", Fen{2'000'000}, "CNY", std::nullopt};
  }
  bool reachable = true;
  std::string region = "north";
  std::map<std::string, std::string> tiers = {{"c-gold", "gold"}, {"c-diamond", "diamond"}};
};

class Coupons final : public CouponSource {
 public:
  absl::StatusOr<std::vector<HeldCoupon>> Find(const CouponQuery& query, Deadline) const override {
    if (!reachable) return WithReason(UnavailableError("gone"), "BENEFITS_UNREACHABLE");
    std::vector<HeldCoupon> found;
    for (size_t i = 0; i < query.coupon_ids.size(); ++i) {
      if (!query.coupon_ids[i].starts_with("hundred")) return InvalidField(fmt::format("coupon_ids[{}]", i), "COUPON_UNKNOWN", "no such coupon");
      found.push_back({{.id = query.coupon_ids[i], .amount_off = Fen{100}}, "off-1", budget_left});
    }
    return found;
  }
  bool reachable = true;
  std::optional<Fen> budget_left;
};

class Limits final : public LimitSource {
 public:
  absl::StatusOr<LeftByBenefit> Left(const LimitsQuery& query, Deadline) const override {
    ++asked;
    EXPECT_EQ(query.region, "north");
    if (!reachable) return WithReason(UnavailableError("gone"), "BENEFITS_UNREACHABLE");
    return left;
  }
  bool reachable = true;
  LeftByBenefit left;
  mutable int asked = 0;
};

std::string KeyFile(const std::string& text) {
  const std::string path = (std::filesystem::temp_directory_path() / ("rung-quote-keys-" + std::to_string(getpid()))).string();
  std::ofstream(path) << text;
  return path;
}

sealing::Signer SignerOf(const std::string& keys) {
  EXPECT_GE(sodium_init(), 0);
  const std::string path = KeyFile(keys);
  sealing::Signer signer(*sealing::KeyRing::Load(path), kQuotePurpose);
  std::filesystem::remove(path);
  return signer;
}

const std::string kKey1 = "1 " + std::string(64, '1') + "\n", kKey2 = "2 " + std::string(64, '2') + "\n";

class QuoterTest : public ::testing::Test {
 protected:
  pb::QuoteRequest Request(const std::string& customer = "c-gold") {
    pb::QuoteRequest request;
    request.set_customer_id(customer);
    Add(request, "apple", 2'000);
    Add(request, "mango", 1'000);
    return request;
  }
  static void Add(pb::QuoteRequest& request, const std::string& sku, int64_t quantity) {
    request.add_lines()->set_sku(sku);
    request.mutable_lines(request.lines_size() - 1)->set_quantity_milli(quantity);
  }
  pb::QuoteResponse Quoted(const pb::QuoteRequest& request) {
    pb::QuoteResponse response;
    const absl::Status status = quoter_.Quote(request, response, Deadline::Never());
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  absl::Status TryQuote(const pb::QuoteRequest& request) {
    pb::QuoteResponse response;
    return quoter_.Quote(request, response, Deadline::Never());
  }
  absl::StatusOr<pb::SettleQuoteResponse> Settled(const pb::SignedQuote& quote, std::vector<int64_t> quantities) {
    pb::SettleQuoteRequest request;
    *request.mutable_signed_quote() = quote;
    for (const int64_t quantity : quantities) request.add_actual_quantities_milli(quantity);
    request.add_languages("en");
    pb::SettleQuoteResponse response;
    if (absl::Status status = quoter_.Settle(request, response, Deadline::Never()); !status.ok()) return status;
    return response;
  }

  FakeClock clock_{ParseDay("2026-11-24").value() * kSecondsPerDay};
  BusinessZone zone_ = BusinessZone::Load("Asia/Shanghai").value();
  Configuration configuration_;
  Customers customers_;
  Coupons coupons_;
  sealing::Signer signer_ = SignerOf(kKey1);
  QuoteTickets tickets_{signer_, clock_};
  Limits limits_;
  Quoter quoter_{{configuration_, customers_, coupons_, limits_, tickets_, clock_, zone_, [] { return std::string("q-1"); }}};
};

TEST_F(QuoterTest, PricesByTierOffersAndRegionAndNamesItsVersions) {
  const pb::QuoteResponse gold = Quoted(Request());
  EXPECT_EQ(gold.basket().lines(0).amount_fen(), 1'900);
  EXPECT_EQ(gold.basket().lines(1).amount_fen(), 2'375);  // the north's price
  EXPECT_EQ(gold.basket().total_fen(), 4'275);
  EXPECT_EQ(gold.versions().price_book_version(), 1);
  EXPECT_EQ(gold.versions().tier_version(), 7);
  EXPECT_FALSE(gold.has_signed_quote());
  const pb::QuoteResponse diamond = Quoted(Request("c-diamond"));
  EXPECT_EQ(diamond.basket().lines(1).amount_fen(), 2'000);
  EXPECT_EQ(diamond.basket().lines(1).candidates(0).rule_id(), "d-mango");
}

TEST_F(QuoterTest, HintsAtTheNextTierWhenThereIsAPathAndALanguage) {
  EXPECT_FALSE(Quoted(Request()).has_incentive());
  pb::QuoteRequest request = Request();
  request.add_languages("zh");
  EXPECT_EQ(Quoted(request).incentive().texts().at("zh"), "再消费 20,000 元升级钻石会员，享 9 折、进口水果享 8 折");
  request.set_customer_id("c-diamond");
  EXPECT_FALSE(Quoted(request).has_incentive());
}

TEST_F(QuoterTest, WithoutATierItDegradesOrFailsWhenAskedTo) {
  customers_.reachable = false;
  const pb::QuoteResponse response = Quoted(Request());
  EXPECT_EQ(response.basket().total_fen(), 4'500) << "list prices; the region is unknown too, and in the north mangoes are dearer";
  EXPECT_TRUE(response.basket().degraded());
  EXPECT_EQ(response.basket().degraded_reason(), "TIER_UNREACHABLE");
  pb::QuoteRequest request = Request();
  request.set_fail_closed(true);
  EXPECT_EQ(ReasonOf(TryQuote(request)), "TIER_UNREACHABLE");
  EXPECT_EQ(TryQuote(request).code(), absl::StatusCode::kUnavailable);
}

TEST_F(QuoterTest, WithoutTheBenefitsServiceCouponsWaitOrTheQuoteFailsWhenAskedTo) {
  coupons_.reachable = false;
  pb::QuoteRequest request = Request();
  request.add_coupon_ids("hundred");
  request.set_sign(true);
  const pb::QuoteResponse response = Quoted(request);
  EXPECT_EQ(response.basket().total_fen(), 4'275) << "as without the coupon";
  EXPECT_TRUE(response.basket().degraded());
  EXPECT_EQ(response.basket().degraded_reason(), "BENEFITS_UNREACHABLE");
  EXPECT_EQ(response.basket().unavailable_coupon_ids(0), "hundred");
  EXPECT_EQ(tickets_.Open(response.signed_quote())->coupon_ids_size(), 0);
  request.set_fail_closed(true);
  EXPECT_EQ(ReasonOf(TryQuote(request)), "BENEFITS_UNREACHABLE");
}

TEST_F(QuoterTest, ACouponWhoseBudgetDoesNotSufficeIsRefusedBeforeTheOrder) {
  pb::QuoteRequest request = Request();
  request.add_coupon_ids("hundred");
  coupons_.budget_left = Fen{100};
  EXPECT_EQ(Quoted(request).basket().total_fen(), 4'175);
  coupons_.budget_left = Fen{99};
  const auto violations = ViolationsOf(TryQuote(request));
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].field, "coupon_ids[0]");
  EXPECT_EQ(violations[0].reason, "COUPON_NOT_USABLE");
  EXPECT_EQ(violations[0].message, "\"hundred\": it takes CNY 1.00 off this basket, and the budget of all customers has CNY 0.99 left: leave it out");
  EXPECT_EQ(limits_.asked, 0) << "no benefit of this plan is limited";
  coupons_.budget_left = Fen{199};
  request.add_coupon_ids("hundred.2");
  const auto second = ViolationsOf(TryQuote(request));
  ASSERT_EQ(second.size(), 1u) << "both are of one definition";
  EXPECT_EQ(second[0].field, "coupon_ids[1]");
  coupons_.budget_left = Fen{200};
  EXPECT_EQ(Quoted(request).basket().total_fen(), 4'075);
}

TEST_F(QuoterTest, BadRequestsAreNamedByField) {
  pb::QuoteRequest request;
  request.add_languages("fr");
  const absl::Status status = TryQuote(request);
  std::vector<std::string> fields;
  for (const Violation& violation : ViolationsOf(status)) fields.push_back(violation.field);
  EXPECT_THAT(fields, ::testing::ElementsAre("customer_id", "lines", "languages[0]"));
  request = Request();
  request.add_coupon_ids("nothing");
  EXPECT_EQ(ViolationsOf(TryQuote(request))[0].field, "coupon_ids[0]");
}

TEST_F(QuoterTest, ASignedQuoteOpensUnalteredOnly) {
  pb::QuoteRequest request = Request();
  request.set_sign(true);
  const pb::SignedQuote quote = Quoted(request).signed_quote();
  const auto ticket = tickets_.Open(quote);
  ASSERT_TRUE(ticket.ok());
  EXPECT_EQ(ticket->total_fen(), 4'275);
  EXPECT_EQ(ticket->quote_date(), "2026-11-24");
  for (size_t i = 0; i < quote.ticket().size(); ++i) {
    pb::SignedQuote altered = quote;
    (*altered.mutable_ticket())[i] ^= 1;
    EXPECT_EQ(ReasonOf(tickets_.Open(altered).status()), "QUOTE_ALTERED") << i;
  }
  pb::SignedQuote other = quote;
  other.set_key_id(9);
  EXPECT_EQ(ReasonOf(tickets_.Open(other).status()), "KEY_UNKNOWN");
}

TEST_F(QuoterTest, WhatCouldNotBeOpenedAgainIsNotSigned) {
  pb::QuoteRequest request = Request();
  request.set_partial(true);
  Add(request, std::string(1 << 20, 'x'), 1'000);
  EXPECT_EQ(Quoted(request).basket().refused_lines_size(), 1);
  request.set_sign(true);
  EXPECT_THAT(std::string(TryQuote(request).message()), HasSubstr("lines: the basket has"));
}

TEST_F(QuoterTest, OldKeysOpenTheirQuotesUntilTheyAreRetired) {
  pb::QuoteRequest request = Request();
  request.set_sign(true);
  const pb::SignedQuote quote = Quoted(request).signed_quote();
  const sealing::Signer both = SignerOf(kKey1 + kKey2), second = SignerOf(kKey2);
  EXPECT_TRUE(QuoteTickets(both, clock_).Open(quote).ok());
  EXPECT_EQ(QuoteTickets(both, clock_).Sign({})->key_id(), 2);
  EXPECT_EQ(ReasonOf(QuoteTickets(second, clock_).Open(quote).status()), "KEY_EXPIRED");
}

TEST_F(QuoterTest, AQuoteHoldsForItsTimeAndClocksMayDisagreeALittle) {
  pb::QuoteRequest request = Request();
  request.set_sign(true);
  const auto ticket = *tickets_.Open(Quoted(request).signed_quote());
  clock_.Advance(599);
  EXPECT_TRUE(tickets_.CheckTime(ticket).ok());
  clock_.Advance(1);
  EXPECT_EQ(ReasonOf(tickets_.CheckTime(ticket)), "QUOTE_EXPIRED");
  clock_.Advance(-600 - kClockToleranceSeconds);
  EXPECT_TRUE(tickets_.CheckTime(ticket).ok());
  clock_.Advance(-1);
  EXPECT_EQ(ReasonOf(tickets_.CheckTime(ticket)), "QUOTE_FROM_THE_FUTURE");
}

TEST_F(QuoterTest, SettlesByThePinnedVersionsLongAfterExpiry) {
  pb::QuoteRequest request = Request();
  request.set_sign(true);
  request.add_coupon_ids("hundred");
  request.set_delivery_fee_fen(800);
  const pb::QuoteResponse quoted = Quoted(request);
  configuration_.Publish(9'999);
  customers_.tiers["c-gold"] = "diamond";
  clock_.Advance(3 * kSecondsPerDay);
  const auto same = Settled(quoted.signed_quote(), {2'000, 1'000});
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(same->bill().total_fen(), quoted.basket().total_fen());
  EXPECT_EQ(same->differences_size(), 0);
  const auto less = Settled(quoted.signed_quote(), {1'500, 1'300});
  ASSERT_TRUE(less.ok());
  EXPECT_EQ(less->bill().lines(0).quantity_milli(), 1'500);
  EXPECT_EQ(less->bill().lines(1).quantity_milli(), 1'100);  // 10 % over at most
  EXPECT_EQ(less->bill().goods_before_coupons_fen(), 1'425 + 2'613);  // 95 % of 1,500 and of 2,750, half up
  EXPECT_EQ(less->bill().total_fen(), 1'425 + 2'613 - 100 + 800);
  ASSERT_EQ(less->differences_size(), 2);
  EXPECT_THAT(less->differences(1).explanations().at("en"), HasSubstr("1.3 kg were delivered"));
}

TEST_F(QuoterTest, ADegradedQuoteSettlesByTheTierKnownSinceWhenThatIsCheaper) {
  customers_.reachable = false;
  pb::QuoteRequest request = Request();
  request.set_sign(true);
  const pb::QuoteResponse quoted = Quoted(request);
  customers_.reachable = true;
  const auto settled = Settled(quoted.signed_quote(), {2'000, 1'000});
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_TRUE(settled->by_known_tier());
  customers_.region = "south";
  EXPECT_EQ(Settled(quoted.signed_quote(), {2'000, 1'000})->bill().total_fen(), 1'900 + 1'900) << "not the north's price after all";
  EXPECT_EQ(settled->quoted_total_fen(), 4'500);
  EXPECT_EQ(settled->bill().total_fen(), 1'900 + 2'375);
  ASSERT_EQ(settled->differences_size(), 2);
  EXPECT_EQ(settled->differences(0).quoted_fen(), 2'000);
  EXPECT_EQ(settled->differences(0).billed_fen(), 1'900);
  EXPECT_EQ(settled->differences(0).explanations().at("en"), "Gold tier, as is known since the quote: priced by what that tier gets");
}

TEST_F(QuoterTest, SettlementsOfWhatIsNotTheirsAreRefused) {
  pb::QuoteRequest request = Request();
  request.set_sign(true);
  pb::SignedQuote quote = Quoted(request).signed_quote();
  EXPECT_EQ(ViolationsOf(Settled(quote, {1'000}).status())[0].field, "actual_quantities_milli");
  EXPECT_EQ(ViolationsOf(Settled(quote, {1'000, -1}).status())[0].field, "actual_quantities_milli[1]");
  quote.mutable_ticket()->push_back('x');
  EXPECT_EQ(ReasonOf(Settled(quote, {1'000, 1'000}).status()), "QUOTE_ALTERED");
}

TEST_F(QuoterTest, ListsPricesWithTheirReasons) {
  pb::ListPricesRequest request;
  request.set_customer_id("c-diamond");
  request.add_languages("zh");
  std::vector<pb::ListPricesResponse> messages;
  const auto keep = [&](const pb::ListPricesResponse& message) {
    messages.push_back(message);
    return true;
  };
  ASSERT_TRUE(quoter_.ListPrices(request, keep, Deadline::Never()).ok());
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].tier_code(), "diamond");
  ASSERT_EQ(messages[0].entries_size(), 3);
  EXPECT_EQ(messages[0].entries(1).list_fen(), 2'500);
  EXPECT_EQ(messages[0].entries(1).price_fen(), 2'000);
  EXPECT_EQ(messages[0].entries(1).rule_ids(0), "d-mango");
  EXPECT_EQ(messages[0].entries(0).explanations().at("zh"), "钻石会员 9 折：优惠 1.00 元");
  request.set_category("fruit");
  request.add_skus("box");
  request.add_skus("nothing");
  request.add_skus("apple");
  messages.clear();
  ASSERT_TRUE(quoter_.ListPrices(request, keep, Deadline::Never()).ok());
  ASSERT_EQ(messages[0].entries_size(), 1);
  EXPECT_EQ(messages[0].entries(0).sku(), "apple");
}

}  // namespace
}  // namespace rung::pricing_service
