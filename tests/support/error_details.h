// What a failed call says beyond its sentence.
#pragma once

#include <grpcpp/support/status.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rung::testing {

struct ErrorDetails {
  bool decoded = false;  ///< the details are a google.rpc.Status
  std::string reason;
  std::map<std::string, std::string> metadata;
  std::vector<std::pair<std::string, std::string>> violations;  ///< field and reason, in their order
  int64_t retry_after_ms = 0;                                   ///< 0: no RetryInfo

  /// The reason why the field is refused; empty: it isn't.
  std::string ViolationOf(std::string_view field) const;
};

ErrorDetails DetailsOf(const grpc::Status& status);

/// The first violation's reason, else the error's; fails the test when the details can't be decoded.
std::string ReasonOf(const grpc::Status& status);

}  // namespace rung::testing
