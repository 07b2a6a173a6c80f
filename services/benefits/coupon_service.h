// rung.benefits.v1.CouponService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/benefits/v1/coupon.grpc.pb.h"
#include "services/benefits/coupons.h"

namespace rung::benefits_service {

class CouponService final : public benefits::v1::CouponService::CallbackService {
 public:
  CouponService(Coupons& coupons, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : coupons_(coupons), pool_(pool), issue_(metrics.Method(kName, "IssueCoupon")),
        list_(metrics.Method(kName, "ListCoupons")),
        get_(metrics.Method(kName, "GetCoupons")),
        usage_(metrics.Method(kName, "GetCouponUsage")) {}

  grpc::ServerUnaryReactor* IssueCoupon(grpc::CallbackServerContext* context, const benefits::v1::IssueCouponRequest* request,
                                        benefits::v1::IssueCouponResponse* response) override {
    return rpc::AnswerLater(context, issue_, pool_, [this, request, response](Deadline deadline) { return coupons_.Issue(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* ListCoupons(grpc::CallbackServerContext* context, const benefits::v1::ListCouponsRequest* request,
                                        benefits::v1::ListCouponsResponse* response) override {
    return rpc::AnswerLater(context, list_, pool_, [this, request, response](Deadline deadline) { return coupons_.List(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* GetCoupons(grpc::CallbackServerContext* context, const benefits::v1::GetCouponsRequest* request,
                                       benefits::v1::GetCouponsResponse* response) override {
    return rpc::AnswerLater(context, get_, pool_, [this, request, response](Deadline deadline) { return coupons_.Get(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* GetCouponUsage(grpc::CallbackServerContext* context, const benefits::v1::GetCouponUsageRequest* request,
                                           benefits::v1::GetCouponUsageResponse* response) override {
    return rpc::AnswerLater(context, usage_, pool_, [this, request, response](Deadline deadline) { return coupons_.Usage(*request, *response, deadline); });
  }

 private:
  static constexpr char kName[] = "rung.benefits.v1.CouponService";

  Coupons& coupons_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& issue_;
  telemetry::MethodMetrics& list_;
  telemetry::MethodMetrics& get_;
  telemetry::MethodMetrics& usage_;
};

}  // namespace rung::benefits_service
