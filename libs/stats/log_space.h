// Gamma functions and sums in logarithms.
#pragma once

#include <math.h>  // lgamma_r

#include <cmath>

namespace rung::stats {

/// log of the gamma function for x > 0. std::lgamma writes a global and isn't safe between threads.
inline double LogGamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

inline double LogBeta(double a, double b) { return LogGamma(a) + LogGamma(b) - LogGamma(a + b); }

/// log of e^a + e^b; either may be -infinity.
inline double LogAdd(double a, double b) {
  const double top = a > b ? a : b, other = a > b ? b : a;
  return other == -HUGE_VAL ? top : top + std::log1p(std::exp(other - top));
}

}  // namespace rung::stats
