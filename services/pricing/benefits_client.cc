#include "services/pricing/benefits_client.h"

#include "libs/errors/errors.h"
#include "libs/rpc/client_call.h"
#include "libs/rpc/status.h"
#include "libs/wire/benefit_mapping.h"
#include "rung/benefits/v1/benefit.grpc.pb.h"
#include "rung/benefits/v1/coupon.grpc.pb.h"
#include "rung/benefits/v1/redemption.grpc.pb.h"

namespace rung::pricing_service {
namespace {

namespace pb = benefits::v1;

// Reasons of our own services pass; what never got an answer is one thing to the caller.
absl::Status AsOurs(const grpc::Status& status) {
  absl::Status error = rpc::FromGrpc(status);
  const bool unanswered = absl::IsUnavailable(error) || absl::IsDeadlineExceeded(error) || absl::IsCancelled(error) || absl::IsUnimplemented(error);
  if (!unanswered) return error;
  return WithRetry(WithReason(UnavailableError("the benefits service can't be reached in time: {}", Message(error)), "BENEFITS_UNREACHABLE"), 500);
}

const char* WhyNot(pb::CouponUsability usability) {
  switch (usability) {
    case pb::COUPON_USABILITY_NOT_YET:
      return "its days haven't come";
    case pb::COUPON_USABILITY_EXPIRED:
      return "it has expired";
    case pb::COUPON_USABILITY_OTHER_TIER:
      return "it is for other tiers";
    case pb::COUPON_USABILITY_TIER_UNKNOWN:
      return "it is for some tiers, and the customer's can't be had right now";
    case pb::COUPON_USABILITY_RESERVED:
      return "another order holds it";
    case pb::COUPON_USABILITY_REDEEMED:
      return "it was used";
    case pb::COUPON_USABILITY_BUDGET_EXHAUSTED:
      return "the budget of all customers is used up";
    default:
      return "it can't be used";
  }
}

std::optional<Violation> FindProblem(const pb::GetCouponsResponse::Entry& entry, const CouponQuery& query, size_t place) {
  const std::string field = fmt::format("coupon_ids[{}]", place);
  if (entry.usability() == pb::COUPON_USABILITY_UNKNOWN || !entry.has_definition()) {
    return Violation{field, "COUPON_UNKNOWN", fmt::format("the customer holds no coupon \"{}\"", query.coupon_ids[place])};
  }
  if (query.usable_now && entry.usability() != pb::COUPON_USABILITY_USABLE) {
    return Violation{field, "COUPON_NOT_USABLE", fmt::format("\"{}\": {}", query.coupon_ids[place], WhyNot(entry.usability()))};
  }
  if (entry.definition().currency_code() != query.currency) {
    return Violation{field, "CURRENCY_MISMATCH", fmt::format("\"{}\" is in {}, the price book in {}: leave it out, or name a book in {} as price_book_id",
                                                               query.coupon_ids[place], entry.definition().currency_code(), query.currency,
                                                               entry.definition().currency_code())};
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::vector<HeldCoupon>> BenefitsClient::Find(const CouponQuery& query, Deadline deadline) const {
  pb::GetCouponsRequest request;
  request.set_customer_id(query.customer_id);
  *request.mutable_issued_coupon_ids() = {query.coupon_ids.begin(), query.coupon_ids.end()};
  pb::GetCouponsResponse response;
  const auto stub = pb::CouponService::NewStub(channel_());
  rpc::ClientCall call(deadline);
  if (const grpc::Status status = stub->GetCoupons(&call.context(), request, &response); !status.ok()) return AsOurs(status);
  if (response.entries_size() != request.issued_coupon_ids_size()) return InternalError("{} coupons asked for, {} answered", request.issued_coupon_ids_size(), response.entries_size());
  std::vector<HeldCoupon> coupons;
  std::vector<Violation> violations;
  for (int i = 0; i < response.entries_size(); ++i) {
    if (auto problem = FindProblem(response.entries(i), query, static_cast<size_t>(i))) {
      violations.push_back(*std::move(problem));
      continue;
    }
    std::vector<Violation> unreadable;
    HeldCoupon& held = coupons.emplace_back();
    held.definition_id = response.entries(i).definition().coupon_id();
    if (response.entries(i).has_budget_left_fen()) held.budget_left = pricing::Fen{response.entries(i).budget_left_fen()};
    benefits::CouponDefinition definition = wire::FromWire(response.entries(i).definition(), unreadable);
    pricing::Coupon& coupon = held.coupon = std::move(definition.terms);
    coupon.names = std::move(definition.names);
    coupon.id = query.coupon_ids[static_cast<size_t>(i)];
    if (!unreadable.empty()) return InternalError("coupon \"{}\": {}: {}", coupon.id, unreadable[0].field, unreadable[0].message);
  }
  if (!violations.empty()) return InvalidRequest(violations);
  return coupons;
}

absl::StatusOr<LeftByBenefit> BenefitsClient::Left(const LimitsQuery& query, Deadline deadline) const {
  pb::GetBenefitsRequest request;
  request.set_customer_id(query.customer_id);
  request.set_plan_id(query.plan_id);
  request.set_region(query.region);
  request.set_with_rejected(true);  // so is what is used up
  pb::GetBenefitsResponse response;
  const auto stub = pb::BenefitService::NewStub(channel_());
  rpc::ClientCall call(deadline);
  if (const grpc::Status status = stub->GetBenefits(&call.context(), request, &response); !status.ok()) return AsOurs(status);
  if (response.quotas_unknown()) return WithReason(UnavailableError("the benefits service can't count uses right now"), "BENEFITS_UNREACHABLE");
  LeftByBenefit left{.merged_into = response.merged_into_customer_id()};
  for (pb::Entitlement& entitlement : *response.mutable_entitlements()) {
    if (entitlement.has_remaining()) left.remaining.emplace(entitlement.benefit().benefit_id(), std::move(*entitlement.mutable_remaining()));
  }
  return left;
}

absl::StatusOr<pb::Reservation> BenefitsClient::Reserve(const pb::ReserveRequest& request, Deadline deadline) const {
  pb::ReserveResponse response;
  const auto stub = pb::RedemptionService::NewStub(channel_());
  rpc::ClientCall call(deadline);
  if (const grpc::Status status = stub->Reserve(&call.context(), request, &response); !status.ok()) return AsOurs(status);
  return std::move(*response.mutable_reservation());
}

absl::StatusOr<std::optional<pb::Reservation>> BenefitsClient::Find(const std::string& customer_id, const std::string& order_id, const std::string& reservation_id,
                                                                    Deadline deadline) const {
  pb::ListReservationsRequest request;
  request.set_customer_id(customer_id);
  request.set_order_id(order_id);
  request.set_page_size(500);
  pb::ListReservationsResponse response;
  const auto stub = pb::RedemptionService::NewStub(channel_());
  rpc::ClientCall call(deadline);
  if (const grpc::Status status = stub->ListReservations(&call.context(), request, &response); !status.ok()) return AsOurs(status);
  for (pb::Reservation& reservation : *response.mutable_reservations()) {
    if (reservation.reservation_id() == reservation_id) return std::optional(std::move(reservation));
  }
  return std::optional<pb::Reservation>();
}

}  // namespace rung::pricing_service
