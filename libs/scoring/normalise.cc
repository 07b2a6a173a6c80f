#include "libs/scoring/normalise.h"

#include <limits>

namespace rung::scoring {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Selects instead of branches, so that the loops vectorise. Comparisons with NaN are false: NaN passes through both.
inline double AtMostOne(double x) { return x > 1.0 ? 1.0 : x; }
inline double AtLeastZero(double x) { return x < 0.0 ? 0.0 : x; }

void Column(const Knots& n, const double* x, const NormaliseContext&, size_t count, double* out) {
  const auto& knots = n.knots;
  for (size_t i = 0; i < count; ++i) out[i] = x[i] == x[i] ? knots.front().y / 100 : kNaN;
  for (size_t k = 0; k + 1 < knots.size(); ++k) {
    const double x0 = knots[k].x, y0 = knots[k].y / 100;
    const double y1 = knots[k + 1].y / 100;
    const double width = knots[k + 1].x - x0, rise = y1 - y0;
    const double low = rise < 0 ? y1 : y0, high = rise < 0 ? y0 : y1;
    for (size_t i = 0; i < count; ++i) {
      double y = y0 + rise * ((x[i] - x0) / width);
      y = y > high ? high : (y < low ? low : y);  // rounding may not step over the next knot
      out[i] = x[i] >= x0 ? y : out[i];  // at a knot the next segment takes over: exactly its y
    }
  }
  const double last_x = knots.back().x, last_y = knots.back().y / 100;
  for (size_t i = 0; i < count; ++i) out[i] = x[i] >= last_x ? last_y : out[i];
}

void Column(const Saturate& n, const double* x, const NormaliseContext&, size_t count, double* out) {
  for (size_t i = 0; i < count; ++i) out[i] = AtLeastZero(AtMostOne(x[i] / n.at));
}

void Column(const TargetOver& n, const double* x, const NormaliseContext&, size_t count, double* out) {
  for (size_t i = 0; i < count; ++i) {
    const double ratio = n.target / x[i];
    out[i] = x[i] <= n.target ? 1.0 : ratio;
  }
}

void Column(const Penalty& n, const double* x, const NormaliseContext&, size_t count, double* out) {
  for (size_t i = 0; i < count; ++i) out[i] = AtMostOne(AtLeastZero(1.0 - n.slope * x[i]));
}

void Column(const Identity&, const double* x, const NormaliseContext&, size_t count, double* out) {
  for (size_t i = 0; i < count; ++i) out[i] = AtLeastZero(AtMostOne(x[i]));
}

void Column(const Reciprocal& n, const double* x, const NormaliseContext&, size_t count, double* out) {
  for (size_t i = 0; i < count; ++i) out[i] = AtMostOne(1.0 / (1.0 + AtLeastZero(x[i]) / n.tau));
}

void Column(const ToMax&, const double* x, const NormaliseContext& context, size_t count, double* out) {
  if (!(context.maximum > 0)) {
    for (size_t i = 0; i < count; ++i) out[i] = x[i] == x[i] ? 0.0 : kNaN;
    return;
  }
  for (size_t i = 0; i < count; ++i) out[i] = AtLeastZero(AtMostOne(x[i] / context.maximum));
}

void Column(const Percentile&, const double* x, const NormaliseContext& context, size_t count, double* out) {
  const double n = context.rank_size;
  if (!(n > 0)) {
    for (size_t i = 0; i < count; ++i) out[i] = x[i] == x[i] ? 0.0 : kNaN;
    return;
  }
  for (size_t i = 0; i < count; ++i) out[i] = (n - context.ranks[i] + 1.0) / n;
}

void Column(const MinMax& n, const double* x, const NormaliseContext&, size_t count, double* out) {
  const double width = n.high - n.low;
  for (size_t i = 0; i < count; ++i) out[i] = AtLeastZero(AtMostOne((x[i] - n.low) / width));
}

void Column(const Bands& n, const double* x, const NormaliseContext&, size_t count, double* out) {
  for (size_t i = 0; i < count; ++i) out[i] = x[i] == x[i] ? 0.0 : kNaN;
  for (const Band& band : n.bands) {
    for (size_t i = 0; i < count; ++i) out[i] = x[i] >= band.from ? band.value : out[i];
  }
}

}  // namespace

void NormaliseColumn(const Normaliser& normaliser, const double* x, const NormaliseContext& context, size_t count,
                     double* out) {
  std::visit([&](const auto& n) { Column(n, x, context, count, out); }, normaliser);
}

}  // namespace rung::scoring
