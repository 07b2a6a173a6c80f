// Knots over columns, in registers, against the same arithmetic row by row.
#include "libs/scoring/normalise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace rung::scoring {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// docs/scoring.md: linear between the points (x, y / 100), flat before the first and after the last.
double Reference(const std::vector<Knot>& knots, double x) {
  if (std::isnan(x)) return x;
  if (x < knots.front().x) return knots.front().y / 100;
  if (x >= knots.back().x) return knots.back().y / 100;
  size_t k = 0;
  while (x >= knots[k + 1].x) ++k;
  const double y0 = knots[k].y / 100, y1 = knots[k + 1].y / 100;
  const double slope = (y1 - y0) / (knots[k + 1].x - knots[k].x);
  return std::clamp(y0 + slope * (x - knots[k].x), std::min(y0, y1), std::max(y0, y1));
}

enum class Shape { kRising, kFalling, kMixed };

std::vector<Knot> RandomKnots(std::mt19937_64& random, Shape shape, size_t count) {
  std::uniform_real_distribution<double> step(0.01, 3), points(0, 100);
  std::vector<Knot> knots(count);
  std::vector<double> ys(count);
  for (double& y : ys) y = random() % 4 == 0 ? 50 : points(random);  // flat pieces, too
  if (shape != Shape::kMixed) std::sort(ys.begin(), ys.end());
  if (shape == Shape::kFalling) std::reverse(ys.begin(), ys.end());
  double x = -5;
  for (size_t k = 0; k < count; ++k) knots[k] = {x += step(random), ys[k]};
  return knots;
}

TEST(Knots, GiveTheBitsOfTheDefinitionRowByRow) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    const auto shape = static_cast<Shape>(round % 3);
    const size_t knot_count = round % 10 == 9 ? 40 : 2 + random() % 8;
    const auto knots = RandomKnots(random, shape, knot_count);
    const double divisor = round % 2 == 0 ? 1 : std::uniform_real_distribution<double>(0.1, 7)(random);
    std::vector<double> x(random() % 70);
    for (double& value : x) {
      switch (random() % 6) {
        case 0: value = kMissing; break;
        case 1: value = knots[random() % knot_count].x * divisor; break;
        case 2: value = random() % 2 == 0 ? kInfinity : -kInfinity; break;
        default: value = std::uniform_real_distribution<double>(-10, 25)(random);
      }
    }
    std::vector<double> out(x.size());
    NormaliseContext context;
    context.divisor = divisor;
    NormaliseColumn(Knots{knots}, x.data(), context, x.size(), out.data());
    for (size_t i = 0; i < x.size(); ++i) {
      const double expected = Reference(knots, x[i] / divisor);
      ASSERT_TRUE(out[i] == expected || (std::isnan(out[i]) && std::isnan(expected)))
          << out[i] << " isn't " << expected << " for " << x[i] << " / " << divisor << ", round " << round;
    }
  }
}

}  // namespace
}  // namespace rung::scoring
