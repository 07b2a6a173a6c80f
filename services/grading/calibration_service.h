// rung.grading.v1.CalibrationService: forwards.
#pragma once

#include "libs/rpc/progress_stream.h"
#include "rung/grading/v1/calibration.grpc.pb.h"
#include "services/grading/calibrator.h"

namespace rung::grading {

class CalibrationService final : public v1::CalibrationService::CallbackService {
 public:
  CalibrationService(Calibrator& calibrator, rpc::WorkerPool& pool, telemetry::Metrics& metrics)
      : calibrator_(calibrator), pool_(pool), calibrate_(metrics.Method("rung.grading.v1.CalibrationService", "CalibrateModel", "server_stream")) {}

  grpc::ServerWriteReactor<v1::CalibrateModelResponse>* CalibrateModel(grpc::CallbackServerContext* context,
                                                                       const v1::CalibrateModelRequest* request) override {
    using Stream = rpc::ProgressStream<v1::CalibrateModelResponse>;
    return new Stream(context, pool_, calibrate_, [this, request = *request](const Stream::Write& write) { return calibrator_.Calibrate(request, write); });
  }

 private:
  Calibrator& calibrator_;
  rpc::WorkerPool& pool_;
  telemetry::MethodMetrics& calibrate_;
};

}  // namespace rung::grading
