#include "services/grading/tier_service.h"

namespace rung::grading {
namespace {
constexpr char kName[] = "rung.grading.v1.TierService";
}

TierService::TierService(const TierLookup& lookup, const TierHistory& history, const ModelPublisher& publisher,
                         rpc::WorkerPool& pool, telemetry::Metrics& metrics)
    : lookup_(lookup), history_(history), publisher_(publisher), pool_(pool),
      get_tier_(metrics.Method(kName, "GetTier")), batch_(metrics.Method(kName, "BatchGetTiers")),
      packed_(metrics.Method(kName, "BatchGetTiersPacked")), list_tiers_(metrics.Method(kName, "ListTiers")),
      list_changes_(metrics.Method(kName, "ListTierChanges")), distribution_(metrics.Method(kName, "GetTierDistribution")) {
  SetMessageAllocatorFor_GetTier(&get_tier_messages_);
  SetMessageAllocatorFor_BatchGetTiers(&batch_messages_);
}

grpc::ServerUnaryReactor* TierService::GetTier(grpc::CallbackServerContext* context, const v1::GetTierRequest* request,
                                               v1::GetTierResponse* response) {
  const int64_t start = MonotonicMicros();
  if (const auto answer = lookup_.GetFromMemory(*request, *response, start)) {
    return rpc::Answered(context, get_tier_, start, *answer);
  }
  return rpc::AnswerLater(context, get_tier_, pool_,
                          [this, request, response](Deadline deadline) { return lookup_.Get(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* TierService::BatchGetTiers(grpc::CallbackServerContext* context,
                                                     const v1::BatchGetTiersRequest* request,
                                                     v1::BatchGetTiersResponse* response) {
  if (lookup_.Fresh()) {
    return rpc::AnswerNow(context, batch_, [&] { return lookup_.Batch(*request, *response, Deadline::Never()); });
  }
  return rpc::AnswerLater(context, batch_, pool_,
                          [this, request, response](Deadline deadline) { return lookup_.Batch(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* TierService::BatchGetTiersPacked(grpc::CallbackServerContext* context,
                                                           const v1::BatchGetTiersPackedRequest* request,
                                                           v1::BatchGetTiersPackedResponse* response) {
  if (lookup_.Fresh()) {
    return rpc::AnswerNow(context, packed_, [&] { return lookup_.BatchPacked(*request, *response, Deadline::Never()); });
  }
  return rpc::AnswerLater(context, packed_, pool_,
                          [this, request, response](Deadline deadline) { return lookup_.BatchPacked(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* TierService::ListTiers(grpc::CallbackServerContext* context, const v1::ListTiersRequest*,
                                                 v1::ListTiersResponse* response) {
  return rpc::AnswerNow(context, list_tiers_, [&] {
    publisher_.ListTiers(*response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* TierService::ListTierChanges(grpc::CallbackServerContext* context,
                                                       const v1::ListTierChangesRequest* request,
                                                       v1::ListTierChangesResponse* response) {
  return rpc::AnswerLater(context, list_changes_, pool_,
                          [this, request, response](Deadline deadline) { return history_.List(*request, *response, deadline); });
}

grpc::ServerUnaryReactor* TierService::GetTierDistribution(grpc::CallbackServerContext* context,
                                                           const v1::GetTierDistributionRequest* request,
                                                           v1::GetTierDistributionResponse* response) {
  return rpc::AnswerLater(context, distribution_, pool_,
                          [this, request, response](Deadline) { return lookup_.Distribution(*request, *response); });
}

}  // namespace rung::grading
