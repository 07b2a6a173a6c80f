#include "libs/explanation/quantities.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "libs/features/fitted.h"

namespace rung::explanation {
namespace {

std::string Grouped(std::string_view digits) {
  std::string out;
  for (size_t at = 0; at < digits.size(); ++at) {
    if (at > 0 && (digits.size() - at) % 3 == 0) out += ',';
    out += digits[at];
  }
  return out;
}

// Of a fixed-point text: groups before the point, and no zeros at the end behind it.
std::string Tidy(std::string_view text, bool keep_zeros = false) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t point = std::min(text.find('.'), text.size());
  std::string_view rest = text.substr(point);
  while (!keep_zeros && !rest.empty() && (rest.back() == '0' || rest.back() == '.')) rest.remove_suffix(1);
  const std::string number = fmt::format("{}{}", Grouped(text.substr(0, point)), rest);
  return negative && number != "0" ? fmt::format("-{}", number) : number;
}

}  // namespace

std::string Number(double value) { return Tidy(fmt::format("{:.3f}", value)); }

std::string Percent(double share) { return Tidy(fmt::format("{:.2f}", 100 * share)) + "%"; }

std::string Points(int64_t milli, const Style& style) {
  int decimals = 3;
  for (double scale = style.display_scale; scale < 99.5 && decimals < 6; scale *= 10) ++decimals;
  return fmt::format("{:.{}f}", static_cast<double>(milli) / 100'000 * style.display_scale, decimals);
}

Text Money(int64_t minor, const Style& style) {
  const int64_t size = std::llabs(minor);
  const std::string amount =
      Tidy(fmt::format("{}{}.{:02}", minor < 0 ? "-" : "", size / 100, size % 100), true);
  return {style.currency + " " + amount, style.currency == "CNY" ? amount + "元" : amount + " " + style.currency};
}

Text Quantity(std::string_view feature, double value, const Style& style) {
  if (std::isnan(value)) return {"missing", "缺失"};
  const std::string_view unit = features::UnitOf(feature);
  if (unit == "fen" || unit == "fen/month") return Money(std::llround(value), style);
  if (unit == "ratio") return {Percent(value), Percent(value)};
  const std::string number = Number(value);
  if (unit == "days") return {number + (value == 1 ? " day" : " days"), number + "天"};
  return {number, number};
}

}  // namespace rung::explanation
