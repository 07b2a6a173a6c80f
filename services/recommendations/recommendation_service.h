// rung.recommendations.v1.RecommendationService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "libs/rpc/kept_response.h"
#include "rung/recommendations/v1/recommendation.grpc.pb.h"
#include "services/recommendations/recommender.h"

namespace rung::recommendations {

class RecommendationService final : public v1::RecommendationService::CallbackService {
 public:
  RecommendationService(const Recommender& recommender, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : recommender_(recommender), pool_(pool), trainings_(2, 4), recommend_(metrics.Method(kName, "Recommend")),
        claim_(metrics.Method(kName, "ClaimCoupon")), preview_(metrics.Method(kName, "PreviewPolicy")), train_(metrics.Method(kName, "TrainModel")), info_(metrics.Method(kName, "GetModelInfo")),
        availability_(metrics.Method(kName, "SetAvailability")), feedback_(metrics.Method(kName, "RecordFeedback")),
        conversion_(metrics.Method(kName, "GetConversion")) {
    SetMessageAllocatorFor_Recommend(&lists_);
  }

  grpc::ServerUnaryReactor* Recommend(grpc::CallbackServerContext* context, const v1::RecommendRequest* request,
                                      v1::RecommendResponse* response) override {
    const int64_t start = rpc::TakeTurn();
    if (const auto answer = recommender_.RecommendFromMemory(*request, *response)) return rpc::Answered(context, recommend_, start, *answer);
    return rpc::AnswerLater(context, recommend_, pool_,
                            [this, request, response](Deadline deadline) { return recommender_.Recommend(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* ClaimCoupon(grpc::CallbackServerContext* context, const v1::ClaimCouponRequest* request,
                                        v1::ClaimCouponResponse* response) override {
    return rpc::AnswerLater(context, claim_, pool_,
                            [this, request, response](Deadline deadline) { return recommender_.ClaimCoupon(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* PreviewPolicy(grpc::CallbackServerContext* context, const v1::PreviewPolicyRequest* request,
                                          v1::PreviewPolicyResponse* response) override {
    return rpc::AnswerLater(context, preview_, pool_,
                            [this, request, response](Deadline deadline) { return recommender_.PreviewPolicy(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* TrainModel(grpc::CallbackServerContext* context, const v1::TrainModelRequest*, v1::TrainModelResponse* response) override {
    return rpc::AnswerLater(context, train_, trainings_, [this, response](Deadline) { return recommender_.Train(*response); });
  }
  grpc::ServerUnaryReactor* GetModelInfo(grpc::CallbackServerContext* context, const v1::GetModelInfoRequest*,
                                         v1::GetModelInfoResponse* response) override {
    return rpc::AnswerNow(context, info_, [&] { return recommender_.GetModelInfo(*response); });
  }
  grpc::ServerUnaryReactor* SetAvailability(grpc::CallbackServerContext* context, const v1::SetAvailabilityRequest* request,
                                            v1::SetAvailabilityResponse* response) override {
    return rpc::AnswerLater(context, availability_, pool_,
                            [this, request, response](Deadline deadline) { return recommender_.SetAvailability(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* RecordFeedback(grpc::CallbackServerContext* context, const v1::RecordFeedbackRequest* request,
                                           v1::RecordFeedbackResponse* response) override {
    return rpc::AnswerLater(context, feedback_, pool_,
                            [this, request, response](Deadline deadline) { return recommender_.RecordFeedback(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* GetConversion(grpc::CallbackServerContext* context, const v1::GetConversionRequest* request,
                                          v1::GetConversionResponse* response) override {
    return rpc::AnswerLater(context, conversion_, pool_,
                            [this, request, response](Deadline deadline) { return recommender_.GetConversion(*request, *response, deadline); });
  }

 private:
  static constexpr char kName[] = "rung.recommendations.v1.RecommendationService";

  const Recommender& recommender_;
  rpc::KeptResponse<v1::RecommendRequest, v1::RecommendResponse, 64> lists_;
  rpc::WorkerPool& pool_;
  rpc::WorkerPool trainings_;  // a training takes long: it must not take the workers; who asks for a second one hears that at once
  telemetry::MethodMetrics& recommend_;
  telemetry::MethodMetrics& claim_;
  telemetry::MethodMetrics& preview_;
  telemetry::MethodMetrics& train_;
  telemetry::MethodMetrics& info_;
  telemetry::MethodMetrics& availability_;
  telemetry::MethodMetrics& feedback_;
  telemetry::MethodMetrics& conversion_;
};

}  // namespace rung::recommendations
