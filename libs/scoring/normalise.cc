#include "libs/scoring/normalise.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace rung::scoring {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Columns never overlap, and parameters are copied to locals: without either the loops wouldn't vectorise.
using In = const double* __restrict;
using Out = double* __restrict;

// Selects instead of branches, so that the loops vectorise. Comparisons with NaN are false: NaN passes through both.
[[gnu::always_inline]] inline double AtMostOne(double x) { return x > 1.0 ? 1.0 : x; }
[[gnu::always_inline]] inline double AtLeastZero(double x) { return x < 0.0 ? 0.0 : x; }

// Four rows in a register, and four registers at a time so that one's latency hides behind the others.
using Lanes [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = double;
constexpr size_t kLanes = 4;
constexpr size_t kTile = 4 * kLanes;

struct Segment {
  double x0, y0, slope;
  double y1;  // rounding may not step over the next knot
};
struct Line {
  const Segment* segments;
  size_t count;
  double divisor, first_y, last_x, last_y;
};

// Rows stay in registers while the segments pass by. From a knot on its segment takes over: exactly the knot's y there.
// With kRising no segment falls; then only the upper end needs a bound, as a product of a slope >= 0 and x - x0 >= 0
// never is negative.
template <bool kRising, bool kDivide>
[[gnu::always_inline]] inline void KnotsTile(const Line& knots, In in, Out out) {
  Lanes x[4], y[4];
  for (size_t r = 0; r < 4; ++r) {
    x[r] = *reinterpret_cast<const Lanes*>(in + r * kLanes);
    if constexpr (kDivide) x[r] /= knots.divisor;
    y[r] = x[r] == x[r] ? knots.first_y : x[r];  // a missing value stays missing
  }
  for (size_t k = 0; k < knots.count; ++k) {
    const Segment s = knots.segments[k];
    const bool rising = kRising || s.y1 >= s.y0;
    const double low = rising ? s.y0 : s.y1, high = rising ? s.y1 : s.y0;
    for (size_t r = 0; r < 4; ++r) {
      Lanes line = s.y0 + s.slope * (x[r] - s.x0);
      line = line > high ? high : line;
      if constexpr (!kRising) line = line < low ? low : line;
      y[r] = x[r] >= s.x0 ? line : y[r];
    }
  }
  for (size_t r = 0; r < 4; ++r) {
    y[r] = x[r] >= knots.last_x ? knots.last_y : y[r];
    *reinterpret_cast<Lanes*>(out + r * kLanes) = y[r];
  }
}

template <bool kRising, bool kDivide>
[[gnu::always_inline]] inline void KnotsColumn(const Line& knots, In x, size_t count, Out out) {
  size_t i = 0;
  for (; i + kTile <= count; i += kTile) KnotsTile<kRising, kDivide>(knots, x + i, out + i);
  if (i == count) return;
  double rest[kTile], rest_out[kTile];
  std::fill_n(rest, kTile, kNaN);
  std::copy_n(x + i, count - i, rest);
  KnotsTile<kRising, kDivide>(knots, rest, rest_out);
  std::copy_n(rest_out, count - i, out + i);
}

[[gnu::always_inline]] inline void Column(const Knots& n, In x, const NormaliseContext& context, size_t count, Out out) {
  constexpr size_t kAtOnce = 32;
  Segment few[kAtOnce];
  std::vector<Segment> many;
  const auto& knots = n.knots;
  Segment* segments = few;
  if (knots.size() > kAtOnce) {
    many.resize(knots.size());
    segments = many.data();
  }
  bool rising = true;
  for (size_t k = 0; k + 1 < knots.size(); ++k) {
    const double x0 = knots[k].x, y0 = knots[k].y / 100, y1 = knots[k + 1].y / 100;
    segments[k] = {x0, y0, (y1 - y0) / (knots[k + 1].x - x0), y1};
    rising = rising && y1 >= y0;
  }
  const Line line{segments, knots.size() - 1, context.divisor, knots.front().y / 100, knots.back().x, knots.back().y / 100};
  if (!rising) return KnotsColumn<false, true>(line, x, count, out);
  if (context.divisor == 1.0) return KnotsColumn<true, false>(line, x, count, out);
  KnotsColumn<true, true>(line, x, count, out);
}

[[gnu::always_inline]] inline void Column(const Saturate& n, In x, const NormaliseContext&, size_t count, Out out) {
  const double at = n.at;
  for (size_t i = 0; i < count; ++i) out[i] = AtLeastZero(AtMostOne(x[i] / at));
}

[[gnu::always_inline]] inline void Column(const TargetOver& n, In x, const NormaliseContext&, size_t count, Out out) {
  const double target = n.target;
  for (size_t i = 0; i < count; ++i) {
    const double ratio = target / x[i];
    out[i] = x[i] <= target ? 1.0 : ratio;
  }
}

[[gnu::always_inline]] inline void Column(const Penalty& n, In x, const NormaliseContext&, size_t count, Out out) {
  const double slope = n.slope;
  for (size_t i = 0; i < count; ++i) out[i] = AtMostOne(AtLeastZero(1.0 - slope * x[i]));
}

[[gnu::always_inline]] inline void Column(const Identity&, In x, const NormaliseContext&, size_t count, Out out) {
  for (size_t i = 0; i < count; ++i) out[i] = AtLeastZero(AtMostOne(x[i]));
}

[[gnu::always_inline]] inline void Column(const Reciprocal& n, In x, const NormaliseContext&, size_t count, Out out) {
  const double tau = n.tau;
  for (size_t i = 0; i < count; ++i) out[i] = AtMostOne(1.0 / (1.0 + AtLeastZero(x[i]) / tau));
}

[[gnu::always_inline]] inline void Column(const ToMax&, In x, const NormaliseContext& context, size_t count, Out out) {
  if (!(context.maximum > 0)) {
    for (size_t i = 0; i < count; ++i) out[i] = x[i] == x[i] ? 0.0 : kNaN;
    return;
  }
  const double maximum = context.maximum;
  for (size_t i = 0; i < count; ++i) out[i] = AtLeastZero(AtMostOne(x[i] / maximum));
}

[[gnu::always_inline]] inline void Column(const Percentile&, In x, const NormaliseContext& context, size_t count, Out out) {
  const double n = context.rank_size;
  if (!(n > 0)) {
    for (size_t i = 0; i < count; ++i) out[i] = x[i] == x[i] ? 0.0 : kNaN;
    return;
  }
  const In ranks = context.ranks;
  for (size_t i = 0; i < count; ++i) out[i] = (n - ranks[i] + 1.0) / n;
}

[[gnu::always_inline]] inline void Column(const MinMax& n, In x, const NormaliseContext&, size_t count, Out out) {
  const double low = n.low, width = n.high - n.low;
  for (size_t i = 0; i < count; ++i) out[i] = AtLeastZero(AtMostOne((x[i] - low) / width));
}

[[gnu::always_inline]] inline void Column(const Bands& n, In x, const NormaliseContext&, size_t count, Out out) {
  for (size_t i = 0; i < count; ++i) out[i] = x[i] == x[i] ? 0.0 : kNaN;
  for (const Band& band : n.bands) {
    const double from = band.from, value = band.value;
    for (size_t i = 0; i < count; ++i) out[i] = x[i] >= from ? value : out[i];
  }
}

}  // namespace

