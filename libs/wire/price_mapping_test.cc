// Price books, policies and quotes pass the wire whole.
#include "libs/wire/price_mapping.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "libs/pricing/validation.h"
#include "libs/wire/quote_mapping.h"

namespace rung::wire {
namespace {

using google::protobuf::util::MessageDifferencer;
using namespace pricing;

PriceBook Book() {
  return {.book_id = "b",
          .currency = "CNY",
          .items = {{.sku = "apple", .names = {{"zh", "苹果"}}, .category = "fruit", .unit = Unit::kKilogram,
                     .prices = {{.days = {{}, 20'000}, .list = {1'000}, .cost = Fen{0}, .floor = Fen{1}, .min_margin = Bps{0}}, {.region = "north", .list = {900}}}},
                    {.sku = "box", .category = "ware", .prices = {{.list = {250}}}}},
          .breaks = {{"b1", {ScopeKind::kCategory, "fruit"}, Unit::kKilogram, {10'000}, {.pay = Bps{9'500}}}, {"b2", {ScopeKind::kSku, "box"}, Unit::kPiece, {2'000}, {.price = Fen{0}}}},
          .names = {{"en", "Book"}}};
}

TEST(PriceBook, PassesTheWireWhole) {
  std::vector<Violation> violations;
  const v1::PriceBook sent = ToWire(Book());
  const PriceBook received = FromWire(sent, violations);
  EXPECT_TRUE(violations.empty());
  EXPECT_TRUE(Validate(received).empty());
  EXPECT_TRUE(MessageDifferencer::Equals(ToWire(received), sent));
  EXPECT_EQ(received.items[0].prices[0].cost, Fen{0});          // given as 0
  EXPECT_EQ(received.items[0].prices[1].cost, std::nullopt);    // not given
  EXPECT_EQ(received.items[0].prices[0].days.until, 20'000);
  EXPECT_EQ(received.breaks[1].terms.price, Fen{0});
}

TEST(PricePolicy, PassesTheWireWholeAndHasDefaults) {
  std::vector<Violation> violations;
  const Policy policy{.policy_id = "p", .groups = {{Kind::kTier}, {Kind::kOffer, Kind::kBreak}}, .max_discount = Bps{0}, .over_delivery = {500}, .quote_validity_seconds = 60};
  const v1::PricePolicy sent = ToWire(policy);
  EXPECT_TRUE(MessageDifferencer::Equals(ToWire(FromWire(sent, violations)), sent));
  EXPECT_EQ(FromWire(sent, violations).max_discount, Bps{0});
  EXPECT_EQ(FromWire(v1::PricePolicy(), violations).max_discount, std::nullopt);
  EXPECT_EQ(FromWire(v1::PricePolicy(), violations).quote_validity_seconds, 1'800);
  EXPECT_TRUE(violations.empty());
}

TEST(PriceBook, WhatThisReleaseDoesNotKnowIsRefusedWithItsPath) {
  v1::PriceBook book = ToWire(Book());
  book.mutable_items(1)->set_unit(v1::UNIT_UNSPECIFIED);
  book.mutable_items(0)->mutable_prices(0)->set_from_date("yesterday");
  book.mutable_breaks(0)->set_scope("everything");
  book.mutable_breaks(1)->set_unit(static_cast<v1::Unit>(7));
  std::vector<Violation> violations;
  FromWire(book, violations);
  std::vector<std::string> found;
  for (const Violation& violation : violations) found.push_back(violation.field + " " + violation.reason);
  EXPECT_THAT(found, ::testing::ElementsAre("items[0].prices[0].from_date BAD_DATE", "items[1].unit REQUIRED", "breaks[0].scope BAD_SCOPE", "breaks[1].unit UNKNOWN_VALUE"));
}

TEST(Quote, ShowsWinnersOrTheWholeTraceWithSentences) {
  const auto tariff = Tariff::Build(Catalogue::Build(Book()), {}, {.policy_id = "p", .groups = {{Kind::kBreak, Kind::kTier}}});
  const Basket basket{.day = 20'000, .tier = TierTerms{"gold", Bps{9'800}}, .lines = {{.sku = "apple", .quantity = {10'000}}, {.sku = "pear", .quantity = {1}}},
                      .coupons = {{.id = "c", .amount_off = Fen{100}}}, .delivery_fee = {800}, .partial = true};
  const auto quote = MakeQuote(*tariff, basket);
  ASSERT_TRUE(quote.ok());
  v1::PricedBasket brief, whole;
  WriteQuote(*tariff, basket, *quote, {}, &brief);
  WriteQuote(*tariff, basket, *quote, {.with_trace = true, .speeches = {{Language::kEnglish, "Gold", {}}}}, &whole);
  ASSERT_EQ(brief.lines_size(), 1);
  ASSERT_EQ(brief.lines(0).candidates_size(), 1);
  EXPECT_EQ(brief.lines(0).candidates(0).rule_id(), "b1");
  EXPECT_TRUE(brief.lines(0).candidates(0).explanations().empty());
  EXPECT_EQ(brief.lines(0).amount_fen(), 9'400);
  EXPECT_EQ(brief.refused_lines(0).reason(), "SKU_UNKNOWN");
  EXPECT_EQ(brief.coupons(0).given_fen(), 100);
  EXPECT_EQ(brief.total_fen(), 10'200);
  EXPECT_EQ(whole.lines(0).candidates_size(), 2);
  EXPECT_EQ(whole.lines(0).candidates(0).verdict(), v1::VERDICT_BEATEN);
  EXPECT_EQ(whole.lines(0).candidates(1).explanations().at("en"), "from 10 kg on, pay 95 %: saves CNY 5.00");
}

TEST(BasketLines, PassTheWireWhole) {
  google::protobuf::RepeatedPtrField<v1::BasketLine> sent, again;
  WriteLines({{.sku = "a", .quantity = {1'000}}, {.sku = "b", .quantity = {-1}, .unit = Unit::kKilogram, .currency = "USD"}}, &sent);
  std::vector<Violation> violations;
  WriteLines(ReadLines(sent, violations), &again);
  EXPECT_TRUE(violations.empty());
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(MessageDifferencer::Equals(sent[i], again[i]));
}

}  // namespace
}  // namespace rung::wire
