// What a draft would do to the whole base.
#pragma once

#include <atomic>
#include <functional>

#include "rung/grading/v1/simulation.pb.h"
#include "services/grading/trial.h"

namespace rung::grading {

/// One simulation at a time: it holds the whole base in memory. Thread-safe.
class Simulator {
 public:
  using Write = std::function<bool(const v1::SimulateModelResponse&)>;

  explicit Simulator(TrialParts parts) : parts_(parts) {}

  absl::Status Simulate(const v1::SimulateModelRequest& request, const Write& write);

 private:
  absl::StatusOr<v1::Model> Draft(const v1::SimulateModelRequest& request) const;

  const TrialParts parts_;
  std::atomic<bool> running_{false};
};

}  // namespace rung::grading
