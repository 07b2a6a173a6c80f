// What a draft would do to the whole base.
#pragma once

#include <atomic>
#include <functional>

#include "libs/sealing/codec.h"
#include "libs/storage/config_store.h"
#include "libs/storage/customer_store.h"
#include "rung/grading/v1/simulation.pb.h"
#include "services/grading/base_loader.h"
#include "services/grading/customer_names.h"
#include "services/grading/ladders.h"
#include "services/grading/model_kind.h"

namespace rung::grading {

/// One simulation at a time: it holds the whole base in memory. Thread-safe.
class Simulator {
 public:
  struct Context {
    storage::CustomerStore& customers;
    storage::ConfigStore& config;
    const ModelKind& kind;
    const Ladders& ladders;
    const features::CodeBook& codes;
    const CustomerNames& names;
    const Clock& clock;
    const BusinessZone& zone;
    const FeatureReader& reader;
    int scan_threads = 2;
  };
  using Write = std::function<bool(const v1::SimulateModelResponse&)>;

  explicit Simulator(Context context) : context_(context) {}

  absl::Status Simulate(const v1::SimulateModelRequest& request, const Write& write);

 private:
  absl::StatusOr<v1::Model> Draft(const v1::SimulateModelRequest& request) const;
  absl::Status Run(const v1::SimulateModelRequest& request, std::shared_ptr<const Ladder> draft, Day as_of, const Write& write);

  const Context context_;
  std::atomic<bool> running_{false};
};

}  // namespace rung::grading
