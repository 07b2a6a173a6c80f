// What one customer will probably do, by the fit in force.
#pragma once

#include "libs/forecast/churn_sentences.h"
#include "services/grading/feature_reader.h"
#include "services/grading/fits.h"

namespace rung::grading {

absl::Status NoFit();

/// What churn is judged by; `p_alive` is the model's, or supplied from outside.
stats::ChurnFacts ChurnFactsOf(const forecast::CustomerFacts& facts, double p_alive, double base_gap_days);

/// Values supplied from outside take the place of fitted ones of their names. Returns the names.
std::vector<std::string> TakeOutsideValues(const features::DatedState& dated, const features::CodeBook& codes, features::FittedValues& fitted);

void AddReasons(const stats::ChurnFacts& facts, const stats::ChurnAssessment& assessment,
                google::protobuf::RepeatedPtrField<v1::ChurnReasonText>& out);

/// Thread-safe.
class OutlookReader {
 public:
  OutlookReader(const FeatureReader& reader, const features::CodeBook& codes) : reader_(reader), codes_(codes) {}

  absl::Status Get(const v1::GetOutlookRequest& request, v1::GetOutlookResponse& response, Deadline deadline) const;

 private:
  const FeatureReader& reader_;
  const features::CodeBook& codes_;
};

}  // namespace rung::grading
