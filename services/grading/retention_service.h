// rung.grading.v1.RetentionService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/retention.grpc.pb.h"
#include "services/grading/base_fits.h"
#include "services/grading/outlook.h"

namespace rung::grading {

class RetentionService final : public v1::RetentionService::CallbackService {
 public:
  RetentionService(BaseFits& fits, const OutlookReader& outlooks, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : fits_(fits), outlooks_(outlooks), pool_(pool), long_work_(1, 4), fit_(metrics.Method(kName, "FitBase")),
        get_fit_(metrics.Method(kName, "GetBaseFit")), list_fits_(metrics.Method(kName, "ListBaseFits")),
        get_outlook_(metrics.Method(kName, "GetOutlook")) {}

  grpc::ServerUnaryReactor* FitBase(grpc::CallbackServerContext* context, const v1::FitBaseRequest* request,
                                    v1::FitBaseResponse* response) override {
    return rpc::AnswerLater(context, fit_, long_work_, [this, request, response](Deadline) { return fits_.Fit(*request, *response); });
  }
  grpc::ServerUnaryReactor* GetBaseFit(grpc::CallbackServerContext* context, const v1::GetBaseFitRequest* request,
                                       v1::GetBaseFitResponse* response) override {
    return rpc::AnswerLater(context, get_fit_, pool_, [this, request, response](Deadline deadline) { return fits_.Get(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* ListBaseFits(grpc::CallbackServerContext* context, const v1::ListBaseFitsRequest* request,
                                         v1::ListBaseFitsResponse* response) override {
    return rpc::AnswerLater(context, list_fits_, pool_, [this, request, response](Deadline deadline) { return fits_.List(*request, *response, deadline); });
  }
  grpc::ServerUnaryReactor* GetOutlook(grpc::CallbackServerContext* context, const v1::GetOutlookRequest* request,
                                       v1::GetOutlookResponse* response) override {
    return rpc::AnswerLater(context, get_outlook_, pool_, [this, request, response](Deadline deadline) { return outlooks_.Get(*request, *response, deadline); });
  }

 private:
  static constexpr char kName[] = "rung.grading.v1.RetentionService";

  BaseFits& fits_;
  const OutlookReader& outlooks_;
  rpc::WorkerPool& pool_;
  rpc::WorkerPool long_work_;  // fits take long: they must not take the workers
  telemetry::MethodMetrics& fit_;
  telemetry::MethodMetrics& get_fit_;
  telemetry::MethodMetrics& list_fits_;
  telemetry::MethodMetrics& get_outlook_;
};

}  // namespace rung::grading
