// Which documents are refused, what lint warns of, and what people read.
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "libs/pricing/explanation.h"
#include "libs/pricing/lint.h"
#include "libs/pricing/validation.h"

namespace rung::pricing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Scope In(std::string_view text) { return ParseScope(text).value(); }

std::string Shown(const std::vector<Violation>& violations) {
  std::set<std::string> lines;
  for (const Violation& violation : violations) {
    EXPECT_FALSE(violation.message.empty());
    lines.insert(violation.field + " " + violation.reason);
  }
  return fmt::format("{}", fmt::join(lines, "; "));
}

PriceBook GoodBook() {
  return {.book_id = "b",
          .currency = "CNY",
          .items = {{.sku = "apple", .category = "fruit/local", .unit = Unit::kKilogram, .prices = {{.list = {1'000}, .cost = Fen{700}, .min_margin = Bps{500}}}},
                    {.sku = "box", .category = "ware", .prices = {{.list = {250}}}}},
          .breaks = {{"b1", In("category:fruit"), Unit::kKilogram, {10'000}, {.pay = Bps{9'500}}},
                     {"b2", In("category:fruit"), Unit::kKilogram, {20'000}, {.pay = Bps{9'000}}},
                     {"b3", In("sku:box"), Unit::kPiece, {10'000}, {.price = Fen{240}}}}};
}

Policy GoodPolicy() { return {.policy_id = "p", .groups = {{Kind::kOffer, Kind::kBreak, Kind::kTier}}}; }

std::string BookFindings(const std::function<void(PriceBook&)>& spoil) {
  PriceBook book = GoodBook();
  spoil(book);
  return Shown(Validate(book));
}

TEST(ValidateBook, AcceptsAGoodBook) {
  EXPECT_EQ(BookFindings([](PriceBook&) {}), "");
  EXPECT_THAT(Lint(GoodBook()), IsEmpty());
}

TEST(ValidateBook, RefusesABookOfNothing) {
  EXPECT_EQ(BookFindings([](PriceBook& book) { book.items.clear(); }), "items EMPTY");
}

TEST(ValidateBook, RefusesMarginsOutOfRange) {
  EXPECT_EQ(BookFindings([](PriceBook& book) { book.items[0].prices[0].min_margin = Bps{9'999}; }), "");
  EXPECT_EQ(BookFindings([](PriceBook& book) { book.items[0].prices[0].min_margin = Bps{10'000}; }), "items[0].prices[0].min_margin_bps OUT_OF_RANGE");
  EXPECT_EQ(BookFindings([](PriceBook& book) { book.items[0].prices[0].min_margin = Bps{-1}; }), "items[0].prices[0].min_margin_bps OUT_OF_RANGE");
}

TEST(ValidateBook, RefusesRatesOutOfRange) {
  for (const int64_t pay : {-1, 10'001, 12'000}) {
    EXPECT_EQ(BookFindings([&](PriceBook& book) { book.breaks[0].terms.pay = Bps{pay}; }), "breaks[0].pay_bps OUT_OF_RANGE") << pay;
  }
  for (const int64_t pay : {0, 10'000}) {
    EXPECT_EQ(BookFindings([&](PriceBook& book) { book.breaks[0].terms.pay = Bps{pay}; }), "") << pay;
  }
}

TEST(ValidateBook, RefusesTwoBreaksOfOneScopeUnitAndMinimum) {
  EXPECT_EQ(BookFindings([](PriceBook& book) { book.breaks[1].min_quantity = {10'000}; }), "breaks[1].min_quantity_milli DUPLICATE");
  EXPECT_EQ(BookFindings([](PriceBook& book) {
    book.breaks[1].min_quantity = {10'000};
    book.breaks[1].unit = Unit::kPiece;
  }), "");
}

TEST(ValidateBook, RefusesAFixedPriceWithoutASkuScope) {
  EXPECT_EQ(BookFindings([](PriceBook& book) { book.breaks[2].scope = In("category:ware"); }), "breaks[2].price_fen NEEDS_SKU_SCOPE");
}

TEST(ValidateBook, RefusesPricesThatShareADay) {
  const auto with = [](std::optional<Day> until, std::optional<Day> from, std::string region) {
    return BookFindings([&](PriceBook& book) {
      book.items[1].prices = {{.days = {std::nullopt, until}, .list = {1}}, {.region = region, .days = {from, std::nullopt}, .list = {2}}};
    });
  };
  EXPECT_EQ(with(100, 101, ""), "");
  EXPECT_EQ(with(100, 100, ""), "items[1].prices[1] OVERLAP");
  EXPECT_EQ(with({}, {}, ""), "items[1].prices[1] OVERLAP");
  EXPECT_EQ(with(100, 100, "north"), "");
}

TEST(ValidateBook, NamesEverythingThatIsWrong) {
  EXPECT_EQ(BookFindings([](PriceBook& book) {
    book.currency = "rmb";
    book.items[0].category = "fruit//local";
    book.items[1].sku = "apple";
    book.items[1].prices[0].list = {-1};
    book.items[1].prices[0].days = {10, 9};
    book.breaks[0].id = "tier";
    book.breaks[1].terms = {};
    book.breaks[2].min_quantity = {0};
    book.breaks[2].terms.pay = Bps{9'000};
  }),
            "breaks[0].break_id RESERVED; breaks[1] REQUIRED; breaks[2] REQUIRED; breaks[2].min_quantity_milli OUT_OF_RANGE; "
            "currency_code BAD_CURRENCY; items[0].category BAD_CATEGORY; items[1].prices[0].list_price_fen OUT_OF_RANGE; "
            "items[1].prices[0].until_date OUT_OF_ORDER; items[1].sku DUPLICATE");
}

TEST(ValidateBook, StopsAtAThousandFindings) {
  PriceBook book = GoodBook();
  for (int i = 0; i < 5'000; ++i) book.items.push_back({});
  EXPECT_EQ(Validate(book).size(), Findings::kMaxFindings);
}

TEST(ValidatePolicy, RefusesAKindInTwoGroups) {
  Policy policy = GoodPolicy();
  EXPECT_EQ(Shown(Validate(policy)), "");
  policy.groups = {{Kind::kTier}, {Kind::kOffer, Kind::kTier}};
  policy.max_discount = Bps{10'001};
  policy.over_delivery = {-1};
  EXPECT_EQ(Shown(Validate(policy)), "groups[1].kinds DUPLICATE; max_discount_bps OUT_OF_RANGE; over_delivery_bps OUT_OF_RANGE");
  policy = {.policy_id = "p", .groups = {{}}};
  EXPECT_EQ(Shown(Validate(policy)), "groups[0].kinds REQUIRED");
}

TEST(ValidateCoupon, WantsExactlyOneReduction) {
  const auto findings = [](const Coupon& coupon) {
    Findings found;
    CheckCoupon("coupon", coupon, found);
    return Shown(std::move(found).Take());
  };
  EXPECT_EQ(findings({.id = "c", .off = Bps{10'000}, .max_off = Fen{1}}), "");
  EXPECT_EQ(findings({.id = "c"}), "coupon.reduction REQUIRED");
  EXPECT_EQ(findings({.id = "c", .minimum = {-1}, .amount_off = Fen{0}, .max_off = Fen{1}}),
            "coupon.amount_off_fen OUT_OF_RANGE; coupon.max_off_fen NEEDS_OFF_BPS; coupon.minimum_fen OUT_OF_RANGE");
  EXPECT_EQ(findings({.id = "c", .off = Bps{10'001}}), "coupon.off_bps OUT_OF_RANGE");
}

TEST(LintBook, WarnsWhenAHigherBreakCanCostMore) {
  PriceBook book = GoodBook();
  book.breaks[1].terms.pay = Bps{9'600};
  EXPECT_EQ(Shown(Lint(book)), "breaks[1] HIGHER_BREAK_COSTS_MORE");
  book = GoodBook();  // 230 below 92 % of 250, and above it
  book.breaks.push_back({"b4", In("sku:box"), Unit::kPiece, {20'000}, {.pay = Bps{9'600}}});
  EXPECT_EQ(Shown(Lint(book)), "");
  book.breaks.back().terms.pay = Bps{9'601};
  EXPECT_EQ(Shown(Lint(book)), "breaks[3] HIGHER_BREAK_COSTS_MORE");
}

TEST(LintBook, WarnsOfGoodsThatAreGivenAway) {
  PriceBook book = GoodBook();
  book.items[1].prices[0].list = {0};
  book.breaks.pop_back();
  EXPECT_EQ(Shown(Lint(book)), "items[1].prices[0].list_price_fen COSTS_NOTHING");
}

TEST(LintBook, WarnsOfWhatCanNeverWork) {
  PriceBook book = GoodBook();
  book.items[0].prices[0] = {.days = {std::nullopt, 100}, .list = {700}, .cost = Fen{700}, .floor = Fen{701}, .min_margin = Bps{500}};
  book.items[0].prices.push_back({.days = {103, std::nullopt}, .list = {700}, .min_margin = Bps{0}});
  book.breaks[2].unit = Unit::kKilogram;
  EXPECT_EQ(Shown(Lint(book)),
            "breaks[2].scope NOTHING_IN_SCOPE; items[0].prices GAP; items[0].prices[0].floor_price_fen LIST_BELOW_FLOOR; "
            "items[0].prices[0].min_margin_bps LIST_BELOW_FLOOR; items[0].prices[1].cost_fen NO_COST");
}

TEST(LintPolicy, WarnsOfKindsThatNeverApply) {
  Policy policy = GoodPolicy();
  policy.groups = {{Kind::kOffer, Kind::kTier}};
  EXPECT_EQ(Shown(Lint(policy)), "groups KIND_NEVER_APPLIES");
}

TEST(LintOffers, WarnsOfOffersForNothingAndBeyondTheCap) {
  Policy policy = GoodPolicy();
  policy.max_discount = Bps{1'000};
  const std::vector<Offer> offers = {{.id = "a", .tiers = {"gold"}, .scope = In("category:fruit"), .terms = {.pay = Bps{8'900}}},
                                     {.id = "b", .tiers = {"gold"}, .scope = In("category:fish"), .terms = {.pay = Bps{9'500}}},
                                     {.id = "c", .tiers = {"gold"}, .scope = In("sku:box"), .terms = {.price = Fen{250}}}};
  EXPECT_EQ(Shown(LintOffers(offers, policy, *Catalogue::Build(GoodBook()))),
            "offers[0].pay_bps BEYOND_CAP; offers[1].scope NOTHING_IN_SCOPE; offers[2].price_fen NEVER_HELPS");
}

TEST(LintOffers, WarnsOfFixedPricesAboveTheListAndOfOffersThatTheFloorTakesBack) {
  const auto warned = [](Price price, Terms terms) {
    PriceBook book{.book_id = "b", .currency = "CNY", .items = {{.sku = "box", .category = "ware", .prices = {price}}}};
    book.items[0].prices.push_back({.region = "north", .list = {900}});
    return Shown(LintOffers({{.id = "o", .tiers = {"gold"}, .scope = In("sku:box"), .terms = terms}}, GoodPolicy(), *Catalogue::Build(book)));
  };
  EXPECT_EQ(warned({.list = {1'000}}, {.price = Fen{901}}), "offers[0].price_fen ABOVE_LIST") << "in the north";
  EXPECT_EQ(warned({.list = {1'000}}, {.price = Fen{900}}), "");
  EXPECT_EQ(warned({.list = {1'000}, .floor = Fen{800}}, {.pay = Bps{8'000}}), "offers[0].pay_bps BELOW_FLOOR") << "720 in the north";
  EXPECT_EQ(warned({.list = {1'000}, .floor = Fen{720}}, {.pay = Bps{8'000}}), "");
  EXPECT_EQ(warned({.list = {1'000}, .cost = Fen{700}, .min_margin = Bps{1'000}}, {.price = Fen{777}}), "offers[0].price_fen BELOW_FLOOR") << "777.78 is the least";
  EXPECT_EQ(warned({.list = {1'000}, .cost = Fen{700}, .min_margin = Bps{1'000}}, {.price = Fen{778}}), "");
  EXPECT_EQ(warned({.list = {1'000}, .min_margin = Bps{1'000}}, {.pay = Bps{9'999}}), "offers[0].pay_bps BELOW_FLOOR") << "no cost: no discount";
}

TEST(Scopes, ReadAsTheyAreWritten) {
  for (const char* text : {"all", "sku:A 17", "category:fruit/imported"}) EXPECT_EQ(FormatScope(In(text)), text);
  for (const char* text : {"", "sku:", "category:", "brand:x", "ALL"}) EXPECT_FALSE(ParseScope(text)) << text;
}

// ---- sentences ----------------------------------------------------------------------------------------------------

struct Said {
  std::shared_ptr<const Tariff> tariff;
  Basket basket;
  Quote quote;

  std::vector<std::string> Trace(Language language) const {
    std::vector<std::string> sentences;
    const Speech speech{language, language == Language::kChinese ? "黄金" : "Gold", {{"diamond", language == Language::kChinese ? "钻石" : "Diamond"}}};
    for (const Candidate& candidate : quote.TraceOf(quote.lines[0])) sentences.push_back(Explain(*tariff, quote.lines[0], candidate, speech));
    for (const std::string& sentence : ExplainLine(*tariff, quote.lines[0], speech)) sentences.push_back(sentence);
    for (const QuotedCoupon& coupon : quote.coupons) sentences.push_back(Explain(basket, coupon, *tariff, speech));
    sentences.push_back(ExplainFee(basket, quote, *tariff, speech));
    return sentences;
  }
};

Said SaidOfApples() {
  Said said;
  std::vector<Offer> offers = {{.id = "o1", .names = {{"zh", "水果8折"}, {"en", "Fruit 20 % off"}}, .tiers = {"diamond"}, .scope = In("all"), .terms = {.pay = Bps{8'000}}}};
  said.tariff = Tariff::Build(Catalogue::Build(GoodBook()), offers, GoodPolicy());
  said.basket = {.tier = TierTerms{"gold", Bps{9'750}, Fen{30'000}},
                 .lines = {{.sku = "apple", .quantity = {12'500}}},
                 .coupons = {{.id = "c", .minimum = {50'000}, .amount_off = Fen{100}, .names = {{"zh", "满减"}}}},
                 .delivery_fee = {800}};
  said.quote = *MakeQuote(*said.tariff, said.basket);
  return said;
}

TEST(Sentences, TellTheWholeTraceInChinese) {
  EXPECT_THAT(SaidOfApples().Trace(Language::kChinese),
              ElementsAre("黄金会员 9.75 折：可为 121.88 元，已有更优价格，未采用", "专享优惠「水果8折」 8 折：仅限 钻石",
                          "满 10 公斤 9.5 折：优惠 6.25 元", "满 20 公斤 9 折：当前 12.5 公斤，还差 7.5 公斤",
                          "优惠券「满减」：满 500.00 元可用，还差 381.25 元", "配送费 8.00 元，再买 181.25 元即可免配送费"));
}

TEST(Sentences, SayNothingOfAThresholdWhereDeliveryCostsNothing) {
  Said said = SaidOfApples();
  said.basket.delivery_fee = Fen{0};
  said.quote = *MakeQuote(*said.tariff, said.basket);
  EXPECT_EQ(said.Trace(Language::kEnglish).back(), "no delivery fee on this order");
  EXPECT_EQ(said.Trace(Language::kChinese).back(), "本单无配送费");
}

TEST(Sentences, TellTheWholeTraceInEnglish) {
  EXPECT_THAT(SaidOfApples().Trace(Language::kEnglish),
              ElementsAre("Gold tier, pay 97.5 %: would make CNY 121.88; a better price was taken",
                          "offer \"Fruit 20 % off\", pay 80 %: only for Diamond", "from 10 kg on, pay 95 %: saves CNY 6.25",
                          "from 20 kg on, pay 90 %: the basket has 12.5 kg, 7.5 kg short",
                          "coupon \"满减\": from CNY 500.00 on, CNY 381.25 short", "delivery costs CNY 8.00; free with CNY 181.25 more"));
}

TEST(Sentences, ExplainEachDifferenceOfASettlement) {
  const Said said = SaidOfApples();
  const Speech speech{Language::kEnglish, "Gold", {}};
  const auto differences = [&](int64_t actual, std::vector<uint32_t> refused) {
    const Delivery delivery{{{actual}}, std::move(refused)};
    return ExplainDifference(*said.tariff, *Settle(*said.tariff, said.basket, delivery), delivery, 0, speech);
  };
  EXPECT_THAT(differences(12'500, {}), IsEmpty());
  EXPECT_THAT(differences(13'000, {}), ElementsAre("13 kg were delivered; what is beyond the tolerance costs nothing"));
  EXPECT_THAT(differences(9'000, {}), ElementsAre("quoted 12.5 kg, billed 9 kg"));
  EXPECT_THAT(differences(9'000, {0}), ElementsAre("quoted 12.5 kg, billed 9 kg", "the customer refused goods: priced afresh at what it kept"));
}

}  // namespace
}  // namespace rung::pricing
