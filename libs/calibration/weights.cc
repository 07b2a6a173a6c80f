#include "libs/calibration/weights.h"

#include <nlopt.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "libs/calibration/quality.h"

namespace rung::calibration {
namespace {

constexpr double kPoints = 100;  // dimensions are fitted as shares of their scale
constexpr double kRidge = 1e-4;
constexpr double kStepMin = 1e-6;  // between the thresholds of neighbouring classes

/// A convex function of a point; fills the gradient.
class Objective {
 public:
  virtual ~Objective() = default;
  virtual double At(const double* x, double* gradient) const = 0;
};

// The point that minimises `objective` above the lower bounds.
std::vector<double> Minimise(const Objective& objective, std::vector<double> start, const std::vector<double>& lower) {
  const auto close = [](nlopt_opt opt) { nlopt_destroy(opt); };
  const std::unique_ptr<nlopt_opt_s, decltype(close)> solver(nlopt_create(NLOPT_LD_SLSQP, static_cast<unsigned>(start.size())), close);
  const auto call = [](unsigned n, const double* x, double* gradient, void* data) {
    std::vector<double> unused(gradient == nullptr ? n : 0);
    return static_cast<const Objective*>(data)->At(x, gradient == nullptr ? unused.data() : gradient);
  };
  nlopt_set_min_objective(solver.get(), call, const_cast<Objective*>(&objective));
  nlopt_set_lower_bounds(solver.get(), lower.data());
  nlopt_set_ftol_rel(solver.get(), 1e-13);
  nlopt_set_xtol_rel(solver.get(), 1e-9);
  nlopt_set_maxeval(solver.get(), 500);
  double minimum = 0;
  nlopt_optimize(solver.get(), start.data(), &minimum);  // limited by rounding, it still leaves the best point
  return start;
}

// (1/2n) |y - Xβ|² of centred columns, by their moments.
class LeastSquares final : public Objective {
 public:
  explicit LeastSquares(const FitData& data) : size_(data.dimensions.size()), gram_(size_ * size_), moments_(size_) {
    const std::vector<double> ranks = MidRanks(data.outcomes);
    const auto n = static_cast<double>(ranks.size());
    std::vector<double> means;
    for (const auto& dimension : data.dimensions) means.push_back(std::accumulate(dimension.begin(), dimension.end(), 0.0) / n);
    for (size_t a = 0; a < size_; ++a) {
      for (size_t i = 0; i < ranks.size(); ++i) {
        moments_[a] += (data.dimensions[a][i] - means[a]) / kPoints * (ranks[i] - (n + 1) / 2) / n / n;
      }
      for (size_t b = 0; b < size_; ++b) {
        double sum = 0;
        for (size_t i = 0; i < ranks.size(); ++i) sum += (data.dimensions[a][i] - means[a]) * (data.dimensions[b][i] - means[b]);
        gram_[a * size_ + b] = sum / (kPoints * kPoints * n);
      }
    }
  }

  double At(const double* x, double* gradient) const override {
    double value = 0;
    for (size_t a = 0; a < size_; ++a) {
      double product = 0;
      for (size_t b = 0; b < size_; ++b) product += gram_[a * size_ + b] * x[b];
      gradient[a] = product - moments_[a];
      value += x[a] * (product / 2 - moments_[a]);
    }
    return value;
  }

 private:
  size_t size_;
  std::vector<double> gram_;
  std::vector<double> moments_;
};

double Sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }
double LogSigmoid(double x) { return x >= 0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x)); }

// Mean negative log-likelihood of P(y >= c) = sigmoid(β·x - t_c), t_c = t_1 + steps, with a ridge on β. The point holds
// β, t_1 and the steps.
class ProportionalOdds final : public Objective {
 public:
  ProportionalOdds(const FitData& data, const std::vector<int>& classes, int class_count)
      : data_(data), classes_(classes), cuts_(static_cast<size_t>(class_count) - 1) {}

  double At(const double* x, double* gradient) const override {
    const size_t dimensions = data_.dimensions.size();
    std::vector<double> thresholds(cuts_), by_threshold(cuts_, 0.0);
    std::partial_sum(x + dimensions, x + dimensions + cuts_, thresholds.begin());
    std::fill(gradient, gradient + dimensions + cuts_, 0.0);
    double value = 0;
    for (size_t i = 0; i < classes_.size(); ++i) {
      double linear = 0;
      for (size_t d = 0; d < dimensions; ++d) linear += x[d] * data_.dimensions[d][i] / kPoints;
      const double slope = AddRow(static_cast<size_t>(classes_[i]), linear, thresholds, by_threshold, value);
      for (size_t d = 0; d < dimensions; ++d) gradient[d] += slope * data_.dimensions[d][i] / kPoints;
    }
    const auto n = static_cast<double>(classes_.size());
    value /= n;
    for (size_t d = 0; d < dimensions; ++d) {
      value += kRidge / 2 * x[d] * x[d];
      gradient[d] = gradient[d] / n + kRidge * x[d];
    }
    double sum = 0;  // a step moves all thresholds from its own on
    for (size_t c = cuts_; c-- > 0;) gradient[dimensions + c] = (sum += by_threshold[c]) / n;
    return value;
  }

