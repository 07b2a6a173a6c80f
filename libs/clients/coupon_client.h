// Issues coupons at the benefits service, for services that have a reason to give one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <absl/status/statusor.h>
#include <grpcpp/channel.h>

#include "libs/base/deadline.h"

namespace rung::clients {

struct CouponOrder {
  std::string request_id;  ///< the same one again is the same coupon, whatever happened to the first answer
  std::string customer_id;
  std::string coupon_id;
  std::string source;  ///< who or what gives it
};

struct IssuedCoupon {
  std::string issued_coupon_id;
  std::string until_date;  ///< last day of use; empty: open
};

/// Whether a failure is the service's answer: the same order would fail again. Otherwise it got none, or may pass.
bool IsRefusal(const absl::Status& status);

/// Thread-safe. One attempt a call.
class CouponClient {
 public:
  /// `channel` is asked for with each call; nullptr: the process doesn't serve yet.
  explicit CouponClient(std::function<std::shared_ptr<grpc::Channel>()> channel) : channel_(std::move(channel)) {}

  /// Errors as CouponService.IssueCoupon lists them; UNAVAILABLE/BENEFITS_UNREACHABLE when there is no answer in time.
  absl::StatusOr<IssuedCoupon> Issue(const CouponOrder& order, Deadline deadline) const;

 private:
  const std::function<std::shared_ptr<grpc::Channel>()> channel_;
};

}  // namespace rung::clients
