// Lower bounds for target shares or under a budget, from the scores of the whole population.
#pragma once

#include "rung/grading/v1/simulation.pb.h"
#include "services/grading/trial.h"

namespace rung::grading {

/// Thread-safe.
class ThresholdSolver {
 public:
  explicit ThresholdSolver(TrialParts parts) : parts_(parts) {}

  absl::Status Solve(const v1::SolveThresholdsRequest& request, v1::SolveThresholdsResponse& response, Deadline deadline) const;

 private:
  const TrialParts parts_;
};

}  // namespace rung::grading
