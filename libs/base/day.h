// Civil days of the business zone, counted since 1970-01-01.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <absl/time/time.h>

namespace rung {

/// A civil day as the number of days since 1970-01-01 (negative before). It has no zone of its own: a
/// `BusinessZone` decides which day an instant belongs to.
using Day = int32_t;

/// Seconds since the Unix epoch.
using UnixSeconds = int64_t;

inline constexpr UnixSeconds kSecondsPerDay = 86400;

/// "2026-03-31" -> Day. Only this form is accepted; nullopt for anything else, impossible dates included.
std::optional<Day> ParseDay(std::string_view text);

/// Day -> "2026-03-31".
std::string FormatDay(Day day);

/// The civil day `months` calendar months after `day`, clamped to the end of the month (31 Jan + 1 = 28/29 Feb).
Day AddMonths(Day day, int months);

/// The business zone: which civil day an instant belongs to.
class BusinessZone {
 public:
  /// Loads an IANA zone ("Asia/Shanghai"). nullopt when the zone is unknown on this machine.
  static std::optional<BusinessZone> Load(std::string_view name);

  /// Civil day of an instant.
  Day DayOf(UnixSeconds instant) const;

  /// First instant of a civil day.
  UnixSeconds StartOf(Day day) const;

  /// Instant of a local wall time, seconds after midnight. A time that a DST gap skips or an overlap repeats
  /// resolves to the later instant.
  UnixSeconds InstantOf(Day day, int seconds_of_day) const;

  const std::string& name() const { return name_; }

 private:
  BusinessZone(std::string name, absl::TimeZone zone);

  std::string name_;
  absl::TimeZone zone_;
  int fixed_offset_;  // seconds; kNoFixedOffset when the zone has had more than one since 2000
};

}  // namespace rung
