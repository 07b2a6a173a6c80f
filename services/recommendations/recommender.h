// The use cases of rung.recommendations.v1.RecommendationService.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "libs/base/clock.h"
#include "libs/clients/coupon_client.h"
#include "libs/clients/risk_client.h"
#include "libs/clients/tag_client.h"
#include "rung/recommendations/v1/recommendation.pb.h"
#include "services/recommendations/in_force.h"
#include "services/recommendations/trainer.h"
#include "services/recommendations/watched_customers.h"

namespace rung::recommendations {

struct RecommenderParts {
  storage::RecommendationStore& store;
  InForce& in_force;
  Trainer& trainer;
  const Clock& clock;
  const BusinessZone& zone;
  std::function<std::optional<std::string>(const CustomerFingerprint&)> tier_now;
  std::function<std::optional<CustomerFingerprint>(const CustomerFingerprint&)> merged_into;  ///< from memory; nullopt: it has its own facts
  const clients::CouponClient& coupons;
  const clients::TagClient& tags;
  const clients::RiskClient& risks;
  WatchedCustomers& watched;
};

/// Thread-safe.
class Recommender {
 public:
  explicit Recommender(RecommenderParts parts) : parts_(std::move(parts)) {}

  /// Doesn't block. nullopt: the policy names tags, and grading has to be asked for the customer's; the response is untouched.
  std::optional<absl::Status> RecommendFromMemory(const v1::RecommendRequest& request, v1::RecommendResponse& response) const;
  /// Waits for grading a quarter of a second at most, and goes on without tags then.
  absl::Status Recommend(const v1::RecommendRequest& request, v1::RecommendResponse& response, Deadline deadline) const;
  absl::Status ClaimCoupon(const v1::ClaimCouponRequest& request, v1::ClaimCouponResponse& response, Deadline deadline) const;
  absl::Status PreviewPolicy(const v1::PreviewPolicyRequest& request, v1::PreviewPolicyResponse& response, Deadline deadline) const;
  absl::Status Train(v1::TrainModelResponse& response) const;
  absl::Status GetModelInfo(v1::GetModelInfoResponse& response) const;
  absl::Status SetAvailability(const v1::SetAvailabilityRequest& request, v1::SetAvailabilityResponse& response, Deadline deadline) const;
  absl::Status RecordFeedback(const v1::RecordFeedbackRequest& request, v1::RecordFeedbackResponse& response, Deadline deadline) const;
  absl::Status GetConversion(const v1::GetConversionRequest& request, v1::GetConversionResponse& response, Deadline deadline) const;

 private:
  /// INVALID_ARGUMENT with every list that can't have been made.
  absl::Status CheckLists(const v1::RecordFeedbackRequest& request, Deadline deadline) const;
  /// Of the customer as it is now; of one that was merged, by the account that has its facts.
  recommend::ListRequest WantedBy(const std::string& customer_id, int32_t count, const Serving& serving) const;
  /// `tags` is nullptr where they aren't asked for or can't be had.
  void Answer(const v1::RecommendRequest& request, const Serving& serving, const clients::TagIds& tags, v1::RecommendResponse& response) const;

  const RecommenderParts parts_;
};

}  // namespace rung::recommendations
