// Coupons, limits and reservations, asked of the benefits service.
#pragma once

#include <functional>
#include <memory>

#include <grpcpp/channel.h>

#include "services/pricing/limits.h"
#include "services/pricing/quote_verifier.h"

namespace rung::pricing_service {

/// Thread-safe. One attempt a call: the caller of a quote is waiting, and has its own retries. What fails because the
/// service can't be reached in time is UNAVAILABLE/BENEFITS_UNREACHABLE.
class BenefitsClient final : public CouponSource, public LimitSource, public Reservations {
 public:
  /// `channel` is asked for with each call: addresses of peers are known once all of them serve.
  explicit BenefitsClient(std::function<std::shared_ptr<grpc::Channel>()> channel) : channel_(std::move(channel)) {}

  absl::StatusOr<std::vector<HeldCoupon>> Find(const CouponQuery& query, Deadline deadline) const override;
  absl::StatusOr<LeftByBenefit> Left(const LimitsQuery& query, Deadline deadline) const override;
  absl::StatusOr<benefits::v1::Reservation> Reserve(const benefits::v1::ReserveRequest& request, Deadline deadline) const override;
  absl::StatusOr<std::optional<benefits::v1::Reservation>> Find(const std::string& customer_id, const std::string& order_id, const std::string& reservation_id,
                                                                Deadline deadline) const override;

 private:
  const std::function<std::shared_ptr<grpc::Channel>()> channel_;
};

}  // namespace rung::pricing_service
