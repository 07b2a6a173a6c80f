// Worked baskets over the API, to the fen: each with a book, a policy, a plan and coupons of its own, quoted, ordered and
// settled. The published ones, and random ones by a second reading of the definitions.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include <nlohmann/json.hpp>

#include "tests/support/checkout.h"
#include "tests/support/eventually.h"
#include "tests/support/oracle.h"
#include "tests/support/vectors.h"

namespace rung::testing {
namespace {

using nlohmann::json;

std::string IdOf(const json& basket) { return fmt::format("v{}", basket["id"].get<int>()); }
std::string CouponIdOf(const json& basket, const json& coupon) { return IdOf(basket) + "-" + coupon["id"].get<std::string>(); }
std::string CustomerOf(const json& basket) { return "c-" + basket["tier"]["code"].get<std::string>(); }
const char* UnitOf(const json& text) { return text == "kg" ? "UNIT_KILOGRAM" : "UNIT_PIECE"; }

void Copy(const json& from, const char* key, json& to, const char* as) {
  if (from.contains(key)) to[as] = from[key];
}

void CopyTermsAndDays(const json& from, json& terms, json& days) {
  Copy(from, "pay_bps", terms, "pay_bps");
  Copy(from, "price_fen", terms, "price_fen");
  Copy(from, "from", days, "from_date");
  Copy(from, "until", days, "until_date");
}

json PriceOf(const json& from) {
  json price = {{"list_price_fen", from["list_fen"]}};
  Copy(from, "region", price, "region");
  Copy(from, "from", price, "from_date");
  Copy(from, "until", price, "until_date");
  Copy(from, "cost_fen", price, "cost_fen");
  Copy(from, "floor_fen", price, "floor_price_fen");
  Copy(from, "min_margin_bps", price, "min_margin_bps");
  return price;
}

json BookOf(const json& basket) {
  json book = {{"book_id", IdOf(basket)}, {"currency_code", "CNY"}, {"items", json::array()}, {"breaks", json::array()}};
  std::set<std::string> seen;
  for (const json& line : basket["lines"]) {
    if (line.contains("unknown") || !seen.insert(line["sku"]).second) continue;
    json prices = json::array();
    for (const json& price : line.contains("prices") ? line["prices"] : json{line}) prices.push_back(PriceOf(price));
    book["items"].push_back({{"sku", line["sku"]}, {"category", line["category"]}, {"unit", UnitOf(line["unit"])}, {"prices", prices}});
  }
  for (const json& rule : basket["breaks"]) {
    json item = {{"break_id", rule["id"]}, {"scope", rule["scope"]}, {"unit", UnitOf(rule["unit"])}, {"min_quantity_milli", rule["min_qty_milli"]}};
    CopyTermsAndDays(rule, item, item);
    book["breaks"].push_back(item);
  }
  return book;
}

json PolicyOf(const json& basket) {
  json policy = {{"policy_id", IdOf(basket)}, {"over_delivery_bps", basket["policy"]["over_bps"]}, {"groups", json::array()}};
  Copy(basket["policy"], "max_discount_bps", policy, "max_discount_bps");
  for (const json& group : basket["policy"]["groups"]) {
    json kinds = json::array();
    for (const json& kind : group) kinds.push_back(kind == "tier" ? "KIND_TIER" : kind == "offer" ? "KIND_OFFER" : "KIND_BREAK");
    policy["groups"].push_back({{"kinds", kinds}});
  }
  return policy;
}

// What the customer's own tier gives; offers for other tiers are none of its business.
json PlanOf(const json& basket) {
  const std::string tier = basket["tier"]["code"];
  json benefits = json::array();
  if (basket["tier"].contains("pay_bps")) benefits.push_back({{"benefit_id", "rate"}, {"discount_rate", {{"pay_bps", basket["tier"]["pay_bps"]}}}});
  if (basket["tier"].contains("free_delivery_fen")) benefits.push_back({{"benefit_id", "delivery"}, {"free_delivery", {{"from_fen", basket["tier"]["free_delivery_fen"]}}}});
  for (const json& rule : basket["offers"]) {
    const auto tiers = rule["tiers"].get<std::set<std::string>>();
    if (!tiers.contains(tier)) continue;
    json offer = {{"scope", rule["scope"]}}, benefit = {{"benefit_id", rule["id"]}};
    CopyTermsAndDays(rule, offer, benefit);
    benefit["exclusive_offer"] = offer;
    benefits.push_back(benefit);
  }
  return {{"plan_id", IdOf(basket)}, {"ladder_id", "kuailv"}, {"currency_code", "CNY"},
          {"tiers", {{{"code", tier}, {"inherits", false}, {"benefits", benefits}}}}};
}

json CouponOf(const json& basket, const json& from) {
  json coupon = {{"coupon_id", CouponIdOf(basket, from)}, {"currency_code", "CNY"}, {"scope", from["scope"]}, {"minimum_fen", from["min_fen"]}};
  Copy(from, "amount_off", coupon, "amount_off_fen");
  Copy(from, "off_bps", coupon, "off_bps");
  Copy(from, "max_off", coupon, "max_off_fen");
  return coupon;
}

std::string Insert(const char* kind, const std::string& id, const json& body) {
  return fmt::format("INSERT INTO config_version VALUES ('{}', '{}', 1, $body${}$body$, '{}-1', 'vectors', '', '', 0, now());\n", kind, id, body.dump(), id);
}

prc::QuoteRequest RequestOf(const json& basket) {
  prc::QuoteRequest request = BasketOf(CustomerOf(basket), {});
  for (const json& from : basket["lines"]) {
    prc::BasketLine& line = *request.add_lines();
    line.set_sku(from["sku"]);
    line.set_quantity_milli(from["qty_milli"]);
    line.set_currency_code(from.value("currency", ""));
  }
  request.set_price_book_id(IdOf(basket));
  request.set_region(basket.value("region", ""));
  request.set_delivery_fee_fen(basket["delivery_fee_fen"]);
  request.set_partial(true);
  request.set_sign(true);
  return request;
}

json Shown(const prc::QuotedLine& line) {
  json item = {{"list", line.list_fen()}, {"amount", line.amount_fen()}, {"cap_clipped", line.cap_clipped()}, {"floor_clipped", line.floor_clipped()},
               {"no_cost", line.no_cost()}, {"list_below_floor", line.list_below_floor()}, {"won", json::array()}, {"coupon", line.coupon_fen()}};
  for (const prc::Candidate& candidate : line.candidates()) item["won"].push_back(candidate.rule_id());
  return item;
}

// In the form of the file, as far as the API shows it.
json Shown(const prc::PricedBasket& basket, bool settlement) {
  json out = {{"goods_before_coupons_fen", basket.goods_before_coupons_fen()}, {"fee_fen", basket.delivery_fee_fen()}, {"total_fen", basket.total_fen()},
              {"lines", json::array()}, {"coupons", json::array()}};
  const auto place = [&](int index, json line, int64_t quantity) {
    out["lines"][static_cast<size_t>(index)] = std::move(line);
    if (settlement) out["billed_qty_milli"][static_cast<size_t>(index)] = quantity;
  };
  for (const prc::QuotedLine& line : basket.lines()) place(line.index(), Shown(line), line.quantity_milli());
  for (const prc::RefusedLine& line : basket.refused_lines()) {
    json nothing = Shown(prc::QuotedLine());
    nothing["refused"] = line.reason();
    place(line.index(), nothing, 0);
  }
  for (const prc::QuotedCoupon& coupon : basket.coupons()) {
    out["coupons"].push_back({{"id", coupon.coupon_id()}, {"applied", coupon.applied()}, {"eligible", coupon.eligible_fen()}, {"given", coupon.given_fen()},
                              {"clipped", coupon.clipped_fen()}});
  }
  return out;
}

json Expected(const json& basket, json of) {
  for (json& line : of["lines"]) {
    line.erase("floor");
    line.erase("cap_amount");
    if (!line.contains("coupon")) line["coupon"] = 0;
  }
  for (json& coupon : of["coupons"]) coupon["id"] = CouponIdOf(basket, coupon) + ".1";  // the first one issued
  return of;
}

// A shop in which every case is published.
class WorkedShop {
 public:
  explicit WorkedShop(const json& cases) : client_(installation_.channel()), benefits_(installation_.channel()) {
    for (const char* tier : {"diamond", "platinum", "gold", "bronze"}) MakeCustomer(installation_, fmt::format("c-{}", tier), tier);
    installation_.Ingest({OrderEvent("c-nobody", "o", "2026-03-20", 100)});  // no basket's customer
    std::string sql = "BEGIN;\n", last_coupon;
    for (const json& basket : cases) {
      const std::string id = IdOf(basket);
      sql += Insert("price-book", id, BookOf(basket)) + Insert("price-policy", id, PolicyOf(basket)) + Insert("benefit-plan", id, PlanOf(basket));
      for (const json& coupon : basket["coupons"]) sql += Insert("coupon", last_coupon = CouponIdOf(basket, coupon), CouponOf(basket, coupon));
    }
    installation_.Sql(sql + "COMMIT");
    prc::QuoteRequest probe = BasketOf("c-gold", {{"x", 1}});
    probe.set_price_book_id(IdOf(cases.back()));
    EXPECT_TRUE(Eventually(20'000, [&] { return client_.Quote(probe).reason() == "INVALID_REQUEST"; })) << "what is published is noticed";
    EXPECT_TRUE(Eventually(20'000, [&] { return benefits_.Issue("probe", "c-nobody", last_coupon).ok(); }));
  }

  /// Quotes, orders and settles.
  void Check(const json& basket) {
    SCOPED_TRACE("basket " + IdOf(basket));
    prc::QuoteRequest request = RequestOf(basket);
    for (const json& coupon : basket["coupons"]) {
      bv1::IssuedCoupon issued;
      const grpc::Status status = benefits_.Issue(CouponIdOf(basket, coupon), CustomerOf(basket), CouponIdOf(basket, coupon), &issued);
      ASSERT_TRUE(status.ok()) << status.error_message();
      request.add_coupon_ids(issued.issued_coupon_id());
    }
    const auto quote = client_.Quote(request);
    ASSERT_TRUE(quote.ok()) << quote.status.error_message();
    ExpectSame(Shown(quote->basket(), false), Expected(basket, basket["quote"]));
    const auto order = client_.Verify(quote->signed_quote(), "o-" + IdOf(basket));
    ASSERT_TRUE(order.ok()) << order.status.error_message();
    const auto settled = client_.Settle(quote->signed_quote(), basket["actual_qty_milli"].get<std::vector<int64_t>>(), basket["refused"].get<std::vector<int32_t>>());
    ASSERT_TRUE(settled.ok()) << settled.status.error_message();
    ExpectSame(Shown(settled->bill(), true), Expected(basket, basket["settlement"]));
  }

 private:
  static void ExpectSame(const json& shown, const json& expected) { EXPECT_EQ(shown, expected) << json::diff(expected, shown).dump(); }

  Installation installation_;
  CheckoutClient client_;
  BenefitClient benefits_;
};

void ExpectAsWorkedOut(const json& cases) {
  WorkedShop shop(cases);
  for (const json& basket : cases) {
    shop.Check(basket);
    if (::testing::Test::HasFailure()) break;
  }
}

TEST(PricingVectorsApi, WorkedBasketsComeOutAsPublished) {
  const json document = json::parse(ReadGzip(SourcePath("tests/data/pricing_vectors.json.gz")));
  ASSERT_EQ(document["cases"].size(), 400u);
  ExpectAsWorkedOut(document["cases"]);
}

TEST(PricingVectorsApi, RandomBasketsComeOutAsTheDefinitionsSay) { ExpectAsWorkedOut(OracleCases("pricing_baskets.py", 2, 200, "api")); }

}  // namespace
}  // namespace rung::testing
