// rung.grading.v1.ExplanationService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/explanation.grpc.pb.h"
#include "services/grading/tier_explainer.h"

namespace rung::grading {

class ExplanationService final : public v1::ExplanationService::CallbackService {
 public:
  ExplanationService(const TierExplainer& explainer, const DecisionReplayer& replayer, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : explainer_(explainer), replayer_(replayer), pool_(pool), explain_(metrics.Method("rung.grading.v1.ExplanationService", "ExplainTier")),
        replay_(metrics.Method("rung.grading.v1.ExplanationService", "ReplayTier")) {}

  grpc::ServerUnaryReactor* ReplayTier(grpc::CallbackServerContext* context, const v1::ReplayTierRequest* request,
                                       v1::ReplayTierResponse* response) override {
    return rpc::AnswerLater(context, replay_, pool_, [this, request, response](Deadline deadline) {
      return replayer_.Replay(*request, *response, deadline);
    });
  }
  grpc::ServerUnaryReactor* ExplainTier(grpc::CallbackServerContext* context, const v1::ExplainTierRequest* request,
                                        v1::ExplainTierResponse* response) override {
    return rpc::AnswerLater(context, explain_, pool_, [this, request, response](Deadline deadline) {
      return explainer_.Explain(*request, *response, deadline);
    });
  }

 private:
  const TierExplainer& explainer_;
  const DecisionReplayer& replayer_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& explain_;
  telemetry::MethodMetrics& replay_;
};

}  // namespace rung::grading
