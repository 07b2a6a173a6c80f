// Stored events back as domain events, as every service reads them.
#pragma once

#include "libs/wire/stored_events.h"

namespace rung::grading {

using wire::OpenEvents;
using wire::SealingRow;

}  // namespace rung::grading
