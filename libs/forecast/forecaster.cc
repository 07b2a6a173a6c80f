#include "libs/forecast/forecaster.h"

#include <algorithm>
#include <cmath>

#include "libs/base/status.h"

namespace rung::forecast {
namespace {

using features::Feature;
using features::Fitted;
using features::IsMissing;
using features::kMissing;

constexpr double kYear = 365;
constexpr double kQuarter = 90;
constexpr double kFarthestDays = 3'650;
constexpr double kCategoryWeight = 0.4, kSpendWeight = 0.4, kNewProductWeight = 0.2;

double Rounded(double value, double steps) { return std::round(value * steps) / steps; }

// What isn't there yet of what others have.
double Room(double own, double reference) { return reference > 0 ? std::clamp(1 - own / reference, 0.0, 1.0) : 0; }

}  // namespace

std::string_view Name(Method method) {
  switch (method) {
    case Method::kModel: return "model";
    case Method::kRate: return "rate";
    case Method::kPast: return "past";
  }
  return "";
}

absl::StatusOr<Forecaster> Forecaster::Create(BaseFit fit, const features::CodeBook& codes) {
  RUNG_ASSIGN_OR_RETURN(const stats::BgCnbd orders, stats::BgCnbd::Create(fit.parameters));
  std::optional<stats::GammaGamma> spend;
  if (fit.spend) {
    RUNG_ASSIGN_OR_RETURN(spend, stats::GammaGamma::Create(*fit.spend));
  }
  absl::flat_hash_map<int32_t, PotentialReference> references;
  for (const auto& [segment, reference] : fit.potential_by_segment) {
    const int32_t code = codes.Find(features::CodeKind::kSegment, segment);
    if (code >= 0) references.emplace(code, reference);
  }
  return Forecaster(std::move(fit), orders, std::move(spend), std::move(references));
}

double Forecaster::PAlive(const CustomerFacts& facts) const { return orders_.PAlive(facts.history); }

double Forecaster::ExpectedOrders(const CustomerFacts& facts, double days) const {
  if (fit_.methods.orders == Method::kModel) return orders_.ExpectedTransactions(facts.history, days / kDaysPerWeek);
  // As in the holdout: a first order alone has no rate.
  const stats::PurchaseHistory& history = facts.history;
  return history.age > 0 ? static_cast<double>(history.repeats) / history.age * (days / kDaysPerWeek) : 0;
}

// In a base that is valued by margin, orders without costs say nothing of it; the mean of the others would be a guess.
bool Forecaster::Valued(const CustomerFacts& facts) const {
  if (fit_.value_kind == ValueKind::kNone) return false;
  return facts.value(fit_.value_kind).days > 0 || facts.net.days == 0;
}

double Forecaster::ValuePerOrder(const CustomerFacts& facts) const {
  if (!Valued(facts)) return kMissing;
  const ValueSums& sums = facts.value(fit_.value_kind);
  const stats::SpendHistory spend = sums.spend();
  // Who brings a loss has no gamma density.
  if (spend_ && (spend.transactions == 0 || spend.mean > 0)) {
    return kSpendUnit * spend_->ExpectedSpend({spend.transactions, spend.mean / kSpendUnit});
  }
  return (static_cast<double>(sums.total) + fit_.mean_value) / static_cast<double>(sums.days + 1);
}

double Forecaster::Ltv(const CustomerFacts& facts) const {
  if (!Valued(facts)) return kMissing;
  const auto total = static_cast<double>(facts.value(fit_.value_kind).total);
  switch (fit_.methods.value) {
    case Method::kModel: return ExpectedOrders(facts, kYear) * ValuePerOrder(facts);
    case Method::kRate: return total / std::max(facts.history.age, 1.0) * (kYear / kDaysPerWeek);
    case Method::kPast: return total;
  }
  return kMissing;
}

PotentialParts Forecaster::Potential(const features::FeatureValues& values, int32_t segment) const {
  const auto found = references_.find(segment);
  const PotentialReference& reference = found == references_.end() ? fit_.potential : found->second;
  PotentialParts parts;
  parts.categories = Room(values[Feature::kCategoryCount365d], reference.categories);
  parts.spend = Room(values[Feature::kNetSpendPerMonth365d], reference.spend_per_month);
  const double share = values[Feature::kNewProductShare90d];
  parts.new_products =
      IsMissing(share) || reference.new_product_share <= 0 ? kMissing : std::min(share / reference.new_product_share, 1.0);
  return parts;
}

void Forecaster::Evaluate(const CustomerFacts& facts, const features::FeatureValues& values, int32_t segment,
                          features::FittedSet wanted, features::FittedValues& out) const {
  out.values.fill(kMissing);
  if (!facts.ever_ordered) return;
  const auto wants = [&](Fitted fitted) { return (wanted & features::Only(fitted)) != 0; };
  const double p_alive = PAlive(facts);
  if (wants(Fitted::kPAlive)) out[Fitted::kPAlive] = Rounded(p_alive, 1e9);
  if (wants(Fitted::kExpectedOrders90d)) out[Fitted::kExpectedOrders90d] = Rounded(ExpectedOrders(facts, kQuarter), 1e6);
  if (wants(Fitted::kLtv365d)) out[Fitted::kLtv365d] = Rounded(Ltv(facts), 1);
  if (wants(Fitted::kNextOrderDays)) {
    const double days = orders_.NextTransactionQuantile(facts.history, 0.5) * kDaysPerWeek;
    // The first possible day is tomorrow; a hundredth of a day more or less must not depend on the math library.
    out[Fitted::kNextOrderDays] = std::clamp(std::ceil(Rounded(days, 1e6)), 1.0, kFarthestDays);
  }
  if (wants(Fitted::kPotentialIndex)) {
    const PotentialParts parts = Potential(values, segment);
    double sum = kCategoryWeight * parts.categories + kSpendWeight * parts.spend, weight = kCategoryWeight + kSpendWeight;
    if (!IsMissing(parts.new_products)) {
      sum += kNewProductWeight * parts.new_products;
      weight += kNewProductWeight;
    }
    out[Fitted::kPotentialIndex] = Rounded(p_alive * sum / weight, 1e9);
  }
}

}  // namespace rung::forecast
