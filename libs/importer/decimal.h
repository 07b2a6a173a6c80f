// Exact decimal numbers, as order files write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rung::importer {

inline constexpr int kMaxDecimals = 6;
inline constexpr int kMaxIntegerDigits = 12;

/// coefficient / 10^scale.
struct Decimal {
  int64_t coefficient = 0;
  int scale = 0;  ///< 0 to kMaxDecimals; the last decimal isn't 0

  bool positive() const { return coefficient > 0; }
  bool operator==(const Decimal&) const = default;
};

/// "12", "-0.5", "+3.140", ".5", "5."; blanks around are allowed. nullopt for everything else, for more than
/// kMaxIntegerDigits before the point and for more than kMaxDecimals after it (zeros at either end don't count).
std::optional<Decimal> ParseDecimal(std::string_view text);

/// value x 10^digits as an integer, exactly; nullopt when it has more decimals than `digits`.
std::optional<int64_t> ExactUnits(const Decimal& value, int digits);

/// Why ParseDecimal or ExactUnits has no answer, as the end of a sentence about the text: "is empty; …".
std::string ExplainNoUnits(std::string_view text, int digits);

/// value x 10^digits, rounded to an integer, halves away from zero. `digits` is 0 to 4.
int64_t RoundedUnits(const Decimal& value, int digits);

/// a x b x 10^digits, rounded to an integer, halves away from zero; nullopt when it doesn't fit.
std::optional<int64_t> RoundedProduct(const Decimal& a, const Decimal& b, int digits);

}  // namespace rung::importer
