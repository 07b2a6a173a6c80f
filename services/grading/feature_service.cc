#include "services/grading/feature_service.h"

#include "libs/rpc/progress_stream.h"

namespace rung::grading {
namespace {
constexpr char kName[] = "rung.grading.v1.FeatureService";
}

FeatureService::FeatureService(const FeatureReader& reader, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
    : reader_(reader), pool_(pool), get_(metrics.Method(kName, "GetFeatures")),
      definitions_(metrics.Method(kName, "ListFeatureDefinitions")), audit_(metrics.Method(kName, "AuditFeatures", "server_stream")) {}

grpc::ServerUnaryReactor* FeatureService::GetFeatures(grpc::CallbackServerContext* context, const v1::GetFeaturesRequest* request,
                                                      v1::GetFeaturesResponse* response) {
  return rpc::AnswerLater(context, get_, pool_,
                          [this, request, response](Deadline deadline) { return reader_.Get(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* FeatureService::ListFeatureDefinitions(grpc::CallbackServerContext* context,
                                                                 const v1::ListFeatureDefinitionsRequest*,
                                                                 v1::ListFeatureDefinitionsResponse* response) {
  return rpc::AnswerNow(context, definitions_, [&] {
    reader_.Definitions(*response);
    return absl::OkStatus();
  });
}

grpc::ServerWriteReactor<v1::AuditFeaturesResponse>* FeatureService::AuditFeatures(grpc::CallbackServerContext* context,
                                                                                   const v1::AuditFeaturesRequest* request) {
  const int sample_every = request->sample_every() == 0 ? 1 : request->sample_every();
  using Stream = rpc::ProgressStream<v1::AuditFeaturesResponse>;
  return new Stream(context, pool_, audit_, [this, sample_every](const Stream::Write& write) { return reader_.Audit(sample_every, write); });
}

}  // namespace rung::grading
