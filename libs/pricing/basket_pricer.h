// What quotes and settlements share: candidates of every line, coupons, totals.
#pragma once

#include <optional>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "libs/pricing/line_pricer.h"
#include "libs/pricing/quote.h"

namespace rung::pricing {

/// The lines of a basket, found in the book.
struct ResolvedLine {
  Refusal refusal = Refusal::kNone;
  Catalogue::ItemNo item = 0;
  UnitPrice price;
};

/// One pass over one basket; not thread-safe.
class BasketPricer {
 public:
  BasketPricer(const Tariff& tariff, const Basket& basket) : tariff_(tariff), basket_(basket) {}

  /// Finds and checks every line.
  std::vector<ResolvedLine> Resolve() const;

  /// Prices the lines at out.lines[i].quantity; a line of quantity 0 costs nothing and has no trace. `kept(i)` is the
  /// line as quoted when only its winners and the breaks reached now may apply, else null.
  template <typename Kept>
  void PriceLines(const std::vector<ResolvedLine>& lines, Kept kept, Quote& out);

  /// The order in which the basket's coupons apply: shares, amounts, then ids.
  std::vector<uint32_t> CouponOrder() const;
  /// Takes up a coupon: its number and what is eligible now, the sum of the current amounts in its scope.
  QuotedCoupon Start(uint32_t coupon, const Quote& out);
  /// Gives `wanted` of the coupon just started to the lines in its scope, as far as floor and cap leave room.
  void Give(Fen wanted, QuotedCoupon& coupon, Quote& out) const;

 private:
  void CountQuantities(const std::vector<ResolvedLine>& lines, const Quote& out);
  void Gather(Catalogue::ItemNo item, const QuotedLine* kept, std::vector<Candidate>& trace) const;
  Candidate TierCandidate(const QuotedLine* kept) const;
  Candidate OfferCandidate(RuleNo number, const QuotedLine* kept) const;
  Candidate BreakCandidate(RuleNo number, const QuotedLine* kept) const;

  const Tariff& tariff_;
  const Basket& basket_;
  uint64_t tier_bit_ = 0;
  absl::flat_hash_map<uint32_t, int64_t> quantity_of_ladder_;
  std::vector<uint32_t> lines_in_scope_;  // of the coupon just started
};

/// What the coupon takes of `eligible` before floors and caps.
Fen WantedOf(const Coupon& coupon, Fen eligible);

/// Sums and the total, once lines and fee stand.
void AddUp(Quote& quote);

template <typename Kept>
void BasketPricer::PriceLines(const std::vector<ResolvedLine>& lines, Kept kept, Quote& out) {
  tier_bit_ = basket_.tier ? tariff_.TierBit(basket_.tier->code) : 0;
  CountQuantities(lines, out);
  out.trace.reserve(lines.size() * 4);
  for (size_t i = 0; i < lines.size(); ++i) {
    QuotedLine& line = out.lines[i];
    line.refusal = lines[i].refusal;
    line.item = lines[i].item;
    line.trace_begin = line.trace_end = static_cast<uint32_t>(out.trace.size());
    if (line.refusal != Refusal::kNone || line.quantity == QtyMilli{0}) continue;
    Gather(line.item, kept(i), out.trace);
    line.trace_end = static_cast<uint32_t>(out.trace.size());
    PriceLine(tariff_.policy(), lines[i].price, std::span(out.trace).subspan(line.trace_begin), line);
  }
}

}  // namespace rung::pricing
