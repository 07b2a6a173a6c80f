// Models in one step: checked and published, or read.
#pragma once

#include <absl/status/status.h>

#include "libs/lifecycle/lifecycle.h"
#include "libs/storage/model_store.h"
#include "rung/grading/v1/model.pb.h"
#include "rung/grading/v1/tier.pb.h"
#include "services/grading/ladders.h"
#include "services/grading/model_kind.h"

namespace rung::grading {

/// Thread-safe.
class ModelPublisher {
 public:
  ModelPublisher(storage::ModelStore& models, storage::ConfigStore& config, lifecycle::Lifecycle& lifecycle, ModelKind& kind, const Ladders& ladders)
      : models_(models), config_(config), lifecycle_(lifecycle), kind_(kind), ladders_(ladders) {}

  absl::Status Apply(const v1::ApplyModelRequest& request, v1::ApplyModelResponse& response, Deadline deadline,
                     const std::string& approver = "");
  absl::Status Get(const v1::GetModelRequest& request, v1::GetModelResponse& response, Deadline deadline) const;
  void List(v1::ListModelsResponse& response) const;
  void ListTiers(v1::ListTiersResponse& response) const;

 private:
  absl::Status ReadVersion(const std::string& model_id, int32_t version, v1::ModelVersion& out, Deadline deadline) const;

  storage::ModelStore& models_;
  storage::ConfigStore& config_;
  lifecycle::Lifecycle& lifecycle_;
  ModelKind& kind_;
  const Ladders& ladders_;
};

}  // namespace rung::grading
