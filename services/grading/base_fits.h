// Stored fits over the API.
#pragma once

#include "services/grading/fit_runner.h"

namespace rung::grading {

/// Thread-safe.
class BaseFits {
 public:
  BaseFits(storage::FitStore& store, FitRunner& runner) : store_(store), runner_(runner) {}

  absl::Status Fit(const v1::FitBaseRequest& request, v1::FitBaseResponse& response);
  absl::Status Get(const v1::GetBaseFitRequest& request, v1::GetBaseFitResponse& response, Deadline deadline);
  absl::Status List(const v1::ListBaseFitsRequest& request, v1::ListBaseFitsResponse& response, Deadline deadline);

 private:
  storage::FitStore& store_;
  FitRunner& runner_;
};

}  // namespace rung::grading
