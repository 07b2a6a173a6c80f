// The use cases of rung.benefits.v1.RedemptionService.
#pragma once

#include <optional>
#include <vector>

#include "libs/base/clock.h"
#include "libs/storage/redemption_store.h"
#include "rung/benefits/v1/redemption.pb.h"
#include "services/benefits/customer_source.h"
#include "services/benefits/published.h"

namespace rung::benefits_service {

struct RedemptionParts {
  Published& published;
  const CustomerSource& customers;
  storage::RedemptionStore& store;
  storage::CouponStore& coupons;
  const Clock& clock;
  const BusinessZone& zone;
};

/// Thread-safe.
class Redemptions {
 public:
  explicit Redemptions(RedemptionParts parts) : parts_(parts) {}

  absl::Status Reserve(const benefits::v1::ReserveRequest& request, benefits::v1::ReserveResponse& response, Deadline deadline);
  absl::Status Commit(const benefits::v1::CommitRequest& request, benefits::v1::CommitResponse& response, Deadline deadline);
  absl::Status Release(const benefits::v1::ReleaseRequest& request, benefits::v1::ReleaseResponse& response, Deadline deadline);
  absl::Status List(const benefits::v1::ListReservationsRequest& request, benefits::v1::ListReservationsResponse& response, Deadline deadline) const;

 private:
  const RedemptionParts parts_;
};

}  // namespace rung::benefits_service
