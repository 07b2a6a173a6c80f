#include "libs/stats/history.h"

#include <cmath>

#include "libs/base/status.h"

namespace rung::stats {

absl::Status Check(const PurchaseHistory& history) {
  if (history.repeats < 0 || history.repeats > kMaxRepeats) {
    return InvalidArgumentError("repeats: {} isn't within 0 to {}", history.repeats, kMaxRepeats);
  }
  if (!std::isfinite(history.age) || history.age < 0) {
    return InvalidArgumentError("age: {} isn't a time of 0 or more", history.age);
  }
  // Written so that NaN fails.
  if (!(history.recency >= 0 && history.recency <= history.age)) {
    return InvalidArgumentError("recency: {} isn't within 0 to age {}", history.recency, history.age);
  }
  if ((history.repeats == 0) != (history.recency == 0)) {
    return InvalidArgumentError("recency: {} doesn't fit repeats {}: the last transaction is the first one (time 0) "
                                "exactly when there are no repeats", history.recency, history.repeats);
  }
  if (!std::isfinite(history.log_gap_sum)) {
    return InvalidArgumentError("log_gap_sum: {} isn't a number", history.log_gap_sum);
  }
  return absl::OkStatus();
}

}  // namespace rung::stats
