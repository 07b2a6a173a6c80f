// Quotes, bills and price lists as people read them.
#pragma once

#include <string>
#include <vector>

#include "rung/pricing/v1/quote.pb.h"
#include "tools/rungctl/language.h"

namespace rung::ctl {

namespace prc = pricing::v1;

/// Lines with the rules that applied, refused lines, coupons, delivery and the total. Names of the lines' SKUs stand in
/// the basket; sentences are in `language` when the server gave them in it.
std::string BasketTable(const prc::PricedBasket& basket, Language language);

/// "price book main v3, policy best-price v1, plan kuailv v2".
std::string VersionsLine(const prc::Versions& versions, Language language);

/// Why a settlement differs from the quote, a line for each sentence.
std::string DifferenceLines(const prc::SettleQuoteResponse& settlement, Language language);

std::string PriceListTable(const std::vector<prc::ListPricesResponse::Entry>& entries, const std::string& currency, Language language);

}  // namespace rung::ctl
