// Money, ratios and quantities as integers that can't be swapped for one another, and the only two roundings of a quote.
#pragma once

#include <compare>
#include <cstdint>

namespace rung::pricing {

/// Intermediates: amounts reach 10^13 fen, quantities 10^16 thousandths, and their products don't fit 64 bits.
using Wide = __int128;

/// An integer of one unit. Sums and comparisons only; products go through the functions below.
template <typename Unit>
struct Measure {
  int64_t value = 0;

  friend constexpr auto operator<=>(Measure, Measure) = default;
  friend constexpr Measure operator+(Measure a, Measure b) { return {a.value + b.value}; }
  friend constexpr Measure operator-(Measure a, Measure b) { return {a.value - b.value}; }
  constexpr Measure& operator+=(Measure other) { value += other.value; return *this; }
  constexpr Measure& operator-=(Measure other) { value -= other.value; return *this; }
};

/// The currency's minor unit; also a price per piece or per kilogram.
using Fen = Measure<struct FenUnit>;
/// 10,000 is the whole. Pay 9,000: the customer pays 90 % (9 折).
using Bps = Measure<struct BpsUnit>;
/// Thousandths of a piece (whole thousands only) or of a kilogram.
using QtyMilli = Measure<struct QtyMilliUnit>;

inline constexpr Bps kWhole{10'000};
inline constexpr QtyMilli kOne{1'000};
/// No amount of a line goes beyond this; a line that would is refused.
inline constexpr Fen kMaxAmount{10'000'000'000'000};

/// floor((2a + b) / 2b) for a >= 0, b > 0.
constexpr Wide RoundHalfUp(Wide a, int64_t b) {
  if (a <= INT64_MAX) {  // a 128-bit division takes several times as long
    const int64_t small = static_cast<int64_t>(a);
    const int64_t rest = small % b;
    return small / b + (rest >= b - rest ? 1 : 0);
  }
  return (2 * a + b) / (Wide{2} * b);
}

/// The least integer >= a / b, for a >= 0, b > 0.
constexpr Wide RoundUp(Wide a, int64_t b) {
  if (a <= INT64_MAX) {
    const int64_t small = static_cast<int64_t>(a);
    return small / b + (small % b != 0 ? 1 : 0);
  }
  return (a + b - 1) / b;
}

/// price x quantity, half up. Callers have bounded the result by kMaxAmount (see AmountFits).
constexpr Fen AmountOf(Fen price, QtyMilli quantity) {
  return {static_cast<int64_t>(RoundHalfUp(Wide{price.value} * quantity.value, kOne.value))};
}

/// The same, up: for what an amount must not fall below.
constexpr Fen AmountAtLeast(Fen price, QtyMilli quantity) {
  return {static_cast<int64_t>(RoundUp(Wide{price.value} * quantity.value, kOne.value))};
}

/// AmountAtLeast stays within kMaxAmount.
constexpr bool AmountFits(Fen price, QtyMilli quantity) {
  return Wide{price.value} * quantity.value <= Wide{kMaxAmount.value} * kOne.value;
}

/// amount x share, half up.
constexpr Fen ShareOf(Fen amount, Bps share) {
  return {static_cast<int64_t>(RoundHalfUp(Wide{amount.value} * share.value, kWhole.value))};
}

/// amount x share, up.
constexpr Fen ShareAtLeast(Fen amount, Bps share) {
  return {static_cast<int64_t>(RoundUp(Wide{amount.value} * share.value, kWhole.value))};
}

}  // namespace rung::pricing
