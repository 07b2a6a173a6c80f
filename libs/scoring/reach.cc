#include "libs/scoring/reach.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "libs/scoring/normalise.h"

namespace rung::scoring {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double ValueAt(const Normaliser& normaliser, double x) {
  double y = 0;
  NormaliseColumn(normaliser, &x, {}, 1, &y);
  return y;
}

// Where a normaliser turns: between two of these it is monotone.
std::vector<double> TurningPoints(const Normaliser& normaliser) {
  std::vector<double> points;
  if (const auto* knots = std::get_if<Knots>(&normaliser)) {
    for (const Knot& knot : knots->knots) points.push_back(knot.x);
  } else if (const auto* bands = std::get_if<Bands>(&normaliser)) {
    for (const Band& band : bands->bands) {
      points.push_back(std::nextafter(band.from, -kInfinity));
      points.push_back(band.from);
    }
  } else if (const auto* target = std::get_if<TargetOver>(&normaliser)) {
    points.push_back(target->target);
  }
  return points;
}

bool Compares(const Normaliser& normaliser) {
  return std::holds_alternative<Percentile>(normaliser) || std::holds_alternative<ToMax>(normaliser);
}

bool Holds(const Condition& condition, double x) {
  switch (condition.comparison) {
    case Comparison::kGreater:
      return x > condition.value;
    case Comparison::kAtLeast:
      return x >= condition.value;
    case Comparison::kLess:
      return x < condition.value;
    case Comparison::kAtMost:
      return x <= condition.value;
  }
  return false;
}

Range DimensionRange(const Dimension& dimension) {
  Range product{1, 1};
  Range sum;
  double weights = 0;
  Range single{kInfinity, -kInfinity};
  for (const Factor& factor : dimension.factors) {
    const Range range = RangeOf(factor.normaliser);
    product.low *= range.low;
    product.high *= range.high;
    const auto weight = static_cast<double>(factor.weight);
    if (weight <= 0) continue;
    weights += weight;
    sum.low += weight * range.low;
    sum.high += weight * range.high;
    single = {std::min(single.low, range.low), std::max(single.high, range.high)};
  }
  if (dimension.combine == Combine::kProduct) return {100 * product.low, 100 * product.high};
  if (weights <= 0) return {0, 0};
  // With factors missing, the mean is one of those present: within the extremes of the single factors.
  return {100 * std::min(sum.low / weights, single.low), 100 * std::max(sum.high / weights, single.high)};
}

struct Term {
  double weight;
  double value;
  bool may_be_left_out;
};

// The largest weighted mean, where some terms may be left out: they are, best first, as long as that raises it.
double LargestMean(std::vector<Term> terms) {
  double sum = 0, weights = 0;
  for (const Term& term : terms) {
    if (term.may_be_left_out) continue;
    sum += term.weight * term.value;
    weights += term.weight;
  }
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return a.value > b.value; });
  for (const Term& term : terms) {
    if (!term.may_be_left_out || term.weight <= 0) continue;
    if (weights > 0 && term.value <= sum / weights) break;
    sum += term.weight * term.value;
    weights += term.weight;
  }
  return weights > 0 ? sum / weights : 0;
}

}  // namespace

Range RangeOf(const Normaliser& normaliser, Range x) {
  if (Compares(normaliser)) return {0, 1};
  std::vector<double> points{x.low, x.high};
  for (const double point : TurningPoints(normaliser)) {
    if (point > x.low && point < x.high) points.push_back(point);
  }
  Range range{kInfinity, -kInfinity};
  for (const double point : points) {
    const double y = ValueAt(normaliser, point);
    range = {std::min(range.low, y), std::max(range.high, y)};
  }
  return range;
}

Range RangeOf(const Normaliser& normaliser) {
  constexpr double kFar = 1e15;  // beyond every feature and every parameter (see Validate)
  return RangeOf(normaliser, {-kFar, kFar});
}

Range MultiplierRange(const Model& model) {
  std::map<std::string_view, std::vector<const Multiplier*>> by_feature;
  for (const Multiplier& multiplier : model.multipliers) by_feature[multiplier.when.feature].push_back(&multiplier);
  Range product{1, 1};
  for (const auto& [feature, multipliers] : by_feature) {
    std::vector<double> values{kNaN, -kInfinity, kInfinity};
    for (const Multiplier* multiplier : multipliers) {
      const double turn = multiplier->when.value;
      values.insert(values.end(), {turn, std::nextafter(turn, -kInfinity), std::nextafter(turn, kInfinity)});
    }
    Range of_feature{kInfinity, -kInfinity};
    for (const double x : values) {
      double factor = 1;
      for (const Multiplier* multiplier : multipliers) {
        if (Holds(multiplier->when, x)) factor *= static_cast<double>(multiplier->factor) / kOneMicro;
      }
      of_feature = {std::min(of_feature.low, factor), std::max(of_feature.high, factor)};
    }
    product.low *= of_feature.low;
    product.high *= of_feature.high;
  }
  const double low = static_cast<double>(model.multiplier_min) / kOneMicro;
  const double high = static_cast<double>(model.multiplier_max) / kOneMicro;
  return {std::clamp(product.low, low, high), std::clamp(product.high, low, high)};
}

Range ScoreRange(const Model& model) {
  if (model.score_kind == ScoreKind::kAttainment) return {0, 100};
  std::vector<Term> best, worst;
  for (const Dimension& dimension : model.dimensions) {
    Range range = DimensionRange(dimension);
    if (dimension.missing == MissingPolicy::kZero) range.low = 0;
    if (dimension.missing == MissingPolicy::kNeutral) range = {std::min(range.low, 50.0), std::max(range.high, 50.0)};
    const bool optional = dimension.missing == MissingPolicy::kRenormalise;
    const auto weight = static_cast<double>(dimension.weight);
    best.push_back({weight, range.high, optional});
    worst.push_back({weight, -range.low, optional});
  }
  // Nothing present at all counts as 0, which only matters when every dimension that counts may be left out.
  const bool all_optional = std::all_of(best.begin(), best.end(), [](const Term& term) { return term.may_be_left_out || term.weight <= 0; });
  const double low = all_optional ? 0 : -LargestMean(worst);
  const Range factor = MultiplierRange(model);
  return {std::clamp(low * factor.low, 0.0, 100.0), std::clamp(LargestMean(best) * factor.high, 0.0, 100.0)};
}

MilliRange ScoreMilliRange(const Model& model) {
  constexpr double kRounding = 1e-9;  // points; far above what sums in another order differ by
  const Range range = ScoreRange(model);
  return {static_cast<ScoreMilli>(std::floor(1000 * (range.low - kRounding) + 0.5)),
          static_cast<ScoreMilli>(std::floor(1000 * (range.high + kRounding) + 0.5))};
}

}  // namespace rung::scoring
