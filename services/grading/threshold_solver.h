// Lower bounds for target shares or under a budget, from the scores of the whole population.
#pragma once

#include "services/grading/simulator.h"

namespace rung::grading {

/// Thread-safe.
class ThresholdSolver {
 public:
  explicit ThresholdSolver(Simulator::Context context) : context_(context) {}

  absl::Status Solve(const v1::SolveThresholdsRequest& request, v1::SolveThresholdsResponse& response, Deadline deadline) const;

 private:
  absl::StatusOr<v1::Model> Chosen(const v1::SolveThresholdsRequest& request) const;

  const Simulator::Context context_;
};

}  // namespace rung::grading
