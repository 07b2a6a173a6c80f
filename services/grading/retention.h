// Fits, outlooks, the watch list and what is served of them, put together. Members stand in the order in which they need each
// other.
#pragma once

#include "services/grading/churn_service.h"
#include "services/grading/retention_service.h"

namespace rung::grading {

class Retention {
 public:
  struct ChurnParts {
    storage::ChurnStore& store;
    storage::ConfigStore& config;
    storage::RunStore& runs;
    const storage::CodeStore& codes;
    const Ladders& ladders;
    std::function<std::shared_ptr<grpc::Channel>()> benefits;
  };

  Retention(const FitRunnerParts& parts, const ChurnParts& churn, std::optional<Schedule> refit, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : fit_runner_(parts, refit), base_fits_(parts.store, fit_runner_), outlooks_(parts.reader, parts.codes), service_(base_fits_, outlooks_, pool, metrics),
        coupons_(churn.benefits), actor_(churn.store, coupons_, parts.clock, parts.zone),
        scanner_({churn.store, parts.customers, churn.config, churn.runs, churn.codes, parts.reader, parts.fits, churn.ladders, actor_, parts.clock, parts.zone,
                  parts.threads}),
        churn_list_(churn.store, scanner_, churn.codes, churn.ladders, parts.clock), churn_service_(churn_list_, pool, metrics) {}

  grpc::Service* service() { return &service_; }
  grpc::Service* churn_service() { return &churn_service_; }

 private:
  FitRunner fit_runner_;
  BaseFits base_fits_;
  OutlookReader outlooks_;
  RetentionService service_;
  const clients::CouponClient coupons_;
  RetentionActor actor_;
  ChurnScanner scanner_;
  ChurnList churn_list_;
  ChurnService churn_service_;
};

}  // namespace rung::grading
