// rung.grading.v1.TagService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "libs/rpc/progress_stream.h"
#include "rung/grading/v1/tag.grpc.pb.h"
#include "services/grading/customer_tags.h"

namespace rung::grading {

class TagService final : public v1::TagService::CallbackService {
 public:
  TagService(const CustomerTags& tags, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : tags_(tags), pool_(pool), get_(metrics.Method(kName, "GetCustomerTags")), list_(metrics.Method(kName, "ListAudience", "server_stream")) {}

  grpc::ServerUnaryReactor* GetCustomerTags(grpc::CallbackServerContext* context, const v1::GetCustomerTagsRequest* request,
                                            v1::GetCustomerTagsResponse* response) override {
    return rpc::AnswerLater(context, get_, pool_, [this, request, response](Deadline deadline) { return tags_.Get(*request, *response, deadline); });
  }
  grpc::ServerWriteReactor<v1::ListAudienceResponse>* ListAudience(grpc::CallbackServerContext* context, const v1::ListAudienceRequest* request) override {
    using Stream = rpc::ProgressStream<v1::ListAudienceResponse>;
    return new Stream(context, pool_, list_, [this, request = *request](const Stream::Write& write) { return tags_.ListAudience(request, write); });
  }

 private:
  static constexpr char kName[] = "rung.grading.v1.TagService";

  const CustomerTags& tags_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& get_;
  telemetry::MethodMetrics& list_;
};

}  // namespace rung::grading
