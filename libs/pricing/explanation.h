// Why a line costs what it costs, in sentences for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/pricing/quote.h"
#include "libs/pricing/settlement.h"

namespace rung::pricing {

enum class Language : uint8_t { kChinese, kEnglish };

/// What sentences need beside the tariff.
struct Speech {
  Language language = Language::kChinese;
  std::string tier_name;  ///< of the customer's tier; empty: its code isn't shown
  /// Names of tiers for offers that need another one; a code without a name stands for itself.
  Names tier_names;  ///< tier code -> name in `language`
};

/// One sentence for one candidate: what it did, or why it did nothing.
std::string Explain(const Tariff& tariff, const QuotedLine& line, const Candidate& candidate, const Speech& speech);

/// Sentences about the line as a whole: cap, floor, missing cost, coupons. Empty when there is nothing to say.
std::vector<std::string> ExplainLine(const Tariff& tariff, const QuotedLine& line, const Speech& speech);

std::string Explain(const Basket& basket, const QuotedCoupon& coupon, const Tariff& tariff, const Speech& speech);
std::string ExplainFee(const Basket& basket, const Quote& quote, const Tariff& tariff, const Speech& speech);

/// Why the bill of a line differs from what was quoted; empty when it doesn't.
std::vector<std::string> ExplainDifference(const Tariff& tariff, const Settlement& settlement, const Delivery& delivery,
                                           size_t line, const Speech& speech);

/// "12.50 元", "CNY 12.50".
std::string FormatMoney(Fen amount, std::string_view currency, Language language);
/// 9,000 -> "9 折", "pay 90 %"; 10,000 -> "原价", "full price".
std::string FormatRate(Bps pay, Language language);
/// "7 件", "2.5 公斤", "7 pieces", "2.5 kg".
std::string FormatQuantity(QtyMilli quantity, Unit unit, Language language);

}  // namespace rung::pricing
