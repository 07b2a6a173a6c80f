#include "services/grading/pooled_facts.h"

#include "libs/base/status.h"
#include "libs/features/pooled.h"

namespace rung::grading {
namespace {

// Whether some account had to be built anew.
absl::StatusOr<bool> MakeReach(std::vector<AccountFacts>& accounts, Day as_of, const BusinessCalendar& calendar, const StateFromEvents& build) {
  bool built = false;
  for (AccountFacts& account : accounts) {
    if (features::Reaches(account.state, as_of, calendar)) continue;
    RUNG_ASSIGN_OR_RETURN(account.state, build(account.customer, features::FoldDayAsOf(as_of, calendar)));
    built = true;
  }
  return built;
}

}  // namespace

features::CustomerState Pool(const std::vector<AccountFacts>& accounts, Day as_of) {
  std::vector<const features::CustomerState*> states;
  for (const AccountFacts& account : accounts) states.push_back(&account.state);
  return features::Pool(states, as_of);
}

absl::StatusOr<features::CustomerState> PooledFacts(std::vector<AccountFacts>& accounts, Day as_of, const features::CalendarSet& calendars,
                                                    const features::CodeBook& codes, const StateFromEvents& build) {
  RUNG_RETURN_IF_ERROR(MakeReach(accounts, as_of, BusinessCalendar(), build).status());
  features::CustomerState pool = Pool(accounts, as_of);
  // Only now is the group's region of that day known, and with it how far its year reaches back.
  RUNG_ASSIGN_OR_RETURN(const bool built, MakeReach(accounts, as_of, calendars.Of(pool, as_of, codes), build));
  return built ? Pool(accounts, as_of) : pool;
}

}  // namespace rung::grading
