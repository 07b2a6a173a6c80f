// Fits, outlooks and what is served of them, put together. Members stand in the order in which they need each other.
#pragma once

#include "services/grading/retention_service.h"

namespace rung::grading {

class Retention {
 public:
  Retention(const FitRunnerParts& parts, std::optional<Schedule> refit, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : fit_runner_(parts, refit), base_fits_(parts.store, fit_runner_), outlooks_(parts.reader, parts.codes),
        service_(base_fits_, outlooks_, pool, metrics) {}

  grpc::Service* service() { return &service_; }

 private:
  FitRunner fit_runner_;
  BaseFits base_fits_;
  OutlookReader outlooks_;
  RetentionService service_;
};

}  // namespace rung::grading
