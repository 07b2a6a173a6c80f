// Fits of the customer-base models as messages and back.
#pragma once

#include <absl/status/statusor.h>

#include "libs/forecast/base_fitter.h"
#include "libs/stats/rolling_holdout.h"
#include "rung/grading/v1/retention.pb.h"

namespace rung::wire {

void ToWire(const forecast::FittedBase& fitted, grading::v1::BaseFit& out);
void ToWire(const stats::HoldoutReport& report, grading::v1::HoldoutReport& out);

/// What forecasts need. DATA_LOSS when a stored message can't be one.
absl::StatusOr<forecast::BaseFit> FromWire(const grading::v1::BaseFit& in);

grading::v1::ForecastMethod ToWire(forecast::Method method);
grading::v1::ChurnMeasure ToWire(stats::ChurnMeasure measure);
/// `otherwise` for what isn't said.
stats::ChurnMeasure FromWire(grading::v1::ChurnMeasure measure, stats::ChurnMeasure otherwise);
/// UNSPECIFIED is `otherwise`.
forecast::Method FromWire(grading::v1::ForecastMethod method, forecast::Method otherwise);
grading::v1::ValueKind ToWire(forecast::ValueKind kind);

}  // namespace rung::wire
