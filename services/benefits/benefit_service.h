// rung.benefits.v1.BenefitService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "libs/rpc/message_arena.h"
#include "rung/benefits/v1/benefit.grpc.pb.h"
#include "services/benefits/benefit_reader.h"
#include "services/benefits/kuailv_documents.h"

namespace rung::benefits_service {

class BenefitService final : public benefits::v1::BenefitService::CallbackService {
 public:
  BenefitService(const BenefitReader& reader, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : reader_(reader), pool_(pool), get_(metrics.Method(kName, "GetBenefits")), import_(metrics.Method(kName, "ImportKuaiLvDocument")),
        export_(metrics.Method(kName, "ExportKuaiLvDocument")) {
    SetMessageAllocatorFor_GetBenefits(&get_messages_);
  }

  grpc::ServerUnaryReactor* GetBenefits(grpc::CallbackServerContext* context, const benefits::v1::GetBenefitsRequest* request,
                                        benefits::v1::GetBenefitsResponse* response) override {
    const int64_t start = rpc::TakeTurn();
    if (const auto answer = reader_.GetFromMemory(*request, *response)) return rpc::Answered(context, get_, start, *answer);
    return rpc::AnswerLater(context, get_, pool_, [this, request, response](Deadline deadline) { return reader_.Get(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* ImportKuaiLvDocument(grpc::CallbackServerContext* context, const benefits::v1::ImportKuaiLvDocumentRequest* request,
                                                 benefits::v1::ImportKuaiLvDocumentResponse* response) override {
    return rpc::AnswerLater(context, import_, pool_, [request, response](Deadline) { return benefits_service::ImportKuaiLvDocument(*request, *response); });
  }
  grpc::ServerUnaryReactor* ExportKuaiLvDocument(grpc::CallbackServerContext* context, const benefits::v1::ExportKuaiLvDocumentRequest* request,
                                                 benefits::v1::ExportKuaiLvDocumentResponse* response) override {
    return rpc::AnswerLater(context, export_, pool_, [request, response](Deadline) { return benefits_service::ExportKuaiLvDocument(*request, *response); });
  }

 private:
  static constexpr char kName[] = "rung.benefits.v1.BenefitService";

  rpc::MessageArena<benefits::v1::GetBenefitsRequest, benefits::v1::GetBenefitsResponse, 8192, 64> get_messages_;
  const BenefitReader& reader_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& get_;
  telemetry::MethodMetrics& import_;
  telemetry::MethodMetrics& export_;
};

}  // namespace rung::benefits_service
