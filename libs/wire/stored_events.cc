#include "libs/wire/stored_events.h"

#include "libs/base/status.h"
#include "libs/wire/event_mapping.h"

namespace rung::wire {

std::string SealingRow(CustomerNumber customer, const std::string& event_id) {
  return fmt::format("event|{}|{}", static_cast<int64_t>(customer), event_id);
}

absl::StatusOr<std::vector<features::Event>> OpenEvents(const std::vector<storage::EventRow>& rows, const sealing::Codec& codec,
                                                        const BusinessZone& zone) {
  std::vector<features::Event> events;
  events.reserve(rows.size());
  grading::v1::Event message;
  for (const storage::EventRow& row : rows) {
    std::string plain;
    if (row.key_id != sealing::kPlain) {
      RUNG_ASSIGN_OR_RETURN(plain, codec.Open(row.key_id, row.body, SealingRow(row.customer, row.event_id)));
    }
    if (!message.ParseFromString(row.key_id == sealing::kPlain ? row.body : plain)) {
      return Error(absl::StatusCode::kDataLoss, "event {} of customer {} doesn't parse", row.event_id,
                   static_cast<int64_t>(row.customer));
    }
    features::Event& event = events.emplace_back(FromStored(message, zone));
    event.event_id = row.event_id;
  }
  return events;
}

}  // namespace rung::wire
