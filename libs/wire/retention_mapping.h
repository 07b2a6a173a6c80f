// Retention policies between the wire (rung.grading.v1.RetentionPolicy) and the domain.
#pragma once

#include <vector>

#include "libs/base/violation.h"
#include "libs/forecast/retention_policy.h"
#include "rung/grading/v1/retention_policy.pb.h"

namespace rung::wire {

/// Enum values of a later release become violations; forecast::Validate says the rest.
forecast::RetentionPolicy FromWire(const grading::v1::RetentionPolicy& in, std::vector<Violation>& violations);

grading::v1::ChurnRisk ToWire(stats::ChurnRisk risk);
/// nullopt for UNSPECIFIED and for values of a later release.
std::optional<stats::ChurnRisk> FromWire(grading::v1::ChurnRisk risk);

}  // namespace rung::wire
