#include "libs/pricing/basket_pricer.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "libs/pricing/coupon_allocation.h"

namespace rung::pricing {
namespace {

bool Won(const QuotedLine& line, RuleNo rule, Kind kind) {
  for (int i = 0; i < line.winner_count; ++i) {
    if (line.winners[i].rule == rule && line.winners[i].kind == kind) return true;
  }
  return false;
}

Verdict AsVerdict(OfferAnswer answer) {
  switch (answer) {
    case OfferAnswer::kApplies:
      return Verdict::kNotStacked;
    case OfferAnswer::kOtherTier:
      return Verdict::kOtherTier;
    case OfferAnswer::kNotYet:
      return Verdict::kNotYet;
    case OfferAnswer::kEnded:
      return Verdict::kEnded;
    case OfferAnswer::kOtherCustomers:
      return Verdict::kOtherCustomers;
    case OfferAnswer::kOverridden:
      return Verdict::kOverridden;
    case OfferAnswer::kUsedUp:
      return Verdict::kUsedUp;
  }
  return Verdict::kOtherCustomers;
}

Refusal Check(const BasketLine& line, Unit unit, const UnitPrice& price) {
  if (line.unit && *line.unit != unit) return Refusal::kUnitMismatch;
  if (line.quantity <= QtyMilli{0}) return Refusal::kQuantityNotPositive;
  if (unit == Unit::kPiece && line.quantity.value % kOne.value != 0) return Refusal::kFractionOfAPiece;
  return LineFits(price, line.quantity) ? Refusal::kNone : Refusal::kAmountTooLarge;
}

}  // namespace

std::vector<ResolvedLine> BasketPricer::Resolve() const {
  const Catalogue& catalogue = tariff_.catalogue();
  const std::string& currency = basket_.currency.empty() ? catalogue.book().currency : basket_.currency;
  const auto region = basket_.region_unknown ? Catalogue::kSomewhere : catalogue.RegionOf(basket_.region);
  std::vector<ResolvedLine> lines(basket_.lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    const BasketLine& line = basket_.lines[i];
    ResolvedLine& out = lines[i];
    const auto item = catalogue.Find(line.sku);
    if (!item) {
      out.refusal = Refusal::kSkuUnknown;
      continue;
    }
    out.item = *item;
    if (catalogue.book().currency != currency || (!line.currency.empty() && line.currency != currency)) {
      out.refusal = Refusal::kCurrencyMismatch;
    } else if (const auto price = catalogue.PriceOf(*item, region, basket_.day)) {
      out.price = *price;
      out.refusal = Check(line, catalogue.item(*item).unit, out.price);
    } else {
      out.refusal = Refusal::kNotOnSale;
    }
  }
  return lines;
}

void BasketPricer::CountQuantities(const std::vector<ResolvedLine>& lines, const Quote& out) {
  quantity_of_ladder_.clear();
  const auto add = [&](uint32_t ladder, int64_t quantity) {
    int64_t& sum = quantity_of_ladder_[ladder];
    if (__builtin_add_overflow(sum, quantity, &sum)) sum = std::numeric_limits<int64_t>::max();
  };
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].refusal != Refusal::kNone) continue;
    for (const uint32_t ladder : tariff_.CategoryLadders(lines[i].item)) add(ladder, out.lines[i].quantity.value);
    for (const uint32_t ladder : tariff_.SkuLadders(lines[i].item)) add(ladder, out.lines[i].quantity.value);
  }
}

Candidate BasketPricer::TierCandidate(const QuotedLine* kept) const {
  Candidate candidate{.id = kTierRuleId};
  if (!basket_.tier) {
    candidate.verdict = Verdict::kTierUnknown;
  } else if (!basket_.tier->pay) {
    candidate.verdict = Verdict::kTierHasNoRate;
  } else {
    candidate.terms.pay = basket_.tier->pay;
    if (basket_.tier->pay_used_up) {
      candidate.verdict = Verdict::kUsedUp;
    } else if (kept != nullptr && !Won(*kept, kTierRule, Kind::kTier)) {
      candidate.verdict = Verdict::kNotQuoted;
    }
  }
  return candidate;
}

