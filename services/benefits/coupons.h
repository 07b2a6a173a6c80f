// The use cases of rung.benefits.v1.CouponService.
#pragma once

#include "rung/benefits/v1/coupon.pb.h"
#include "services/benefits/redemptions.h"

namespace rung::benefits_service {

/// Thread-safe.
class Coupons {
 public:
  explicit Coupons(RedemptionParts parts) : parts_(parts) {}

  absl::Status Issue(const benefits::v1::IssueCouponRequest& request, benefits::v1::IssueCouponResponse& response, Deadline deadline);
  absl::Status List(const benefits::v1::ListCouponsRequest& request, benefits::v1::ListCouponsResponse& response, Deadline deadline) const;
  absl::Status Get(const benefits::v1::GetCouponsRequest& request, benefits::v1::GetCouponsResponse& response, Deadline deadline) const;
  absl::Status Usage(const benefits::v1::GetCouponUsageRequest& request, benefits::v1::GetCouponUsageResponse& response, Deadline deadline) const;

 private:
  Day Today() const { return parts_.zone.DayOf(parts_.clock.NowSeconds()); }
  /// Unset when nobody knows it, or in time.
  std::optional<std::string> TierOf(const std::string& customer_id, Deadline deadline) const;

  const RedemptionParts parts_;
};

}  // namespace rung::benefits_service
