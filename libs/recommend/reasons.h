// Why an item is on a list, in a sentence.
#pragma once

#include <string>

#include "libs/recommend/policy.h"

namespace rung::recommend {

/// "每周二补货，已超 2 天" / "bought every Tuesday, 2 days overdue", appended: two empty strings that keep their memory cost no
/// allocation.
void WriteReason(const RecommendModel& model, const ListItem& item, std::string& zh, std::string& en);

}  // namespace rung::recommend
