#include "libs/importer/decimal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rung::importer {
namespace {

int64_t Product(std::string_view a, std::string_view b) { return *RoundedProduct(*ParseDecimal(a), *ParseDecimal(b), 2); }

TEST(Decimal, ReadsWhatFilesHold) {
  EXPECT_EQ(ParseDecimal("12"), (Decimal{12, 0}));
  EXPECT_EQ(ParseDecimal(" 2.55 "), (Decimal{255, 2}));
  EXPECT_EQ(ParseDecimal("-0.50"), (Decimal{-5, 1}));
  EXPECT_EQ(ParseDecimal("+007."), (Decimal{7, 0}));
  EXPECT_EQ(ParseDecimal(".000001"), (Decimal{1, 6}));
  EXPECT_EQ(ParseDecimal("1.0000000000"), (Decimal{1, 0}));
}

TEST(Decimal, RefusesWhatIsNoPlainNumber) {
  for (const char* text : {"", ".", "-", "1e5", "1,000", "0x10", "nan", "1.2.3", "--1", "1 2", "\xEF\xBC\x91",
                           "1234567890123", "0.0000001"}) {
    EXPECT_EQ(ParseDecimal(text), std::nullopt) << text;
  }
}

TEST(Decimal, MultipliesExactlyAndRoundsHalvesUp) {
  EXPECT_EQ(Product("6", "2.55"), 1530);
  EXPECT_EQ(Product("1", "0.001"), 0);
  EXPECT_EQ(Product("1", "0.005"), 1);
  EXPECT_EQ(Product("3", "1.115"), 335);  // 3.345; the binary product 3 x 1.115 lies below it
  EXPECT_EQ(Product("1.5", "0.33"), 50);  // 0.495
  EXPECT_EQ(Product("12345", "0.123456"), 152406);  // 1524.06432
  EXPECT_EQ(Product("-1", "0.005"), -1);
}

TEST(Decimal, SaysWhenAProductDoesNotFit) {
  const Decimal huge{999'999'999'999, 0};
  EXPECT_EQ(RoundedProduct(huge, huge, 2), std::nullopt);
  EXPECT_EQ(RoundedProduct(huge, Decimal{1, 0}, 4), 9'999'999'999'990'000);
}

TEST(Decimal, ExactUnitsNeverRounds) {
  EXPECT_EQ(ExactUnits(*ParseDecimal("1.25"), 3), 1250);
  EXPECT_EQ(ExactUnits(*ParseDecimal("1.2505"), 3), std::nullopt);
}

TEST(Decimal, SaysWhyThereIsNoNumber) {
  for (const char* text : {"", "  "}) EXPECT_EQ(ExplainNoUnits(text, 3), "is empty; it must be a number with at most 3 decimals") << text;
  for (const char* text : {"a-lot", "1.2345", "-", "12345678901234x"}) EXPECT_EQ(ExplainNoUnits(text, 3), "must be a number with at most 3 decimals") << text;
  for (const char* text : {"1234567890123", "-0001234567890123.5 "}) EXPECT_EQ(ExplainNoUnits(text, 3), "is too large; a number has at most 12 digits before its decimals") << text;
  EXPECT_TRUE(ParseDecimal("000123456789012").has_value()) << "zeros in front don't count";
}

}  // namespace
}  // namespace rung::importer
