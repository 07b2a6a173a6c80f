// Tags that documents aim at, held against the tags that are published.
#pragma once

#include <string>
#include <vector>

#include "libs/base/violation.h"
#include "libs/storage/config_store.h"

namespace rung::lifecycle {

/// The kind of the set of tags, and the name of the only one.
inline constexpr char kTagSetKind[] = "tags";
inline constexpr char kTagSetDocument[] = "default";

struct NamedTag {
  std::string field;
  std::string tag_id;
};

/// TAG_UNKNOWN for each that isn't published: nobody has it, yet. Nothing where that can't be read now.
std::vector<Violation> ReviewTags(const std::vector<NamedTag>& named, storage::ConfigStore& config);

}  // namespace rung::lifecycle
