#include "services/grading/model_service.h"

namespace rung::grading {
namespace {
constexpr char kName[] = "rung.grading.v1.ModelService";
}

ModelService::ModelService(ModelPublisher& publisher, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
    : publisher_(publisher), pool_(pool), apply_(metrics.Method(kName, "ApplyModel")), get_(metrics.Method(kName, "GetModel")),
      list_(metrics.Method(kName, "ListModels")) {}

grpc::ServerUnaryReactor* ModelService::ApplyModel(grpc::CallbackServerContext* context, const v1::ApplyModelRequest* request,
                                                   v1::ApplyModelResponse* response) {
  return rpc::AnswerLater(context, apply_, pool_,
                          [this, request, response](Deadline deadline) { return publisher_.Apply(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* ModelService::GetModel(grpc::CallbackServerContext* context, const v1::GetModelRequest* request,
                                                 v1::GetModelResponse* response) {
  return rpc::AnswerLater(context, get_, pool_,
                          [this, request, response](Deadline deadline) { return publisher_.Get(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* ModelService::ListModels(grpc::CallbackServerContext* context, const v1::ListModelsRequest*,
                                                   v1::ListModelsResponse* response) {
  return rpc::AnswerNow(context, list_, [&] {
    publisher_.List(*response);
    return absl::OkStatus();
  });
}

}  // namespace rung::grading
