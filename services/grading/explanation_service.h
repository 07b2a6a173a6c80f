// rung.grading.v1.ExplanationService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/explanation.grpc.pb.h"
#include "services/grading/tier_explainer.h"

namespace rung::grading {

class ExplanationService final : public v1::ExplanationService::CallbackService {
 public:
  ExplanationService(const TierExplainer& explainer, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : explainer_(explainer), pool_(pool), explain_(metrics.Method("rung.grading.v1.ExplanationService", "ExplainTier")) {}

  grpc::ServerUnaryReactor* ExplainTier(grpc::CallbackServerContext* context, const v1::ExplainTierRequest* request,
                                        v1::ExplainTierResponse* response) override {
    return rpc::AnswerLater(context, explain_, pool_, [this, request, response](Deadline deadline) {
      return explainer_.Explain(*request, *response, deadline);
    });
  }

 private:
  const TierExplainer& explainer_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& explain_;
};

}  // namespace rung::grading
