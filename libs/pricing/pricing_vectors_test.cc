// The published worked baskets: rules and basket -> quote and settlement, to the fen.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/pricing/settlement.h"
#include "tests/support/vectors.h"

namespace rung::pricing {
namespace {

using nlohmann::json;

constexpr Day kQuoteDay = 20'000;

Unit UnitOf(const json& text) { return text == "kg" ? Unit::kKilogram : Unit::kPiece; }

template <typename T>
std::optional<T> Optional(const json& object, const char* key) {
  return object.contains(key) ? std::optional<T>(T{object[key].get<int64_t>()}) : std::nullopt;
}

Terms TermsOf(const json& rule) { return {Optional<Bps>(rule, "pay_bps"), Optional<Fen>(rule, "price_fen")}; }
Scope ScopeOf(const json& rule) { return ParseScope(rule["scope"].get<std::string>()).value(); }

PriceBook BookOf(const json& basket) {
  PriceBook book{.book_id = "vectors", .currency = "CNY"};
  std::set<std::string> seen;
  for (const json& line : basket["lines"]) {
    if (!seen.insert(line["sku"]).second) continue;
    book.items.push_back({.sku = line["sku"], .category = line["category"], .unit = UnitOf(line["unit"]),
                          .prices = {{.list = {line["list_fen"].get<int64_t>()}, .cost = Optional<Fen>(line, "cost_fen"),
                                      .floor = Optional<Fen>(line, "floor_fen"), .min_margin = Optional<Bps>(line, "min_margin_bps")}}});
  }
  for (const json& rule : basket["breaks"]) {
    book.breaks.push_back({rule["id"], ScopeOf(rule), UnitOf(rule["unit"]), {rule["min_qty_milli"].get<int64_t>()}, TermsOf(rule)});
  }
  return book;
}

std::vector<Offer> OffersOf(const json& basket) {
  std::vector<Offer> offers;
  for (const json& rule : basket["offers"]) {
    offers.push_back({.id = rule["id"], .tiers = rule["tiers"], .scope = ScopeOf(rule), .terms = TermsOf(rule)});
  }
  return offers;
}

Policy PolicyOf(const json& policy) {
  Policy out{.policy_id = "vectors", .max_discount = Optional<Bps>(policy, "max_discount_bps"), .over_delivery = {policy["over_bps"].get<int64_t>()}};
  for (const json& group : policy["groups"]) {
    std::vector<Kind>& kinds = out.groups.emplace_back();
    for (const json& kind : group) kinds.push_back(kind == "tier" ? Kind::kTier : kind == "offer" ? Kind::kOffer : Kind::kBreak);
  }
  return out;
}

Basket BasketOf(const json& source) {
  Basket basket{.day = kQuoteDay, .delivery_fee = {source["delivery_fee_fen"].get<int64_t>()}};
  basket.tier = TierTerms{source["tier"]["code"], Optional<Bps>(source["tier"], "pay_bps"), Optional<Fen>(source["tier"], "free_delivery_fen")};
  for (const json& line : source["lines"]) {
    basket.lines.push_back({.sku = line["sku"], .quantity = {line["qty_milli"].get<int64_t>()}, .unit = UnitOf(line["unit"])});
  }
  for (const json& coupon : source["coupons"]) {
    basket.coupons.push_back({coupon["id"], ScopeOf(coupon), {coupon["min_fen"].get<int64_t>()}, Optional<Fen>(coupon, "amount_off"),
                              Optional<Bps>(coupon, "off_bps"), Optional<Fen>(coupon, "max_off")});
  }
  return basket;
}

Delivery DeliveryOf(const json& source) {
  Delivery delivery{.refused = source["refused"].get<std::vector<uint32_t>>()};
  for (const int64_t quantity : source["actual_qty_milli"]) delivery.quantities.push_back({quantity});
  return delivery;
}

// In the form of the file, so that a difference shows where it is.
json Shown(const Quote& quote, const Basket& basket) {
  json out = {{"goods_before_coupons_fen", quote.goods_before_coupons.value}, {"fee_fen", quote.delivery_fee.value},
              {"total_fen", quote.total.value}, {"lines", json::array()}, {"coupons", json::array()}};
  for (const QuotedLine& line : quote.lines) {
    json item = {{"list", line.list.value}, {"amount", line.amount.value}, {"floor", line.floor.value},
                 {"cap_amount", line.cap_amount.value}, {"cap_clipped", line.cap_clipped}, {"floor_clipped", line.floor_clipped},
                 {"no_cost", line.no_cost}, {"list_below_floor", line.list_below_floor}, {"won", json::array()}};
    for (int i = 0; i < line.winner_count; ++i) item["won"].push_back(std::string(line.winners[i].id));
    if (line.in_coupon_scope) item["coupon"] = line.coupon.value;
    out["lines"].push_back(item);
  }
  for (const QuotedCoupon& coupon : quote.coupons) {
    out["coupons"].push_back({{"id", basket.coupons[coupon.coupon].id}, {"applied", coupon.verdict == CouponVerdict::kApplied},
                              {"eligible", coupon.eligible.value}, {"given", coupon.given.value}, {"clipped", coupon.clipped.value}});
  }
  return out;
}

class Vectors : public ::testing::Test {
 protected:
  static const json& Cases() {
    static const json document = json::parse(testing::ReadGzip(testing::SourcePath("tests/data/pricing_vectors.json.gz")));
    return document["cases"];
  }
};

void ExpectSame(json actual, json expected) {
  EXPECT_EQ(actual, expected) << json::diff(expected, actual).dump();
}

TEST_F(Vectors, QuotesAndSettlementsComeOutAsPublished) {
  ASSERT_EQ(Cases().size(), 400u);
  for (const json& source : Cases()) {
    SCOPED_TRACE("basket " + source["id"].dump());
    const auto tariff = Tariff::Build(Catalogue::Build(BookOf(source)), OffersOf(source), PolicyOf(source["policy"]));
    const Basket basket = BasketOf(source);
    const auto settled = Settle(*tariff, basket, DeliveryOf(source));
    ASSERT_TRUE(settled.ok()) << settled.status();
    ExpectSame(Shown(settled->quoted, basket), source["quote"]);
    json bill = Shown(settled->bill, basket);
    for (const QuotedLine& line : settled->bill.lines) bill["billed_qty_milli"].push_back(line.quantity.value);
    ExpectSame(bill, source["settlement"]);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace rung::pricing
