#include "libs/clients/coupon_client.h"

#include "libs/errors/errors.h"
#include "libs/rpc/client_call.h"
#include "libs/rpc/status.h"
#include "rung/benefits/v1/coupon.grpc.pb.h"

namespace rung::clients {
namespace {

namespace pb = benefits::v1;

absl::Status Unreachable(std::string_view why) {
  return WithRetry(WithReason(UnavailableError("the benefits service can't be reached in time: {}", why), "BENEFITS_UNREACHABLE"), 500);
}

}  // namespace

bool IsRefusal(const absl::Status& status) {
  if (absl::IsResourceExhausted(status)) {
    const std::string reason = ReasonOf(status);
    return reason == "CUSTOMER_LIMIT_REACHED" || reason == "ISSUE_LIMIT_REACHED" || reason == "BUDGET_EXHAUSTED";
  }
  return absl::IsNotFound(status) || absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status) || absl::IsAlreadyExists(status);
}

absl::StatusOr<IssuedCoupon> CouponClient::Issue(const CouponOrder& order, Deadline deadline) const {
  const auto channel = channel_();
  if (channel == nullptr) return Unreachable("this process doesn't serve yet");
  pb::IssueCouponRequest request;
  request.set_request_id(order.request_id);
  request.set_customer_id(order.customer_id);
  request.set_coupon_id(order.coupon_id);
  request.set_source(order.source);
  pb::IssueCouponResponse response;
  const auto stub = pb::CouponService::NewStub(channel);
  rpc::ClientCall call(deadline);
  if (const grpc::Status status = stub->IssueCoupon(&call.context(), request, &response); !status.ok()) {
    const absl::Status error = rpc::FromGrpc(status);
    const bool unanswered = absl::IsUnavailable(error) || absl::IsDeadlineExceeded(error) || absl::IsCancelled(error) || absl::IsUnimplemented(error);
    return unanswered ? Unreachable(Message(error)) : error;
  }
  return IssuedCoupon{response.coupon().issued_coupon_id(), response.coupon().until_date()};
}

}  // namespace rung::clients
