// The fit of the customer-base models in force.
#pragma once

#include <memory>
#include <mutex>

#include "libs/features/calendars.h"
#include "libs/forecast/forecaster.h"
#include "libs/storage/fit_store.h"
#include "rung/grading/v1/retention.pb.h"

namespace rung::grading {

/// A stored fit with what the row says of it. DATA_LOSS when it can't be read.
absl::StatusOr<v1::BaseFit> FitOf(const storage::FitRow& row);

/// Thread-safe.
class Fits {
 public:
  /// Both must outlive the object.
  Fits(storage::FitStore& store, const features::CodeBook& codes) : store_(store), codes_(codes) {}

  /// Reads what is stored, by whatever process. Keeps the old fit when that fails.
  absl::Status Reload(Deadline deadline);

  /// nullptr: there is no fit.
  std::shared_ptr<const forecast::Forecaster> Current() const {
    std::lock_guard lock(mutex_);
    return current_;
  }

 private:
  storage::FitStore& store_;
  const features::CodeBook& codes_;
  mutable std::mutex mutex_;
  std::shared_ptr<const forecast::Forecaster> current_;
};

/// Evaluates fitted features from states. Keeps scratch memory: one per thread.
class FittedEvaluator {
 public:
  /// `forecaster` may be nullptr: then everything is missing. `values` are the state's own features.
  void Evaluate(const forecast::Forecaster* forecaster, const features::DatedState& dated, const features::FeatureValues& values,
                features::FittedSet wanted, features::FittedValues& out);

 private:
  forecast::FactReader facts_;
};

/// Code of the customer's segment; -1: none known.
int32_t SegmentOf(const features::CustomerState& state, Day as_of);

}  // namespace rung::grading
