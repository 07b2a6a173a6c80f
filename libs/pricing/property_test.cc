// What holds for every basket, whatever the book, the offers and the policy.
#include <gtest/gtest.h>

#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>

#include "libs/pricing/coupon_allocation.h"
#include "libs/pricing/price_list.h"
#include "libs/pricing/settlement.h"
#include "libs/pricing/validation.h"

namespace rung::pricing {
namespace {

constexpr Day kToday = 20'000;

// rapidcheck reads its settings once; what the caller has set stays.
[[maybe_unused]] const int kManyBaskets = setenv("RC_PARAMS", "max_success=2000", /*overwrite=*/0);

int64_t Pick(int64_t least, int64_t most) { return *rc::gen::inRange(least, most + 1); }
bool OneIn(int64_t n) { return Pick(1, n) == 1; }

template <typename T>
std::optional<T> Perhaps(int64_t least, int64_t most) {
  return OneIn(2) ? std::optional<T>(T{Pick(least, most)}) : std::nullopt;
}

const char* const kCategories[] = {"fruit", "fruit/imported", "fruit/imported/berry", "fruitjuice", "meat"};
const char* const kTiers[] = {"bronze", "gold", "diamond"};

std::string SkuNo(int64_t i) { return "s" + std::to_string(i); }

Scope AnyScope(int64_t items) {
  switch (Pick(0, 2)) {
    case 0:
      return {};
    case 1:
      return {ScopeKind::kCategory, kCategories[Pick(0, 4)]};
    default:
      return {ScopeKind::kSku, SkuNo(Pick(0, items - 1))};
  }
}

Terms AnyTerms(const Scope& scope) {
  if (scope.kind == ScopeKind::kSku && OneIn(2)) return {.price = Fen{Pick(0, 3'000)}};
  return {.pay = Bps{Pick(0, 10'000)}};
}

struct World {
  std::shared_ptr<const Tariff> tariff;
  Basket basket;
};

Policy AnyPolicy(bool with_cap) {
  static const std::vector<std::vector<std::vector<Kind>>> kStackings = {
      {{Kind::kOffer, Kind::kBreak, Kind::kTier}}, {{Kind::kTier}, {Kind::kOffer, Kind::kBreak}}, {{Kind::kBreak}, {Kind::kTier}, {Kind::kOffer}}};
  Policy policy{.policy_id = "p", .groups = kStackings[Pick(0, 2)], .over_delivery = {Pick(0, 3'000)}};
  if (with_cap) policy.max_discount = Perhaps<Bps>(0, 10'000);
  return policy;
}

PriceBook AnyBook(int64_t items) {
  PriceBook book{.book_id = "b", .currency = "CNY"};
  for (int64_t i = 0; i < items; ++i) {
    const int64_t list = Pick(0, 3'000);
    book.items.push_back({.sku = SkuNo(i), .category = kCategories[Pick(0, 4)], .unit = OneIn(2) ? Unit::kPiece : Unit::kKilogram,
                          .prices = {{.list = {list}, .cost = Perhaps<Fen>(0, list + 50), .floor = Perhaps<Fen>(0, list + 50),
                                      .min_margin = Perhaps<Bps>(0, 9'999)}}});
  }
  for (int64_t i = Pick(0, 5); i > 0; --i) {
    const Scope scope = AnyScope(items);
    // Distinct minimums, so that the book stays valid whatever the scopes.
    book.breaks.push_back({"b" + std::to_string(i), scope, OneIn(2) ? Unit::kPiece : Unit::kKilogram, {Pick(1, 9'000) * 10 + i}, AnyTerms(scope)});
  }
  return book;
}

std::vector<Offer> AnyOffers(int64_t items) {
  std::vector<Offer> offers;
  for (int64_t i = Pick(0, 4); i > 0; --i) {
    const Scope scope = AnyScope(items);
    offers.push_back({.id = "o" + std::to_string(i), .tiers = {kTiers[Pick(0, 2)]}, .scope = scope, .terms = AnyTerms(scope),
                      .days = {kToday - Pick(-1, 3), std::nullopt}});
  }
  return offers;
}

Coupon AnyCoupon(int64_t number, int64_t items) {
  Coupon coupon{.id = "c" + std::to_string(number), .scope = AnyScope(items), .minimum = {OneIn(2) ? 0 : Pick(1, 20'000)}};
  if (OneIn(2)) {
    coupon.amount_off = Fen{Pick(1, 30'000)};
  } else {
    coupon.off = Bps{Pick(1, 10'000)};
    coupon.max_off = Perhaps<Fen>(1, 5'000);
  }
  return coupon;
}

World AnyWorld(bool with_cap = true, bool with_coupons = true) {
  const int64_t items = Pick(1, 6);
  PriceBook book = AnyBook(items);
  const Policy policy = AnyPolicy(with_cap);
  RC_ASSERT(Validate(book).empty());
  RC_ASSERT(Validate(policy).empty());
  World world;
  world.basket = {.day = kToday, .delivery_fee = {Pick(0, 2'000)}};
  if (!OneIn(5)) world.basket.tier = TierTerms{kTiers[Pick(0, 2)], Perhaps<Bps>(0, 10'000), Perhaps<Fen>(0, 50'000)};
  for (int64_t i = Pick(0, 8); i > 0; --i) {
    const Item& item = book.items[Pick(0, items - 1)];
    const int64_t quantity = item.unit == Unit::kPiece ? Pick(1, 60) * 1'000 : Pick(1, 60'000);
    world.basket.lines.push_back({.sku = item.sku, .quantity = {quantity}});
  }
  if (with_coupons) {
    for (int64_t i = Pick(0, 3); i > 0; --i) world.basket.coupons.push_back(AnyCoupon(i, items));
  }
  world.tariff = Tariff::Build(Catalogue::Build(std::move(book)), AnyOffers(items), policy);
  return world;
}

Quote QuoteOf(const World& world) {
  auto quote = MakeQuote(*world.tariff, world.basket);
  RC_ASSERT(quote.ok());
  return *std::move(quote);
}

void ExpectAddsUp(const Quote& quote) {
  Fen goods{0}, before{0}, from_lines{0}, from_coupons{0};
  std::vector<Fen> shares(quote.lines.size());
  for (const QuotedCoupon& coupon : quote.coupons) {
    Fen sum{0};
    for (const CouponShare& share : coupon.shares) {
      shares[share.line] += share.given;
      sum += share.given;
    }
    RC_ASSERT(sum == coupon.given);
    from_coupons += sum;
  }
  for (size_t i = 0; i < quote.lines.size(); ++i) {
    const QuotedLine& line = quote.lines[i];
    Fen rest = line.list;
    for (int k = 0; k < line.winner_count; ++k) rest -= line.winners[k].effect;
    RC_ASSERT(rest == line.before_coupons);
    RC_ASSERT(line.coupon == shares[i]);
    RC_ASSERT(line.amount == line.before_coupons - line.coupon);
    goods += line.amount;
    before += line.before_coupons;
    from_lines += line.coupon;
  }
  RC_ASSERT(from_lines == from_coupons);
  RC_ASSERT(goods == quote.goods);
  RC_ASSERT(before == quote.goods_before_coupons);
  RC_ASSERT(quote.total == goods + quote.delivery_fee);
}

void ExpectWithinBounds(const Quote& quote) {
  for (const QuotedLine& line : quote.lines) {
    RC_ASSERT(line.amount <= line.list);
    RC_ASSERT(line.amount >= std::min(line.list, line.floor));
    RC_ASSERT(line.amount >= std::min(line.list, line.cap_amount));
    RC_ASSERT(line.coupon >= Fen{0});
  }
}

Delivery AnyDelivery(const World& world, bool refusals) {
  Delivery delivery;
  for (uint32_t i = 0; i < world.basket.lines.size(); ++i) {
    delivery.quantities.push_back({Pick(0, world.basket.lines[i].quantity.value * 5 / 4)});
    if (refusals && OneIn(3)) delivery.refused.push_back(i);
  }
  return delivery;
}

Settlement SettlementOf(const World& world, const Delivery& delivery, const std::optional<KnownCustomer>& known = std::nullopt) {
  auto settled = Settle(*world.tariff, world.basket, delivery, known);
  RC_ASSERT(settled.ok());
  return *std::move(settled);
}

TEST(EveryQuote, AddsUpAndStaysBetweenFloorAndList) {
  EXPECT_TRUE(rc::check([] {
    const Quote quote = QuoteOf(AnyWorld());
    ExpectAddsUp(quote);
    ExpectWithinBounds(quote);
  }));
}

TEST(EveryQuote, HasEachRuleOfALineInItsTraceOnce) {
  EXPECT_TRUE(rc::check([] {
    const World world = AnyWorld();
    const Quote quote = QuoteOf(world);
    for (const QuotedLine& line : quote.lines) {
      const Item& item = world.tariff->catalogue().item(line.item);
      std::vector<std::string_view> expected = {kTierRuleId}, actual;
      for (const Offer& offer : world.tariff->offers()) {
        if (Covers(offer.scope, item.sku, item.category)) expected.push_back(offer.id);
      }
      for (const QuantityBreak& rule : world.tariff->catalogue().book().breaks) {
        if (rule.unit == item.unit && Covers(rule.scope, item.sku, item.category)) expected.push_back(rule.id);
      }
      for (const Candidate& candidate : quote.TraceOf(line)) actual.push_back(candidate.id);
      std::sort(expected.begin(), expected.end());
      std::sort(actual.begin(), actual.end());
      RC_ASSERT(actual == expected);
    }
  }));
}

TEST(EveryQuote, OfABetterRateCostsNoMoreBeforeCoupons) {
  EXPECT_TRUE(rc::check([] {
    World world = AnyWorld(/*with_cap=*/false);
    world.basket.tier = TierTerms{"gold", Bps{Pick(0, 10'000)}, std::nullopt};
    const Fen dear = QuoteOf(world).goods_before_coupons;
    world.basket.tier->pay = Bps{Pick(0, world.basket.tier->pay->value)};
    RC_ASSERT(QuoteOf(world).goods_before_coupons <= dear);
  }));
}

TEST(EveryPriceList, SaysWhatABasketOfOneCosts) {
  EXPECT_TRUE(rc::check([] {
    World world = AnyWorld(true, false);
    PriceLister lister(*world.tariff, {.day = kToday, .tier = world.basket.tier});
    for (uint32_t i = 0; i < world.tariff->catalogue().size(); ++i) {
      world.basket.lines = {{.sku = SkuNo(i), .quantity = kOne}};
      const Quote quote = QuoteOf(world);
      const auto listed = lister.PriceOf(i);
      RC_ASSERT(listed.has_value());
      RC_ASSERT(listed->list == quote.lines[0].list);
      RC_ASSERT(listed->price == quote.lines[0].amount);
      RC_ASSERT(listed->winner_count == quote.lines[0].winner_count);
      for (int k = 0; k < listed->winner_count; ++k) RC_ASSERT(listed->winners[k].rule == quote.lines[0].winners[k].rule);
    }
  }));
}

TEST(EverySettlement, AddsUpAndStaysBetweenFloorAndList) {
  EXPECT_TRUE(rc::check([] {
    const World world = AnyWorld();
    const Delivery delivery = AnyDelivery(world, true);
    const Settlement settled = SettlementOf(world, delivery);
    ExpectAddsUp(settled.bill);
    ExpectWithinBounds(settled.bill);
    for (size_t i = 0; i < settled.bill.lines.size(); ++i) RC_ASSERT(settled.bill.lines[i].quantity <= delivery.quantities[i]);
  }));
}

TEST(EveryQuote, DoesWithoutWhatIsUsedUpAsIfThePlanDidNotGiveIt) {
  EXPECT_TRUE(rc::check([] {
    World used_up = AnyWorld();
    used_up.basket.tier = TierTerms{kTiers[Pick(0, 2)], Bps{Pick(0, 10'000)}, Perhaps<Fen>(0, 50'000), true};
    World without = used_up;
    without.basket.tier->pay.reset();
    for (size_t i = 0; i < used_up.tariff->offers().size(); ++i) {
      const bool left = OneIn(2);
      used_up.basket.offers.push_back(left ? OfferAnswer::kApplies : OfferAnswer::kUsedUp);
      without.basket.offers.push_back(left ? OfferAnswer::kApplies : OfferAnswer::kOtherTier);
    }
    const Quote a = QuoteOf(used_up), b = QuoteOf(without);
    RC_ASSERT(a.total == b.total);
    for (size_t i = 0; i < a.lines.size(); ++i) RC_ASSERT(a.lines[i].amount == b.lines[i].amount);
  }));
}

TEST(EverySettlement, OfWhatWasQuotedIsTheQuote) {
  EXPECT_TRUE(rc::check([] {
    const World world = AnyWorld();
    Delivery delivery;
    for (const BasketLine& line : world.basket.lines) delivery.quantities.push_back(line.quantity);
    const Settlement settled = SettlementOf(world, delivery);
    RC_ASSERT(settled.bill.total == settled.quoted.total);
    for (size_t i = 0; i < settled.bill.lines.size(); ++i) RC_ASSERT(settled.bill.lines[i].amount == settled.quoted.lines[i].amount);
  }));
}

TEST(EverySettlement, OfFewerGoodsRaisesNoLineBeforeCoupons) {
  EXPECT_TRUE(rc::check([] {
    const World world = AnyWorld(/*with_cap=*/false);
    Delivery delivery = AnyDelivery(world, false);
    for (size_t i = 0; i < delivery.quantities.size(); ++i) {
      delivery.quantities[i] = std::min(delivery.quantities[i], world.basket.lines[i].quantity);
    }
    const Settlement settled = SettlementOf(world, delivery);
    for (size_t i = 0; i < settled.bill.lines.size(); ++i) {
      RC_ASSERT(settled.bill.lines[i].before_coupons <= settled.quoted.lines[i].before_coupons);
    }
  }));
}

TEST(EverySettlement, OfADegradedQuoteCostsTheLessOfBoth) {
  EXPECT_TRUE(rc::check([] {
    World world = AnyWorld();
    world.basket.tier.reset();
    const Delivery delivery = AnyDelivery(world, true);
    const KnownCustomer known{TierTerms{kTiers[Pick(0, 2)], Perhaps<Bps>(0, 10'000), Perhaps<Fen>(0, 50'000)}, {}};
    const Fen without = SettlementOf(world, delivery).bill.total;
    const Settlement settled = SettlementOf(world, delivery, known);
    world.basket.tier = known.tier;
    const Fen as_known = SettlementOf(world, delivery).bill.total;
    RC_ASSERT(settled.bill.total == std::min(without, as_known));
    RC_ASSERT(settled.by_known_tier == (as_known < without));
  }));
}

// The definition once more, slowly: exact shares, every remainder ordered, lines leave until none exceeds.
std::vector<int64_t> AllocateSlowly(int64_t wanted, const std::vector<CouponBearer>& bearers) {
  std::vector<int64_t> given(bearers.size(), 0);
  std::vector<size_t> in;
  int64_t rest = 0;
  for (size_t i = 0; i < bearers.size(); ++i) {
    if (bearers[i].amount.value == 0) continue;
    in.push_back(i);
    rest += bearers[i].headroom.value;
  }
  rest = std::min(rest, wanted);
  while (!in.empty()) {
    int64_t total = 0, left = rest;
    for (const size_t i : in) total += bearers[i].amount.value;
    std::vector<std::pair<int64_t, size_t>> order;
    for (const size_t i : in) {
      given[i] = rest * bearers[i].amount.value / total;
      left -= given[i];
      order.emplace_back(-(rest * bearers[i].amount.value % total), i);
    }
    std::sort(order.begin(), order.end());
    for (int64_t k = 0; k < left; ++k) ++given[order[k].second];
    std::vector<size_t> stay;
    for (const size_t i : in) {
      if (given[i] <= bearers[i].headroom.value) {
        stay.push_back(i);
      } else {
        given[i] = bearers[i].headroom.value;
        rest -= given[i];
      }
    }
    if (stay.size() == in.size()) break;
    in = stay;
  }
  return given;
}

TEST(EveryAllocation, IsTheDefinition) {
  EXPECT_TRUE(rc::check([] {
    std::vector<CouponBearer> bearers;
    for (int64_t i = Pick(0, 8); i > 0; --i) {
      const int64_t amount = Pick(0, 40);
      bearers.push_back({static_cast<uint32_t>(bearers.size()), {amount}, {Pick(0, amount)}});
    }
    const int64_t wanted = Pick(0, 150);
    const std::vector<int64_t> expected = AllocateSlowly(wanted, bearers);
    Fen sum{0};
    const Fen given = Allocate(Fen{wanted}, bearers);
    for (size_t i = 0; i < bearers.size(); ++i) {
      RC_ASSERT(bearers[i].given == Fen{expected[i]});
      sum += bearers[i].given;
    }
    RC_ASSERT(sum == given);
  }));
}

}  // namespace
}  // namespace rung::pricing
