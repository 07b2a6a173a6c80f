// The documents that decide what a basket costs: price book, offers, policy, coupons. Plain values; validation.h says
// which of them are fit for use, tariff.h makes them quick to ask.
//
// The arithmetic that they configure is laid down in docs/pricing.md.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/day.h"
#include "libs/pricing/money.h"
#include "libs/pricing/scope.h"

namespace rung::pricing {

using Names = std::map<std::string, std::string>;  ///< language ("zh", "en") -> text

enum class Unit : uint8_t { kPiece, kKilogram };

/// First and last day, both included; unset: open.
struct Days {
  std::optional<Day> from;
  std::optional<Day> until;

  bool Hold(Day day) const { return (!from || day >= *from) && (!until || day <= *until); }
  bool operator==(const Days&) const = default;
};

/// What a rule makes of an amount: a share of it, or a fixed unit price. Exactly one is set.
struct Terms {
  std::optional<Bps> pay;    ///< 0 to 10,000
  std::optional<Fen> price;  ///< per piece or kilogram; SKU scope only

  bool operator==(const Terms&) const = default;
};

// ---- price book ---------------------------------------------------------------------------------------------------

/// A price of one SKU, in one region or everywhere, on some days.
struct Price {
  std::string region;  ///< empty: everywhere that has no price of its own
  Days days;
  Fen list;
  // A region's price takes what it doesn't give from the price for everywhere of that day, so that a regional list
  // price never loses its protection by omission.
  std::optional<Fen> cost;
  std::optional<Fen> floor;
  std::optional<Bps> min_margin;  ///< of the price paid: (price - cost) / price
};

struct Item {
  std::string sku;
  Names names;
  std::string category;  ///< path, parts separated by '/'
  Unit unit = Unit::kPiece;
  std::vector<Price> prices;
};

/// From a minimum quantity on, counted over all lines of the basket in its scope and of its unit.
struct QuantityBreak {
  std::string id;
  Scope scope;
  Unit unit = Unit::kPiece;
  QtyMilli min_quantity;
  Terms terms;
};

struct PriceBook {
  std::string book_id;
  std::string currency;  ///< ISO 4217
  std::vector<Item> items;
  std::vector<QuantityBreak> breaks;
  Names names;
};

// ---- what a customer brings ---------------------------------------------------------------------------------------

/// What a tier gives on prices.
struct TierTerms {
  std::string code;
  std::optional<Bps> pay;
  std::optional<Fen> free_delivery_from;  ///< goods before coupons; unset: delivery is never free
  bool pay_used_up = false;               ///< `pay` has a quota, and nothing of it is left
};

struct Offer {
  std::string id;
  Names names;
  std::vector<std::string> tiers;  ///< codes of the tiers that may have it
  Scope scope;
  Terms terms;
  Days days;
};

struct Coupon {
  std::string id;
  Scope scope;
  Fen minimum;  ///< of the eligible goods; 0: none
  // Exactly one of the two.
  std::optional<Fen> amount_off;
  std::optional<Bps> off;
  std::optional<Fen> max_off;  ///< with `off` only
  Names names = {};
};

// ---- policy -------------------------------------------------------------------------------------------------------

enum class Kind : uint8_t { kTier, kOffer, kBreak };
inline constexpr int kKinds = 3;
inline constexpr const char* kTierRuleId = "tier";

/// How candidates stack. One group [offer, break, tier] is "best price", three groups are "stack all".
struct Policy {
  std::string policy_id;
  std::vector<std::vector<Kind>> groups;  ///< each kind at most once; a kind left out never applies
  std::optional<Bps> max_discount;        ///< of the list amount; unset: no cap
  Bps over_delivery;                      ///< billed beyond the quoted quantity at most
  int32_t quote_validity_seconds = 1'800;
  Names names;
};

}  // namespace rung::pricing
