// What a fit to the whole base leaves behind: all that a customer's forecast needs besides its own facts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/day.h"
#include "libs/forecast/customer_facts.h"
#include "libs/stats/bg_cnbd.h"
#include "libs/stats/churn.h"
#include "libs/stats/gamma_gamma.h"

namespace rung::forecast {

/// Fen in a unit of the Gamma-Gamma's v: in fen it would outgrow the box that fits search.
inline constexpr double kSpendUnit = 100;

/// How orders and values are forecast, and churn is judged. A fit says which of them did best on holdouts; people decide.
enum class Method : uint8_t {
  kModel,  ///< the fitted model
  kRate,   ///< the customer's rate so far goes on
  kPast,   ///< values only: the last 365 days come again
};

std::string_view Name(Method method);  ///< "model", "rate", "past"

struct Methods {
  Method orders = Method::kModel;
  Method value = Method::kModel;
  stats::ChurnMeasure churn = stats::ChurnMeasure::kJoined;

  bool operator==(const Methods&) const = default;
};

/// What a customer with much of it has: the 90th percentile of the customers with an order in the window.
struct PotentialReference {
  double categories = 0;           ///< category_count_365d
  double spend_per_month = 0;      ///< net_spend_per_month_365d
  double new_product_share = 0;    ///< new_product_share_90d; 0: unknown
  int64_t customers = 0;

  bool operator==(const PotentialReference&) const = default;
};

struct BaseFit {
  int32_t version = 0;  ///< 0: not stored
  Day as_of = 0;
  stats::BgCnbdParameters parameters;
  ValueKind value_kind = ValueKind::kNone;
  std::optional<stats::GammaGammaParameters> spend;  ///< unset: a customer's own mean, drawn towards the base's
  double mean_value = 0;     ///< of an order day of the base, in fen
  double base_gap_days = 0;  ///< median over customers of their median gaps
  Methods methods;
  PotentialReference potential;                                             ///< of the whole base
  std::map<std::string, PotentialReference, std::less<>> potential_by_segment;  ///< of segments with enough customers
};

}  // namespace rung::forecast
