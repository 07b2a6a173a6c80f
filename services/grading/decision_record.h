// What a decision was made from, as the bytes that are stored with it.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "libs/scoring/decision_inputs.h"
#include "libs/scoring/scorer.h"

namespace rung::grading {

/// Doubles keep every bit. `scorer` holds the model of the inputs.
std::string EncodeDecision(const scoring::Scorer& scorer, const scoring::DecisionInputs& inputs);

/// DATA_LOSS when the bytes are damaged, or belong to another model than `scorer`'s.
absl::StatusOr<scoring::DecisionInputs> DecodeDecision(const scoring::Scorer& scorer, std::string_view bytes);

}  // namespace rung::grading
