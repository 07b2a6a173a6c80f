#include "tests/support/error_details.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace rung::testing {

std::string ErrorDetails::ViolationOf(std::string_view field) const {
  const auto it = std::find_if(violations.begin(), violations.end(), [&](const auto& violation) { return violation.first == field; });
  return it == violations.end() ? std::string() : it->second;
}

ErrorDetails DetailsOf(const grpc::Status& status) {
  ErrorDetails details;
  google::rpc::Status envelope;
  details.decoded = envelope.ParseFromString(status.error_details());
  for (const auto& any : envelope.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) {
      details.reason = info.reason();
      details.metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (any.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) {
        EXPECT_FALSE(violation.description().empty()) << violation.field() << " isn't explained";
        details.violations.emplace_back(violation.field(), violation.reason());
      }
    } else if (any.UnpackTo(&retry)) {
      details.retry_after_ms = retry.retry_delay().seconds() * 1000 + retry.retry_delay().nanos() / 1'000'000;
    }
  }
  return details;
}

std::string ReasonOf(const grpc::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  EXPECT_TRUE(details.decoded) << "no details: " << status.error_message();
  return details.violations.empty() ? details.reason : details.violations[0].second;
}

}  // namespace rung::testing
