// The scale of all ordering rates that makes a base place the number of lines asked for.
#pragma once

#include <cstdint>

#include "libs/generator/marketplace.h"

namespace rung::generator {

/// Scale in thousandths, 1 to 100'000. Found on the plans of a small base with a seed of its own, so that it depends
/// on all options but the seed and customer_count.
int64_t FindRateScale(const GeneratorOptions& options);

}  // namespace rung::generator
