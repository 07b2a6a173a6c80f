// rung.grading.v1.StatusService: how the service is doing.
#pragma once

#include <functional>

#include "libs/rpc/calls.h"
#include "rung/grading/v1/status.grpc.pb.h"

namespace rung::grading {

class StatusService final : public v1::StatusService::CallbackService {
 public:
  using Report = std::function<void(Deadline, v1::GetStatusResponse&)>;

  StatusService(Report report, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : report_(std::move(report)), pool_(pool), get_(metrics.Method("rung.grading.v1.StatusService", "GetStatus")) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context, const v1::GetStatusRequest*,
                                      v1::GetStatusResponse* response) override {
    return rpc::AnswerLater(context, get_, pool_, [this, response](Deadline deadline) {
      report_(deadline, *response);
      return absl::OkStatus();
    });
  }

 private:
  const Report report_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& get_;
};

}  // namespace rung::grading
