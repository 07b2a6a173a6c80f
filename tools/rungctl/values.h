// Numbers and times as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rung::ctl {

/// 397884 -> "397,884".
std::string FormatCount(int64_t count);

/// Minor units with two decimals: 891140790 -> "8,911,407.90", with "GBP" behind it when the currency is known.
std::string FormatMoney(int64_t amount_minor, std::string_view currency);

/// A score of 0 to 100,000 on the scale it is shown on: 87300 -> "87.300" of 100, "0.87300" of 1. 0 means 100.
std::string FormatScore(int32_t score_milli, double display_scale);

/// At most six digits behind the point, no zeros at the end: 0.25 -> "0.25".
std::string FormatNumber(double value);

/// Seconds since the epoch -> "2026-03-31T11:05:00Z"; 0 -> "".
std::string FormatInstant(int64_t unix_seconds);

/// 93784 -> "1d 2h 3m"; 59 -> "59s".
std::string FormatDuration(int64_t seconds);

}  // namespace rung::ctl
