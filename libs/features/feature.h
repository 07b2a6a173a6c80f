// The features: what is known of a customer as of a day.
//
// Definitions: docs/features-reference.md is printed from this table by `rungctl features definitions`.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace rung::features {

enum class Feature : uint8_t {
  kTenureDays,
  kRecencyDays,
  kOrders7d, kOrders30d, kOrders90d, kOrders365d, kOrdersTotal,
  kOrderDays7d, kOrderDays30d, kOrderDays90d, kOrderDays365d,
  kOrdersPerMonth90d, kOrdersPerMonth365d,
  kNetSpend7d, kNetSpend30d, kNetSpend90d, kNetSpend365d, kNetSpendTotal,
  kNetSpendPerMonth365d,
  kGrossMargin90d, kGrossMargin365d, kGrossMarginRate365d,
  kAov90d, kAov365d, kAovCv365d, kAovStability365d,
  kIntervalDaysMedian365d, kIntervalDaysMean365d, kIntervalDaysCv365d,
  kRepeatPurchaseRate365d,
  kCategoryCount90d, kCategoryCount365d, kRepeatCategoryRate365d, kCategoryDiversity365d,
  kTopCategoryShare365d, kNewCategories90d,
  kDiscountSpendShare365d, kNewProductShare90d,
  kOnTimeRate365d, kReturnRate365d, kRefundRate365d, kComplaintRate365d,
  kAppSessions30d, kReviewRate365d,
  kPaymentOnTimeRate365d, kOverdueDaysMean365d,
  kSpendGrowth90d, kLoyalty12,
  kOrderDaysPerMonth90d, kOrderDaysPerMonth365d,
  kCount,
};

inline constexpr size_t kFeatureCount = static_cast<size_t>(Feature::kCount);
inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

inline bool IsMissing(double value) { return std::isnan(value); }

/// Facts that this installation receives; features of an absent source are missing for everybody.
enum Source : uint32_t {
  kOrders = 1,  ///< always there
  kDeliveries = 2,
  kComplaints = 4,
  kSessions = 8,
  kReviews = 16,
  kInvoices = 32,
  kAllSources = 63,
};
using Sources = uint32_t;

/// Work that a set of features needs; the batch asks only for what its models use.
enum FeatureGroup : uint32_t {
  kSpendGroup = 1,       ///< windows, orders, spend, margins, rates: one pass over the orders
  kDispersionGroup = 2,  ///< intervals and variation of order values
  kCategoryGroup = 4,
  kServiceGroup = 8,     ///< deliveries, complaints, sessions, invoices
  kAllGroups = 15,
};

struct FeatureDefinition {
  Feature feature;
  std::string_view name;     ///< as in models and over the API
  std::string_view unit;     ///< "fen", "days", "orders", "ratio" …
  std::string_view formula;
  std::string_view missing;  ///< when it has no value
  FeatureGroup group;
  bool integer;              ///< the value is a whole number
};

/// All definitions, in the order of the enum.
std::span<const FeatureDefinition> FeatureDefinitions();

/// The definition of a name, or nullptr.
const FeatureDefinition* FindFeature(std::string_view name);

/// One customer's features; a missing one is NaN.
struct FeatureValues {
  std::array<double, kFeatureCount> values;
  int32_t top_category = -1;  ///< code of `top_category_365d`; -1: missing

  FeatureValues() { values.fill(kMissing); }
  double& operator[](Feature feature) { return values[static_cast<size_t>(feature)]; }
  double operator[](Feature feature) const { return values[static_cast<size_t>(feature)]; }
};

}  // namespace rung::features
