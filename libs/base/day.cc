#include "libs/base/day.h"

#include <chrono>
#include <cstdio>

#include <absl/time/civil_time.h>

#include "libs/base/status.h"

namespace rung {
namespace {

constexpr int kNoFixedOffset = 1 << 30;
constexpr absl::CivilDay kEpoch(1970, 1, 1);

Day FloorDays(UnixSeconds seconds) {
  return static_cast<Day>((seconds >= 0 ? seconds : seconds - (kSecondsPerDay - 1)) / kSecondsPerDay);
}

// Zones such as Asia/Shanghai have kept one offset for decades: a division then replaces a search per event.
int FixedOffset(const absl::TimeZone& zone) {
  const absl::Time from = absl::FromUnixSeconds(946684800);  // 2000-01-01
  absl::TimeZone::CivilTransition transition;
  if (zone.NextTransition(from, &transition)) return kNoFixedOffset;
  return zone.At(from).offset;
}

constexpr Day kYearZero = -719528;  // 0000-01-01
constexpr Day kYearLast = 2932896;  // 9999-12-31

constexpr UnixSeconds kFixedOffsetFrom = 946684800 + 86400;

}  // namespace

std::optional<Day> ParseDay(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int parts[3] = {0, 0, 0};
  int part = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 4 || i == 7) {
      ++part;
    } else if (text[i] >= '0' && text[i] <= '9') {
      parts[part] = parts[part] * 10 + (text[i] - '0');
    } else {
      return std::nullopt;
    }
  }
  const absl::CivilDay day(parts[0], parts[1], parts[2]);
  if (day.year() != parts[0] || day.month() != parts[1] || day.day() != parts[2]) return std::nullopt;
  return static_cast<Day>(day - kEpoch);
}

std::string FormatDay(Day day) {
  if (day < kYearZero || day > kYearLast) {
    const absl::CivilDay civil = kEpoch + day;
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02d-%02d", static_cast<int>(civil.year()), civil.month(), civil.day());
    return text;
  }
  // Every lookup formats a day, and this takes a few nanoseconds.
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const auto y = static_cast<unsigned>(static_cast<int>(date.year()));
  const auto month = static_cast<unsigned>(date.month()), day_of_month = static_cast<unsigned>(date.day());
  const auto digit = [](unsigned value) { return static_cast<char>('0' + value % 10); };
  const char text[] = {digit(y / 1000), digit(y / 100), digit(y / 10),          digit(y), '-', digit(month / 10),
                       digit(month),    '-',            digit(day_of_month / 10), digit(day_of_month)};
  return std::string(text, sizeof text);
}

Day AddMonths(Day day, int months) {
  const absl::CivilDay civil = kEpoch + day;
  const absl::CivilMonth month = absl::CivilMonth(civil) + months;
  const absl::CivilDay last_of_month = absl::CivilDay(month + 1) - 1;
  const absl::CivilDay wanted = absl::CivilDay(month) + (civil.day() - 1);
  return static_cast<Day>(std::min(wanted, last_of_month) - kEpoch);
}

BusinessZone::BusinessZone(std::string name, absl::TimeZone zone)
    : name_(std::move(name)), zone_(zone), fixed_offset_(FixedOffset(zone)) {}

std::optional<BusinessZone> BusinessZone::Load(std::string_view name) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(ToAbsl(name), &zone)) return std::nullopt;
  return BusinessZone(std::string(name), zone);
}

Day BusinessZone::DayOf(UnixSeconds instant) const {
  if (fixed_offset_ != kNoFixedOffset && instant >= kFixedOffsetFrom) return FloorDays(instant + fixed_offset_);
  return static_cast<Day>(absl::ToCivilDay(absl::FromUnixSeconds(instant), zone_) - kEpoch);
}

UnixSeconds BusinessZone::StartOf(Day day) const {
  return absl::ToUnixSeconds(absl::FromCivil(kEpoch + day, zone_));
}

UnixSeconds BusinessZone::InstantOf(Day day, int seconds_of_day) const {
  const absl::CivilSecond local = absl::CivilSecond(kEpoch + day) + seconds_of_day;
  const absl::TimeZone::TimeInfo info = zone_.At(local);
  // A skipped time has no instant of its own: `pre` lies after the gap's start by the amount skipped, which is the
  // later of the two readings; of a repeated time `post` is the second occurrence.
  const absl::Time instant = info.kind == absl::TimeZone::TimeInfo::UNIQUE ? info.pre : std::max(info.pre, info.post);
  return absl::ToUnixSeconds(instant);
}

}  // namespace rung
