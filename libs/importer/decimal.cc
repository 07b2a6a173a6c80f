#include "libs/importer/decimal.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace rung::importer {
namespace {

__extension__ using Wide = __int128;  // 18 digits times 18 digits times 10^4 is below 10^38

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Wide Power10(int exponent) {
  Wide power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

std::optional<Wide> Rescaled(Wide value, int scale, int digits) {
  if (scale <= digits) {
    Wide product = 0;
    if (__builtin_mul_overflow(value, Power10(digits - scale), &product)) return std::nullopt;
    return product;
  }
  const Wide divisor = Power10(scale - digits);
  const Wide half = divisor / 2;
  return (value >= 0 ? value + half : value - half) / divisor;
}

}  // namespace

std::optional<Decimal> ParseDecimal(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);

  const size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  for (const std::string_view part : {whole, fraction}) {
    for (const char c : part) {
      if (!IsDigit(c)) return std::nullopt;
    }
  }
  while (whole.starts_with('0')) whole.remove_prefix(1);
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  if (whole.size() > kMaxIntegerDigits || fraction.size() > kMaxDecimals) return std::nullopt;

  Decimal value;
  for (const std::string_view part : {whole, fraction}) {
    for (const char c : part) value.coefficient = value.coefficient * 10 + (c - '0');
  }
  value.scale = static_cast<int>(fraction.size());
  if (negative) value.coefficient = -value.coefficient;
  return value;
}

std::optional<int64_t> ExactUnits(const Decimal& value, int digits) {
  if (value.scale > digits) return std::nullopt;
  int64_t units = value.coefficient;
  for (int i = value.scale; i < digits; ++i) {
    if (__builtin_mul_overflow(units, int64_t{10}, &units)) return std::nullopt;
  }
  return units;
}

std::string ExplainNoUnits(std::string_view text, int digits) {
  const std::string number = fmt::format("a number with at most {} decimals", digits);
  if (text.find_first_not_of(" \t") == std::string_view::npos) return "is empty; it must be " + number;
  const std::string_view whole = text.substr(0, text.find('.'));
  const size_t first = whole.find_first_not_of(" \t+-0");
  const size_t last = whole.find_last_not_of(" \t");
  const bool long_number = first != std::string_view::npos && last - first >= kMaxIntegerDigits && std::all_of(whole.begin() + first, whole.begin() + last + 1, IsDigit);
  return long_number ? fmt::format("is too large; a number has at most {} digits before its decimals", kMaxIntegerDigits) : "must be " + number;
}

int64_t RoundedUnits(const Decimal& value, int digits) {
  return static_cast<int64_t>(*Rescaled(value.coefficient, value.scale, digits));
}

std::optional<int64_t> RoundedProduct(const Decimal& a, const Decimal& b, int digits) {
  const std::optional<Wide> units = Rescaled(Wide{a.coefficient} * b.coefficient, a.scale + b.scale, digits);
  if (!units || *units > std::numeric_limits<int64_t>::max() || *units < std::numeric_limits<int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<int64_t>(*units);
}

}  // namespace rung::importer
