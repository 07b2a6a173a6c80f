#include <algorithm>

#include "libs/base/findings.h"
#include "libs/pricing/explanation.h"
#include "libs/pricing/lint.h"

namespace rung::pricing {
namespace {

// What became of one offer over all prices of the goods in its scope.
struct Tally {
  size_t items = 0;
  size_t helped = 0;         // it lies below some list price
  size_t above_list = 0;     // a fixed price above some list price
  size_t below_floor = 0;    // the floor takes some of it back
  const Item* example = nullptr;  // of those below the floor
};

// On one piece or kilogram, times 10,000: nothing is rounded.
Wide OfferedTimesWhole(const Terms& terms, Fen list) {
  return terms.pay ? Wide{list.value} * terms.pay->value : Wide{terms.price->value} * kWhole.value;
}

// The least that may be asked, and never more than the list price.
bool BelowFloor(Wide offered, const UnitPrice& price) {
  if (price.floor && offered < Wide{std::min(*price.floor, price.list).value} * kWhole.value) return true;
  if (!price.min_margin) return false;
  if (!price.cost) return offered < Wide{price.list.value} * kWhole.value;
  const Wide least = std::min(Wide{price.cost->value} * kWhole.value, Wide{price.list.value} * (kWhole - *price.min_margin).value);
  return offered * (kWhole - *price.min_margin).value < least * kWhole.value;
}

void Count(const Offer& offer, const Catalogue& catalogue, Catalogue::ItemNo number, Tally& tally) {
  const Item& item = catalogue.item(number);
  bool helps = false, above = false, below = false;
  for (const Price& own : item.prices) {
    // A regional price is completed as it is when a basket is priced.
    const auto price = catalogue.PriceOf(number, catalogue.RegionOf(own.region), own.days.from.value_or(own.days.until.value_or(0)));
    if (!price) continue;
    const Wide offered = OfferedTimesWhole(offer.terms, price->list);
    helps = helps || offered < Wide{price->list.value} * kWhole.value;
    above = above || (offer.terms.price && *offer.terms.price > price->list);
    below = below || BelowFloor(offered, *price);
  }
  ++tally.items;
  tally.helped += helps;
  tally.above_list += above;
  tally.below_floor += below;
  if (below && tally.example == nullptr) tally.example = &item;
}

Tally CountGoods(const Offer& offer, const Catalogue& catalogue) {
  Tally tally;
  if (offer.scope.kind == ScopeKind::kSku) {
    if (const auto item = catalogue.Find(offer.scope.value)) Count(offer, catalogue, *item, tally);
    return tally;
  }
  std::vector<bool> covered;
  for (uint32_t group = 0; group < catalogue.group_count(); ++group) covered.push_back(Covers(offer.scope, {}, catalogue.CategoryOfGroup(group)));
  for (Catalogue::ItemNo item = 0; item < catalogue.size(); ++item) {
    if (covered[catalogue.GroupOf(item)]) Count(offer, catalogue, item, tally);
  }
  return tally;
}

std::string Shown(const Terms& terms, std::string_view currency) {
  return terms.pay ? fmt::format("pays {:g} %", terms.pay->value / 100.0) : fmt::format("costs {} each", FormatMoney(*terms.price, currency, Language::kEnglish));
}

}  // namespace

std::vector<Violation> LintOffers(const std::vector<Offer>& offers, const Policy& policy, const Catalogue& catalogue) {
  Findings findings;
  const std::string& currency = catalogue.book().currency;
  for (size_t i = 0; i < offers.size() && !findings.full(); ++i) {
    const Offer& offer = offers[i];
    const std::string path = fmt::format("offers[{}]", i);
    const std::string terms = path + (offer.terms.pay ? ".pay_bps" : ".price_fen");
    const Tally tally = CountGoods(offer, catalogue);
    if (tally.items == 0) {
      findings.Add(path + ".scope", "NOTHING_IN_SCOPE", "price book \"{}\" has nothing in {}: nobody can use the offer", catalogue.book().book_id, FormatScope(offer.scope));
    } else if (tally.helped == 0 && tally.above_list == 0) {
      findings.Add(terms, "NEVER_HELPS", "it {}, which is never below the list price", Shown(offer.terms, currency));
    }
    if (tally.above_list > 0) {
      findings.Add(terms, "ABOVE_LIST", "{} is above a list price of SKU \"{}\": whoever pays that list price gets nothing from the offer",
                   FormatMoney(*offer.terms.price, currency, Language::kEnglish),
                   Shorten(offer.scope.value, 80));
    }
    if (tally.below_floor > 0) {
      findings.Add(terms, "BELOW_FLOOR", "it {}, below the floor of {} of the {} SKUs in its scope, \"{}\" first: they cost what the floor says", Shown(offer.terms, currency),
                   tally.below_floor, tally.items, Shorten(tally.example->sku, 80));
    }
    if (policy.max_discount && offer.terms.pay && *offer.terms.pay < kWhole - *policy.max_discount) {
      findings.Add(terms, "BEYOND_CAP", "{} goes beyond the cap of policy \"{}\": nobody pays less than {:g} %", offer.terms.pay->value, policy.policy_id,
                   (kWhole - *policy.max_discount).value / 100.0);
    }
  }
  return std::move(findings).Take();
}

}  // namespace rung::pricing
