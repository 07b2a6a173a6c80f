// rung.benefits.v1.RedemptionService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/benefits/v1/redemption.grpc.pb.h"
#include "services/benefits/redemptions.h"

namespace rung::benefits_service {

class RedemptionService final : public benefits::v1::RedemptionService::CallbackService {
 public:
  RedemptionService(Redemptions& redemptions, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : redemptions_(redemptions), pool_(pool), reserve_(metrics.Method(kName, "Reserve")),
        commit_(metrics.Method(kName, "Commit")),
        release_(metrics.Method(kName, "Release")),
        list_(metrics.Method(kName, "ListReservations")) {}

  grpc::ServerUnaryReactor* Reserve(grpc::CallbackServerContext* context, const benefits::v1::ReserveRequest* request,
                                    benefits::v1::ReserveResponse* response) override {
    return rpc::AnswerLater(context, reserve_, pool_, [this, request, response](Deadline deadline) { return redemptions_.Reserve(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* Commit(grpc::CallbackServerContext* context, const benefits::v1::CommitRequest* request,
                                   benefits::v1::CommitResponse* response) override {
    return rpc::AnswerLater(context, commit_, pool_, [this, request, response](Deadline deadline) { return redemptions_.Commit(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* Release(grpc::CallbackServerContext* context, const benefits::v1::ReleaseRequest* request,
                                    benefits::v1::ReleaseResponse* response) override {
    return rpc::AnswerLater(context, release_, pool_, [this, request, response](Deadline deadline) { return redemptions_.Release(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* ListReservations(grpc::CallbackServerContext* context, const benefits::v1::ListReservationsRequest* request,
                                             benefits::v1::ListReservationsResponse* response) override {
    return rpc::AnswerLater(context, list_, pool_, [this, request, response](Deadline deadline) { return redemptions_.List(*request, *response, deadline); });
  }

 private:
  static constexpr char kName[] = "rung.benefits.v1.RedemptionService";

  Redemptions& redemptions_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& reserve_;
  telemetry::MethodMetrics& commit_;
  telemetry::MethodMetrics& release_;
  telemetry::MethodMetrics& list_;
};

}  // namespace rung::benefits_service
