// What a plan gives a customer in a year, priced: discounts on what it bought in the last 365 days, and the deliveries
// that would have been free, had it been in a tier all the while. docs/benefits.md says what is counted and what isn't.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/benefits/entitlements.h"

namespace rung::benefits {

/// A customer's year, as far as prices look at it.
struct Year {
  int64_t net_fen = 0;                   ///< after refunds
  int64_t goods_fen = 0;                 ///< line amounts of the effective orders, before refunds
  std::span<const int64_t> by_path;      ///< of these, by AnnualCost::paths()
  std::span<const int32_t> orders_from;  ///< effective orders, by AnnualCost::thresholds()
};

/// Why a benefit that is in force adds nothing, or not exactly.
enum class Uncounted : uint8_t {
  kNotMoney,      ///< services, trials, promotions, custom ones, texts
  kSingleGoods,   ///< a price or rate of one SKU: a year's goods are known by category
  kLimited,       ///< counted as if it weren't limited: the most that it can cost
};

/// A plan's prices on a day. Immutable and thread-safe.
class AnnualCost {
 public:
  AnnualCost(std::shared_ptr<const Benefits> benefits, Day day);

  const Benefits& benefits() const { return *benefits_; }
  /// Categories with an offer of their own.
  const std::vector<std::string>& paths() const { return paths_; }
  /// The most specific of the paths that hold a category.
  std::optional<size_t> PathOf(std::string_view category) const;
  /// Amounts of goods from which on a delivery is free somewhere in the plan, ascending.
  const std::vector<int64_t>& thresholds() const { return thresholds_; }

  /// What one customer pays in one tier. The same for all customers of one region and segment whom no override names.
  struct Prices {
    Bps pay = pricing::kWhole;
    std::vector<Bps> pay_by_path;         ///< the better of the rate and the offers
    std::optional<size_t> free_delivery;  ///< index into thresholds()
  };
  Prices PricesOf(const Customer& customer) const;

  struct Cost {
    int64_t discount_fen = 0;
    int64_t free_deliveries = 0;
  };
  /// Σ over categories of goods × (1 - pay), in proportion to what refunds left of them; rounded half up, once.
  static Cost Of(const Prices& prices, const Year& year);

  struct Note {
    const Benefit* benefit = nullptr;
    Uncounted why = Uncounted::kNotMoney;
  };
  /// Of the benefits in force.
  const std::vector<Note>& notes() const { return notes_; }

 private:
  const std::shared_ptr<const Benefits> benefits_;
  const Day day_;
  std::vector<std::string> paths_;
  std::vector<int64_t> thresholds_;
  std::vector<Note> notes_;
};

}  // namespace rung::benefits
