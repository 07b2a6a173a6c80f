// What a quote does with a basket, rule by rule. Expected amounts are worked out by hand from docs/pricing.md.
#include "libs/pricing/quote.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/errors/errors.h"
#include "libs/pricing/coupon_allocation.h"

namespace rung::pricing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Day kToday = 20'000;

Scope In(std::string_view text) { return ParseScope(text).value(); }

struct Shop {
  PriceBook book{.book_id = "b", .currency = "CNY", .items = {
      {.sku = "apple", .category = "fruit/local", .unit = Unit::kKilogram, .prices = {{.list = {1'000}}}},
      {.sku = "mango", .category = "fruit/imported", .unit = Unit::kKilogram, .prices = {{.list = {2'000}}}},
      {.sku = "juice", .category = "fruitjuice", .prices = {{.list = {500}}}}}};
  std::vector<Offer> offers;
  Policy policy{.policy_id = "p", .groups = {{Kind::kOffer, Kind::kBreak, Kind::kTier}}};
  Basket basket{.day = kToday, .tier = TierTerms{.code = "gold", .pay = Bps{9'500}}};
  std::shared_ptr<const Tariff> tariff;

  Item& item(size_t i) { return book.items[i]; }
  void Add(std::string sku, int64_t quantity) { basket.lines.push_back({.sku = std::move(sku), .quantity = {quantity}}); }
  absl::StatusOr<Quote> Try() {
    tariff = Tariff::Build(Catalogue::Build(book), offers, policy);
    return MakeQuote(*tariff, basket);
  }
  Quote Get() {
    auto quote = Try();
    EXPECT_TRUE(quote.ok()) << quote.status();
    return quote.ok() ? *std::move(quote) : Quote{};
  }
};

std::vector<int64_t> AmountsOf(const Quote& quote) {
  std::vector<int64_t> amounts;
  for (const QuotedLine& line : quote.lines) amounts.push_back(line.amount.value);
  return amounts;
}

std::vector<std::string> WonBy(const QuotedLine& line) {
  std::vector<std::string> ids;
  for (int i = 0; i < line.winner_count; ++i) ids.emplace_back(line.winners[i].id);
  return ids;
}

const Candidate& Find(const Quote& quote, size_t line, std::string_view id) {
  for (const Candidate& candidate : quote.TraceOf(quote.lines[line])) {
    if (candidate.id == id) return candidate;
  }
  ADD_FAILURE() << id << " isn't in the trace";
  static const Candidate kNone;
  return kNone;
}

TEST(Line, RoundsHalvesUpAtEveryStep) {
  Shop shop;
  shop.item(0).prices[0].list = {333};
  shop.Add("apple", 1'500);  // 499.5 -> 500; 95 % of 500 = 475
  shop.basket.tier->pay = Bps{9'990};
  const Quote quote = shop.Get();
  EXPECT_EQ(quote.lines[0].list, Fen{500});
  EXPECT_EQ(quote.lines[0].amount, Fen{500});  // 499.5 again: no gain
  EXPECT_EQ(Find(quote, 0, "tier").verdict, Verdict::kNoGain);
}

TEST(Line, CategoryScopeHoldsItsPathAndBelowButNoLongerWord) {
  Shop shop;
  shop.offers = {{.id = "fruit80", .tiers = {"gold"}, .scope = In("category:fruit"), .terms = {.pay = Bps{8'000}}}};
  shop.Add("apple", 1'000);
  shop.Add("mango", 1'000);
  shop.Add("juice", 1'000);
  EXPECT_THAT(AmountsOf(shop.Get()), ElementsAre(800, 1'600, 475));
}

TEST(Groups, BestPriceTakesTheLowestAndSequenceTakesEach) {
  Shop shop;
  shop.offers = {{.id = "o", .tiers = {"gold"}, .scope = In("sku:apple"), .terms = {.pay = Bps{8'000}}}};
  shop.Add("apple", 1'000);
  EXPECT_THAT(AmountsOf(shop.Get()), ElementsAre(800));
  shop.policy.groups = {{Kind::kTier}, {Kind::kOffer}};
  const Quote quote = shop.Get();
  EXPECT_THAT(AmountsOf(quote), ElementsAre(760));
  EXPECT_THAT(WonBy(quote.lines[0]), ElementsAre("tier", "o"));
  EXPECT_EQ(quote.lines[0].winners[0].effect, Fen{50});
  EXPECT_EQ(quote.lines[0].winners[1].effect, Fen{190});
}

TEST(Groups, BreakTiesByOrderOfKindsAndThenBySmallerId) {
  Shop shop;
  shop.offers = {{.id = "z", .tiers = {"gold"}, .scope = In("all"), .terms = {.pay = Bps{9'500}}},
                 {.id = "a", .tiers = {"gold"}, .scope = In("sku:apple"), .terms = {.price = Fen{950}}}};
  shop.Add("apple", 1'000);
  EXPECT_THAT(WonBy(shop.Get().lines[0]), ElementsAre("a"));
  shop.policy.groups = {{Kind::kTier, Kind::kOffer}};
  EXPECT_THAT(WonBy(shop.Get().lines[0]), ElementsAre("tier"));
  EXPECT_EQ(Find(shop.Get(), 0, "a").verdict, Verdict::kBeaten);
}

TEST(Groups, AKindWithoutAGroupNeverApplies) {
  Shop shop;
  shop.policy.groups = {{Kind::kOffer}};
  shop.Add("apple", 1'000);
  const Quote quote = shop.Get();
  EXPECT_THAT(AmountsOf(quote), ElementsAre(1'000));
  EXPECT_EQ(Find(quote, 0, "tier").verdict, Verdict::kNotStacked);
}

TEST(Offer, CountsOnItsFirstAndLastDayForItsTiersOnly) {
  Shop shop;
  shop.offers = {{.id = "o", .tiers = {"gold"}, .scope = In("all"), .terms = {.pay = Bps{5'000}}, .days = {kToday, kToday + 1}}};
  shop.Add("apple", 1'000);
  const auto on = [&](Day day) {
    shop.basket.day = day;
    return Find(shop.Get(), 0, "o").verdict;
  };
  EXPECT_EQ(on(kToday - 1), Verdict::kNotYet);
  EXPECT_EQ(on(kToday), Verdict::kApplied);
  EXPECT_EQ(on(kToday + 1), Verdict::kApplied);
  EXPECT_EQ(on(kToday + 2), Verdict::kEnded);
  shop.basket.tier->code = "silver";
  EXPECT_EQ(on(kToday), Verdict::kOtherTier);
}

TEST(Offer, FollowsTheBenefitsAnswerWhenThereIsOne) {
  Shop shop;
  shop.offers = {{.id = "o", .tiers = {"silver"}, .scope = In("all"), .terms = {.pay = Bps{5'000}}}};
  shop.Add("apple", 1'000);
  shop.basket.offers = {OfferAnswer::kApplies};
  EXPECT_THAT(AmountsOf(shop.Get()), ElementsAre(500));
  shop.basket.offers = {OfferAnswer::kOtherCustomers};
  EXPECT_EQ(Find(shop.Get(), 0, "o").verdict, Verdict::kOtherCustomers);
  shop.basket.offers = {OfferAnswer::kApplies, OfferAnswer::kApplies};
  EXPECT_EQ(shop.Try().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Offer, AFixedPriceAboveTheListIsNoGainHoweverLarge) {
  Shop shop;
  shop.offers = {{.id = "o", .tiers = {"gold"}, .scope = In("sku:juice"), .terms = {.price = kMaxAmount}}};
  shop.item(2).prices[0].list = {1};
  shop.Add("juice", 9'000'000'000'000'000);
  const Quote quote = shop.Get();
  EXPECT_EQ(Find(quote, 0, "o").verdict, Verdict::kNoGain);
}

TEST(Break, CountsAllLinesOfItsScopeAndUnit) {
  Shop shop;
  shop.book.breaks = {{"b10", In("category:fruit"), Unit::kKilogram, {10'000}, {.pay = Bps{9'000}}},
                      {"b20", In("category:fruit"), Unit::kKilogram, {20'000}, {.pay = Bps{8'000}}},
                      {"pieces", In("all"), Unit::kPiece, {1'000}, {.pay = Bps{1'000}}}};
  shop.Add("apple", 4'000);
  shop.Add("mango", 5'999);
  Quote quote = shop.Get();
  EXPECT_THAT(AmountsOf(quote), ElementsAre(3'800, 11'398));
  EXPECT_EQ(Find(quote, 0, "b10").verdict, Verdict::kBelowMinimum);
  EXPECT_EQ(Find(quote, 0, "b10").reached, QtyMilli{9'999});
  shop.basket.lines[1].quantity = {6'000};
  EXPECT_THAT(AmountsOf(shop.Get()), ElementsAre(3'600, 10'800));
  for (const Candidate& candidate : shop.Get().trace) EXPECT_NE(candidate.id, "pieces");
}

TEST(Cap, KeepsTheAmountUpAndTakesFromTheLastWinnerFirst) {
  Shop shop;
  shop.policy = {.policy_id = "p", .groups = {{Kind::kTier}, {Kind::kOffer}}, .max_discount = Bps{1'000}};
  shop.offers = {{.id = "o", .tiers = {"gold"}, .scope = In("all"), .terms = {.pay = Bps{9'000}}}};
  shop.Add("apple", 1'000);  // 1000 -> 950 -> 855, cap 900
  const Quote quote = shop.Get();
  EXPECT_TRUE(quote.lines[0].cap_clipped);
  EXPECT_EQ(quote.lines[0].amount, Fen{900});
  EXPECT_EQ(quote.lines[0].winners[0].effect, Fen{50});
  EXPECT_EQ(quote.lines[0].winners[1].effect, Fen{50});
}

TEST(Cap, DoesNotBindAFixedPrice) {
  Shop shop;
  shop.policy.max_discount = Bps{1'000};
  shop.offers = {{.id = "o", .tiers = {"gold"}, .scope = In("sku:apple"), .terms = {.price = Fen{300}}}};
  shop.Add("apple", 1'000);
  const Quote quote = shop.Get();
  EXPECT_EQ(quote.lines[0].amount, Fen{300});
  EXPECT_EQ(quote.lines[0].cap_amount, Fen{0});
}

TEST(Floor, IsTheLargerOfFloorPriceAndMarginRoundedUp) {
  Shop shop;
  shop.item(0).prices[0] = {.list = {1'000}, .cost = Fen{777}, .floor = Fen{801}, .min_margin = Bps{300}};
  shop.basket.tier->pay = Bps{5'000};
  shop.Add("apple", 1'003);  // list 1003; 801 x 1.003 = 803.4 -> 804; 777 x 1.003 / 0.97 = 803.4 -> 804
  Quote quote = shop.Get();
  EXPECT_EQ(quote.lines[0].floor, Fen{804});
  EXPECT_EQ(quote.lines[0].amount, Fen{804});
  EXPECT_TRUE(quote.lines[0].floor_clipped);
  EXPECT_EQ(quote.lines[0].winners[0].effect, Fen{199});
}

TEST(Floor, AboveTheListSellsAtTheList) {
  Shop shop;
  shop.item(0).prices[0].floor = Fen{1'001};
  shop.Add("apple", 2'000);
  const Quote quote = shop.Get();
  EXPECT_EQ(quote.lines[0].amount, Fen{2'000});
  EXPECT_TRUE(quote.lines[0].list_below_floor);
}

TEST(Floor, AMarginWithoutACostForbidsDiscounts) {
  Shop shop;
  shop.item(0).prices[0].min_margin = Bps{0};
  shop.Add("apple", 2'000);
  const Quote quote = shop.Get();
  EXPECT_EQ(quote.lines[0].amount, Fen{2'000});
  EXPECT_TRUE(quote.lines[0].no_cost);
}

TEST(Price, OfARegionAndADayKeepsTheGeneralCost) {
  Shop shop;
  shop.item(0).prices = {{.days = {std::nullopt, kToday - 1}, .list = {1'000}},
                         {.days = {kToday, std::nullopt}, .list = {1'200}, .cost = Fen{1'100}, .min_margin = Bps{0}},
                         {.region = "north", .days = {kToday + 1, std::nullopt}, .list = {1'150}}};
  shop.basket.tier->pay = Bps{5'000};
  shop.Add("apple", 1'000);
  const auto at = [&](std::string region, Day day) {
    shop.basket.region = std::move(region);
    shop.basket.day = day;
    return std::pair(shop.Get().lines[0].list.value, shop.Get().lines[0].amount.value);
  };
  EXPECT_EQ(at("", kToday - 1), std::pair(int64_t{1'000}, int64_t{500}));
  EXPECT_EQ(at("", kToday), std::pair(int64_t{1'200}, int64_t{1'100}));
  EXPECT_EQ(at("north", kToday), std::pair(int64_t{1'200}, int64_t{1'100}));
  EXPECT_EQ(at("north", kToday + 1), std::pair(int64_t{1'150}, int64_t{1'100}));
  EXPECT_EQ(at("south", kToday + 1), std::pair(int64_t{1'200}, int64_t{1'100}));
}

TEST(Degraded, HasNeitherTierNorOffersNorThresholdButBreaksAndFloors) {
  Shop shop;
  shop.offers = {{.id = "o", .tiers = {"gold"}, .scope = In("all"), .terms = {.pay = Bps{5'000}}}};
  shop.book.breaks = {{"b", In("all"), Unit::kKilogram, {1'000}, {.pay = Bps{9'000}}}};
  shop.basket.tier.reset();
  shop.basket.delivery_fee = {800};
  shop.Add("apple", 1'000);
  const Quote quote = shop.Get();
  EXPECT_TRUE(quote.degraded);
  EXPECT_EQ(quote.total, Fen{900 + 800});
  EXPECT_EQ(Find(quote, 0, "tier").verdict, Verdict::kTierUnknown);
  EXPECT_EQ(Find(quote, 0, "o").verdict, Verdict::kTierUnknown);
}

TEST(Delivery, IsFreeFromTheThresholdOnBeforeCoupons) {
  Shop shop;
  shop.basket.tier = TierTerms{"gold", std::nullopt, Fen{1'000}};
  shop.basket.delivery_fee = {800};
  shop.basket.coupons = {{.id = "c", .amount_off = Fen{400}}};
  shop.Add("apple", 1'000);
  EXPECT_EQ(shop.Get().total, Fen{600});
  shop.basket.lines[0].quantity = {999};
  EXPECT_EQ(shop.Get().total, Fen{599 + 800});
  shop.basket.lines.clear();
  const Quote empty = shop.Get();
  EXPECT_EQ(empty.total, Fen{0});
  EXPECT_EQ(empty.fee_reason, FeeReason::kEmptyBasket);
}

TEST(Coupons, ApplySharesBeforeAmountsAndThenById) {
  Shop shop;
  shop.basket.tier->pay.reset();
  shop.basket.coupons = {{.id = "a", .amount_off = Fen{100}}, {.id = "z", .off = Bps{1'000}, .max_off = Fen{50}},
                         {.id = "y", .minimum = {1'001}, .off = Bps{5'000}}, {.id = "x", .scope = In("sku:none"), .off = Bps{5'000}}};
  shop.Add("apple", 1'000);
  const Quote quote = shop.Get();
  std::vector<std::string> order;
  for (const QuotedCoupon& coupon : quote.coupons) order.push_back(shop.basket.coupons[coupon.coupon].id);
  EXPECT_THAT(order, ElementsAre("x", "y", "z", "a"));
  EXPECT_EQ(quote.coupons[0].verdict, CouponVerdict::kNothingEligible);
  EXPECT_EQ(quote.coupons[1].verdict, CouponVerdict::kBelowMinimum);
  EXPECT_EQ(quote.coupons[2].given, Fen{50});
  EXPECT_EQ(quote.coupons[3].given, Fen{100});
  EXPECT_EQ(quote.total, Fen{850});
}

TEST(Coupons, ReportWhatTheFloorKeptBack) {
  Shop shop;
  shop.basket.tier->pay.reset();
  shop.item(0).prices[0].floor = Fen{990};
  shop.basket.coupons = {{.id = "c", .amount_off = Fen{100}}};
  shop.Add("apple", 1'000);
  const Quote quote = shop.Get();
  EXPECT_EQ(quote.coupons[0].given, Fen{10});
  EXPECT_EQ(quote.coupons[0].clipped, Fen{90});
}

// The worked example that the definition gives.
TEST(Allocation, LetsFullLinesLeaveTogether) {
  std::vector<CouponBearer> bearers;
  const int64_t amounts[] = {2, 1, 7, 14, 4, 27}, headrooms[] = {0, 0, 6, 10, 2, 6};
  for (uint32_t i = 0; i < 6; ++i) bearers.push_back({i, {amounts[i]}, {headrooms[i]}});
  EXPECT_EQ(Allocate(Fen{16}, bearers), Fen{16});
  std::vector<int64_t> given;
  for (const CouponBearer& bearer : bearers) given.push_back(bearer.given.value);
  EXPECT_THAT(given, ElementsAre(0, 0, 3, 5, 2, 6));
}

// ---- bad input ----------------------------------------------------------------------------------------------------

std::string ReasonsOf(const absl::Status& status) {
  std::vector<std::string> reasons;
  for (const Violation& violation : ViolationsOf(status)) reasons.push_back(violation.field + " " + violation.reason);
  return fmt::format("{}", fmt::join(reasons, "; "));
}

TEST(BadLines, AreRefusedWithIndexAndReasonAndNothingIsPriced) {
  Shop shop;
  shop.item(2).prices[0].days = {kToday + 1, std::nullopt};
  shop.Add("apple", 1'000);
  shop.Add("pear", 1'000);
  shop.Add("apple", 0);
  shop.Add("apple", -5);
  shop.Add("juice", 1'000);
  shop.basket.lines.push_back({.sku = "apple", .quantity = {1'000}, .currency = "USD"});
  shop.basket.lines.push_back({.sku = "apple", .quantity = {1'000}, .unit = Unit::kPiece});
  EXPECT_EQ(ReasonsOf(shop.Try().status()),
            "lines[1].sku SKU_UNKNOWN; lines[2].quantity_milli QUANTITY_NOT_POSITIVE; "
            "lines[3].quantity_milli QUANTITY_NOT_POSITIVE; lines[4].sku SKU_NOT_ON_SALE; "
            "lines[5].currency_code CURRENCY_MISMATCH; lines[6].unit UNIT_MISMATCH");
}

TEST(BadLines, LeaveTheRestPricedWhenAskedFor) {
  Shop shop;
  shop.basket.partial = true;
  shop.basket.delivery_fee = {300};
  shop.book.breaks = {{"b", In("all"), Unit::kPiece, {2'000}, {.pay = Bps{5'000}}}};
  shop.Add("juice", 1'000);
  shop.Add("juice", 1'500);
  shop.Add("nothing", 1'000);
  const Quote quote = shop.Get();
  EXPECT_EQ(quote.lines[1].refusal, Refusal::kFractionOfAPiece);
  EXPECT_EQ(quote.lines[2].refusal, Refusal::kSkuUnknown);
  EXPECT_EQ(quote.total, Fen{475 + 300});  // the refused pieces don't count towards the break
  shop.basket.lines.erase(shop.basket.lines.begin());
  EXPECT_EQ(shop.Get().total, Fen{0});
}

TEST(Price, OfARegionThatCannotBeHadIsTheDearest) {
  Shop shop;
  shop.basket.tier.reset();
  shop.basket.region_unknown = true;
  shop.Add("apple", 1'000);
  shop.item(0).prices.push_back({.region = "north", .list = {1'200}});
  shop.item(0).prices.push_back({.region = "south", .list = {1'100}});
  EXPECT_EQ(AmountsOf(shop.Get()), std::vector<int64_t>{1'200});
  shop.item(0).prices[1].days.until = kToday - 1;
  EXPECT_EQ(AmountsOf(shop.Get()), std::vector<int64_t>{1'100});
  shop.item(0).prices[2].list = {900};
  EXPECT_EQ(AmountsOf(shop.Get()), std::vector<int64_t>{1'000}) << "elsewhere";
}

TEST(BadLines, AmountsBeyondTheBoundAreRefusedTheBoundItselfIsNot) {
  Shop shop;
  shop.basket.partial = true;
  shop.item(2).prices[0] = {.list = {1'000'000'000}};
  shop.Add("juice", 10'000'000);
  shop.Add("juice", 10'001'000);
  shop.Add("apple", INT64_MAX);
  Quote quote = shop.Get();
  EXPECT_EQ(quote.lines[0].refusal, Refusal::kNone);
  EXPECT_EQ(quote.lines[0].list, kMaxAmount);
  EXPECT_EQ(quote.lines[1].refusal, Refusal::kAmountTooLarge);
  EXPECT_EQ(quote.lines[2].refusal, Refusal::kAmountTooLarge);
  // Amounts are rounded first: 10^13 and a hundredth is 10^13.
  shop.item(0).prices[0] = {.list = {9'990'009'990'010}};
  shop.basket.lines[2].quantity = {1'001};
  EXPECT_EQ(shop.Get().lines[2].list, kMaxAmount);
  // The floor counts as well as the list: a margin of 99.99 % is 10,000 times the cost.
  shop.item(2).prices[0] = {.list = {1}, .cost = Fen{1'000'000}, .min_margin = Bps{9'999}};
  quote = shop.Get();
  EXPECT_EQ(quote.lines[0].refusal, Refusal::kAmountTooLarge);
}

TEST(BadBaskets, AreRefusedAsAWhole) {
  Shop shop;
  for (int i = 0; i < 10'001; ++i) shop.Add("apple", 1'000);
  shop.basket.coupons = {{.id = "c", .amount_off = Fen{1}}, {.id = "c", .amount_off = Fen{1}}};
  shop.basket.delivery_fee = {-1};
  EXPECT_EQ(ReasonsOf(shop.Try().status()), "lines TOO_MANY; coupon_ids[1] DUPLICATE; delivery_fee_fen OUT_OF_RANGE");
  EXPECT_THAT(std::string(Message(shop.Try().status())), HasSubstr("10001 lines; at most 10000"));
}

TEST(BadBaskets, OfAnotherCurrencyHaveNoPricedLine) {
  Shop shop;
  shop.Add("apple", 1'000);
  shop.basket.currency = "USD";
  EXPECT_EQ(ReasonsOf(shop.Try().status()), "currency_code CURRENCY_MISMATCH");
  shop.basket.partial = true;
  EXPECT_TRUE(shop.Try()->lines.empty() || shop.Try()->total == Fen{0});
}

}  // namespace
}  // namespace rung::pricing
