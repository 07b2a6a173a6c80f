#include "libs/generator/history.h"

#include <algorithm>

namespace rung::generator {

void History::SortUpTo(UnixSeconds last_instant) {
  std::erase_if(facts, [last_instant](const FactDraft& fact) { return fact.time > last_instant; });
  std::sort(facts.begin(), facts.end(), [](const FactDraft& a, const FactDraft& b) {
    return a.time != b.time ? a.time < b.time : a.sequence < b.sequence;
  });
}

}  // namespace rung::generator
