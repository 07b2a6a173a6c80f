// rung.grading.v1.RegradeService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/regrade.grpc.pb.h"
#include "services/grading/dry_grader.h"
#include "services/grading/regrade_runner.h"

namespace rung::grading {

class RegradeService final : public v1::RegradeService::CallbackService {
 public:
  RegradeService(RegradeRunner& runner, storage::RunStore& runs, const DryGrader& grader, rpc::WorkerPool& pool,
                 telemetry::Metrics& metrics);

  grpc::ServerUnaryReactor* StartRegrade(grpc::CallbackServerContext* context, const v1::StartRegradeRequest* request,
                                         v1::StartRegradeResponse* response) override;
  grpc::ServerUnaryReactor* GetRegrade(grpc::CallbackServerContext* context, const v1::GetRegradeRequest* request,
                                       v1::GetRegradeResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchRegradeResponse>* WatchRegrade(grpc::CallbackServerContext* context,
                                                                  const v1::WatchRegradeRequest* request) override;
  grpc::ServerUnaryReactor* PauseRegrade(grpc::CallbackServerContext* context, const v1::PauseRegradeRequest* request,
                                         v1::PauseRegradeResponse* response) override;
  grpc::ServerUnaryReactor* ResumeRegrade(grpc::CallbackServerContext* context, const v1::ResumeRegradeRequest* request,
                                          v1::ResumeRegradeResponse* response) override;
  grpc::ServerUnaryReactor* CancelRegrade(grpc::CallbackServerContext* context, const v1::CancelRegradeRequest* request,
                                          v1::CancelRegradeResponse* response) override;
  grpc::ServerUnaryReactor* ListRegrades(grpc::CallbackServerContext* context, const v1::ListRegradesRequest* request,
                                         v1::ListRegradesResponse* response) override;
  grpc::ServerUnaryReactor* GradeCustomer(grpc::CallbackServerContext* context, const v1::GradeCustomerRequest* request,
                                          v1::GradeCustomerResponse* response) override;

 private:
  absl::Status Watch(int64_t run_id, const std::function<bool(const v1::WatchRegradeResponse&)>& write);

  RegradeRunner& runner_;
  storage::RunStore& runs_;
  const DryGrader& grader_;
  rpc::WorkerPool& pool_;
  rpc::WorkerPool watchers_;  // watching sleeps: it must not take the workers
  telemetry::MethodMetrics& start_;
  telemetry::MethodMetrics& get_;
  telemetry::MethodMetrics& watch_;
  telemetry::MethodMetrics& pause_;
  telemetry::MethodMetrics& resume_;
  telemetry::MethodMetrics& cancel_;
  telemetry::MethodMetrics& list_;
  telemetry::MethodMetrics& grade_;
};

}  // namespace rung::grading
