// Events between the wire (rung.grading.v1.Event) and the domain. The stored body of an event is the wire message, too,
// so this is the one place where either form is understood.
#pragma once

#include <string>
#include <vector>

#include "libs/base/day.h"
#include "libs/base/violation.h"
#include "libs/features/event.h"
#include "rung/grading/v1/event.pb.h"

namespace rung::wire {

/// What an installation accepts.
struct EventRules {
  const BusinessZone* zone = nullptr;
  std::string currency_code;                ///< the only one accepted
  UnixSeconds latest = 0;                   ///< events after this are refused
};

/// Maps an event and checks it. Violations are appended with paths below `path` (e.g. "events[3]"); `out` is complete
/// only when none was added.
void FromWire(const grading::v1::Event& in, const EventRules& rules, const std::string& path, features::Event& out,
              std::vector<Violation>& violations);

/// Maps an event that was checked when it came in.
features::Event FromStored(const grading::v1::Event& in, const BusinessZone& zone);

/// Maps a domain event to the wire.
void ToWire(const features::Event& in, grading::v1::Event& out);

/// Whether the event carries anything that is stored sealed: names, phones, addresses, notes.
bool IsSensitive(const features::Event& event);

inline constexpr UnixSeconds kEarliestEvent = 631152000;  ///< 1990-01-01T00:00Z
inline constexpr int64_t kMaxLineAmount = 100'000'000'000;       ///< 10^11 fen
inline constexpr int64_t kMaxOrderAmount = 1'000'000'000'000;    ///< 10^12 fen
inline constexpr size_t kMaxLines = 1000;

}  // namespace rung::wire
