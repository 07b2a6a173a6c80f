#include "libs/wire/condition_mapping.h"

#include <fmt/format.h>

namespace rung::wire {

namespace pb = grading::v1;
using scoring::Comparison;

Comparison ComparisonFromWire(pb::Comparison comparison, const std::string& path, std::vector<Violation>& violations) {
  switch (comparison) {
    case pb::COMPARISON_GREATER: return Comparison::kGreater;
    case pb::COMPARISON_LESS: return Comparison::kLess;
    case pb::COMPARISON_AT_MOST: return Comparison::kAtMost;
    case pb::COMPARISON_UNSPECIFIED:
    case pb::COMPARISON_AT_LEAST: return Comparison::kAtLeast;
    default:
      violations.push_back({path + ".comparison", "UNKNOWN_VALUE",
                            fmt::format("{} is no value of this release", static_cast<int>(comparison))});
      return Comparison::kAtLeast;
  }
}

}  // namespace rung::wire
