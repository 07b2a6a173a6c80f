// What a group of accounts is graded by: the facts of all of them.
#pragma once

#include <functional>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/customer_id.h"
#include "libs/features/calendars.h"

namespace rung::grading {

struct AccountFacts {
  CustomerNumber customer{};
  features::CustomerState state;
};

/// A customer's state from its events, folded to a day.
using StateFromEvents = std::function<absl::StatusOr<features::CustomerState>(CustomerNumber customer, Day fold_day)>;

features::CustomerState Pool(const std::vector<AccountFacts>& accounts, Day as_of);

/// The pooled state, good for features as of a day. Accounts whose kept states don't reach that far are built anew, in
/// place.
absl::StatusOr<features::CustomerState> PooledFacts(std::vector<AccountFacts>& accounts, Day as_of, const features::CalendarSet& calendars,
                                                    const features::CodeBook& codes, const StateFromEvents& build);

}  // namespace rung::grading
