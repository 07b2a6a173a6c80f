// Random numbers that are the same on every machine: integers only, no distribution of the standard library.
#pragma once

#include <cstdint>

namespace rung::generator {

/// What a stream of random numbers decides. Each aspect of a customer has a stream of its own, so that leaving out
/// one kind of fact, or adding a draw to it, leaves the others as they were. Values are part of the bytes: append only.
enum class Aspect : uint64_t {
  kRate = 1,
  kPlan = 2,
  kContact = 3,
  kGroup = 4,
  kOrders = 5,
  kBaskets = 6,
  kFulfilment = 7,
  kBilling = 8,
  kEngagement = 9,
  kCatalogue = 10,
  kMarket = 11,
  kOrigin = 12,
  kName = 13,
};

/// The output function of splitmix64 (Steele, Lea and Flood 2014, with the constants of Vigna's public-domain code).
constexpr uint64_t Mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// A splitmix64 stream, named by (seed, subject, aspect). One word of state. Streams start at scattered places of one
/// cycle: among those of a million customers, any two overlap with a probability below one in a hundred.
///
/// C++ leaves open which operand of an expression is evaluated first: two different draws in one expression would make
/// the bytes depend on the compiler. Draw in statements of their own.
class Stream {
 public:
  constexpr Stream(uint64_t seed, uint64_t subject, Aspect aspect)
      : state_(Mix64(Mix64(Mix64(seed + kGamma) ^ subject) + kGamma * static_cast<uint64_t>(aspect))) {}

  constexpr uint64_t Next() {
    state_ += kGamma;
    return Mix64(state_);
  }

  /// Uniform in [0, bound), 1 <= bound <= 2^31. Multiply-shift: uneven by less than bound / 2^32.
  constexpr int64_t Below(int64_t bound) {
    return static_cast<int64_t>(((Next() >> 32) * static_cast<uint64_t>(bound)) >> 32);
  }

  /// Uniform in [low, high], both included.
  constexpr int64_t Between(int64_t low, int64_t high) { return low + Below(high - low + 1); }

  /// True `permille` times in a thousand.
  constexpr bool Chance(int64_t permille) { return Below(1000) < permille; }

  /// True `ppm` times in a million.
  constexpr bool ChancePpm(int64_t ppm) { return Below(1'000'000) < ppm; }

 private:
  static constexpr uint64_t kGamma = 0x9e3779b97f4a7c15ULL;

  uint64_t state_;
};

/// a / b rounded half up, for a >= 0 and b > 0.
constexpr int64_t DivideRoundHalfUp(int64_t a, int64_t b) { return (a + b / 2) / b; }

}  // namespace rung::generator
