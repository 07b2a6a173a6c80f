// rung.grading.v1.ChurnService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/churn.grpc.pb.h"
#include "services/grading/churn_list.h"

namespace rung::grading {

class ChurnService final : public v1::ChurnService::CallbackService {
 public:
  ChurnService(ChurnList& list, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : list_(list), pool_(pool), scans_(1, 4), scan_(metrics.Method(kName, "ScanChurn")), churn_(metrics.Method(kName, "ListChurn")),
        actions_(metrics.Method(kName, "ListRetentionActions")), close_(metrics.Method(kName, "CloseRetentionTask")) {}

  grpc::ServerUnaryReactor* ScanChurn(grpc::CallbackServerContext* context, const v1::ScanChurnRequest* request, v1::ScanChurnResponse* response) override {
    return rpc::AnswerLater(context, scan_, scans_, [this, request, response](Deadline) { return list_.Scan(*request, *response); });
  }
  grpc::ServerUnaryReactor* ListChurn(grpc::CallbackServerContext* context, const v1::ListChurnRequest* request, v1::ListChurnResponse* response) override {
    return rpc::AnswerLater(context, churn_, pool_, [this, request, response](Deadline deadline) { return list_.List(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* ListRetentionActions(grpc::CallbackServerContext* context, const v1::ListRetentionActionsRequest* request,
                                                 v1::ListRetentionActionsResponse* response) override {
    return rpc::AnswerLater(context, actions_, pool_, [this, request, response](Deadline deadline) { return list_.Actions(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* CloseRetentionTask(grpc::CallbackServerContext* context, const v1::CloseRetentionTaskRequest* request,
                                               v1::CloseRetentionTaskResponse* response) override {
    return rpc::AnswerLater(context, close_, pool_, [this, request, response](Deadline deadline) { return list_.CloseTask(*request, *response, deadline); });
  }

 private:
  static constexpr char kName[] = "rung.grading.v1.ChurnService";

  ChurnList& list_;
  rpc::WorkerPool& pool_;
  rpc::WorkerPool scans_;  // a scan takes long: it must not take the workers
  telemetry::MethodMetrics& scan_;
  telemetry::MethodMetrics& churn_;
  telemetry::MethodMetrics& actions_;
  telemetry::MethodMetrics& close_;
};

}  // namespace rung::grading
