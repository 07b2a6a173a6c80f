// rung.grading.v1.ModelService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/model.grpc.pb.h"
#include "services/grading/model_publisher.h"

namespace rung::grading {

class ModelService final : public v1::ModelService::CallbackService {
 public:
  ModelService(ModelPublisher& publisher, rpc::WorkerPool& pool, telemetry::Metrics& metrics);

  grpc::ServerUnaryReactor* ApplyModel(grpc::CallbackServerContext* context, const v1::ApplyModelRequest* request,
                                       v1::ApplyModelResponse* response) override;
  grpc::ServerUnaryReactor* GetModel(grpc::CallbackServerContext* context, const v1::GetModelRequest* request,
                                     v1::GetModelResponse* response) override;
  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context, const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;

 private:
  ModelPublisher& publisher_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& apply_;
  telemetry::MethodMetrics& get_;
  telemetry::MethodMetrics& list_;
};

}  // namespace rung::grading
