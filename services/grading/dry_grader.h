// Grades one customer without writing anything.
#pragma once

#include "rung/grading/v1/regrade.pb.h"
#include "services/grading/feature_reader.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// Thread-safe.
class DryGrader {
 public:
  DryGrader(const FeatureReader& reader, const Ladders& ladders, const storage::CodeStore& codes, const BusinessZone& zone,
            const Clock& clock)
      : reader_(reader), ladders_(ladders), codes_(codes), zone_(zone), clock_(clock) {}

  absl::Status Grade(const v1::GradeCustomerRequest& request, v1::GradeCustomerResponse& response, Deadline deadline) const;

 private:
  const FeatureReader& reader_;
  const Ladders& ladders_;
  const storage::CodeStore& codes_;
  const BusinessZone& zone_;
  const Clock& clock_;
};

}  // namespace rung::grading
