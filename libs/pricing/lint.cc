#include "libs/pricing/lint.h"

#include <algorithm>
#include <map>
#include <set>

#include "libs/base/findings.h"
#include "libs/pricing/catalogue.h"
#include "libs/pricing/explanation.h"

namespace rung::pricing {
namespace {

constexpr const char* kKindNames[kKinds] = {"the tier's rate", "offers", "quantity breaks"};

std::string Shown(const Terms& terms, std::string_view currency) {
  return terms.pay ? fmt::format("pays {:g} %", terms.pay->value / 100.0) : fmt::format("costs {} each", FormatMoney(*terms.price, currency, Language::kEnglish));
}

// What a break leaves of a list price, exactly: unit price x 10,000.
Wide Exact(const Terms& terms, Fen list) {
  return terms.pay ? Wide{list.value} * terms.pay->value : Wide{terms.price->value} * kWhole.value;
}

class BookLinter {
 public:
  explicit BookLinter(const PriceBook& book) : book_(book) {
    for (const Item& item : book.items) {
      items_[item.sku] = &item;
      categories_[static_cast<int>(item.unit)].insert(item.category);
    }
  }

  std::vector<Violation> Run() {
    for (size_t i = 0; i < book_.items.size() && !findings_.full(); ++i) LintItem(fmt::format("items[{}]", i), book_.items[i]);
    LintBreaks();
    return std::move(findings_).Take();
  }

 private:
  void LintItem(const std::string& path, const Item& item) {
    std::vector<const Price*> everywhere;
    for (size_t k = 0; k < item.prices.size(); ++k) {
      const Price& price = item.prices[k];
      const std::string at = fmt::format("{}.prices[{}]", path, k);
      if (price.region.empty()) everywhere.push_back(&price);
      if (price.list == Fen{0}) findings_.Add(at + ".list_price_fen", "COSTS_NOTHING", "a list price of 0: SKU \"{}\" is given away", Shorten(item.sku, 80));
      if (price.floor && price.list < *price.floor) {
        findings_.Add(at + ".floor_price_fen", "LIST_BELOW_FLOOR", "list price {} lies below the floor {}: it is sold at the list price, never discounted",
                      Money(price.list), Money(*price.floor));
      }
      LintMargin(at, price, item);
    }
    LintGaps(path, everywhere);
  }

  std::string Money(Fen amount) const { return FormatMoney(amount, book_.currency, Language::kEnglish); }

  void LintMargin(const std::string& at, const Price& price, const Item& item) {
    if (!price.min_margin) return;
    const bool inherited = !price.region.empty() && std::any_of(item.prices.begin(), item.prices.end(), [](const Price& other) {
      return other.region.empty() && other.cost.has_value();
    });
    if (!price.cost && !inherited) {
      findings_.Add(at + ".cost_fen", "NO_COST", "a minimum margin without a cost: SKU \"{}\" is never discounted", Shorten(item.sku, 80));
    } else if (price.cost && Wide{price.list.value} * (kWhole - *price.min_margin).value < Wide{price.cost->value} * kWhole.value) {
      findings_.Add(at + ".min_margin_bps", "LIST_BELOW_FLOOR", "list price {} leaves less than the minimum margin over the cost {}: never discounted",
                    Money(price.list), Money(*price.cost));
    }
  }

  void LintGaps(const std::string& path, std::vector<const Price*>& prices) {
    std::sort(prices.begin(), prices.end(), [](const Price* a, const Price* b) { return a->days.from < b->days.from; });
    for (size_t i = 1; i < prices.size(); ++i) {
      const auto& until = prices[i - 1]->days.until;
      const auto& from = prices[i]->days.from;
      if (!until || !from || *from <= *until + 1) continue;
      findings_.Add(path + ".prices", "GAP", "no price from {} to {}: the SKU isn't for sale then", FormatDay(*until + 1), FormatDay(*from - 1));
    }
  }

  bool Sold(const Scope& scope, Unit unit) const {
    if (scope.kind == ScopeKind::kSku) {
      const auto found = items_.find(scope.value);
      return found != items_.end() && found->second->unit == unit;
    }
    const auto& categories = categories_[static_cast<int>(unit)];
    return std::any_of(categories.begin(), categories.end(), [&](std::string_view category) { return Covers(scope, {}, category); });
  }

  void LintBreaks() {
    std::map<std::pair<Scope, Unit>, std::vector<size_t>> ladders;
    for (size_t i = 0; i < book_.breaks.size(); ++i) {
      const QuantityBreak& item = book_.breaks[i];
      ladders[{item.scope, item.unit}].push_back(i);
      if (!Sold(item.scope, item.unit)) {
        findings_.Add(fmt::format("breaks[{}].scope", i), "NOTHING_IN_SCOPE", "no item of this unit lies in {}: nobody can use the break", FormatScope(item.scope));
      }
    }
    for (auto& [key, ladder] : ladders) LintLadder(key.first, ladder);
  }

  void LintLadder(const Scope& scope, std::vector<size_t>& ladder) {
    const auto minimum = [&](size_t i) { return book_.breaks[i].min_quantity; };
    std::sort(ladder.begin(), ladder.end(), [&](size_t a, size_t b) { return minimum(a) < minimum(b); });
    for (size_t i = 1; i < ladder.size(); ++i) {
      const QuantityBreak& lower = book_.breaks[ladder[i - 1]];
      const QuantityBreak& higher = book_.breaks[ladder[i]];
      if (!CanCostMore(higher.terms, lower.terms, scope)) continue;
      findings_.Add(fmt::format("breaks[{}]", ladder[i]), "HIGHER_BREAK_COSTS_MORE", "from {} on it {}, while \"{}\" from {} on {}: it can cost more than the lower one",
                    FormatQuantity(higher.min_quantity, higher.unit, Language::kEnglish), Shown(higher.terms, book_.currency), lower.id,
                    FormatQuantity(lower.min_quantity, lower.unit, Language::kEnglish), Shown(lower.terms, book_.currency));
    }
  }

  // Shares compare by themselves, fixed prices too; a share and a fixed price at every list price of the SKU.
  bool CanCostMore(const Terms& higher, const Terms& lower, const Scope& scope) const {
    if (higher.pay && lower.pay) return *higher.pay > *lower.pay;
    if (higher.price && lower.price) return *higher.price > *lower.price;
    const auto item = items_.find(scope.value);
    if (item == items_.end()) return false;
    const auto& prices = item->second->prices;
    return std::any_of(prices.begin(), prices.end(), [&](const Price& price) { return Exact(higher, price.list) > Exact(lower, price.list); });
  }

  const PriceBook& book_;
  TextMap<const Item*> items_;
  std::set<std::string_view> categories_[2];
  Findings findings_;
};

}  // namespace

std::vector<Violation> Lint(const PriceBook& book) { return BookLinter(book).Run(); }

std::vector<Violation> Lint(const Policy& policy) {
  Findings findings;
  std::set<Kind> stacked;
  for (const auto& group : policy.groups) stacked.insert(group.begin(), group.end());
  for (const Kind kind : {Kind::kTier, Kind::kOffer, Kind::kBreak}) {
    if (!stacked.contains(kind)) findings.Add("groups", "KIND_NEVER_APPLIES", "{} stand in no group: they never apply", kKindNames[static_cast<int>(kind)]);
  }
  return std::move(findings).Take();
}

}  // namespace rung::pricing
