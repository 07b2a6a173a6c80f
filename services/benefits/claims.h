// From the claims of a request to the shares that they take, once it is sure that the customer may have them.
#pragma once

#include <string>
#include <vector>

#include "services/benefits/redemptions.h"

namespace rung::benefits_service {

/// Whether some claim is for a benefit; the others are for coupons.
bool ForBenefits(const benefits::v1::ReserveRequest& request);

/// The plan and the day by which a request is judged: those of its quote, or those in force now.
struct ClaimBasis {
  PlanPtr plan;     ///< null: there is none, and no claim is for a benefit
  PlanPtr limits;   ///< in force now; null: the plan is gone
  Day day = 0;      ///< of the quote
  Day today = 0;    ///< in whose period a use counts
};

struct CheckedClaims {
  std::vector<storage::Share> shares;                    ///< one per claim
  std::vector<std::optional<benefits::Quota>> quotas;    ///< of benefits that have one
};

/// FAILED_PRECONDITION/NO_BENEFIT_PLAN, NOT_FOUND/VERSION_UNKNOWN.
absl::StatusOr<ClaimBasis> BasisOf(const benefits::v1::ReserveRequest& request, const RedemptionParts& parts, Deadline deadline);

/// INVALID_ARGUMENT/INVALID_REQUEST with a violation for every claim that the customer may not have;
/// NOT_FOUND/CUSTOMER_UNKNOWN, UNAVAILABLE/TIER_UNREACHABLE when a claim depends on the tier.
absl::StatusOr<CheckedClaims> CheckClaims(const benefits::v1::ReserveRequest& request, const ClaimBasis& basis, const RedemptionParts& parts,
                                          Deadline deadline);

}  // namespace rung::benefits_service
