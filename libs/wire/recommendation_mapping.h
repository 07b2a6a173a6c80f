// The recommendation policy between the wire (rung.recommendations.v1) and the domain.
#pragma once

#include <vector>

#include "libs/base/violation.h"
#include "libs/recommend/policy.h"
#include "rung/recommendations/v1/policy.pb.h"

namespace rung::wire {

/// What the message alone shows to be wrong is appended to `violations`; recommend::Validate says the rest.
recommend::Policy FromWire(const recommendations::v1::RecommendationPolicy& in, std::vector<Violation>& violations);

recommendations::v1::RecommendationSource ToWire(recommend::Source source);

}  // namespace rung::wire
