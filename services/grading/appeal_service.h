// rung.grading.v1.AppealService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/appeal.grpc.pb.h"
#include "services/grading/appeal_resolver.h"
#include "services/grading/appeal_review.h"
#include "services/grading/appeals.h"

namespace rung::grading {

class AppealService final : public v1::AppealService::CallbackService {
 public:
  AppealService(Appeals& appeals, AppealReview& review, AppealResolver& resolver, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : appeals_(appeals), review_(review), resolver_(resolver), pool_(pool), file_(metrics.Method(kName, "FileAppeal")),
        list_(metrics.Method(kName, "ListAppeals")), get_(metrics.Method(kName, "GetAppeal")), assign_(metrics.Method(kName, "AssignAppeal")),
        comment_(metrics.Method(kName, "CommentAppeal")), resolve_(metrics.Method(kName, "ResolveAppeal")),
        withdraw_(metrics.Method(kName, "WithdrawAppeal")) {}

  grpc::ServerUnaryReactor* FileAppeal(grpc::CallbackServerContext* context, const v1::FileAppealRequest* request, v1::FileAppealResponse* response) override {
    return rpc::AnswerLater(context, file_, pool_, [this, request, response](Deadline deadline) { return appeals_.File(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* ListAppeals(grpc::CallbackServerContext* context, const v1::ListAppealsRequest* request, v1::ListAppealsResponse* response) override {
    return rpc::AnswerLater(context, list_, pool_, [this, request, response](Deadline deadline) { return appeals_.List(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* GetAppeal(grpc::CallbackServerContext* context, const v1::GetAppealRequest* request, v1::GetAppealResponse* response) override {
    return rpc::AnswerLater(context, get_, pool_, [this, request, response](Deadline deadline) { return review_.Get(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* AssignAppeal(grpc::CallbackServerContext* context, const v1::AssignAppealRequest* request,
                                         v1::AssignAppealResponse* response) override {
    return rpc::AnswerLater(context, assign_, pool_, [this, request, response](Deadline deadline) { return appeals_.Assign(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* CommentAppeal(grpc::CallbackServerContext* context, const v1::CommentAppealRequest* request,
                                          v1::CommentAppealResponse* response) override {
    return rpc::AnswerLater(context, comment_, pool_, [this, request, response](Deadline deadline) { return appeals_.Comment(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* ResolveAppeal(grpc::CallbackServerContext* context, const v1::ResolveAppealRequest* request,
                                          v1::ResolveAppealResponse* response) override {
    return rpc::AnswerLater(context, resolve_, pool_, [this, request, response](Deadline deadline) { return resolver_.Resolve(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* WithdrawAppeal(grpc::CallbackServerContext* context, const v1::WithdrawAppealRequest* request,
                                           v1::WithdrawAppealResponse* response) override {
    return rpc::AnswerLater(context, withdraw_, pool_, [this, request, response](Deadline deadline) { return appeals_.Withdraw(*request, *response, deadline); });
  }

 private:
  static constexpr char kName[] = "rung.grading.v1.AppealService";

  Appeals& appeals_;
  AppealReview& review_;
  AppealResolver& resolver_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& file_;
  telemetry::MethodMetrics& list_;
  telemetry::MethodMetrics& get_;
  telemetry::MethodMetrics& assign_;
  telemetry::MethodMetrics& comment_;
  telemetry::MethodMetrics& resolve_;
  telemetry::MethodMetrics& withdraw_;
};

}  // namespace rung::grading
