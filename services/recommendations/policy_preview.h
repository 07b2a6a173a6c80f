// What a policy would make of the base: lists for a sample of the model's customers.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "rung/recommendations/v1/recommendation.pb.h"
#include "services/recommendations/in_force.h"
#include "services/recommendations/watched_customers.h"

namespace rung::recommendations {

struct PreviewParts {
  const Serving& serving;
  std::function<std::optional<std::string>(const CustomerFingerprint&)> tier_now;
  WatchedCustomers& watched;
  Day today = 0;
};

/// Of the request's policy, else of the one in force. The request has passed CheckPreview().
absl::Status PreviewPolicy(const v1::PreviewPolicyRequest& request, const PreviewParts& parts, v1::PreviewPolicyResponse& response, Deadline deadline);

}  // namespace rung::recommendations
