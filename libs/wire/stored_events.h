// Stored events back as domain events.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "libs/base/day.h"
#include "libs/features/event.h"
#include "libs/sealing/codec.h"
#include "libs/storage/ingest_store.h"

namespace rung::wire {

/// What a sealed body is bound to.
std::string SealingRow(CustomerNumber customer, const std::string& event_id);

/// DATA_LOSS when a body is damaged or can't be opened.
absl::StatusOr<std::vector<features::Event>> OpenEvents(const std::vector<storage::EventRow>& rows, const sealing::Codec& codec,
                                                        const BusinessZone& zone);

}  // namespace rung::wire
