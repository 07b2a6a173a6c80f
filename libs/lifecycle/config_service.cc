#include "libs/lifecycle/config_service.h"

namespace rung::lifecycle {
namespace {
constexpr char kName[] = "rung.config.v1.ConfigService";
}

ConfigService::ConfigService(Lifecycle& lifecycle, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
    : lifecycle_(lifecycle), pool_(pool), metrics_(metrics) {}

grpc::ServerUnaryReactor* ConfigService::ListKinds(grpc::CallbackServerContext* context, const pb::ListKindsRequest*,
                                                   pb::ListKindsResponse* response) {
  return rpc::AnswerNow(context, metrics_.Method(kName, "ListKinds"), [&] {
    lifecycle_.ListKinds(*response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ConfigService::DeleteDraft(grpc::CallbackServerContext* context, const pb::DeleteDraftRequest* request,
                                                     pb::DeleteDraftResponse*) {
  return rpc::AnswerLater(context, metrics_.Method(kName, "DeleteDraft"), pool_,
                          [this, request](Deadline deadline) { return lifecycle_.DeleteDraft(*request, deadline); });
}

#define RUNG_CONFIG_METHOD(Name)                                                                                            \
  grpc::ServerUnaryReactor* ConfigService::Name(grpc::CallbackServerContext* context, const pb::Name##Request* request,     \
                                                pb::Name##Response* response) {                                             \
    return rpc::AnswerLater(context, metrics_.Method(kName, #Name), pool_, [this, request, response](Deadline deadline) {   \
      return lifecycle_.Name(*request, *response, deadline);                                                                \
    });                                                                                                                     \
  }
RUNG_CONFIG_METHOD(ListDocuments)
RUNG_CONFIG_METHOD(SaveDraft)
RUNG_CONFIG_METHOD(GetDraft)
RUNG_CONFIG_METHOD(ListDrafts)
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

}  // namespace rung::lifecycle
