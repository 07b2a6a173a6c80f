#include "libs/pricing/settlement.h"

#include <algorithm>

#include "libs/errors/errors.h"
#include "libs/pricing/basket_pricer.h"

namespace rung::pricing {
namespace {

constexpr Fen kNothing{0};

std::vector<Violation> CheckDelivery(const Basket& basket, const Delivery& delivery) {
  std::vector<Violation> violations;
  const size_t lines = basket.lines.size();
  if (delivery.quantities.size() != lines) {
    violations.push_back({"actual_quantities_milli", "OUT_OF_RANGE",
                          fmt::format("{} given, and the quote has {} lines: one for each, 0 where nothing came", delivery.quantities.size(), lines)});
  }
  for (size_t i = 0; i < delivery.quantities.size(); ++i) {
    if (delivery.quantities[i] >= QtyMilli{0}) continue;
    violations.push_back({fmt::format("actual_quantities_milli[{}]", i), "QUANTITY_NEGATIVE",
                          fmt::format("{} must be 0 or more", delivery.quantities[i].value)});
  }
  for (size_t i = 0; i < delivery.refused.size(); ++i) {
    if (delivery.refused[i] < lines) continue;
    violations.push_back({fmt::format("refused_lines[{}]", i), "OUT_OF_RANGE",
                          fmt::format("there is no line {}; the quote's {} lines count from 0", delivery.refused[i], lines)});
  }
  return violations;
}

// A coupon that was applied when quoted applies to what is left, without its minimum; an amount shrinks with the goods
// once they are below the minimum.
Fen SettledWant(const Coupon& coupon, Fen eligible, Fen eligible_when_quoted) {
  if (!coupon.amount_off || eligible >= coupon.minimum) return WantedOf(coupon, eligible);
  // At most amount_off x eligible, both within 10^17, over at least 1.
  const Wide scaled = RoundHalfUp(Wide{coupon.amount_off->value} * eligible.value, eligible_when_quoted.value);
  return std::min(Fen{static_cast<int64_t>(std::min<Wide>(scaled, coupon.amount_off->value))}, eligible);
}

void SettleCoupons(BasketPricer& pricer, const Basket& basket, const Quote& quoted, Quote& bill) {
  for (const QuotedCoupon& before : quoted.coupons) {
    const Coupon& coupon = basket.coupons[before.coupon];
    QuotedCoupon& now = bill.coupons.emplace_back(pricer.Start(before.coupon, bill));
    if (before.verdict != CouponVerdict::kApplied) {
      now.verdict = CouponVerdict::kNotQuoted;
    } else if (now.eligible == kNothing) {
      now.verdict = CouponVerdict::kNothingEligible;
    } else {
      pricer.Give(SettledWant(coupon, now.eligible, before.eligible), now, bill);
    }
  }
}

Quote Bill(const Tariff& tariff, const Basket& basket, const Quote& quoted, const Delivery& delivery) {
  BasketPricer pricer(tariff, basket);
  const std::vector<ResolvedLine> lines = pricer.Resolve();
  Quote bill;
  bill.lines.resize(lines.size());
  bool nothing = true;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].refusal != Refusal::kNone) continue;
    const Unit unit = tariff.catalogue().item(lines[i].item).unit;
    bill.lines[i].quantity = BilledQuantity(basket.lines[i].quantity, delivery.quantities[i], unit, tariff.policy().over_delivery);
    nothing = nothing && bill.lines[i].quantity == QtyMilli{0};
  }
  std::vector<bool> afresh(lines.size());
  for (const uint32_t line : delivery.refused) afresh[line] = true;
  pricer.PriceLines(lines, [&](size_t i) { return afresh[i] ? nullptr : &quoted.lines[i]; }, bill);
  SettleCoupons(pricer, basket, quoted, bill);
  bill.delivery_fee = nothing ? kNothing : quoted.delivery_fee;
  bill.fee_reason = nothing ? FeeReason::kNothingDelivered : quoted.fee_reason;
  bill.degraded = quoted.degraded;
  AddUp(bill);
  return bill;
}

absl::StatusOr<Settlement> SettleOne(const Tariff& tariff, const Basket& basket, const Delivery& delivery) {
  auto quoted = MakeQuote(tariff, basket);
  if (!quoted.ok()) return quoted.status();
  Quote bill = Bill(tariff, basket, *quoted, delivery);
  return Settlement{*std::move(quoted), std::move(bill)};
}

}  // namespace

QtyMilli BilledQuantity(QtyMilli quoted, QtyMilli actual, Unit unit, Bps over_delivery) {
  const Wide most = Wide{quoted.value} * (kWhole + over_delivery).value / kWhole.value;
  int64_t billed = most < actual.value ? static_cast<int64_t>(most) : actual.value;
  if (unit == Unit::kPiece) billed -= billed % kOne.value;
  return {billed};
}

absl::StatusOr<Settlement> Settle(const Tariff& tariff, const Basket& basket, const Delivery& delivery,
                                  const std::optional<KnownCustomer>& known) {
  const std::vector<Violation> violations = CheckDelivery(basket, delivery);
  if (!violations.empty()) return InvalidRequest(violations);
  auto settled = SettleOne(tariff, basket, delivery);
  if (!settled.ok() || basket.tier || !known) return settled;
  Basket as_known = basket;
  as_known.tier = known->tier;
  as_known.offers = known->offers;
  if (basket.region_unknown) as_known.region = known->region;
  as_known.region_unknown = false;
  auto other = SettleOne(tariff, as_known, delivery);
  if (!other.ok() || other->bill.total >= settled->bill.total) return settled;
  other->quoted = std::move(settled->quoted);
  other->by_known_tier = true;
  return other;
}

}  // namespace rung::pricing
