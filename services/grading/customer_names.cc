#include "services/grading/customer_names.h"

#include "libs/base/status.h"
#include "services/grading/stored_events.h"

namespace rung::grading {

absl::StatusOr<CustomerNames::Named> CustomerNames::Find(CustomerNumber customer, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const storage::CustomerRow row, customers_.Read(customer, deadline));
  RUNG_ASSIGN_OR_RETURN(auto rows, customers_.EventsOf(customer, deadline));
  Named named{row.external_id, ""};
  const auto events = OpenEvents(rows, codec_, zone_);
  if (!events.ok()) return named;  // a key that is gone hides the name, not the customer
  const features::Event* newest = nullptr;
  for (const features::Event& event : *events) {
    const auto* profile = std::get_if<features::CustomerProfile>(&event.fact);
    if (profile == nullptr || !profile->name) continue;
    const bool later = newest == nullptr || event.event_time > newest->event_time ||
                       (event.event_time == newest->event_time && event.event_id > newest->event_id);
    if (!later) continue;
    newest = &event;
    named.name = *profile->name;
  }
  return named;
}

}  // namespace rung::grading
