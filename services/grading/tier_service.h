// rung.grading.v1.TierService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "libs/rpc/message_arena.h"
#include "libs/storage/history_store.h"
#include "rung/grading/v1/tier.grpc.pb.h"
#include "services/grading/model_publisher.h"
#include "services/grading/tier_archive.h"
#include "services/grading/tier_history.h"
#include "services/grading/tier_lookup.h"
#include "services/grading/tier_watch.h"

namespace rung::grading {

class TierService final : public v1::TierService::CallbackService {
 public:
  TierService(const TierLookup& lookup, const TierHistory& history, const TierArchive& archive, TierWatch& watch,
              const ModelPublisher& publisher, rpc::WorkerPool& pool, telemetry::Metrics& metrics);

  grpc::ServerUnaryReactor* GetTier(grpc::CallbackServerContext* context, const v1::GetTierRequest* request,
                                    v1::GetTierResponse* response) override;
  grpc::ServerUnaryReactor* BatchGetTiers(grpc::CallbackServerContext* context, const v1::BatchGetTiersRequest* request,
                                          v1::BatchGetTiersResponse* response) override;
  grpc::ServerUnaryReactor* BatchGetTiersPacked(grpc::CallbackServerContext* context,
                                                const v1::BatchGetTiersPackedRequest* request,
                                                v1::BatchGetTiersPackedResponse* response) override;
  grpc::ServerUnaryReactor* ListTiers(grpc::CallbackServerContext* context, const v1::ListTiersRequest* request,
                                      v1::ListTiersResponse* response) override;
  grpc::ServerUnaryReactor* ListTierChanges(grpc::CallbackServerContext* context, const v1::ListTierChangesRequest* request,
                                            v1::ListTierChangesResponse* response) override;
  grpc::ServerUnaryReactor* GetTierAt(grpc::CallbackServerContext* context, const v1::GetTierAtRequest* request,
                                      v1::GetTierAtResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchTiersResponse>* WatchTiers(grpc::CallbackServerContext* context,
                                                               const v1::WatchTiersRequest* request) override;
  grpc::ServerUnaryReactor* GetTierDistribution(grpc::CallbackServerContext* context,
                                                const v1::GetTierDistributionRequest* request,
                                                v1::GetTierDistributionResponse* response) override;

 private:
  // A usual answer takes a third of its block, a batch of 1000 two thirds.
  rpc::MessageArena<v1::GetTierRequest, v1::GetTierResponse, 2048, 64> get_tier_messages_;
  rpc::MessageArena<v1::BatchGetTiersRequest, v1::BatchGetTiersResponse, 640 << 10, 4> batch_messages_;
  const TierLookup& lookup_;
  const TierHistory& history_;
  const TierArchive& archive_;
  TierWatch& watch_;
  const ModelPublisher& publisher_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& get_tier_;
  telemetry::MethodMetrics& batch_;
  telemetry::MethodMetrics& packed_;
  telemetry::MethodMetrics& list_tiers_;
  telemetry::MethodMetrics& list_changes_;
  telemetry::MethodMetrics& at_;
  telemetry::MethodMetrics& watches_;
  telemetry::MethodMetrics& distribution_;
};

}  // namespace rung::grading
