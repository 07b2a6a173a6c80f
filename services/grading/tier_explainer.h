// Explains a customer's standing without writing anything.
#pragma once

#include <string>

#include "libs/scoring/decision_inputs.h"
#include "rung/grading/v1/explanation.pb.h"
#include "services/grading/decision_replayer.h"
#include "services/grading/feature_reader.h"
#include "services/grading/ladders.h"

namespace rung::grading {

/// Thread-safe.
class TierExplainer {
 public:
  struct Context {
    const FeatureReader& reader;
    const Ladders& ladders;
    const storage::CodeStore& codes;
    const BusinessZone& zone;
    const Clock& clock;
    const DecisionReplayer& replayer;
    std::string currency;
  };
  explicit TierExplainer(Context context) : context_(std::move(context)) {}

  absl::Status Explain(const v1::ExplainTierRequest& request, v1::ExplainTierResponse& response, Deadline deadline) const;

 private:
  absl::Status ExplainStored(const v1::ExplainTierRequest& request, v1::Explanation& out, Deadline deadline) const;

  const Context context_;
};

/// Fills what a decision on `ladder` was made of into `out`; for current and for stored inputs alike.
void ExplainDecision(const Ladder& ladder, const scoring::DecisionInputs& inputs, const std::string& currency,
                     v1::Explanation& out);

/// FAILED_PRECONDITION/NO_POPULATION when the ladder compares customers and no batch has frozen a population yet.
absl::Status CheckPopulation(const Ladder& ladder);

}  // namespace rung::grading
