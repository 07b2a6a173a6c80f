// The pricing engine by itself: quotes of 50 lines and price lists, beside the bare look-ups that they can't do without.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "libs/base/clock.h"
#include "libs/pricing/price_list.h"
#include "libs/pricing/settlement.h"
#include "tools/bench/bench.h"

namespace rung::bench {
namespace {

using namespace pricing;

struct Options {
  int skus = 10'000;
  int lines = 50;
  int rounds = 9;
};

constexpr Day kToday = 20'000;
constexpr const char* kTiers[] = {"diamond", "platinum", "gold", "silver", "bronze"};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A wholesaler's book: 12 categories of 5, a tenth of the SKUs with breaks of their own, regional prices here and there.
std::shared_ptr<const Tariff> Shop(int skus, std::mt19937_64& random) {
  const auto up_to = [&](int64_t n) { return static_cast<int64_t>(random() % n); };
  PriceBook book{.book_id = "bench", .currency = "CNY"};
  for (int i = 0; i < skus; ++i) {
    const int64_t list = 100 + up_to(9'900);
    Item item{.sku = fmt::format("SKU-{:06}", i), .names = {{"zh", "商品"}}, .category = fmt::format("c{}/s{}", i % 12, i % 5),
              .unit = i % 2 == 0 ? Unit::kPiece : Unit::kKilogram,
              .prices = {{.list = {list}, .cost = Fen{list * 3 / 4}, .min_margin = Bps{500}}}};
    if (i % 20 == 0) item.prices.push_back({.region = "north", .list = {list + 50}});
    if (i % 10 == 0) {
      for (int step = 1; step <= 2; ++step) {
        book.breaks.push_back({fmt::format("b{}-{}", i, step), {ScopeKind::kSku, item.sku}, item.unit, {step * 10'000}, {.pay = Bps{10'000 - step * 300}}});
      }
    }
    book.items.push_back(std::move(item));
  }
  for (int c = 0; c < 12; ++c) {
    book.breaks.push_back({fmt::format("c{}", c), {ScopeKind::kCategory, fmt::format("c{}", c)}, Unit::kKilogram, {50'000}, {.pay = Bps{9'600}}});
  }
  std::vector<Offer> offers;
  for (int i = 0; i < 40; ++i) {
    const Scope scope = i % 2 == 0 ? Scope{ScopeKind::kCategory, fmt::format("c{}/s{}", i % 12, i % 5)} : Scope{ScopeKind::kSku, book.items[up_to(skus)].sku};
    offers.push_back({.id = fmt::format("o{}", i), .tiers = {kTiers[i % 3]}, .scope = scope, .terms = {.pay = Bps{8'000 + up_to(1'500)}}});
  }
  const Policy policy{.policy_id = "bench", .groups = {{Kind::kOffer, Kind::kBreak, Kind::kTier}}, .max_discount = Bps{3'000}, .over_delivery = {500}};
  return Tariff::Build(Catalogue::Build(std::move(book)), std::move(offers), policy);
}

template <typename F>
double MicrosPerCall(int calls, F f) {
  const int64_t start = MonotonicMicros();
  for (int i = 0; i < calls; ++i) f(i);
  return static_cast<double>(MonotonicMicros() - start) / calls;
}

void Run(const Options& o) {
  std::mt19937_64 random(11);
  const auto tariff = Shop(o.skus, random);
  std::vector<Basket> baskets(64);
  for (Basket& basket : baskets) {
    basket = {.day = kToday, .region = "north", .tier = TierTerms{"gold", Bps{9'700}, Fen{50'000}}, .delivery_fee = {1'500}};
    for (int i = 0; i < o.lines; ++i) {
      basket.lines.push_back({.sku = tariff->catalogue().item(random() % o.skus).sku, .quantity = {static_cast<int64_t>(1 + random() % 30) * 1'000}});
    }
    basket.coupons = {{.id = "ten", .scope = {ScopeKind::kCategory, "c1"}, .off = Bps{1'000}, .max_off = Fen{5'000}},
                      {.id = "off", .minimum = {20'000}, .amount_off = Fen{2'000}}};
  }
  volatile int64_t sink = 0;
  std::vector<double> quotes, settlements, lists, finds;
  for (int round = 0; round < o.rounds; ++round) {
    quotes.push_back(MicrosPerCall(2'000, [&](int i) { sink = sink + MakeQuote(*tariff, baskets[i % baskets.size()])->total.value; }));
    settlements.push_back(MicrosPerCall(1'000, [&](int i) {
      const Basket& basket = baskets[i % baskets.size()];
      Delivery delivery;
      for (const BasketLine& line : basket.lines) delivery.quantities.push_back({line.quantity.value * 9 / 10});
      sink = sink + Settle(*tariff, basket, delivery)->bill.total.value;
    }));
    lists.push_back(MicrosPerCall(20, [&](int) {
      PriceLister lister(*tariff, {.day = kToday, .region = "north", .tier = baskets[0].tier});
      for (Catalogue::ItemNo item = 0; item < tariff->catalogue().size(); ++item) sink = sink + lister.PriceOf(item)->price.value;
    }));
    finds.push_back(MicrosPerCall(2'000, [&](int i) {
      for (const BasketLine& line : baskets[i % baskets.size()].lines) sink = sink + *tariff->catalogue().Find(line.sku);
    }));
  }
  Print("quote_us", Median(quotes));
  Print("settle_us", Median(settlements));
  Print("bare_sku_lookups_us", Median(finds));
  Print("price_list_skus_per_second", o.skus / Median(lists) * 1e6);
}

}  // namespace

void AddPricing(CLI::App& app) {
  auto* command = app.add_subcommand("pricing", "the pricing engine: quotes, settlements, price lists");
  auto options = std::make_shared<Options>();
  command->add_option("--skus", options->skus, "SKUs in the book");
  command->add_option("--lines", options->lines, "lines per basket");
  command->add_option("--rounds", options->rounds, "rounds; the medians are printed");
  command->callback([options] { Run(*options); });
}

}  // namespace rung::bench
