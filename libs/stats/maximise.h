// Maximum of a smooth function within a box.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>
#include <vector>

namespace rung::stats {

/// Value at a point; fills the gradient there. Must be finite within the box.
using Objective = std::function<double(std::span<const double> point, std::span<double> gradient)>;

struct Box {
  double lower = 0;
  double upper = 0;
};

struct Optimum {
  std::vector<double> point;
  double value = 0;
  int evaluations = 0;
  bool converged = false;  ///< the gradient vanishes, along the bounds where the point lies on them
};

/// Sequential quadratic programming (Kraft 1994, as in NLopt) from `start`, taken up again until the gradient
/// vanishes. `objective` should be of order 1 per unit of its arguments: a log-likelihood per customer is.
Optimum Maximise(const Objective& objective, std::vector<double> start, const Box& box);

/// The best of the searches from each of `starts`, where a likelihood may have several hills.
Optimum MaximiseFrom(std::initializer_list<std::vector<double>> starts, const Objective& objective, const Box& box);

}  // namespace rung::stats
