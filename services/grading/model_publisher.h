// Checks and publishes models.
#pragma once

#include <absl/status/status.h>

#include "libs/base/clock.h"
#include "libs/storage/model_store.h"
#include "rung/grading/v1/model.pb.h"
#include "rung/grading/v1/tier.pb.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// Thread-safe.
class ModelPublisher {
 public:
  ModelPublisher(storage::ModelStore& models, const storage::CodeStore& codes, Ladders& ladders, const Clock& clock)
      : models_(models), codes_(codes), ladders_(ladders), clock_(clock) {}

  absl::Status Apply(const v1::ApplyModelRequest& request, v1::ApplyModelResponse& response, Deadline deadline);
  absl::Status Get(const v1::GetModelRequest& request, v1::GetModelResponse& response, Deadline deadline) const;
  void List(v1::ListModelsResponse& response) const;
  void ListTiers(v1::ListTiersResponse& response) const;

 private:
  storage::ModelStore& models_;
  const storage::CodeStore& codes_;
  Ladders& ladders_;
  const Clock& clock_;
};

}  // namespace rung::grading
