#include "tools/rungctl/values.h"

#include <algorithm>
#include <cmath>

#include <absl/time/time.h>
#include <fmt/format.h>

namespace rung::ctl {
namespace {

// Of an integer too large for int64_t when negated, too.
std::string Grouped(uint64_t magnitude) {
  std::string digits = std::to_string(magnitude);
  for (size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, ",");
  return digits;
}

uint64_t Magnitude(int64_t value) { return value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value); }

}  // namespace

std::string FormatCount(int64_t count) { return (count < 0 ? "-" : "") + Grouped(Magnitude(count)); }

std::string FormatMoney(int64_t amount_minor, std::string_view currency) {
  const uint64_t magnitude = Magnitude(amount_minor);
  return fmt::format("{}{}.{:02}{}{}", amount_minor < 0 ? "-" : "", Grouped(magnitude / 100), magnitude % 100,
                     currency.empty() ? "" : " ", currency);
}

std::string FormatScore(int32_t score_milli, double display_scale) {
  const double scale = display_scale > 0 ? display_scale : 100;
  // All digits that the score has: a thousandth of a point of 100.
  const int decimals = std::max(0, 5 - static_cast<int>(std::lround(std::log10(scale))));
  return fmt::format("{:.{}f}", score_milli * scale / 100'000, decimals);
}

std::string FormatNumber(double value) {
  std::string text = fmt::format("{:.6f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string FormatInstant(int64_t unix_seconds) {
  if (unix_seconds == 0) return "";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(unix_seconds), absl::UTCTimeZone());
}

std::string FormatDuration(int64_t seconds) {
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{}h {}m", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{}d {}h {}m", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60);
}

}  // namespace rung::ctl
