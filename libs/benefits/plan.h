// A benefit plan: what customers of each tier get. Plain values; validation.h says which plans are fit for use,
// entitlements.h what one customer gets on one day.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/base/day.h"
#include "libs/pricing/rules.h"

namespace rung::benefits {

using pricing::Bps;
using pricing::Days;
using pricing::Fen;
using pricing::Names;
using pricing::Scope;
using pricing::Terms;

// ---- what can be given --------------------------------------------------------------------------------------------

/// On every line; 9,000: the customer pays 90 %.
struct DiscountRate {
  Bps pay;
};
/// Delivery costs nothing from this amount of goods on; 0: always.
struct FreeDelivery {
  Fen from;
};
/// Answered before others. Not granted: said expressly, so that nothing is inherited.
struct PriorityService {
  bool granted = true;
};
/// 1 is delivered first.
struct DeliveryPriority {
  int32_t level = 1;
};
struct DedicatedSupport {
  bool granted = true;
  std::string channel;  ///< a telephone number, an address, a name; may be empty
};
struct NewProductTrial {
  bool granted = true;
};
/// A reduction on a scope. Without one it is display only: a text that no price follows.
struct ExclusiveOffer {
  std::optional<Scope> scope;
  Terms terms;
};
/// Entry to a promotion that another system runs.
struct ExclusivePromotion {
  std::string promotion_id;
};

using FieldValue = std::variant<bool, int64_t, double, std::string>;
/// As its type in Plan::custom_types says.
struct Custom {
  std::string type;
  std::map<std::string, FieldValue> values;
};

using Value = std::variant<DiscountRate, FreeDelivery, PriorityService, DeliveryPriority, DedicatedSupport, NewProductTrial,
                           ExclusiveOffer, ExclusivePromotion, Custom>;

// ---- custom types -------------------------------------------------------------------------------------------------

enum class FieldKind : uint8_t { kBoolean, kInteger, kNumber, kText, kChoice, kJson };
/// Which of two values is the better one, for the lint.
enum class Better : uint8_t { kUnordered, kHigher, kLower };

struct Field {
  std::string name;
  FieldKind kind = FieldKind::kText;
  bool required = false;
  std::optional<double> least;  ///< numbers
  std::optional<double> most;
  std::vector<std::string> choices;  ///< kChoice
  Better better = Better::kUnordered;
};

struct CustomType {
  std::string code;
  Names names;
  std::vector<Field> fields;
};

// ---- the plan -----------------------------------------------------------------------------------------------------

enum class Period : uint8_t { kDay, kWeek, kMonth, kYear, kEver };

/// How much of a benefit there is. At least one of the two limits is set.
struct Quota {
  std::optional<int64_t> uses;  ///< per customer and period
  Period period = Period::kMonth;
  std::optional<Fen> budget;    ///< of all customers together, for as long as the benefit lasts
};

struct Benefit {
  std::string id;  ///< unique in the plan; answers name it
  Names names;
  Value value;
  Days days;
  std::optional<Quota> quota;
  /// Of offers and promotions, of which there are many side by side: the one whose place this takes.
  std::string replaces;
};

struct TierBenefits {
  std::string code;
  Names names;
  bool inherits = true;  ///< what the tier below gives and this one doesn't give itself
  std::vector<Benefit> benefits;
};

/// An empty list: anybody. At least one of regions, segments, customers is given.
struct Audience {
  std::vector<std::string> tiers;
  std::vector<std::string> regions;
  std::vector<std::string> segments;
  std::vector<std::string> customers;
};

/// What an audience gets instead of, beside or without what its tier gives. The most specific one counts: customers, region
/// with segment, segment, region.
struct Override {
  std::string id;
  Names names;
  Audience audience;
  Days days;
  std::vector<Benefit> benefits;
  std::vector<std::string> withdrawn;  ///< ids of benefits that the audience doesn't get
};

struct Plan {
  std::string plan_id;
  std::string ladder_id;  ///< whose tiers these are
  std::string currency;   ///< of thresholds, prices and budgets; ISO 4217
  Names names;
  std::vector<CustomType> custom_types;
  std::vector<TierBenefits> tiers;  ///< best first
  std::vector<Override> overrides;
};

/// What competes for one place: a kind of benefit for what a customer has once (the rate, the threshold …), an id for
/// offers and promotions.
std::string SlotOf(const Benefit& benefit);

/// "discount_rate", "custom:gift" …
std::string TypeName(const Benefit& benefit);

}  // namespace rung::benefits
