// rung.grading.v1.FeatureService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/feature.grpc.pb.h"
#include "services/grading/feature_reader.h"

namespace rung::grading {

class FeatureService final : public v1::FeatureService::CallbackService {
 public:
  FeatureService(const FeatureReader& reader, rpc::WorkerPool& pool, telemetry::Metrics& metrics);

  grpc::ServerUnaryReactor* GetFeatures(grpc::CallbackServerContext* context, const v1::GetFeaturesRequest* request,
                                        v1::GetFeaturesResponse* response) override;
  grpc::ServerUnaryReactor* ListFeatureDefinitions(grpc::CallbackServerContext* context,
                                                   const v1::ListFeatureDefinitionsRequest* request,
                                                   v1::ListFeatureDefinitionsResponse* response) override;
  grpc::ServerWriteReactor<v1::AuditFeaturesResponse>* AuditFeatures(grpc::CallbackServerContext* context,
                                                                    const v1::AuditFeaturesRequest* request) override;

 private:
  const FeatureReader& reader_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& get_;
  telemetry::MethodMetrics& definitions_;
  telemetry::MethodMetrics& audit_;
};

}  // namespace rung::grading
