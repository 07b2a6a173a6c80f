// What is asked of requests, and the list id that ties feedback to the list it is about.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "rung/recommendations/v1/recommendation.pb.h"

namespace rung::recommendations {

/// INVALID_ARGUMENT/INVALID_REQUEST with every violation.
absl::Status CheckRecommend(const v1::RecommendRequest& request);
absl::Status CheckPreview(const v1::PreviewPolicyRequest& request);
absl::Status CheckClaim(const v1::ClaimCouponRequest& request);
absl::Status CheckAvailability(const v1::SetAvailabilityRequest& request);
absl::Status CheckFeedback(const v1::RecordFeedbackRequest& request);
absl::Status CheckConversion(const v1::GetConversionRequest& request);

struct ListId {
  int64_t model_version = 0;
  int32_t policy_version = 0;
  std::string audience;
};
std::string FormatListId(const ListId& id);
std::optional<ListId> ParseListId(std::string_view text);

}  // namespace rung::recommendations
