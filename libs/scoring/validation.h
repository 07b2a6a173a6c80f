// What is wrong with a model, field by field.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/violation.h"
#include "libs/scoring/model.h"

namespace rung::scoring {

using rung::Violation;

/// All violations of a model; empty when it can be published. `is_feature` says whether a name is a feature of this
/// installation.
std::vector<Violation> Validate(const Model& model, const std::function<bool(std::string_view)>& is_feature);

inline constexpr size_t kMaxTiers = 32;
inline constexpr size_t kMaxDimensions = 32;
inline constexpr size_t kMaxFactors = 16;
inline constexpr size_t kMaxKnots = 64;
inline constexpr size_t kMaxOverrides = 1000;
inline constexpr int kMaxConfirmations = 60;

}  // namespace rung::scoring
