#include "libs/wire/quote_mapping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libs/base/text.h"
#include "libs/wire/price_mapping.h"

namespace rung::wire {
namespace {

namespace pb = pricing::v1;
using pricing::Language;
using WireTexts = google::protobuf::Map<std::string, std::string>;

constexpr pb::Verdict kVerdicts[] = {pb::VERDICT_APPLIED,      pb::VERDICT_BEATEN,          pb::VERDICT_NO_GAIN,    pb::VERDICT_NOT_STACKED,
                                     pb::VERDICT_BELOW_MINIMUM, pb::VERDICT_TIER_UNKNOWN,    pb::VERDICT_TIER_HAS_NO_RATE, pb::VERDICT_OTHER_TIER,
                                     pb::VERDICT_NOT_YET,      pb::VERDICT_ENDED,           pb::VERDICT_OTHER_CUSTOMERS, pb::VERDICT_OVERRIDDEN,
                                     pb::VERDICT_NOT_QUOTED, pb::VERDICT_USED_UP};
static_assert(std::size(kVerdicts) == static_cast<size_t>(pricing::Verdict::kUsedUp) + 1);

// One sentence per language, as `say` puts it.
template <typename Say>
void Explain(const QuoteView& view, WireTexts* out, Say say) {
  for (const pricing::Speech& speech : view.speeches) {
    std::string text = say(speech);
    if (!text.empty()) (*out)[LanguageCode(speech.language)] = std::move(text);
  }
}

void WriteCandidate(const pricing::Tariff& tariff, const pricing::QuotedLine& line, const pricing::Candidate& in, const QuoteView& view,
                    pb::Candidate* out) {
  out->set_kind(ToWire(in.kind));
  out->set_rule_id(in.id.data(), in.id.size());
  out->set_verdict(kVerdicts[static_cast<int>(in.verdict)]);
  out->set_before_fen(in.before.value);
  out->set_result_fen(in.result.value);
  out->set_effect_fen(in.effect.value);
  out->set_reached_milli(in.reached.value);
  if (!view.speeches.empty()) Explain(view, out->mutable_explanations(), [&](const pricing::Speech& speech) { return pricing::Explain(tariff, line, in, speech); });
}

void WriteLine(const pricing::Tariff& tariff, const pricing::Quote& quote, const pricing::QuotedLine& in, const QuoteView& view, pb::QuotedLine* out) {
  out->set_quantity_milli(in.quantity.value);
  out->set_list_fen(in.list.value);
  out->set_amount_fen(in.amount.value);
  out->set_coupon_fen(in.coupon.value);
  out->set_cap_clipped(in.cap_clipped);
  out->set_floor_clipped(in.floor_clipped);
  out->set_no_cost(in.no_cost);
  out->set_list_below_floor(in.list_below_floor);
  if (view.with_trace) {
    for (const pricing::Candidate& candidate : quote.TraceOf(in)) WriteCandidate(tariff, in, candidate, view, out->add_candidates());
  } else {
    for (int i = 0; i < in.winner_count; ++i) {
      for (const pricing::Candidate& candidate : quote.TraceOf(in)) {
        if (candidate.rule == in.winners[i].rule && candidate.kind == in.winners[i].kind) WriteCandidate(tariff, in, candidate, view, out->add_candidates());
      }
    }
  }
  if (view.speeches.empty()) return;
  Explain(view, out->mutable_explanations(), [&](const pricing::Speech& speech) { return fmt::format("{}", fmt::join(pricing::ExplainLine(tariff, in, speech), "\n")); });
}

bool SameWinners(const pricing::QuotedLine& a, const pricing::QuotedLine& b) {
  if (a.winner_count != b.winner_count) return false;
  for (int i = 0; i < a.winner_count; ++i) {
    if (a.winners[i].rule != b.winners[i].rule || a.winners[i].kind != b.winners[i].kind) return false;
  }
  return true;
}

}  // namespace

const char* LanguageCode(Language language) { return language == Language::kChinese ? "zh" : "en"; }

std::vector<Language> ReadLanguages(const google::protobuf::RepeatedPtrField<std::string>& in, std::vector<Violation>& violations) {
  std::vector<Language> languages;
  for (int i = 0; i < in.size(); ++i) {
    if (in[i] == "zh") {
      languages.push_back(Language::kChinese);
    } else if (in[i] == "en") {
      languages.push_back(Language::kEnglish);
    } else {
      violations.push_back({fmt::format("languages[{}]", i), "UNKNOWN_VALUE", fmt::format("\"{}\" must be \"zh\" or \"en\"", Shorten(in[i], 20))});
    }
    if (i >= 8) break;
  }
  return languages;
}

std::vector<pricing::BasketLine> ReadLines(const google::protobuf::RepeatedPtrField<pb::BasketLine>& in, std::vector<Violation>& violations) {
  std::vector<pricing::BasketLine> lines;
  lines.reserve(in.size());
  for (int i = 0; i < in.size(); ++i) {
    const pb::BasketLine& line = in[i];
    pricing::BasketLine& out = lines.emplace_back();
    out.sku = line.sku();
    out.quantity = {line.quantity_milli()};
    out.currency = line.currency_code();
    if (line.unit() == pb::UNIT_UNSPECIFIED) continue;
    if (!pb::Unit_IsValid(line.unit())) violations.push_back({fmt::format("lines[{}].unit", i), "UNKNOWN_VALUE", fmt::format("{} is no value of this release", static_cast<int>(line.unit()))});
    out.unit = line.unit() == pb::UNIT_KILOGRAM ? pricing::Unit::kKilogram : pricing::Unit::kPiece;
  }
  return lines;
}

void WriteLines(const std::vector<pricing::BasketLine>& in, google::protobuf::RepeatedPtrField<pb::BasketLine>* out) {
  for (const pricing::BasketLine& line : in) {
    pb::BasketLine* to = out->Add();
    to->set_sku(line.sku);
    to->set_quantity_milli(line.quantity.value);
    to->set_currency_code(line.currency);
    if (line.unit) to->set_unit(ToWire(*line.unit));
  }
}

void WriteQuote(const pricing::Tariff& tariff, const pricing::Basket& basket, const pricing::Quote& quote, const QuoteView& view, pb::PricedBasket* out) {
  for (size_t i = 0; i < quote.lines.size(); ++i) {
    const pricing::QuotedLine& line = quote.lines[i];
    if (line.refusal != pricing::Refusal::kNone) {
      pb::RefusedLine* refused = out->add_refused_lines();
      refused->set_index(static_cast<int32_t>(i));
      refused->set_sku(basket.lines[i].sku);
      const std::string_view reason = pricing::RefusalCode(line.refusal);
      refused->set_reason(reason.data(), reason.size());
      continue;
    }
    pb::QuotedLine* to = out->add_lines();
    to->set_index(static_cast<int32_t>(i));
    to->set_sku(basket.lines[i].sku);
    WriteLine(tariff, quote, line, view, to);
  }
  for (const pricing::QuotedCoupon& coupon : quote.coupons) {
    pb::QuotedCoupon* to = out->add_coupons();
    to->set_coupon_id(basket.coupons[coupon.coupon].id);
    to->set_applied(coupon.verdict == pricing::CouponVerdict::kApplied);
    to->set_eligible_fen(coupon.eligible.value);
    to->set_given_fen(coupon.given.value);
    to->set_clipped_fen(coupon.clipped.value);
    Explain(view, to->mutable_explanations(), [&](const pricing::Speech& speech) { return pricing::Explain(basket, coupon, tariff, speech); });
  }
  out->set_currency_code(tariff.catalogue().book().currency);
  out->set_goods_list_fen(quote.goods_list.value);
  out->set_goods_before_coupons_fen(quote.goods_before_coupons.value);
  out->set_goods_fen(quote.goods.value);
  out->set_delivery_fee_fen(quote.delivery_fee.value);
  out->set_total_fen(quote.total.value);
  out->set_degraded(quote.degraded);
  Explain(view, out->mutable_delivery_explanations(), [&](const pricing::Speech& speech) { return pricing::ExplainFee(basket, quote, tariff, speech); });
}

void WriteDifferences(const pricing::Tariff& tariff, const pricing::Settlement& settlement, const pricing::Delivery& delivery, const QuoteView& view,
                      pb::SettleQuoteResponse* out) {
  out->set_quoted_total_fen(settlement.quoted.total.value);
  out->set_by_known_tier(settlement.by_known_tier);
  for (size_t i = 0; i < settlement.quoted.lines.size(); ++i) {
    const pricing::QuotedLine& quoted = settlement.quoted.lines[i];
    const pricing::QuotedLine& billed = settlement.bill.lines[i];
    if (quoted.amount == billed.amount && quoted.quantity == billed.quantity && SameWinners(quoted, billed)) continue;
    if (quoted.refusal != pricing::Refusal::kNone) continue;
    pb::SettleQuoteResponse::Difference* to = out->add_differences();
    to->set_index(static_cast<int32_t>(i));
    to->set_quoted_fen(quoted.amount.value);
    to->set_billed_fen(billed.amount.value);
    Explain(view, to->mutable_explanations(), [&](const pricing::Speech& speech) {
      return fmt::format("{}", fmt::join(pricing::ExplainDifference(tariff, settlement, delivery, i, speech), "\n"));
    });
  }
}

void WriteListedPrice(const pricing::Tariff& tariff, const pricing::ListedPrice& price, const std::optional<pricing::TierTerms>& tier,
                      const QuoteView& view, pb::ListPricesResponse::Entry* out) {
  out->set_sku(tariff.catalogue().item(price.item).sku);
  out->set_list_fen(price.list.value);
  out->set_price_fen(price.price.value);
  for (int i = 0; i < price.winner_count; ++i) out->add_rule_ids(price.winners[i].id.data(), price.winners[i].id.size());
  if (view.speeches.empty() || price.winner_count == 0) return;
  pricing::QuotedLine line;
  line.item = price.item;
  Explain(view, out->mutable_explanations(), [&](const pricing::Speech& speech) {
    std::vector<std::string> sentences;
    for (int i = 0; i < price.winner_count; ++i) {
      const pricing::Winner& winner = price.winners[i];
      const bool own_rate = winner.kind == pricing::Kind::kTier;
      const pricing::Candidate applied{.id = winner.id, .rule = winner.rule, .kind = winner.kind, .verdict = pricing::Verdict::kApplied,
                                       .terms = own_rate ? pricing::Terms{.pay = tier->pay} : tariff.rule(winner.rule).terms,
                                       .before = winner.effect, .effect = winner.effect};
      sentences.push_back(pricing::Explain(tariff, line, applied, speech));
    }
    return fmt::format("{}", fmt::join(sentences, "\n"));
  });
}

}  // namespace rung::wire