// Compiled for plain x86-64 and for AVX2, chosen when the program starts. Both give the same bits: no fused multiply-add,
// and the same operations in the same order.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
[[gnu::target_clones("arch=x86-64-v3", "default")]]
#endif
void NormaliseColumn(const Normaliser& normaliser, const double* x, const NormaliseContext& context, size_t count,
                     double* out) {
  // A chain instead of std::visit, whose calls through a table would keep the loops out of the clones.
  if (const auto* knots = std::get_if<Knots>(&normaliser)) return Column(*knots, x, context, count, out);
  if (const auto* saturate = std::get_if<Saturate>(&normaliser)) return Column(*saturate, x, context, count, out);
  if (const auto* target = std::get_if<TargetOver>(&normaliser)) return Column(*target, x, context, count, out);
  if (const auto* penalty = std::get_if<Penalty>(&normaliser)) return Column(*penalty, x, context, count, out);
  if (const auto* identity = std::get_if<Identity>(&normaliser)) return Column(*identity, x, context, count, out);
  if (const auto* reciprocal = std::get_if<Reciprocal>(&normaliser)) return Column(*reciprocal, x, context, count, out);
  if (const auto* to_max = std::get_if<ToMax>(&normaliser)) return Column(*to_max, x, context, count, out);
  if (const auto* percentile = std::get_if<Percentile>(&normaliser)) return Column(*percentile, x, context, count, out);
  if (const auto* min_max = std::get_if<MinMax>(&normaliser)) return Column(*min_max, x, context, count, out);
  Column(std::get<Bands>(normaliser), x, context, count, out);
}

}  // namespace rung::scoring