 private:
  // Adds a row's negative log-likelihood and its derivatives by the thresholds; returns that by the linear part.
  double AddRow(size_t y, double linear, const std::vector<double>& thresholds, std::vector<double>& by_threshold, double& value) const {
    double slope = 0;
    const bool has_lower = y > 0, has_upper = y < cuts_;
    if (has_lower) {  // log sigmoid(a)
      const double a = linear - thresholds[y - 1];
      value -= LogSigmoid(a);
      slope -= Sigmoid(-a);
      by_threshold[y - 1] += Sigmoid(-a);
    }
    if (has_upper) {  // log sigmoid(-b)
      const double b = linear - thresholds[y];
      value -= LogSigmoid(-b);
      slope += Sigmoid(b);
      by_threshold[y] -= Sigmoid(b);
    }
    if (has_lower && has_upper) {  // sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - e^-(a-b))
      const double step = std::max(kStepMin, thresholds[y] - thresholds[y - 1]);
      value -= std::log(-std::expm1(-step));
      by_threshold[y] -= 1 / std::expm1(step);
      by_threshold[y - 1] += 1 / std::expm1(step);
    }
    return slope;
  }

  const FitData& data_;
  const std::vector<int>& classes_;
  const size_t cuts_;
};

// Outcomes as 0 … n-1 without gaps: a class that nobody has needs no threshold.
std::vector<int> ClassesOf(const std::vector<double>& outcomes, int& count) {
  std::vector<double> values = outcomes;
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  count = static_cast<int>(values.size());
  std::vector<int> classes;
  for (const double outcome : outcomes) {
    classes.push_back(static_cast<int>(std::lower_bound(values.begin(), values.end(), outcome) - values.begin()));
  }
  return classes;
}

std::vector<double> Slopes(const FitData& data, OutcomeKind kind) {
  const size_t size = data.dimensions.size();
  if (kind == OutcomeKind::kAmount) {
    return Minimise(LeastSquares(data), std::vector<double>(size, 1.0 / static_cast<double>(size)), std::vector<double>(size, 0.0));
  }
  int count = 0;
  const std::vector<int> classes = ClassesOf(data.outcomes, count);
  if (count < 2) return std::vector<double>(size, 0.0);
  std::vector<double> start(size, 1.0), lower(size, 0.0);
  start.resize(size + static_cast<size_t>(count) - 1, 0.5);
  lower.resize(start.size(), kStepMin);
  lower[size] = -HUGE_VAL;
  return Minimise(ProportionalOdds(data, classes, count), start, lower);
}

}  // namespace

std::optional<std::vector<double>> FitWeights(const FitData& data, OutcomeKind kind) {
  if (data.dimensions.empty() || data.outcomes.empty()) return std::nullopt;
  std::vector<double> slopes = Slopes(data, kind);
  slopes.resize(data.dimensions.size());
  for (double& slope : slopes) slope = std::isfinite(slope) ? std::max(0.0, slope) : 0.0;
  const double sum = std::accumulate(slopes.begin(), slopes.end(), 0.0);
  if (!(sum > 1e-9)) return std::nullopt;
  for (double& slope : slopes) slope /= sum;
  return slopes;
}

std::vector<scoring::Micro> ToMicro(const std::vector<double>& weights) {
  std::vector<scoring::Micro> micro;
  std::vector<size_t> order;
  for (const double weight : weights) {
    order.push_back(micro.size());
    micro.push_back(static_cast<scoring::Micro>(std::floor(weight * scoring::kOneMicro)));
  }
  const auto remainder = [&](size_t i) { return weights[i] * scoring::kOneMicro - static_cast<double>(micro[i]); };
  std::vector<double> remainders;
  for (size_t i = 0; i < weights.size(); ++i) remainders.push_back(remainder(i));
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  scoring::Micro rest = scoring::kOneMicro - std::accumulate(micro.begin(), micro.end(), scoring::Micro{0});
  for (size_t i = 0; rest > 0; i = (i + 1) % order.size(), --rest) ++micro[order[i]];
  return micro;
}

}  // namespace rung::calibration
