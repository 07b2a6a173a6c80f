#include "services/grading/tag_reader.h"

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/lifecycle/tag_review.h"
#include "libs/wire/tag_mapping.h"

namespace rung::grading {

absl::StatusOr<PublishedTags> CurrentTags(storage::ConfigStore& config, Deadline deadline) {
  const auto row = config.GetVersion({lifecycle::kTagSetKind, lifecycle::kTagSetDocument}, 0, deadline);
  if (absl::IsNotFound(row.status())) {
    return WithReason(FailedPreconditionError("no tags are published yet; save deploy/presets/tags/default.json with `rungctl tags draft save` and publish it"), "NO_TAGS");
  }
  RUNG_RETURN_IF_ERROR(row.status());
  RUNG_ASSIGN_OR_RETURN(const v1::TagSet message, wire::ParseTagSetJson(row->body_json));
  std::vector<Violation> violations;
  return PublishedTags{tags::Tagger(wire::FromWire(message, violations)), row->version};
}

TagReader::TagReader(const tags::Tagger& tagger, const FeatureReader& reader, const features::CodeBook& codes)
    : tagger_(tagger), calendars_(reader.calendars().Current()), forecaster_(reader.fits().Current()), binding_(tagger.features(), codes),
      evaluator_(codes, reader.sources()), open_days_(codes) {}

std::vector<double> TagReader::Values(const features::CustomerState& state, Day as_of) {
  const features::DatedState dated = open_days_.Of(*calendars_, state, as_of);
  evaluator_.Evaluate(dated.state, dated.as_of, values_);
  if (binding_.fitted() != 0) fitted_evaluator_.Evaluate(forecaster_.get(), dated, values_, binding_.fitted(), fitted_);
  is_member_ = IsMember(values_, dated.state, dated.as_of);
  return binding_.Values(values_, fitted_, dated.state, dated.as_of);
}

}  // namespace rung::grading
