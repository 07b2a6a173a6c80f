// rung.grading.v1.OverrideService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/override.grpc.pb.h"
#include "services/grading/overrides.h"

namespace rung::grading {

class OverrideService final : public v1::OverrideService::CallbackService {
 public:
  OverrideService(Overrides& overrides, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : overrides_(overrides), pool_(pool), metrics_(metrics) {}

  grpc::ServerUnaryReactor* SetOverride(grpc::CallbackServerContext* context, const v1::SetOverrideRequest* request,
                                        v1::SetOverrideResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "SetOverride"), pool_, [this, request, response](Deadline deadline) {
      return overrides_.Set(*request, *response->mutable_override(), deadline);
    });
  }
  grpc::ServerUnaryReactor* BatchSetOverrides(grpc::CallbackServerContext* context, const v1::BatchSetOverridesRequest* request,
                                              v1::BatchSetOverridesResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "BatchSetOverrides"), pool_, [this, request, response](Deadline deadline) {
      return overrides_.BatchSet(*request, *response, deadline);
    });
  }
  grpc::ServerUnaryReactor* EndOverride(grpc::CallbackServerContext* context, const v1::EndOverrideRequest* request,
                                        v1::EndOverrideResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "EndOverride"), pool_, [this, request, response](Deadline deadline) {
      return overrides_.End(*request, *response->mutable_override(), deadline);
    });
  }
  grpc::ServerUnaryReactor* ListOverrides(grpc::CallbackServerContext* context, const v1::ListOverridesRequest* request,
                                          v1::ListOverridesResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "ListOverrides"), pool_, [this, request, response](Deadline deadline) {
      return overrides_.List(*request, *response, deadline);
    });
  }

 private:
  static constexpr char kName[] = "rung.grading.v1.OverrideService";

  Overrides& overrides_;
  rpc::WorkerPool& pool_;
  telemetry::Metrics& metrics_;
};

}  // namespace rung::grading
