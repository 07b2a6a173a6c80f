// rung.grading.v1.SimulationService: forwards.
#pragma once

#include "libs/rpc/progress_stream.h"
#include "rung/grading/v1/simulation.grpc.pb.h"
#include "services/grading/simulator.h"

namespace rung::grading {

class SimulationService final : public v1::SimulationService::CallbackService {
 public:
  SimulationService(Simulator& simulator, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : simulator_(simulator), pool_(pool), simulate_(metrics.Method("rung.grading.v1.SimulationService", "SimulateModel", "server_stream")) {}

  grpc::ServerWriteReactor<v1::SimulateModelResponse>* SimulateModel(grpc::CallbackServerContext*,
                                                                     const v1::SimulateModelRequest* request) override {
    using Stream = rpc::ProgressStream<v1::SimulateModelResponse>;
    return new Stream(pool_, simulate_, [this, request = *request](const Stream::Write& write) { return simulator_.Simulate(request, write); });
  }

 private:
  Simulator& simulator_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& simulate_;
};

}  // namespace rung::grading
