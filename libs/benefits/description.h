// Benefits and answers, in sentences for people.
#pragma once

#include <string>

#include "libs/benefits/entitlements.h"
#include "libs/pricing/explanation.h"

namespace rung::benefits {

using pricing::Language;

/// "9 折", "满 300 元免配送费", "进口水果8折".
std::string Describe(const Plan& plan, const Benefit& benefit, Language language);

/// Why the benefit applies or doesn't, and until when.
std::string Explain(const Benefits& benefits, const Entitlement& entitlement, Language language);

/// A tier's name in the language, else its code.
std::string TierName(const Plan& plan, std::string_view code, Language language);

/// "20,000 元", "CNY 20,000"; cents only when there are some.
std::string RoundMoney(Fen amount, const std::string& currency, Language language);

}  // namespace rung::benefits
