#include "services/grading/fits.h"

#include "libs/base/status.h"
#include "libs/wire/fit_mapping.h"
#include "libs/wire/instant.h"

namespace rung::grading {

absl::StatusOr<v1::BaseFit> FitOf(const storage::FitRow& row) {
  v1::BaseFit fit;
  if (!fit.ParseFromString(row.body)) return Error(absl::StatusCode::kDataLoss, "the stored fit {} can't be read", row.version);
  fit.set_version(row.version);
  fit.set_as_of_date(FormatDay(row.as_of));
  fit.set_author(row.author);
  wire::SetTime(row.fitted_at, fit.mutable_fitted_time());
  return fit;
}

absl::Status Fits::Reload(Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const int32_t newest, store_.NewestVersion(deadline));
  const auto known = Current();
  if (newest == (known == nullptr ? 0 : known->fit().version)) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(const auto row, store_.Get(newest, deadline));
  if (!row) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(const v1::BaseFit message, FitOf(*row));
  RUNG_ASSIGN_OR_RETURN(forecast::BaseFit fit, wire::FromWire(message));
  RUNG_ASSIGN_OR_RETURN(forecast::Forecaster forecaster, forecast::Forecaster::Create(std::move(fit), codes_));
  auto current = std::make_shared<const forecast::Forecaster>(std::move(forecaster));
  std::lock_guard lock(mutex_);
  if (current_ == nullptr || current_->fit().version < newest) current_ = std::move(current);
  return absl::OkStatus();
}

int32_t SegmentOf(const features::CustomerState& state, Day as_of) {
  const features::AttributeValue* segment = state.Latest(features::kSegment, as_of);
  return segment == nullptr ? -1 : static_cast<int32_t>(segment->value);
}

void FittedEvaluator::Evaluate(const forecast::Forecaster* forecaster, const features::DatedState& dated,
                               const features::FeatureValues& values, features::FittedSet wanted, features::FittedValues& out) {
  if (forecaster == nullptr || wanted == 0) {
    out.values.fill(features::kMissing);
    return;
  }
  forecaster->Evaluate(facts_.Read(dated.state, dated.as_of), values, SegmentOf(dated.state, dated.as_of), wanted, out);
}

}  // namespace rung::grading
