// rung.grading.v1.AbuseService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/abuse.grpc.pb.h"
#include "services/grading/abuse_cases.h"

namespace rung::grading {

class AbuseService final : public v1::AbuseService::CallbackService {
 public:
  AbuseService(AbuseCases& cases, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : cases_(cases), pool_(pool), scans_(1, 4), scan_(metrics.Method(kName, "ScanAbuse")), list_(metrics.Method(kName, "ListAbuseCases")),
        get_(metrics.Method(kName, "GetAbuseCase")), review_(metrics.Method(kName, "ReviewAbuseCase")) {}

  grpc::ServerUnaryReactor* ScanAbuse(grpc::CallbackServerContext* context, const v1::ScanAbuseRequest* request,
                                      v1::ScanAbuseResponse* response) override {
    return rpc::AnswerLater(context, scan_, scans_, [this, request, response](Deadline) { return cases_.Scan(*request, *response); });
  }
  grpc::ServerUnaryReactor* ListAbuseCases(grpc::CallbackServerContext* context, const v1::ListAbuseCasesRequest* request,
                                           v1::ListAbuseCasesResponse* response) override {
    return rpc::AnswerLater(context, list_, pool_, [this, request, response](Deadline deadline) { return cases_.List(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* GetAbuseCase(grpc::CallbackServerContext* context, const v1::GetAbuseCaseRequest* request,
                                         v1::GetAbuseCaseResponse* response) override {
    return rpc::AnswerLater(context, get_, pool_, [this, request, response](Deadline deadline) { return cases_.Get(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* ReviewAbuseCase(grpc::CallbackServerContext* context, const v1::ReviewAbuseCaseRequest* request,
                                            v1::ReviewAbuseCaseResponse* response) override {
    return rpc::AnswerLater(context, review_, pool_, [this, request, response](Deadline deadline) { return cases_.Review(*request, *response, deadline); });
  }

 private:
  static constexpr char kName[] = "rung.grading.v1.AbuseService";

  AbuseCases& cases_;
  rpc::WorkerPool& pool_;
  rpc::WorkerPool scans_;  // a scan takes long: it must not take the workers
  telemetry::MethodMetrics& scan_;
  telemetry::MethodMetrics& list_;
  telemetry::MethodMetrics& get_;
  telemetry::MethodMetrics& review_;
};

}  // namespace rung::grading
