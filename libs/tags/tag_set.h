// Customer tags (客户标签): names for customers whose features meet conditions.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/violation.h"
#include "libs/scoring/model.h"

namespace rung::tags {

struct Tag {
  std::string tag_id;                        ///< a-z, 0-9, '-', '_'
  std::map<std::string, std::string> names;  ///< language ("zh", "en") -> name
  std::map<std::string, std::string> descriptions;
  int at_least = 0;  ///< how many conditions must hold: all = their number, any = 1
  std::vector<scoring::Condition> conditions;
};

/// What an installation publishes as one version. A tag's bit is its place here, so that stored bits mean something
/// together with the version only.
struct TagSet {
  std::vector<Tag> tags;
};

inline constexpr size_t kMaxTags = 64;
inline constexpr size_t kMaxConditions = 16;

/// One bit per tag.
using TagBits = uint64_t;
static_assert(kMaxTags <= sizeof(TagBits) * 8);

/// All violations; empty when the set can be published. `is_feature` says whether a name is a feature of this
/// installation. Refuses tags that nobody can have, because their conditions contradict each other.
std::vector<Violation> Validate(const TagSet& set, const std::function<bool(std::string_view)>& is_feature);

}  // namespace rung::tags
