// What is unwise about a model, seen against today's base.
#pragma once

#include <vector>

#include "libs/scoring/lint.h"
#include "services/grading/base_grading.h"
#include "services/grading/feature_reader.h"

namespace rung::grading {

/// What features mean, for lint.
scoring::FeatureTraits LintTraitsOf(std::string_view feature);

/// All findings that lint has about the graded ladder's model. Of a model that counts orders up to `sample` members are
/// read once more and graded as if they had cut each order into five. Errors of the store.
absl::StatusOr<std::vector<scoring::Finding>> LintAgainstBase(const BaseGrading& graded, const LoadedBase& base,
                                                              storage::CustomerStore& customers, const FeatureReader& reader,
                                                              const features::CodeBook& codes, Day as_of, size_t sample);

}  // namespace rung::grading
