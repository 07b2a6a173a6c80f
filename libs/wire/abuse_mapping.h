// Abuse policies and signals between the wire, files and the abuse library.
#pragma once

#include <string>
#include <vector>

#include "libs/abuse/signals.h"
#include "libs/base/violation.h"
#include "rung/grading/v1/abuse.pb.h"

namespace rung::wire {

/// Maps a policy; what isn't given keeps its default. Enum values of a later release become violations.
abuse::Policy FromWire(const grading::v1::AbusePolicy& in, std::vector<Violation>& violations);

void ToWire(const std::vector<abuse::Signal>& signals, grading::v1::AbuseSignals& out);

}  // namespace rung::wire
