// Calls of the benefits' services, and documents published for them.
#pragma once

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "rung/benefits/v1/benefit.grpc.pb.h"
#include "rung/benefits/v1/coupon.grpc.pb.h"
#include "rung/benefits/v1/redemption.grpc.pb.h"
#include "rung/config/v1/config.grpc.pb.h"
#include "rung/grading/v1/override.grpc.pb.h"
#include "tests/support/installation.h"

namespace rung::testing {

namespace bv1 = benefits::v1;

template <typename Message>
Message FromJson(const std::string& json) {
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  EXPECT_TRUE(status.ok()) << status.message();
  return message;
}

/// A claim for a benefit.
inline bv1::Claim Use(const std::string& benefit, int64_t amount = 0, int32_t uses = 0) {
  bv1::Claim claim;
  claim.set_benefit_id(benefit);
  claim.set_amount_fen(amount);
  claim.set_use_count(uses);
  return claim;
}
inline bv1::Claim UseCoupon(const std::string& issued, int64_t amount = 0) {
  bv1::Claim claim;
  claim.set_issued_coupon_id(issued);
  claim.set_amount_fen(amount);
  return claim;
}

inline bv1::ReserveRequest ReserveOf(const std::string& request_id, const std::string& customer, const std::vector<bv1::Claim>& claims) {
  bv1::ReserveRequest request;
  request.set_request_id(request_id);
  request.set_customer_id(customer);
  request.set_order_id("o-" + request_id);
  for (const bv1::Claim& claim : claims) *request.add_claims() = claim;
  return request;
}

class BenefitClient {
 public:
  explicit BenefitClient(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  /// Saves and publishes a document of any kind.
  grpc::Status Publish(const std::string& kind, const std::string& id, const google::protobuf::Message& document) {
    config::v1::SaveDraftRequest save;
    save.mutable_document()->PackFrom(document);
    save.set_author("li");
    config::v1::SaveDraftResponse saved;
    grpc::Status status = Call<config::v1::ConfigService>(&config::v1::ConfigService::Stub::SaveDraft, save, saved);
    if (!status.ok()) return status;
    config::v1::PublishDraftRequest publish;
    publish.set_kind(kind);
    publish.set_document_id(id);
    publish.set_etag(saved.draft().etag());
    publish.set_author("li");
    publish.set_request_id(id + saved.draft().etag());
    config::v1::PublishDraftResponse published;
    return Call<config::v1::ConfigService>(&config::v1::ConfigService::Stub::PublishDraft, publish, published);
  }
  grpc::Status Publish(const bv1::BenefitPlan& plan) { return Publish("benefit-plan", plan.plan_id(), plan); }
  grpc::Status Publish(const bv1::CouponDefinition& coupon) { return Publish("coupon", coupon.coupon_id(), coupon); }

  grpc::Status Get(const bv1::GetBenefitsRequest& request, bv1::GetBenefitsResponse& response) {
    return Call<bv1::BenefitService>(&bv1::BenefitService::Stub::GetBenefits, request, response);
  }
  bv1::GetBenefitsResponse Get(const std::string& customer, bool all = false) {
    bv1::GetBenefitsRequest request;
    request.set_customer_id(customer);
    request.set_with_rejected(all);
    request.add_languages("zh");
    request.add_languages("en");
    bv1::GetBenefitsResponse response;
    const grpc::Status status = Get(request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status Reserve(const bv1::ReserveRequest& request, bv1::ReserveResponse* response = nullptr) {
    bv1::ReserveResponse own;
    return Call<bv1::RedemptionService>(&bv1::RedemptionService::Stub::Reserve, request, response == nullptr ? own : *response);
  }
  grpc::Status Commit(const std::string& customer, const std::string& reservation, const std::string& order = "", bv1::CommitResponse* response = nullptr) {
    bv1::CommitRequest request;
    request.set_customer_id(customer);
    request.set_reservation_id(reservation);
    request.set_order_id(order);
    bv1::CommitResponse own;
    return Call<bv1::RedemptionService>(&bv1::RedemptionService::Stub::Commit, request, response == nullptr ? own : *response);
  }
  grpc::Status Release(const std::string& customer, const std::string& reservation, const std::string& order = "", bv1::ReleaseResponse* response = nullptr) {
    bv1::ReleaseRequest request;
    request.set_customer_id(customer);
    request.set_reservation_id(reservation);
    request.set_order_id(order);
    bv1::ReleaseResponse own;
    return Call<bv1::RedemptionService>(&bv1::RedemptionService::Stub::Release, request, response == nullptr ? own : *response);
  }
  std::vector<bv1::Reservation> Reservations(const std::string& customer) {
    bv1::ListReservationsRequest request;
    request.set_customer_id(customer);
    bv1::ListReservationsResponse response;
    EXPECT_TRUE(Call<bv1::RedemptionService>(&bv1::RedemptionService::Stub::ListReservations, request, response).ok());
    return {response.reservations().begin(), response.reservations().end()};
  }
  grpc::Status Issue(const std::string& request_id, const std::string& customer, const std::string& coupon, bv1::IssuedCoupon* issued = nullptr) {
    bv1::IssueCouponRequest request;
    request.set_request_id(request_id);
    request.set_customer_id(customer);
    request.set_coupon_id(coupon);
    request.set_source("test");
    bv1::IssueCouponResponse response;
    const grpc::Status status = Call<bv1::CouponService>(&bv1::CouponService::Stub::IssueCoupon, request, response);
    if (issued != nullptr) *issued = response.coupon();
    return status;
  }
  bv1::GetCouponsResponse Coupons(const std::string& customer, const std::vector<std::string>& ids) {
    bv1::GetCouponsRequest request;
    request.set_customer_id(customer);
    for (const std::string& id : ids) request.add_issued_coupon_ids(id);
    bv1::GetCouponsResponse response;
    const grpc::Status status = Call<bv1::CouponService>(&bv1::CouponService::Stub::GetCoupons, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  std::vector<bv1::IssuedCoupon> CouponsOf(const std::string& customer, bv1::CouponState state = bv1::COUPON_STATE_UNSPECIFIED) {
    bv1::ListCouponsRequest request;
    request.set_customer_id(customer);
    request.set_state(state);
    bv1::ListCouponsResponse response;
    EXPECT_TRUE(Call<bv1::CouponService>(&bv1::CouponService::Stub::ListCoupons, request, response).ok());
    std::vector<bv1::IssuedCoupon> coupons;
    for (const auto& entry : response.entries()) coupons.push_back(entry.coupon());
    return coupons;
  }
  bv1::GetCouponUsageResponse Usage(const std::string& coupon) {
    bv1::GetCouponUsageRequest request;
    request.set_coupon_id(coupon);
    bv1::GetCouponUsageResponse response;
    EXPECT_TRUE(Call<bv1::CouponService>(&bv1::CouponService::Stub::GetCouponUsage, request, response).ok());
    return response;
  }

  /// A tier by hand.
  void SetTier(const std::string& customer, const std::string& tier) {
    v1::SetOverrideRequest request;
    request.set_override_id("tier-" + std::to_string(++overrides_));
    request.set_customer_id(customer);
    request.set_ladder_id("kuailv");
    request.set_tier_code(tier);
    request.set_until_date("2026-12-31");
    request.set_reason("test");
    request.set_author("li");
    v1::SetOverrideResponse response;
    const grpc::Status status = Call<v1::OverrideService>(&v1::OverrideService::Stub::SetOverride, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  template <typename Service, typename Stub, typename Request, typename Response>
  grpc::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*), const Request& request, Response& response) {
    const auto stub = Service::NewStub(channel_);
    auto context = Within(20'000);
    return (stub.get()->*method)(context.get(), request, &response);
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  std::atomic<int> overrides_ = 0;
};

/// Every tier inherits; bronze: a rate, a trial of 5 uses a month, a gift of 40.00 for all; gold: a better rate, an offer.
inline bv1::BenefitPlan ShopPlan() {
  return FromJson<bv1::BenefitPlan>(R"({
    "plan_id": "shop", "ladder_id": "kuailv", "currency_code": "CNY",
    "tiers": [
      {"code": "diamond", "names": {"zh": "钻石", "en": "Diamond"}, "benefits": [{"benefit_id": "d.rate", "discount_rate": {"pay_bps": 9000}}]},
      {"code": "platinum", "names": {"zh": "铂金", "en": "Platinum"}},
      {"code": "gold", "names": {"zh": "黄金", "en": "Gold"}, "benefits": [
        {"benefit_id": "g.rate", "discount_rate": {"pay_bps": 9500}},
        {"benefit_id": "g.fruit", "names": {"zh": "进口水果8折", "en": "Imported fruit at 80 %"},
         "exclusive_offer": {"scope": "category:fruit/imported", "pay_bps": 8000}, "until_date": "2026-04-30"}]},
      {"code": "silver", "names": {"zh": "白银", "en": "Silver"}},
      {"code": "bronze", "names": {"zh": "青铜", "en": "Bronze"}, "benefits": [
        {"benefit_id": "b.rate", "discount_rate": {"pay_bps": 9900}},
        {"benefit_id": "b.trial", "new_product_trial": {}, "quota": {"uses_per_period": "5", "period": "PERIOD_MONTH"}},
        {"benefit_id": "b.gift", "names": {"en": "A gift"}, "exclusive_promotion": {"promotion_id": "gift"}, "quota": {"budget_fen": "4000"}}]}
    ]})");
}

}  // namespace rung::testing
