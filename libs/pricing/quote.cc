#include "libs/pricing/quote.h"

#include <set>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/pricing/basket_pricer.h"
#include "libs/pricing/explanation.h"

namespace rung::pricing {
namespace {

template <typename... Args>
Violation Wrong(std::string field, std::string_view reason, fmt::format_string<Args...> format, Args&&... args) {
  return {std::move(field), std::string(reason), fmt::format(format, std::forward<Args>(args)...)};
}

std::string UnitName(Unit unit) { return unit == Unit::kPiece ? "piece" : "kilogram"; }

Violation OtherCurrency(std::string field, const std::string& currency, const PriceBook& book) {
  return Wrong(std::move(field), RefusalCode(Refusal::kCurrencyMismatch), "\"{}\", but price book \"{}\" is in {}: send \"{}\" or nothing, or name a book in {} as price_book_id",
               Shorten(currency, 20), book.book_id, book.currency, book.currency, Shorten(currency, 20));
}

bool InOtherCurrency(const Tariff& tariff, const Basket& basket) { return !basket.currency.empty() && basket.currency != tariff.catalogue().book().currency; }

Violation RefusedLine(const Tariff& tariff, const Basket& basket, size_t index, Refusal refusal, Catalogue::ItemNo item) {
  const BasketLine& line = basket.lines[index];
  const std::string path = fmt::format("lines[{}]", index);
  const std::string sku = Shorten(line.sku, 80);
  const std::string_view code = RefusalCode(refusal);
  const PriceBook& book = tariff.catalogue().book();
  switch (refusal) {
    case Refusal::kSkuUnknown:
      return Wrong(path + ".sku", code, "SKU \"{}\" isn't in price book \"{}\"", sku, book.book_id);
    case Refusal::kNotOnSale:
      return Wrong(path + ".sku", code, "SKU \"{}\" has no price in region \"{}\" on {}", sku, Shorten(basket.region, 80), FormatDay(basket.day));
    case Refusal::kUnitMismatch:
      return Wrong(path + ".unit", code, "SKU \"{}\" is sold by the {}", sku, UnitName(tariff.catalogue().item(item).unit));
    case Refusal::kCurrencyMismatch:
      return OtherCurrency(path + ".currency_code", line.currency, book);
    case Refusal::kQuantityNotPositive:
      return Wrong(path + ".quantity_milli", code, "{} must be above 0", line.quantity.value);
    case Refusal::kFractionOfAPiece:
      return Wrong(path + ".quantity_milli", code, "{} is {}; SKU \"{}\" is sold by the whole piece", line.quantity.value,
                   FormatQuantity(line.quantity, Unit::kPiece, Language::kEnglish), sku);
    case Refusal::kAmountTooLarge:
    case Refusal::kNone:
      break;
  }
  return Wrong(path + ".quantity_milli", code, "{} makes the line's list, cost or floor amount exceed {}", line.quantity.value,
               FormatMoney(kMaxAmount, book.currency, Language::kEnglish));
}

std::vector<Violation> CheckBasket(const Tariff& tariff, const Basket& basket) {
  std::vector<Violation> violations;
  if (basket.lines.size() > kMaxLines) {
    violations.push_back(Wrong("lines", "TOO_MANY", "{} lines; at most {}", basket.lines.size(), kMaxLines));
  }
  if (basket.coupons.size() > kMaxCoupons) {
    violations.push_back(Wrong("coupon_ids", "TOO_MANY", "{} coupons; at most {}", basket.coupons.size(), kMaxCoupons));
  }
  std::set<std::string_view> seen;
  for (size_t i = 0; i < basket.coupons.size(); ++i) {
    const std::string& id = basket.coupons[i].id;
    if (!seen.insert(id).second) {
      violations.push_back(Wrong(fmt::format("coupon_ids[{}]", i), "DUPLICATE", "\"{}\" is given twice", Shorten(id, 80)));
    }
  }
  if (basket.delivery_fee < Fen{0} || basket.delivery_fee > kMaxAmount) {
    violations.push_back(Wrong("delivery_fee_fen", "OUT_OF_RANGE", "{} is outside 0 to {}", basket.delivery_fee.value, kMaxAmount.value));
  }
  if (!basket.offers.empty() && basket.offers.size() != tariff.offers().size()) {
    violations.push_back(Wrong("offers", "OUT_OF_RANGE", "{} answers for {} offers", basket.offers.size(), tariff.offers().size()));
  }
  return violations;
}

void ApplyCoupons(BasketPricer& pricer, const Basket& basket, Quote& quote) {
  for (const uint32_t number : pricer.CouponOrder()) {
    const Coupon& coupon = basket.coupons[number];
    QuotedCoupon& quoted = quote.coupons.emplace_back(pricer.Start(number, quote));
    if (quoted.eligible == Fen{0}) {
      quoted.verdict = CouponVerdict::kNothingEligible;
    } else if (quoted.eligible < coupon.minimum) {
      quoted.verdict = CouponVerdict::kBelowMinimum;
    } else {
      pricer.Give(WantedOf(coupon, quoted.eligible), quoted, quote);
    }
  }
}

void SetFee(const Basket& basket, bool empty, Quote& quote) {
  Fen before_coupons{0};
  for (const QuotedLine& line : quote.lines) before_coupons += line.before_coupons;
  if (empty) {
    quote.fee_reason = FeeReason::kEmptyBasket;
  } else if (basket.tier && basket.tier->free_delivery_from && before_coupons >= *basket.tier->free_delivery_from) {
    quote.fee_reason = FeeReason::kThresholdReached;
  } else {
    quote.delivery_fee = basket.delivery_fee;
  }
}

}  // namespace

std::string_view RefusalCode(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      break;
    case Refusal::kSkuUnknown:
      return "SKU_UNKNOWN";
    case Refusal::kNotOnSale:
      return "SKU_NOT_ON_SALE";
    case Refusal::kUnitMismatch:
      return "UNIT_MISMATCH";
    case Refusal::kCurrencyMismatch:
      return "CURRENCY_MISMATCH";
    case Refusal::kQuantityNotPositive:
      return "QUANTITY_NOT_POSITIVE";
    case Refusal::kFractionOfAPiece:
      return "FRACTION_OF_A_PIECE";
    case Refusal::kAmountTooLarge:
      return "AMOUNT_TOO_LARGE";
  }
  return "NONE";
}

