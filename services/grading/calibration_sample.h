// Customers as they were on two earlier days, and what became of them, for calibrations.
#pragma once

#include <array>
#include <optional>

#include <absl/container/flat_hash_map.h>

#include "services/grading/base_loader.h"

namespace rung::grading {

/// One of the two days.
struct Moment {
  LoadedBase base;               ///< of the day; only rows with a known outcome
  std::vector<double> outcomes;  ///< by row
  Day outcome_until = 0;
};

enum class OutcomeWanted : uint8_t { kMargin, kRetention, kLabel };

struct SampleWanted {
  BaseWanted base;
  OutcomeWanted outcome = OutcomeWanted::kMargin;
  Day training_day = 0;
  Day later_day = 0;
  int horizon_days = 90;
  int64_t one_in = 1;                              ///< without labels: every so many-th customer
  absl::flat_hash_map<int64_t, uint8_t> labels;    ///< place of the tier by customer number
};

struct Sample {
  Moment training;
  Moment later;
  int64_t labels_found = 0;
};

/// Reads every state, and builds those of the sample that don't reach the training day from the events. Outcomes are
/// those of the population's members of each day; labels are those of customers with a state on it, two fifths of whom
/// train and the others measure. Accounts of groups are left out.
absl::StatusOr<Sample> LoadSample(const BaseSource& source, const SampleWanted& wanted, const std::function<absl::Status(int64_t rows)>& progress);

}  // namespace rung::grading
