// rung.grading.v1.SimulationService: forwards.
#pragma once

#include "libs/rpc/calls.h"
#include "libs/rpc/progress_stream.h"
#include "rung/grading/v1/simulation.grpc.pb.h"
#include "services/grading/simulator.h"
#include "services/grading/threshold_solver.h"

namespace rung::grading {

class SimulationService final : public v1::SimulationService::CallbackService {
 public:
  SimulationService(Simulator& simulator, const ThresholdSolver& solver, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : simulator_(simulator), solver_(solver), pool_(pool), simulate_(metrics.Method(kName, "SimulateModel", "server_stream")),
        solve_(metrics.Method(kName, "SolveThresholds")) {}

  grpc::ServerWriteReactor<v1::SimulateModelResponse>* SimulateModel(grpc::CallbackServerContext* context,
                                                                     const v1::SimulateModelRequest* request) override {
    using Stream = rpc::ProgressStream<v1::SimulateModelResponse>;
    return new Stream(context, pool_, simulate_, [this, request = *request](const Stream::Write& write) { return simulator_.Simulate(request, write); });
  }
  grpc::ServerUnaryReactor* SolveThresholds(grpc::CallbackServerContext* context, const v1::SolveThresholdsRequest* request,
                                            v1::SolveThresholdsResponse* response) override {
    return rpc::AnswerLater(context, solve_, pool_,
                            [this, request, response](Deadline deadline) { return solver_.Solve(*request, *response, deadline); });
  }

 private:
  static constexpr char kName[] = "rung.grading.v1.SimulationService";

  Simulator& simulator_;
  const ThresholdSolver& solver_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& simulate_;
  telemetry::MethodMetrics& solve_;
};

}  // namespace rung::grading
