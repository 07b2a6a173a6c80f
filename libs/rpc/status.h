// Our statuses as gRPC's, with google.rpc error details.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

namespace rung::rpc {

/// ErrorInfo{reason, "rung", metadata}, BadRequest with all violations, RetryInfo. An INTERNAL error shows a fixed
/// sentence and an id under which the log has the details.
grpc::Status ToGrpc(const absl::Status& status);

/// The error of another service of ours, as it was before ToGrpc.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace rung::rpc
