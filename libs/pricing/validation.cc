#include "libs/pricing/validation.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace rung::pricing {
namespace {

constexpr size_t kMaxLanguages = 16;
constexpr const char* kKindNames[kKinds] = {"KIND_TIER", "KIND_OFFER", "KIND_BREAK"};

void CheckFen(const std::string& path, const std::optional<Fen>& amount, Findings& findings) {
  if (amount) findings.CheckRange(path, amount->value, 0, kMaxAmount.value);
}

void CheckCategory(const std::string& path, std::string_view category, Findings& findings) {
  const bool parted = !category.empty() && category.front() != '/' && category.back() != '/' &&
                      category.find("//") == std::string_view::npos;
  if (!parted) {
    findings.Add(path, "BAD_CATEGORY", "\"{}\" must be a path such as fruit/imported, without empty parts", Shorten(category, 80));
  }
  findings.CheckText(path, category, kMaxCategoryBytes);
}

void CheckRuleId(const std::string& path, const std::string& id, std::set<std::string_view>& ids, Findings& findings) {
  findings.CheckId(path, id);
  if (id == kTierRuleId) findings.Add(path, "RESERVED", "\"{}\" names the tier's own rate; choose another id", id);
  if (!ids.insert(id).second) findings.Add(path, "DUPLICATE", "\"{}\" is given twice", Shorten(id, 80));
}

class BookValidator {
 public:
  explicit BookValidator(const PriceBook& book) : book_(book) {}

  std::vector<Violation> Run() {
    findings_.CheckId("book_id", book_.book_id);
    const std::string& currency = book_.currency;
    if (currency.size() != 3 || !std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
      findings_.Add("currency_code", "BAD_CURRENCY", "\"{}\" must be three capital letters, such as CNY", Shorten(currency, 20));
    }
    CheckNames("names", book_.names, findings_);
    if (book_.items.empty()) findings_.Add("items", "EMPTY", "a price book needs at least one item: without any, every SKU is unknown");
    findings_.CheckCount("items", book_.items.size(), kMaxItems, "items");
    findings_.CheckCount("breaks", book_.breaks.size(), kMaxBreaks, "quantity breaks");
    CheckItems();
    CheckBreaks();
    return std::move(findings_).Take();
  }

 private:
  void CheckItems() {
    std::set<std::string_view> skus;
    for (size_t i = 0; i < book_.items.size() && !findings_.full(); ++i) {
      const Item& item = book_.items[i];
      const std::string path = fmt::format("items[{}]", i);
      findings_.CheckId(path + ".sku", item.sku);
      if (!skus.insert(item.sku).second) findings_.Add(path + ".sku", "DUPLICATE", "\"{}\" is given twice", Shorten(item.sku, 80));
      CheckCategory(path + ".category", item.category, findings_);
      CheckNames(path + ".names", item.names, findings_);
      if (item.prices.empty()) findings_.Add(path + ".prices", "REQUIRED", "give at least one price");
      findings_.CheckCount(path + ".prices", item.prices.size(), kMaxPricesPerItem, "prices");
      for (size_t k = 0; k < item.prices.size(); ++k) CheckPrice(fmt::format("{}.prices[{}]", path, k), item.prices[k]);
      CheckOverlaps(path, item.prices);
    }
  }

  void CheckPrice(const std::string& path, const Price& price) {
    findings_.CheckText(path + ".region", price.region, 64);
    CheckDays(path, price.days, findings_);
    findings_.CheckRange(path + ".list_price_fen", price.list.value, 0, kMaxAmount.value);
    CheckFen(path + ".cost_fen", price.cost, findings_);
    CheckFen(path + ".floor_price_fen", price.floor, findings_);
    // A margin of 10,000 would need an infinite price.
    if (price.min_margin) findings_.CheckRange(path + ".min_margin_bps", price.min_margin->value, 0, kWhole.value - 1);
  }

  // Two prices of one region on one day: which one would count?
  void CheckOverlaps(const std::string& path, const std::vector<Price>& prices) {
    const auto first = [](const Days& days) { return days.from.value_or(std::numeric_limits<Day>::min()); };
    const auto last = [](const Days& days) { return days.until.value_or(std::numeric_limits<Day>::max()); };
    for (size_t a = 0; a < prices.size(); ++a) {
      for (size_t b = 0; b < a; ++b) {
        const bool meet = first(prices[a].days) <= last(prices[b].days) && first(prices[b].days) <= last(prices[a].days);
        if (prices[a].region != prices[b].region || !meet) continue;
        findings_.Add(fmt::format("{}.prices[{}]", path, a), "OVERLAP", "prices[{}] has days of region \"{}\" too; end one before the other starts",
                      b, Shorten(prices[a].region, 80));
        return;
      }
    }
  }

  void CheckBreaks() {
    std::set<std::string_view> ids;
    std::map<std::tuple<Scope, Unit, QtyMilli>, size_t> minimums;
    for (size_t i = 0; i < book_.breaks.size() && !findings_.full(); ++i) {
      const QuantityBreak& item = book_.breaks[i];
      const std::string path = fmt::format("breaks[{}]", i);
      CheckRuleId(path + ".break_id", item.id, ids, findings_);
      CheckScope(path + ".scope", item.scope, findings_);
      CheckTerms(path, item.terms, item.scope, findings_);
      if (item.min_quantity <= QtyMilli{0}) {
        findings_.Add(path + ".min_quantity_milli", "OUT_OF_RANGE", "{} must be above 0", item.min_quantity.value);
      }
      const auto [found, added] = minimums.emplace(std::tuple(item.scope, item.unit, item.min_quantity), i);
      if (!added) {
        findings_.Add(path + ".min_quantity_milli", "DUPLICATE", "breaks[{}] has the same scope, unit and minimum", found->second);
      }
    }
  }

