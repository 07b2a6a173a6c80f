// The published worked baskets over the API: each with a book, a policy and a plan of its own, to the fen.
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <set>

#include <nlohmann/json.hpp>

#include "tests/support/checkout.h"
#include "tests/support/eventually.h"
#include "tests/support/vectors.h"

namespace rung::testing {
namespace {

using nlohmann::json;

std::string IdOf(const json& basket) { return fmt::format("v{}", basket["id"].get<int>()); }
const char* UnitOf(const json& text) { return text == "kg" ? "UNIT_KILOGRAM" : "UNIT_PIECE"; }

void Copy(const json& from, const char* key, json& to, const char* as) {
  if (from.contains(key)) to[as] = from[key];
}

json BookOf(const json& basket) {
  json book = {{"book_id", IdOf(basket)}, {"currency_code", "CNY"}, {"items", json::array()}, {"breaks", json::array()}};
  std::set<std::string> seen;
  for (const json& line : basket["lines"]) {
    if (!seen.insert(line["sku"]).second) continue;
    json price = {{"list_price_fen", line["list_fen"]}};
    Copy(line, "cost_fen", price, "cost_fen");
    Copy(line, "floor_fen", price, "floor_price_fen");
    Copy(line, "min_margin_bps", price, "min_margin_bps");
    book["items"].push_back({{"sku", line["sku"]}, {"category", line["category"]}, {"unit", UnitOf(line["unit"])}, {"prices", {price}}});
  }
  for (const json& rule : basket["breaks"]) {
    json item = {{"break_id", rule["id"]}, {"scope", rule["scope"]}, {"unit", UnitOf(rule["unit"])}, {"min_quantity_milli", rule["min_qty_milli"]}};
    Copy(rule, "pay_bps", item, "pay_bps");
    Copy(rule, "price_fen", item, "price_fen");
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
    json offer = {{"scope", rule["scope"]}};
    Copy(rule, "pay_bps", offer, "pay_bps");
    Copy(rule, "price_fen", offer, "price_fen");
    benefits.push_back({{"benefit_id", rule["id"]}, {"exclusive_offer", offer}});
  }
  return {{"plan_id", IdOf(basket)}, {"ladder_id", "kuailv"}, {"currency_code", "CNY"},
          {"tiers", {{{"code", tier}, {"inherits", false}, {"benefits", benefits}}}}};
}

std::string Insert(const char* kind, const std::string& id, const json& body) {
  return fmt::format("INSERT INTO config_version VALUES ('{}', '{}', 1, $body${}$body$, '{}-1', 'vectors', '', '', 0, now());\n", kind, id, body.dump(), id);
}

prc::QuoteRequest RequestOf(const json& basket) {
  std::vector<std::pair<std::string, int64_t>> lines;
  for (const json& line : basket["lines"]) lines.emplace_back(line["sku"], line["qty_milli"].get<int64_t>());
  prc::QuoteRequest request = BasketOf("c-" + basket["tier"]["code"].get<std::string>(), lines);
  request.set_price_book_id(IdOf(basket));
  request.set_delivery_fee_fen(basket["delivery_fee_fen"]);
  request.set_sign(true);
  return request;
}

// In the form of the file, as far as the API shows it.
json Shown(const prc::PricedBasket& basket, bool settlement) {
  json out = {{"goods_before_coupons_fen", basket.goods_before_coupons_fen()}, {"fee_fen", basket.delivery_fee_fen()}, {"total_fen", basket.total_fen()},
              {"lines", json::array()}};
  for (const prc::QuotedLine& line : basket.lines()) {
    json item = {{"list", line.list_fen()}, {"amount", line.amount_fen()}, {"cap_clipped", line.cap_clipped()}, {"floor_clipped", line.floor_clipped()},
                 {"no_cost", line.no_cost()}, {"list_below_floor", line.list_below_floor()}, {"won", json::array()}};
    for (const prc::Candidate& candidate : line.candidates()) item["won"].push_back(candidate.rule_id());
    out["lines"].push_back(item);
    if (settlement) out["billed_qty_milli"].push_back(line.quantity_milli());
  }
  return out;
}

json Expected(json of) {
  of.erase("coupons");
  for (json& line : of["lines"]) {
    line.erase("floor");
    line.erase("cap_amount");
  }
  return of;
}

TEST(PricingVectorsApi, WorkedBasketsComeOutAsPublished) {
  const json document = json::parse(ReadGzip(SourcePath("tests/data/pricing_vectors.json.gz")));
  Installation installation;
  for (const char* tier : {"diamond", "platinum", "gold", "bronze"}) MakeCustomer(installation, fmt::format("c-{}", tier), tier);
  std::string sql = "BEGIN;\n", last;
  size_t count = 0;
  for (const json& basket : document["cases"]) {
    if (!basket["coupons"].empty()) continue;  // issued coupons are the benefits service's
    last = IdOf(basket);
    sql += Insert("price-book", last, BookOf(basket)) + Insert("price-policy", last, PolicyOf(basket)) + Insert("benefit-plan", last, PlanOf(basket));
    ++count;
  }
  installation.Sql(sql + "COMMIT");
  ASSERT_GT(count, 50u);
  const CheckoutClient client(installation.channel());
  prc::QuoteRequest probe = BasketOf("c-gold", {{"x", 1}});
  probe.set_price_book_id(last);
  ASSERT_TRUE(Eventually(20'000, [&] { return client.Quote(probe).reason() == "INVALID_REQUEST"; })) << "what is published is noticed";
  for (const json& basket : document["cases"]) {
    if (!basket["coupons"].empty()) continue;
    SCOPED_TRACE("basket " + IdOf(basket));
    const auto quote = client.Quote(RequestOf(basket));
    ASSERT_TRUE(quote.ok()) << quote.status.error_message();
    const json quoted = Shown(quote->basket(), false);
    EXPECT_EQ(quoted, Expected(basket["quote"])) << json::diff(Expected(basket["quote"]), quoted).dump();
    const auto settled = client.Settle(quote->signed_quote(), basket["actual_qty_milli"].get<std::vector<int64_t>>(), basket["refused"].get<std::vector<int32_t>>());
    ASSERT_TRUE(settled.ok()) << settled.status.error_message();
    const json bill = Shown(settled->bill(), true);
    EXPECT_EQ(bill, Expected(basket["settlement"])) << json::diff(Expected(basket["settlement"]), bill).dump();
    if (::testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace rung::testing
