// Times as order files write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

#include "libs/base/day.h"

namespace rung::importer {

/// INVALID_ARGUMENT for a format that can't read back the date that it writes: without a year, month or day, or with a
/// specifier that absl::ParseTime doesn't know.
absl::Status CheckTimeFormat(const std::string& format);

/// Reads times in one of several formats. Not thread-safe: it remembers the last time, because the lines of an order
/// repeat it.
class TimeReader {
 public:
  /// `formats` as for absl::ParseTime ("%d/%m/%Y %H:%M"), tried in this order; none: "%Y-%m-%d %H:%M",
  /// "%Y-%m-%d %H:%M:%S", RFC 3339 and "%Y-%m-%d", which is midnight. A format without an offset is read in `zone`, where a wall time that daylight
  /// saving skips or repeats is the later instant. `zone` outlives the reader.
  TimeReader(const std::vector<std::string>& formats, const BusinessZone& zone);

  /// nullopt when no format fits the whole text.
  std::optional<UnixSeconds> Read(std::string_view text);

 private:
  struct Format {
    std::string text;
    bool has_offset = false;
  };

  std::optional<UnixSeconds> Parse(std::string_view text) const;

  std::vector<Format> formats_;
  const BusinessZone& zone_;
  std::string last_text_;
  std::optional<UnixSeconds> last_time_;
};

}  // namespace rung::importer
