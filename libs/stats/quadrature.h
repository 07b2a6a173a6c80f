// Gauss-Legendre quadrature in panels that grow away from a singularity.
#pragma once

#include <algorithm>
#include <limits>

#include <boost/math/quadrature/gauss.hpp>

namespace rung::stats {

struct GradedRange {
  double end = 0;       ///< from 0
  double distance = 0;  ///< of the nearest singularity, which lies at -distance; infinity: none
  double growth = 2;    ///< length of a panel over its distance from the singularity; at most 2
  double longest = std::numeric_limits<double>::infinity();  ///< panel, for a factor that decays by e^-8 over it at most
};

/// Calls visit(point, weight) for the nodes of an integral over the range. 15 nodes give every digit of a double
/// on a panel twice as long as its distance from the singularity.
template <typename Visit>
void VisitGraded(const GradedRange& range, Visit&& visit) {
  using Rule = boost::math::quadrature::gauss<double, 15>;
  const auto& nodes = Rule::abscissa();
  const auto& weights = Rule::weights();
  for (double begin = 0; begin < range.end;) {
    const double end = std::min(range.end, begin + std::min(range.growth * (begin + range.distance), range.longest));
    if (!(end > begin)) return;
    const double half = 0.5 * (end - begin), middle = 0.5 * (begin + end);
    for (size_t i = 0; i < nodes.size(); ++i) {
      visit(middle + half * nodes[i], half * weights[i]);
      if (nodes[i] != 0) visit(middle - half * nodes[i], half * weights[i]);
    }
    begin = end;
  }
}

template <typename F>
double IntegrateGraded(const GradedRange& range, F&& f) {
  double sum = 0;
  VisitGraded(range, [&](double at, double weight) { sum += weight * f(at); });
  return sum;
}

}  // namespace rung::stats
