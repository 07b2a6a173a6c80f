// The normalisers over columns. NaN (missing) stays NaN.
#pragma once

#include <cstddef>

#include "libs/scoring/model.h"

namespace rung::scoring {

/// What a normaliser may need besides the feature itself.
struct NormaliseContext {
  const double* ranks = nullptr;  ///< percentile: 1 + number strictly better
  double rank_size = 0;           ///< percentile: n
  double maximum = 0;             ///< to_max
  double divisor = 1;             ///< knots: x is divided by this first
};

/// out[i] = normaliser(x[i]) in [0, 1].
void NormaliseColumn(const Normaliser& normaliser, const double* x, const NormaliseContext& context, size_t count,
                     double* out);

}  // namespace rung::scoring
