// What went wrong, for people and for scripts.
#pragma once

#include <string>

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

namespace rung::ctl {

enum ExitCode : int {
  kExitOk = 0,
  kExitRefused = 1,      ///< the server refused, or some of the input was refused
  kExitUsage = 2,        ///< the command line is wrong
  kExitUnavailable = 3,  ///< the server can't be reached or didn't answer in time
};

/// "NOT_FOUND (CUSTOMER_UNKNOWN): message", then a line for each field violation, the server's advice when to retry
/// and the request id, each where there is one. Lines after the first are indented.
std::string DescribeError(const grpc::Status& status);

/// kExitUnavailable for UNAVAILABLE and DEADLINE_EXCEEDED, otherwise kExitRefused.
ExitCode ExitCodeOf(const grpc::Status& status);

/// Writes "rungctl: <description>" to standard error and returns the exit code.
int Fail(const grpc::Status& status);

/// The same for an error found here: kExitUsage for INVALID_ARGUMENT and NOT_FOUND, otherwise kExitRefused.
int FailLocally(const absl::Status& status);

/// "rungctl: <message>" on standard error.
void Complain(const std::string& message);

}  // namespace rung::ctl
