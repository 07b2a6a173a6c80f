#include "libs/path/smallest.h"

#include <algorithm>

namespace rung::path {
namespace {

constexpr int64_t kParts = 8;

}  // namespace

std::optional<int64_t> SmallestReaching(int64_t low, int64_t high, int64_t step, const std::function<bool(int64_t)>& reaches) {
  // In steps from here on; `low` is rounded up.
  int64_t first = (low + step - 1) / step;
  const int64_t last = high / step;
  if (first > last) return std::nullopt;
  if (reaches(first * step)) return first * step;
  // Coarse: amounts that grow by an eighth.
  int64_t failed = first, found = -1;
  while (found < 0 && failed < last) {
    const int64_t next = std::min(last, std::max(failed + 1, failed + failed / kParts));
    if (reaches(next * step)) {
      found = next;
    } else {
      failed = next;
    }
  }
  if (found < 0) return std::nullopt;
  while (found - failed > 1) {
    const int64_t width = std::max<int64_t>((found - failed) / kParts, 1);
    int64_t at = failed + width;
    while (at < found && !reaches(at * step)) {
      failed = at;
      at += width;
    }
    found = std::min(found, at);
  }
  return found * step;
}

}  // namespace rung::path
