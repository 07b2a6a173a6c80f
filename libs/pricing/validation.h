// Whether pricing documents are fit for use. Paths are those of the messages in protos/rung/pricing/v1.
#pragma once

#include <vector>

#include "libs/base/findings.h"
#include "libs/base/violation.h"
#include "libs/pricing/rules.h"

namespace rung::pricing {

inline constexpr size_t kMaxItems = 200'000;
inline constexpr size_t kMaxPricesPerItem = 64;
inline constexpr size_t kMaxBreaks = 20'000;
inline constexpr size_t kMaxOffers = 2'000;
inline constexpr size_t kMaxOfferTiers = 32;
inline constexpr int32_t kMaxQuoteValiditySeconds = 30 * 86'400;
inline constexpr size_t kMaxCategoryBytes = 256;
inline constexpr size_t kMaxNameBytes = 256;

/// Empty: the document may be published. At most Findings::kMaxFindings.
std::vector<Violation> Validate(const PriceBook& book);
std::vector<Violation> Validate(const Policy& policy);

/// Parts that other documents hold, at `path` ("offers[2]"; "" is the document itself).
void CheckScope(const std::string& path, const Scope& scope, Findings& findings);
void CheckTerms(const std::string& path, const Terms& terms, const Scope& scope, Findings& findings);
void CheckDays(const std::string& path, const Days& days, Findings& findings);
void CheckNames(const std::string& path, const Names& names, Findings& findings);
void CheckCoupon(const std::string& path, const Coupon& coupon, Findings& findings);
/// All offers of a tariff, at `path` ("offers").
void CheckOffers(const std::string& path, const std::vector<Offer>& offers, Findings& findings);

}  // namespace rung::pricing
