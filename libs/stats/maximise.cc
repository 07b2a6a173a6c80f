#include "libs/stats/maximise.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include <nlopt.h>

namespace rung::stats {
namespace {

constexpr int kMaxRestarts = 6;
constexpr int kMaxEvaluationsPerStart = 300;
constexpr double kVanishes = 1e-6;  // on a slope of 0.1 per unit a relative error of 1e-5

struct Counted {
  const Objective* objective;
  int evaluations = 0;
};

double Evaluate(unsigned size, const double* point, double* gradient, void* data) {
  auto* counted = static_cast<Counted*>(data);
  ++counted->evaluations;
  std::vector<double> unwanted(gradient == nullptr ? size : 0);
  return (*counted->objective)({point, size}, {gradient == nullptr ? unwanted.data() : gradient, size});
}

// A component that pushes against a bound doesn't count.
double FreeGradient(std::span<const double> point, std::span<const double> gradient, const Box& box) {
  double largest = 0;
  for (size_t i = 0; i < point.size(); ++i) {
    const bool held = (point[i] <= box.lower && gradient[i] < 0) || (point[i] >= box.upper && gradient[i] > 0);
    if (!held) largest = std::max(largest, std::abs(gradient[i]));
  }
  return largest;
}

}  // namespace

Optimum Maximise(const Objective& objective, std::vector<double> start, const Box& box) {
  const auto size = static_cast<unsigned>(start.size());
  Counted counted{&objective};
  const std::unique_ptr<nlopt_opt_s, decltype(&nlopt_destroy)> search(nlopt_create(NLOPT_LD_SLSQP, size), nlopt_destroy);
  nlopt_set_max_objective(search.get(), Evaluate, &counted);
  nlopt_set_lower_bounds1(search.get(), box.lower);
  nlopt_set_upper_bounds1(search.get(), box.upper);
  nlopt_set_xtol_rel(search.get(), 1e-10);
  nlopt_set_ftol_rel(search.get(), 1e-14);
  nlopt_set_maxeval(search.get(), kMaxEvaluationsPerStart);
  for (double& value : start) value = std::clamp(value, box.lower, box.upper);

  Optimum optimum{std::move(start)};
  std::vector<double> gradient(size);
  for (int attempt = 0; attempt <= kMaxRestarts && !optimum.converged; ++attempt) {
    double ignored = 0;
    // Its code only says which of the tolerances stopped it; the gradient decides.
    nlopt_optimize(search.get(), optimum.point.data(), &ignored);
    optimum.value = Evaluate(size, optimum.point.data(), gradient.data(), &counted);
    optimum.converged = FreeGradient(optimum.point, gradient, box) < kVanishes;
  }
  optimum.evaluations = counted.evaluations;
  return optimum;
}

Optimum MaximiseFrom(std::initializer_list<std::vector<double>> starts, const Objective& objective, const Box& box) {
  std::optional<Optimum> best;
  int evaluations = 0;
  for (const std::vector<double>& start : starts) {
    Optimum optimum = Maximise(objective, start, box);
    evaluations += optimum.evaluations;
    if (!best || optimum.value > best->value) best = std::move(optimum);
  }
  best->evaluations = evaluations;
  return *std::move(best);
}

}  // namespace rung::stats
