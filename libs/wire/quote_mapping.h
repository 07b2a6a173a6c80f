// Baskets and quotes between the wire and the pricing library.
#pragma once

#include <vector>

#include <google/protobuf/repeated_ptr_field.h>

#include "libs/base/violation.h"
#include "libs/pricing/explanation.h"
#include "libs/pricing/price_list.h"
#include "libs/pricing/settlement.h"
#include "rung/pricing/v1/quote.pb.h"

namespace rung::wire {

/// Lines of a request, at "lines"; an enum of a later release is a violation.
std::vector<pricing::BasketLine> ReadLines(const google::protobuf::RepeatedPtrField<pricing::v1::BasketLine>& in,
                                           std::vector<Violation>& violations);
void WriteLines(const std::vector<pricing::BasketLine>& in, google::protobuf::RepeatedPtrField<pricing::v1::BasketLine>* out);

/// How much of a quote is shown.
struct QuoteView {
  bool with_trace = false;                ///< every candidate, not the winners only
  std::vector<pricing::Speech> speeches;  ///< one per language asked for; empty: no sentences
};

/// "zh" and "en"; anything else is a violation at "languages[i]".
std::vector<pricing::Language> ReadLanguages(const google::protobuf::RepeatedPtrField<std::string>& in, std::vector<Violation>& violations);
const char* LanguageCode(pricing::Language language);

/// Everything of the quote but `degraded_reason`.
void WriteQuote(const pricing::Tariff& tariff, const pricing::Basket& basket, const pricing::Quote& quote, const QuoteView& view,
                pricing::v1::PricedBasket* out);

/// Lines that a settlement changed, each explained.
void WriteDifferences(const pricing::Tariff& tariff, const pricing::Settlement& settlement, const pricing::Delivery& delivery,
                      const QuoteView& view, pricing::v1::SettleQuoteResponse* out);

/// `tier` is the customer's, for the sentences.
void WriteListedPrice(const pricing::Tariff& tariff, const pricing::ListedPrice& price, const std::optional<pricing::TierTerms>& tier,
                      const QuoteView& view, pricing::v1::ListPricesResponse::Entry* out);

}  // namespace rung::wire
