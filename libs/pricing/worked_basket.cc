#include "libs/pricing/worked_basket.h"

#include <set>

namespace rung::pricing {
namespace {

using nlohmann::json;

// A case that names no day has no rule that asks for one.
constexpr const char* kSomeDay = "2026-03-31";

Unit UnitOf(const json& text) { return text == "kg" ? Unit::kKilogram : Unit::kPiece; }

template <typename T>
std::optional<T> Optional(const json& object, const char* key) {
  return object.contains(key) ? std::optional<T>(T{object[key].get<int64_t>()}) : std::nullopt;
}

Days DaysOf(const json& rule) {
  Days days;
  if (rule.contains("from")) days.from = ParseDay(rule["from"].get<std::string>());
  if (rule.contains("until")) days.until = ParseDay(rule["until"].get<std::string>());
  return days;
}

Terms TermsOf(const json& rule) { return {Optional<Bps>(rule, "pay_bps"), Optional<Fen>(rule, "price_fen")}; }
Scope ScopeOf(const json& rule) { return ParseScope(rule["scope"].get<std::string>()).value(); }

Price PriceOf(const json& price) {
  return {.region = price.value("region", ""), .days = DaysOf(price), .list = {price["list_fen"].get<int64_t>()}, .cost = Optional<Fen>(price, "cost_fen"),
          .floor = Optional<Fen>(price, "floor_fen"), .min_margin = Optional<Bps>(price, "min_margin_bps")};
}

PriceBook BookOf(const json& source) {
  PriceBook book{.book_id = "worked", .currency = "CNY"};
  std::set<std::string> seen;
  for (const json& line : source["lines"]) {
    if (line.contains("unknown") || !seen.insert(line["sku"]).second) continue;
    Item item{.sku = line["sku"], .category = line["category"], .unit = UnitOf(line["unit"])};
    if (line.contains("prices")) {
      for (const json& price : line["prices"]) item.prices.push_back(PriceOf(price));
    } else {
      item.prices.push_back(PriceOf(line));
    }
    book.items.push_back(std::move(item));
  }
  for (const json& rule : source["breaks"]) {
    book.breaks.push_back({rule["id"], ScopeOf(rule), UnitOf(rule["unit"]), {rule["min_qty_milli"].get<int64_t>()}, TermsOf(rule)});
  }
  return book;
}

std::vector<Offer> OffersOf(const json& source) {
  std::vector<Offer> offers;
  for (const json& rule : source["offers"]) {
    offers.push_back({.id = rule["id"], .tiers = rule["tiers"], .scope = ScopeOf(rule), .terms = TermsOf(rule), .days = DaysOf(rule)});
  }
  return offers;
}

Policy PolicyOf(const json& policy) {
  Policy out{.policy_id = "worked", .max_discount = Optional<Bps>(policy, "max_discount_bps"), .over_delivery = {policy["over_bps"].get<int64_t>()}};
  for (const json& group : policy["groups"]) {
    std::vector<Kind>& kinds = out.groups.emplace_back();
    for (const json& kind : group) kinds.push_back(kind == "tier" ? Kind::kTier : kind == "offer" ? Kind::kOffer : Kind::kBreak);
  }
  return out;
}

TierTerms TierOf(const json& tier) { return {tier["code"], Optional<Bps>(tier, "pay_bps"), Optional<Fen>(tier, "free_delivery_fen")}; }

Basket BasketOf(const json& source) {
  Basket basket{.day = *ParseDay(source.value("day", kSomeDay)), .region = source.value("region", ""),
                .delivery_fee = {source["delivery_fee_fen"].get<int64_t>()}, .partial = true};
  if (source.contains("tier")) basket.tier = TierOf(source["tier"]);
  for (const json& line : source["lines"]) {
    basket.lines.push_back({.sku = line["sku"], .quantity = {line["qty_milli"].get<int64_t>()}, .unit = UnitOf(line["unit"]),
                            .currency = line.value("currency", "")});
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

json Shown(const QuotedLine& line) {
  json item = {{"list", line.list.value}, {"amount", line.amount.value}, {"floor", line.floor.value},
               {"cap_amount", line.cap_amount.value}, {"cap_clipped", line.cap_clipped}, {"floor_clipped", line.floor_clipped},
               {"no_cost", line.no_cost}, {"list_below_floor", line.list_below_floor}, {"won", json::array()}};
  for (int i = 0; i < line.winner_count; ++i) item["won"].push_back(std::string(line.winners[i].id));
  if (line.in_coupon_scope) item["coupon"] = line.coupon.value;
  if (line.refusal != Refusal::kNone) item["refused"] = std::string(RefusalCode(line.refusal));
  return item;
}

json Shown(const Quote& quote, const Basket& basket) {
  json out = {{"goods_before_coupons_fen", quote.goods_before_coupons.value}, {"fee_fen", quote.delivery_fee.value},
              {"total_fen", quote.total.value}, {"lines", json::array()}, {"coupons", json::array()}};
  for (const QuotedLine& line : quote.lines) out["lines"].push_back(Shown(line));
  for (const QuotedCoupon& coupon : quote.coupons) {
    out["coupons"].push_back({{"id", basket.coupons[coupon.coupon].id}, {"applied", coupon.verdict == CouponVerdict::kApplied},
                              {"eligible", coupon.eligible.value}, {"given", coupon.given.value}, {"clipped", coupon.clipped.value}});
  }
  return out;
}

}  // namespace

WorkedBasket::WorkedBasket(const json& source)
    : source_(source), tariff_(Tariff::Build(Catalogue::Build(BookOf(source)), OffersOf(source), PolicyOf(source["policy"]))),
      basket_(BasketOf(source)), delivery_(DeliveryOf(source)) {
  if (source.contains("known_tier")) known_ = KnownCustomer{TierOf(source["known_tier"]), {}};
}

json WorkedBasket::Priced() const {
  const auto quote = MakeQuote(*tariff_, basket_);
  const auto settled = Settle(*tariff_, basket_, delivery_, known_);
  if (!quote.ok() || !settled.ok()) return quote.ok() ? settled.status().ToString() : quote.status().ToString();
  json bill = Shown(settled->bill, basket_);
  for (const QuotedLine& line : settled->bill.lines) bill["billed_qty_milli"].push_back(line.quantity.value);
  return {{"quote", Shown(*quote, basket_)}, {"settlement", bill}};
}

}  // namespace rung::pricing
