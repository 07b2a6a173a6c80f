// Weights and bounds from outcomes or labels, as a model to simulate.
#pragma once

#include <atomic>
#include <functional>

#include "rung/grading/v1/calibration.pb.h"
#include "services/grading/trial.h"

namespace rung::grading {

/// One calibration at a time. Thread-safe.
class Calibrator {
 public:
  using Write = std::function<bool(const v1::CalibrateModelResponse&)>;

  Calibrator(TrialParts parts, BaseSource source) : parts_(parts), source_(source) {}

  absl::Status Calibrate(const v1::CalibrateModelRequest& request, const Write& write);

 private:
  absl::Status Run(const v1::CalibrateModelRequest& request, const v1::Model& model, Day as_of, const Write& write) const;

  const TrialParts parts_;
  const BaseSource source_;
  std::atomic<bool> running_{false};
};

}  // namespace rung::grading