absl::StatusOr<Quote> MakeQuote(const Tariff& tariff, const Basket& basket) {
  std::vector<Violation> violations = CheckBasket(tariff, basket);
  if (!violations.empty()) return InvalidRequest(violations);
  // Said once, of the basket. Where the rest is wanted anyway, every line is refused.
  if (!basket.partial && InOtherCurrency(tariff, basket)) return InvalidRequest({OtherCurrency("currency_code", basket.currency, tariff.catalogue().book())});
  BasketPricer pricer(tariff, basket);
  const std::vector<ResolvedLine> lines = pricer.Resolve();
  Quote quote;
  quote.lines.resize(lines.size());
  bool empty = true;
  for (size_t i = 0; i < lines.size(); ++i) {
    quote.lines[i].quantity = basket.lines[i].quantity;
    if (lines[i].refusal == Refusal::kNone) {
      empty = false;
    } else if (!basket.partial) {
      violations.push_back(RefusedLine(tariff, basket, i, lines[i].refusal, lines[i].item));
    }
  }
  if (!violations.empty()) return InvalidRequest(violations);
  pricer.PriceLines(lines, [](size_t) { return nullptr; }, quote);
  ApplyCoupons(pricer, basket, quote);
  SetFee(basket, empty, quote);
  quote.degraded = !basket.tier.has_value();
  AddUp(quote);
  return quote;
}

}  // namespace rung::pricing
