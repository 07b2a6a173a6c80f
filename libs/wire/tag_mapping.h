// Tag sets between the wire (rung.grading.v1.TagSet), files and the tags library.
#pragma once

#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/violation.h"
#include "libs/tags/tag_set.h"
#include "rung/grading/v1/tag.pb.h"

namespace rung::wire {

/// Maps a tag set; enum values of a later release and fields that would be ignored become violations.
tags::TagSet FromWire(const grading::v1::TagSet& in, std::vector<Violation>& violations);

/// Parses proto3 JSON ("deploy/presets/tags/default.json"). Unknown fields are refused with their path.
absl::StatusOr<grading::v1::TagSet> ParseTagSetJson(std::string_view json);

}  // namespace rung::wire
