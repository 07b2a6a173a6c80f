#include "libs/lifecycle/tag_review.h"

#include <set>

#include <fmt/format.h>

#include "libs/base/text.h"
#include "libs/wire/tag_mapping.h"

namespace rung::lifecycle {

std::vector<Violation> ReviewTags(const std::vector<NamedTag>& named, storage::ConfigStore& config) {
  if (named.empty()) return {};
  std::set<std::string> published;
  const auto row = config.GetVersion({kTagSetKind, kTagSetDocument}, 0, Deadline::After(5000));
  if (row.ok()) {
    const auto set = wire::ParseTagSetJson(row->body_json);
    if (!set.ok()) return {};
    for (const auto& tag : set->tags()) published.insert(tag.tag_id());
  } else if (!absl::IsNotFound(row.status())) {
    return {};
  }
  std::vector<Violation> findings;
  for (const NamedTag& tag : named) {
    if (published.contains(tag.tag_id)) continue;
    findings.push_back({tag.field, "TAG_UNKNOWN",
                        fmt::format("no tag \"{}\" is published, and so nobody has it; `rungctl tags get` shows the tags", Shorten(tag.tag_id, 80))});
  }
  return findings;
}

}  // namespace rung::lifecycle
