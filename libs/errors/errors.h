// Errors that a user can act on: a status with a machine-readable reason, violations and a retry hint.
//
// The details ride on the absl::Status as payloads; libs/rpc turns them into google.rpc error details at the door.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

#include "libs/base/status.h"
#include "libs/base/violation.h"

namespace rung {

/// Adds the reason (UPPER_SNAKE, documented in docs/errors.md) and the values that it speaks of.
absl::Status WithReason(absl::Status status, std::string_view reason,
                        const std::map<std::string, std::string>& metadata = {});

/// Adds when to try again.
absl::Status WithRetry(absl::Status status, int64_t retry_after_ms);

/// INVALID_ARGUMENT/INVALID_REQUEST with all violations; the message names the first one.
absl::Status InvalidRequest(const std::vector<Violation>& violations);

/// INVALID_REQUEST with one violation.
absl::Status InvalidField(std::string field, std::string reason, std::string message);

/// The same status with the violations attached.
absl::Status WithViolations(absl::Status status, const std::vector<Violation>& violations);

/// Empty when the status has none.
std::string ReasonOf(const absl::Status& status);
std::map<std::string, std::string> MetadataOf(const absl::Status& status);
std::vector<Violation> ViolationsOf(const absl::Status& status);
std::optional<int64_t> RetryAfterMs(const absl::Status& status);

}  // namespace rung
