// rung.grading.v1.PathService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "rung/grading/v1/path.grpc.pb.h"
#include "services/grading/path_planner.h"

namespace rung::grading {

class PathService final : public v1::PathService::CallbackService {
 public:
  PathService(const PathPlanner& planner, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : planner_(planner), pool_(pool), plan_(metrics.Method("rung.grading.v1.PathService", "PlanPath")) {}

  grpc::ServerUnaryReactor* PlanPath(grpc::CallbackServerContext* context, const v1::PlanPathRequest* request,
                                     v1::PlanPathResponse* response) override {
    return rpc::AnswerLater(context, plan_, pool_, [this, request, response](Deadline deadline) {
      return planner_.Plan(*request, *response, deadline);
    });
  }

 private:
  const PathPlanner& planner_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& plan_;
};

}  // namespace rung::grading
