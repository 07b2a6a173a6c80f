// Why an item is on a list, in a sentence.
#pragma once

#include <string>

#include "libs/recommend/policy.h"

namespace rung::recommend {

struct Sentence {
  std::string zh;
  std::string en;
};

/// "每周二补货，已超 2 天" / "usually bought on Tuesdays, 2 days overdue".
Sentence ReasonOf(const RecommendModel& model, const ListItem& item);

}  // namespace rung::recommend
