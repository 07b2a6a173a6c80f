// What a basket costs, and why.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/pricing/rules.h"
#include "libs/pricing/tariff.h"

namespace rung::pricing {

inline constexpr size_t kMaxLines = 10'000;
inline constexpr size_t kMaxCoupons = 100;

// ---- the question -------------------------------------------------------------------------------------------------

struct BasketLine {
  std::string sku;
  QtyMilli quantity;
  std::optional<Unit> unit;  ///< when given, it must be the book's
  std::string currency;      ///< empty: the basket's
};

/// Whether an offer counts for a customer, and why not.
enum class OfferAnswer : uint8_t { kApplies, kOtherTier, kNotYet, kEnded, kOtherCustomers, kOverridden, kUsedUp };

struct Basket {
  Day day = 0;           ///< shop day on which the quote is made
  std::string region;    ///< empty or unknown to the book: the prices for everywhere
  bool region_unknown = false;    ///< whatever `region` says: of all regions the dearest price
  std::string currency;  ///< empty: the book's
  std::optional<TierTerms> tier;  ///< unset: unknown or not reachable in time; the quote is degraded
  /// One answer per offer of the tariff. Empty: by the tiers and days that the offers name.
  std::vector<OfferAnswer> offers;
  std::vector<BasketLine> lines;
  std::vector<Coupon> coupons;
  Fen delivery_fee;      ///< what delivery costs unless the tier's threshold is reached
  bool partial = false;  ///< price the rest when a line is refused
};

// ---- the answer ---------------------------------------------------------------------------------------------------

enum class Refusal : uint8_t {
  kNone,
  kSkuUnknown,
  kNotOnSale,          ///< no price in this region on this day
  kUnitMismatch,
  kCurrencyMismatch,
  kQuantityNotPositive,
  kFractionOfAPiece,
  kAmountTooLarge,     ///< list, cost or floor amount beyond kMaxAmount
};

enum class Verdict : uint8_t {
  kApplied,
  kBeaten,        ///< another candidate of its group gives a lower amount, or wins the tie
  kNoGain,        ///< wouldn't lower the amount
  kNotStacked,    ///< the policy has no group for its kind
  kBelowMinimum,  ///< the basket doesn't reach the break's quantity
  kTierUnknown,
  kTierHasNoRate,
  kOtherTier,
  kNotYet,
  kEnded,
  kOtherCustomers,  ///< of the tier, but not for this region, segment or customer
  kOverridden,      ///< a more specific benefit takes its place
  kNotQuoted,       ///< settlement: wasn't among the winners when quoted
  kUsedUp,          ///< its quota or budget doesn't suffice
};

/// One rule that might have changed a line. `id` looks into the tariff.
struct Candidate {
  std::string_view id;
  RuleNo rule = kTierRule;
  Kind kind = Kind::kTier;
  Verdict verdict = Verdict::kNotStacked;
  Terms terms;
  Fen before;        ///< the amount it was tried on; set for kApplied, kBeaten, kNoGain
  Fen result;        ///< what it made, or would have made, of that amount
  Fen effect;        ///< kApplied: what is left of before - result after cap and floor
  QtyMilli reached;  ///< breaks: the basket's quantity in its scope and unit
};

/// A rule that applied, in order of application.
struct Winner {
  std::string_view id;
  RuleNo rule = kTierRule;
  Kind kind = Kind::kTier;
  Fen effect;
};

struct QuotedLine {
  Refusal refusal = Refusal::kNone;  ///< when set, the line counts for nothing and the rest is empty
  Catalogue::ItemNo item = 0;
  QtyMilli quantity;        ///< in a settlement, the quantity billed
  Fen list;
  Fen before_coupons;
  Fen amount;               ///< what the customer pays
  Fen floor;
  Fen cap_amount;
  Fen coupon;               ///< given to coupons
  bool in_coupon_scope = false;  ///< of an applied coupon
  bool cap_clipped = false;
  bool floor_clipped = false;
  bool no_cost = false;
  bool list_below_floor = false;
  uint8_t winner_count = 0;
  std::array<Winner, kKinds> winners;
  uint32_t trace_begin = 0;  ///< range in Quote::trace
  uint32_t trace_end = 0;
};

enum class CouponVerdict : uint8_t {
  kApplied,
  kNothingEligible,
  kBelowMinimum,
  kNotQuoted,  ///< settlement: wasn't applied when quoted
};

struct CouponShare {
  uint32_t line = 0;
  Fen given;
};

struct QuotedCoupon {
  uint32_t coupon = 0;  ///< index in Basket::coupons
  CouponVerdict verdict = CouponVerdict::kNothingEligible;
  Fen eligible;
  Fen given;
  Fen clipped;  ///< wanted and not given
  std::vector<CouponShare> shares;  ///< lines that gave more than nothing
};

enum class FeeReason : uint8_t { kCharged, kThresholdReached, kEmptyBasket, kNothingDelivered };

struct Quote {
  std::vector<QuotedLine> lines;      ///< one per line of the basket
  std::vector<Candidate> trace;       ///< candidates of all lines
  std::vector<QuotedCoupon> coupons;  ///< in the order of application
  Fen goods_list;
  Fen goods_before_coupons;
  Fen goods;                          ///< sum of the lines' amounts
  Fen delivery_fee;
  FeeReason fee_reason = FeeReason::kCharged;
  Fen total;
  bool degraded = false;

  std::span<const Candidate> TraceOf(const QuotedLine& line) const {
    return std::span(trace).subspan(line.trace_begin, line.trace_end - line.trace_begin);
  }
};

/// INVALID_ARGUMENT with a violation per refused line ("lines[3].sku"), unless `partial`; with one for whatever else
/// can't be: too many lines, a coupon given twice, a negative fee.
/// The quote looks into the tariff and must not outlive it.
absl::StatusOr<Quote> MakeQuote(const Tariff& tariff, const Basket& basket);

/// Stable name of a refusal ("SKU_UNKNOWN").
std::string_view RefusalCode(Refusal refusal);

}  // namespace rung::pricing