Candidate BasketPricer::OfferCandidate(RuleNo number, const QuotedLine* kept) const {
  const Rule& rule = tariff_.rule(number);
  Candidate candidate{.id = rule.id, .rule = number, .kind = Kind::kOffer, .terms = rule.terms};
  if (kept != nullptr && Won(*kept, number, Kind::kOffer)) return candidate;
  if (!basket_.tier) {
    candidate.verdict = Verdict::kTierUnknown;
  } else if (!basket_.offers.empty()) {
    candidate.verdict = AsVerdict(basket_.offers[rule.offer]);
  } else if ((rule.tiers & tier_bit_) == 0) {
    candidate.verdict = Verdict::kOtherTier;
  } else if (!rule.days.Hold(basket_.day)) {
    candidate.verdict = rule.days.from && basket_.day < *rule.days.from ? Verdict::kNotYet : Verdict::kEnded;
  }
  if (kept != nullptr && candidate.verdict == Verdict::kNotStacked) candidate.verdict = Verdict::kNotQuoted;
  return candidate;
}

Candidate BasketPricer::BreakCandidate(RuleNo number, const QuotedLine* kept) const {
  const Rule& rule = tariff_.rule(number);
  Candidate candidate{.id = rule.id, .rule = number, .kind = Kind::kBreak, .terms = rule.terms};
  candidate.reached = {quantity_of_ladder_.find(rule.ladder)->second};
  if (candidate.reached >= rule.min_quantity || (kept != nullptr && Won(*kept, number, Kind::kBreak))) return candidate;
  candidate.verdict = Verdict::kBelowMinimum;
  return candidate;
}

void BasketPricer::Gather(Catalogue::ItemNo item, const QuotedLine* kept, std::vector<Candidate>& trace) const {
  const auto add = [&](RuleNo number) {
    trace.push_back(tariff_.rule(number).kind == Kind::kOffer ? OfferCandidate(number, kept) : BreakCandidate(number, kept));
  };
  trace.push_back(TierCandidate(kept));
  for (const RuleNo number : tariff_.CategoryRules(item)) add(number);
  for (const RuleNo number : tariff_.SkuRules(item)) add(number);
}

// ---- coupons ------------------------------------------------------------------------------------------------------

std::vector<uint32_t> BasketPricer::CouponOrder() const {
  std::vector<uint32_t> order(basket_.coupons.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const Coupon& first = basket_.coupons[a];
    const Coupon& second = basket_.coupons[b];
    if (first.off.has_value() != second.off.has_value()) return first.off.has_value();
    return first.id < second.id;
  });
  return order;
}

QuotedCoupon BasketPricer::Start(uint32_t coupon, const Quote& out) {
  const Scope& scope = basket_.coupons[coupon].scope;
  QuotedCoupon started{.coupon = coupon};
  lines_in_scope_.clear();
  for (uint32_t i = 0; i < out.lines.size(); ++i) {
    const QuotedLine& line = out.lines[i];
    if (line.refusal != Refusal::kNone) continue;
    const Item& item = tariff_.catalogue().item(line.item);
    if (!Covers(scope, item.sku, item.category)) continue;
    lines_in_scope_.push_back(i);
    started.eligible += line.amount;
  }
  return started;
}

void BasketPricer::Give(Fen wanted, QuotedCoupon& quoted, Quote& out) const {
  const Coupon& coupon = basket_.coupons[quoted.coupon];
  std::vector<CouponBearer> bearers;
  bearers.reserve(lines_in_scope_.size());
  for (const uint32_t i : lines_in_scope_) {
    QuotedLine& line = out.lines[i];
    line.in_coupon_scope = true;
    Fen headroom = line.amount - std::min(line.amount, std::max(line.floor, line.cap_amount));
    if (coupon.off) headroom = std::min(headroom, ShareAtLeast(line.amount, *coupon.off));
    bearers.push_back({i, line.amount, headroom, Fen{0}});
  }
  quoted.verdict = CouponVerdict::kApplied;
  quoted.given = Allocate(wanted, bearers);
  quoted.clipped = wanted - quoted.given;
  quoted.shares.reserve(bearers.size());
  for (const CouponBearer& bearer : bearers) {
    if (bearer.given == Fen{0}) continue;
    out.lines[bearer.line].amount -= bearer.given;
    out.lines[bearer.line].coupon += bearer.given;
    quoted.shares.push_back({bearer.line, bearer.given});
  }
}

Fen WantedOf(const Coupon& coupon, Fen eligible) {
  if (coupon.amount_off) return std::min(*coupon.amount_off, eligible);
  const Fen share = ShareOf(eligible, *coupon.off);
  return coupon.max_off ? std::min(share, *coupon.max_off) : share;
}

void AddUp(Quote& quote) {
  for (const QuotedLine& line : quote.lines) {
    quote.goods_list += line.list;
    quote.goods_before_coupons += line.before_coupons;
    quote.goods += line.amount;
  }
  quote.total = quote.goods + quote.delivery_fee;
}

}  // namespace rung::pricing
