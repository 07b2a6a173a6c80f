// Numbers as sentences show them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/explanation/feature_names.h"

namespace rung::explanation {

/// How an installation writes.
struct Style {
  std::string currency = "CNY";  ///< ISO 4217
  double display_scale = 100;    ///< Model::display_scale: scores are shown on 0 to this
};

/// Minor units: 1234567 -> "CNY 12,345.67", "12,345.67元".
Text Money(int64_t minor, const Style& style);

/// A feature's value with its unit: money, days, percent for ratios. NaN: "missing", "缺失".
Text Quantity(std::string_view feature, double value, const Style& style);

/// Thousandths of a point on the display scale: 63575 -> "63.575" of 100, "0.63575" of 1.
std::string Points(int64_t milli, const Style& style);

/// At most three decimals, no zeros at the end, thousands apart: 1234.5 -> "1,234.5".
std::string Number(double value);

/// 0.935 -> "93.5%": at most two decimals.
std::string Percent(double share);

}  // namespace rung::explanation
