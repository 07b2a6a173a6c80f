#include "libs/importer/time_reader.h"

#include <absl/time/time.h>

#include "libs/base/status.h"

namespace rung::importer {
namespace {

bool HasOffset(std::string_view format) {
  for (size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '%') continue;
    const std::string_view rest = format.substr(i + 1);
    if (rest.starts_with('z') || rest.starts_with('s') || rest.starts_with("Ez") || rest.starts_with("E*z")) return true;
    ++i;  // "%%z" is a percent sign and a letter
  }
  return false;
}

}  // namespace

absl::Status CheckTimeFormat(const std::string& format) {
  const absl::Time day = absl::FromCivil(absl::CivilDay(2026, 3, 31), absl::UTCTimeZone());
  absl::Time read;
  std::string error;
  if (absl::ParseTime(format, absl::FormatTime(format, day, absl::UTCTimeZone()), &read, &error) && read == day) return absl::OkStatus();
  return InvalidArgumentError("\"{}\" doesn't read a date; a format such as \"%Y/%m/%d %H:%M\", \"%d.%m.%Y\", \"%E4Y%m%d\" or \"%s\" "
                              "(seconds since 1970) names year, month and day", format);
}

TimeReader::TimeReader(const std::vector<std::string>& formats, const BusinessZone& zone) : zone_(zone) {
  for (const std::string& format : formats) formats_.push_back({format, HasOffset(format)});
  if (formats_.empty()) {
    formats_ = {{"%Y-%m-%d %H:%M", false}, {"%Y-%m-%d %H:%M:%S", false}, {"%Y-%m-%dT%H:%M:%E*S%Ez", true},
                {"%Y-%m-%d", false}};
  }
}

std::optional<UnixSeconds> TimeReader::Read(std::string_view text) {
  if (last_text_.empty() || text != last_text_) {
    last_time_ = Parse(text);
    last_text_ = text;
  }
  return last_time_;
}

std::optional<UnixSeconds> TimeReader::Parse(std::string_view text) const {
  for (const Format& format : formats_) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(format.text, ToAbsl(text), absl::UTCTimeZone(), &time, &error)) continue;
    // absl::ParseTime also knows the word "infinite-future".
    if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) continue;
    const UnixSeconds seconds = absl::ToUnixSeconds(time);
    if (format.has_offset) return seconds;
    // Read as UTC, the seconds are the wall time's; the zone then says which instant that was.
    const int64_t day = seconds >= 0 ? seconds / kSecondsPerDay : (seconds - (kSecondsPerDay - 1)) / kSecondsPerDay;
    return zone_.InstantOf(static_cast<Day>(day), static_cast<int>(seconds - day * kSecondsPerDay));
  }
  return std::nullopt;
}

}  // namespace rung::importer
