// The customers of the published worked cases as a base to grade, and the shipped models.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "libs/features/customer_state.h"
#include "libs/features/feature.h"
#include "libs/scoring/model.h"
#include "libs/scoring/population.h"
#include "libs/scoring/scorer.h"
#include "tests/support/vectors.h"

namespace rung::testing {

/// deploy/presets/NAME.json; a model that doesn't load fails the test.
scoring::Model LoadPreset(const std::string& name);

inline const std::vector<std::string> kPresets = {"kuailv", "kuailv-rfmpl", "kuailv-class", "meicai", "meicai-rfmp"};

/// The base is exactly the customers of the vectors.
class VectorBase {
 public:
  VectorBase();

  /// Points into this object.
  scoring::BaseColumns Columns(const scoring::Scorer& scorer);

  /// The row of a customer; an unknown one fails the test.
  size_t IndexOf(const std::string& customer) const;
  const FeatureVectors& vectors() const { return vectors_; }
  const features::LocalCodeBook& codes() const { return codes_; }
  const features::CustomerState& state(size_t row) const { return states_[row]; }

 private:
  double Value(size_t row, const std::string& name) const;

  FeatureVectors vectors_;
  features::LocalCodeBook codes_;
  std::vector<features::CustomerState> states_;
  std::vector<features::FeatureValues> values_;
  std::list<std::vector<double>> columns_;
  std::vector<uint8_t> member_;
};

}  // namespace rung::testing
