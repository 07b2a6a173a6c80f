#include "libs/wire/tag_mapping.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/wire/condition_mapping.h"

namespace rung::wire {
namespace {

namespace pb = grading::v1;

int AtLeast(const pb::Tag& in, const std::string& path, std::vector<Violation>& violations) {
  if (!pb::Match_IsValid(in.match())) {
    violations.push_back({path + ".match", "UNKNOWN_VALUE", fmt::format("{} is no value of this release", static_cast<int>(in.match()))});
  }
  if (in.match() == pb::MATCH_AT_LEAST) return in.at_least();
  if (in.at_least() != 0) {
    violations.push_back({path + ".at_least", "MISMATCH", fmt::format("{} needs MATCH_AT_LEAST; leave it out otherwise", in.at_least())});
  }
  return in.match() == pb::MATCH_ANY ? 1 : in.conditions_size();
}

}  // namespace

tags::TagSet FromWire(const pb::TagSet& in, std::vector<Violation>& violations) {
  tags::TagSet out;
  for (int i = 0; i < in.tags_size(); ++i) {
    const pb::Tag& item = in.tags(i);
    const std::string path = fmt::format("tags[{}]", i);
    tags::Tag& tag = out.tags.emplace_back();
    tag.tag_id = item.tag_id();
    tag.names = {item.names().begin(), item.names().end()};
    tag.descriptions = {item.descriptions().begin(), item.descriptions().end()};
    tag.at_least = AtLeast(item, path, violations);
    for (int k = 0; k < item.conditions_size(); ++k) {
      const pb::Condition& condition = item.conditions(k);
      const std::string condition_path = fmt::format("{}.conditions[{}]", path, k);
      tag.conditions.push_back({condition.feature(), ComparisonFromWire(condition.comparison(), condition_path, violations),
                                condition.value()});
    }
  }
  return out;
}

absl::StatusOr<pb::TagSet> ParseTagSetJson(std::string_view json) {
  pb::TagSet set;
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &set);
  if (!status.ok()) {
    return WithReason(InvalidArgumentError("the tags aren't valid JSON of rung.grading.v1.TagSet: {}",
                                           std::string(status.message().data(), status.message().size())),
                      "BAD_TAG_SET_JSON");
  }
  return set;
}

}  // namespace rung::wire
