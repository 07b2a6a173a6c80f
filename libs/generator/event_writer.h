// From drafts to the events of the domain.
#pragma once

#include <string>
#include <vector>

#include "libs/features/event.h"
#include "libs/generator/contact.h"
#include "libs/generator/customer_plan.h"
#include "libs/generator/history.h"
#include "libs/generator/marketplace.h"

namespace rung::generator {

/// "c0000001" for index 0.
std::string CustomerIdOf(int64_t index);

/// Writes the drafts of `history`, in their order, as events into `events`, without the facts that the options leave
/// out. Replaces what `events` held, and uses its memory again.
void WriteEvents(const Marketplace& marketplace, const CustomerPlan& plan, const History& history,
                 std::vector<features::Event>& events);

}  // namespace rung::generator
