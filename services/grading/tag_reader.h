// The published tags, and what they say of a customer's state.
#pragma once

#include <memory>
#include <vector>

#include "libs/features/feature_evaluator.h"
#include "libs/storage/config_store.h"
#include "libs/tags/tagger.h"
#include "services/grading/feature_binding.h"
#include "services/grading/feature_reader.h"

namespace rung::grading {

struct PublishedTags {
  tags::Tagger tagger;
  int32_t version;
};

/// FAILED_PRECONDITION (NO_TAGS): none are published.
absl::StatusOr<PublishedTags> CurrentTags(storage::ConfigStore& config, Deadline deadline);

/// One customer after the other, with the arithmetic of the grading. For one thread; the tagger must outlive it.
class TagReader {
 public:
  TagReader(const tags::Tagger& tagger, const FeatureReader& reader, const features::CodeBook& codes);

  /// By Tagger::features().
  std::vector<double> Values(const features::CustomerState& state, Day as_of);
  tags::TagBits Tags(const features::CustomerState& state, Day as_of) { return tagger_.TagsOf(Values(state, as_of)); }
  const tags::TagSet& set() const { return tagger_.set(); }
  /// Whether the customer that was asked for last counts in the population.
  bool is_member() const { return is_member_; }

 private:
  const tags::Tagger& tagger_;
  const std::shared_ptr<const features::CalendarSet> calendars_;
  const std::shared_ptr<const forecast::Forecaster> forecaster_;
  const FeatureBinding binding_;
  features::FeatureEvaluator evaluator_;
  features::OpenDays open_days_;
  features::FeatureValues values_;
  FittedEvaluator fitted_evaluator_;
  features::FittedValues fitted_;
  bool is_member_ = false;
};

}  // namespace rung::grading
