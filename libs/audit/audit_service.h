// rung.config.v1.AuditService: forwards.
#pragma once

#include "libs/audit/audit.h"
#include "libs/rpc/calls.h"
#include "libs/rpc/progress_stream.h"
#include "rung/config/v1/audit.grpc.pb.h"

namespace rung::audit {

class AuditService final : public pb::AuditService::CallbackService {
 public:
  AuditService(const Audit& audit, rpc::WorkerPool& pool, telemetry::Metrics& metrics) : audit_(audit), pool_(pool), metrics_(metrics) {}

  grpc::ServerUnaryReactor* ListAuditEntries(grpc::CallbackServerContext* context, const pb::ListAuditEntriesRequest* request,
                                             pb::ListAuditEntriesResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "ListAuditEntries"), pool_,
                            [this, request, response](Deadline deadline) { return audit_.List(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* SignAuditRoot(grpc::CallbackServerContext* context, const pb::SignAuditRootRequest*,
                                          pb::SignAuditRootResponse* response) override {
    return rpc::AnswerLater(context, metrics_.Method(kName, "SignAuditRoot"), pool_,
                            [this, response](Deadline deadline) { return audit_.SignRoot(*response->mutable_root(), deadline); });
  }
  grpc::ServerWriteReactor<pb::VerifyAuditResponse>* VerifyAudit(grpc::CallbackServerContext* context, const pb::VerifyAuditRequest* request) override {
    using Stream = rpc::ProgressStream<pb::VerifyAuditResponse>;
    return new Stream(context, pool_, metrics_.Method(kName, "VerifyAudit", "server_stream"),
                      [this, request = *request](const Stream::Write& write) { return audit_.Verify(request, write); });
  }

 private:
  static constexpr char kName[] = "rung.config.v1.AuditService";

  const Audit& audit_;
  rpc::WorkerPool& pool_;
  telemetry::Metrics& metrics_;
};

}  // namespace rung::audit