  const PriceBook& book_;
  Findings findings_;
};

}  // namespace

void CheckScope(const std::string& path, const Scope& scope, Findings& findings) {
  if (scope.kind == ScopeKind::kCategory) CheckCategory(path, scope.value, findings);
  if (scope.kind == ScopeKind::kSku) findings.CheckId(path, scope.value);
}

void CheckTerms(const std::string& path, const Terms& terms, const Scope& scope, Findings& findings) {
  if (terms.pay.has_value() == terms.price.has_value()) {
    findings.Add(path, "REQUIRED", "give exactly one of pay_bps and price_fen");
  }
  if (terms.pay) {
    if (terms.pay->value < 0 || *terms.pay > kWhole) {
      findings.Add(path + ".pay_bps", "OUT_OF_RANGE", "{} is outside 0 to 10000; 9000 means that the customer pays 90 %", terms.pay->value);
    }
  }
  CheckFen(path + ".price_fen", terms.price, findings);
  if (terms.price && scope.kind != ScopeKind::kSku) {
    findings.Add(path + ".price_fen", "NEEDS_SKU_SCOPE", "a fixed price needs the scope sku:…; it has {}", Shorten(FormatScope(scope), 80));
  }
}

void CheckDays(const std::string& path, const Days& days, Findings& findings) {
  if (days.from && days.until && *days.from > *days.until) {
    findings.Add(path.empty() ? "until_date" : path + ".until_date", "OUT_OF_ORDER", "{} lies before from_date {}", FormatDay(*days.until), FormatDay(*days.from));
  }
}

void CheckNames(const std::string& path, const Names& names, Findings& findings) {
  findings.CheckCount(path, names.size(), kMaxLanguages, "languages");
  for (const auto& [language, name] : names) {
    findings.CheckText(path, language, 16);
    findings.CheckText(path + "[\"" + Shorten(language, 20) + "\"]", name, kMaxNameBytes);
  }
}

void CheckCoupon(const std::string& path, const Coupon& coupon, Findings& findings) {
  const std::string at = path.empty() ? std::string() : path + ".";
  findings.CheckId(at + "coupon_id", coupon.id);
  CheckScope(at + "scope", coupon.scope, findings);
  findings.CheckRange(at + "minimum_fen", coupon.minimum.value, 0, kMaxAmount.value);
  if (coupon.amount_off.has_value() == coupon.off.has_value()) {
    findings.Add(at + "reduction", "REQUIRED", "give exactly one of amount_off_fen and off_bps");
  }
  if (coupon.amount_off) findings.CheckRange(at + "amount_off_fen", coupon.amount_off->value, 1, kMaxAmount.value);
  if (coupon.off) findings.CheckRange(at + "off_bps", coupon.off->value, 1, kWhole.value);
  if (coupon.max_off) findings.CheckRange(at + "max_off_fen", coupon.max_off->value, 1, kMaxAmount.value);
  if (coupon.max_off && !coupon.off) findings.Add(at + "max_off_fen", "NEEDS_OFF_BPS", "only off_bps has a maximum; amount_off_fen is one itself");
}

void CheckOffers(const std::string& path, const std::vector<Offer>& offers, Findings& findings) {
  findings.CheckCount(path, offers.size(), kMaxOffers, "offers");
  std::set<std::string_view> ids, codes;
  for (size_t i = 0; i < offers.size() && !findings.full(); ++i) {
    const Offer& offer = offers[i];
    const std::string item = fmt::format("{}[{}]", path, i);
    CheckRuleId(item + ".offer_id", offer.id, ids, findings);
    CheckNames(item + ".names", offer.names, findings);
    CheckScope(item + ".scope", offer.scope, findings);
    CheckTerms(item, offer.terms, offer.scope, findings);
    CheckDays(item, offer.days, findings);
    if (offer.tiers.empty()) findings.Add(item + ".tier_codes", "REQUIRED", "name the tiers that may have it");
    for (const std::string& code : offer.tiers) {
      findings.CheckId(item + ".tier_codes", code);
      codes.insert(code);
    }
  }
  findings.CheckCount(path, codes.size(), kMaxOfferTiers, "different tiers");
}

std::vector<Violation> Validate(const PriceBook& book) { return BookValidator(book).Run(); }

std::vector<Violation> Validate(const Policy& policy) {
  Findings findings;
  findings.CheckId("policy_id", policy.policy_id);
  if (policy.groups.empty()) findings.Add("groups", "REQUIRED", "give at least one group; [offer, break, tier] is the best price");
  std::set<Kind> seen;
  for (size_t i = 0; i < policy.groups.size() && !findings.full(); ++i) {
    const std::string path = fmt::format("groups[{}].kinds", i);
    if (policy.groups[i].empty()) findings.Add(path, "REQUIRED", "a group needs at least one kind");
    for (const Kind kind : policy.groups[i]) {
      if (!seen.insert(kind).second) findings.Add(path, "DUPLICATE", "{} stands in two places; each kind has one", kKindNames[static_cast<int>(kind)]);
    }
  }
  if (policy.max_discount) findings.CheckRange("max_discount_bps", policy.max_discount->value, 0, kWhole.value);
  findings.CheckRange("over_delivery_bps", policy.over_delivery.value, 0, kWhole.value);
  findings.CheckRange("quote_validity_seconds", policy.quote_validity_seconds, 1, kMaxQuoteValiditySeconds);
  CheckNames("names", policy.names, findings);
  return std::move(findings).Take();
}

}  // namespace rung::pricing
