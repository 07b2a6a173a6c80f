// Plans a customer's way to a tier, and what keeps the tier, without writing anything.
#pragma once

#include <string>

#include "libs/path/path.h"
#include "rung/grading/v1/path.pb.h"
#include "services/grading/feature_reader.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// Thread-safe.
class PathPlanner {
 public:
  struct Context {
    const FeatureReader& reader;
    const Ladders& ladders;
    const storage::CodeStore& codes;
    const BusinessZone& zone;
    const Clock& clock;
    std::string currency;
  };
  explicit PathPlanner(Context context) : context_(std::move(context)) {}

  absl::Status Plan(const v1::PlanPathRequest& request, v1::PlanPathResponse& response, Deadline deadline) const;

 private:
  const Context context_;
};

}  // namespace rung::grading
