// rung.config.v1.ConfigService: forwards.
#pragma once

#include "libs/lifecycle/lifecycle.h"
#include "libs/rpc/calls.h"
#include "rung/config/v1/config.grpc.pb.h"

namespace rung::lifecycle {

class ConfigService final : public pb::ConfigService::CallbackService {
 public:
  ConfigService(Lifecycle& lifecycle, rpc::WorkerPool& pool, telemetry::Metrics& metrics);

#define RUNG_CONFIG_METHOD(Name)                                                                              \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context, const pb::Name##Request* request,      \
                                 pb::Name##Response* response) override;
  RUNG_CONFIG_METHOD(ListKinds)
  RUNG_CONFIG_METHOD(ListDocuments)
  RUNG_CONFIG_METHOD(SaveDraft)
  RUNG_CONFIG_METHOD(GetDraft)
  RUNG_CONFIG_METHOD(ListDrafts)
  RUNG_CONFIG_METHOD(DeleteDraft)
  RUNG_CONFIG_METHOD(Validate)
  RUNG_CONFIG_METHOD(ApproveDraft)
  RUNG_CONFIG_METHOD(PublishDraft)
  RUNG_CONFIG_METHOD(Rollback)
  RUNG_CONFIG_METHOD(ListSchedules)
  RUNG_CONFIG_METHOD(CancelSchedule)
  RUNG_CONFIG_METHOD(GetVersion)
  RUNG_CONFIG_METHOD(ListVersions)
  RUNG_CONFIG_METHOD(Diff)
#undef RUNG_CONFIG_METHOD

 private:
  Lifecycle& lifecycle_;
  rpc::WorkerPool& pool_;
  telemetry::Metrics& metrics_;
};

}  // namespace rung::lifecycle
