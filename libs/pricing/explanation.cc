#include "libs/pricing/explanation.h"

#include <algorithm>

#include <fmt/format.h>

namespace rung::pricing {
namespace {

// A sentence in both languages, with named places.
struct Phrase {
  const char* zh;
  const char* en;

  template <typename... Args>
  std::string In(Language language, Args&&... args) const {
    return fmt::format(fmt::runtime(language == Language::kChinese ? zh : en), std::forward<Args>(args)...);
  }
};

// value / 10^decimals without needless zeros.
std::string Decimal(int64_t value, int64_t unit) {
  std::string text = fmt::format("{}", value / unit);
  int64_t rest = value % unit;
  if (rest == 0) return text;
  text += '.';
  while (rest != 0) {
    unit /= 10;
    text += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return text;
}

std::string NameIn(const Names& names, Language language, std::string_view otherwise) {
  const auto found = names.find(language == Language::kChinese ? "zh" : "en");
  if (found != names.end()) return found->second;
  return names.empty() ? std::string(otherwise) : names.begin()->second;
}

std::string FormatUnitPrice(Fen price, Unit unit, std::string_view currency, Language language) {
  const bool chinese = language == Language::kChinese;
  const std::string each = unit == Unit::kPiece ? (chinese ? "件" : "piece") : (chinese ? "公斤" : "kg");
  return FormatMoney(price, currency, language) + "/" + each;
}

class Speaker {
 public:
  Speaker(const Tariff& tariff, const Speech& speech)
      : tariff_(tariff), speech_(speech), language_(speech.language), currency_(tariff.catalogue().book().currency) {}

  std::string Money(Fen amount) const { return FormatMoney(amount, currency_, language_); }

  // "钻石会员 9 折", "offer 进口水果8折", "from 10 kg on".
  std::string RuleName(const Candidate& candidate, Unit unit) const {
    switch (candidate.kind) {
      case Kind::kTier:
        if (speech_.tier_name.empty()) return Phrase{"会员等级", "the tier"}.In(language_);
        return Phrase{"{}会员", "{} tier"}.In(language_, speech_.tier_name);
      case Kind::kOffer:
        return Phrase{"专享优惠「{}」", "offer \"{}\""}.In(language_, NameIn(OfferOf(candidate).names, language_, candidate.id));
      case Kind::kBreak:
        break;
    }
    return Phrase{"满 {}", "from {} on"}.In(language_, FormatQuantity(tariff_.rule(candidate.rule).min_quantity, unit, language_));
  }

  std::string TermsOf(const Candidate& candidate, Unit unit) const {
    if (candidate.terms.pay) return FormatRate(*candidate.terms.pay, language_);
    return candidate.terms.price ? FormatUnitPrice(*candidate.terms.price, unit, currency_, language_) : std::string();
  }

  std::string Say(const QuotedLine& line, const Candidate& candidate) const {
    const Unit unit = tariff_.catalogue().item(line.item).unit;
    const std::string name = RuleName(candidate, unit);
    const std::string terms = TermsOf(candidate, unit);
    switch (candidate.verdict) {
      case Verdict::kApplied:
        return Applied(candidate, name, terms);
      case Verdict::kBeaten:
        return Phrase{"{} {}：可为 {}，已有更优价格，未采用", "{}, {}: would make {}; a better price was taken"}.In(language_, name, terms, Money(candidate.result));
      case Verdict::kNoGain:
        return Phrase{"{} {}：不低于 {}，未采用", "{}, {}: not below {}, not applied"}.In(language_, name, terms, Money(candidate.before));
      case Verdict::kNotStacked:
        return Phrase{"{} {}：价格策略不含此类优惠", "{}, {}: the policy has no place for it"}.In(language_, name, terms);
      case Verdict::kBelowMinimum:
        return Phrase{"{} {}：当前 {}，还差 {}", "{}, {}: the basket has {}, {} short"}.In(
            language_, name, terms, FormatQuantity(candidate.reached, unit, language_),
            FormatQuantity(tariff_.rule(candidate.rule).min_quantity - candidate.reached, unit, language_));
      case Verdict::kTierHasNoRate:
        return Phrase{"{}没有等级折扣", "{}: no rate of its own"}.In(language_, name);
      case Verdict::kUsedUp:
        return Phrase{"{} {}：次数或额度已用完，未采用", "{}, {}: used up, not applied"}.In(language_, name, terms);
      case Verdict::kNotQuoted:
        return Phrase{"{} {}：报价时未采用，结算不再采用", "{}, {}: wasn't applied when quoted, so not now"}.In(language_, name, terms);
      default:
        return NotEntitled(candidate, name, terms);
    }
  }

 private:
  const Offer& OfferOf(const Candidate& candidate) const { return tariff_.offers()[tariff_.rule(candidate.rule).offer]; }

  std::string Applied(const Candidate& candidate, const std::string& name, const std::string& terms) const {
    const Fen gross = candidate.before - candidate.result;
    if (candidate.effect == gross) return Phrase{"{} {}：优惠 {}", "{}, {}: saves {}"}.In(language_, name, terms, Money(gross));
    return Phrase{"{} {}：应优惠 {}，受折扣上限或底价限制，实际优惠 {}", "{}, {}: would save {}; cap or floor leave {}"}.In(
        language_, name, terms, Money(gross), Money(candidate.effect));
  }

  std::string NotEntitled(const Candidate& candidate, const std::string& name, const std::string& terms) const {
    switch (candidate.verdict) {
      case Verdict::kTierUnknown:
        if (candidate.kind == Kind::kTier) return Phrase{"会员等级暂不可用，按目录价", "the tier isn't known right now: list price"}.In(language_);
        return Phrase{"{} {}：会员等级暂不可用", "{}, {}: the tier isn't known right now"}.In(language_, name, terms);
      case Verdict::kOtherTier:
        return Phrase{"{} {}：仅限 {}", "{}, {}: only for {}"}.In(language_, name, terms, TiersOf(OfferOf(candidate)));
      case Verdict::kNotYet:
        return Phrase{"{} {}：自 {} 起", "{}, {}: starts on {}"}.In(language_, name, terms, FormatDay(OfferOf(candidate).days.from.value_or(0)));
      case Verdict::kEnded:
        return Phrase{"{} {}：已于 {} 结束", "{}, {}: ended on {}"}.In(language_, name, terms, FormatDay(OfferOf(candidate).days.until.value_or(0)));
      case Verdict::kOtherCustomers:
        return Phrase{"{} {}：不适用于该客户", "{}, {}: not for this customer"}.In(language_, name, terms);
      default:
        return Phrase{"{} {}：已由更具体的权益取代", "{}, {}: a more specific benefit takes its place"}.In(language_, name, terms);
    }
  }

  std::string TiersOf(const Offer& offer) const {
    std::string text;
    for (const std::string& code : offer.tiers) {
      if (!text.empty()) text += language_ == Language::kChinese ? "、" : ", ";
      const auto found = speech_.tier_names.find(code);
      text += found == speech_.tier_names.end() ? code : found->second;
    }
    return text;
  }

  const Tariff& tariff_;
  const Speech& speech_;
  Language language_;
  std::string_view currency_;
};

// The ids of a line's winners, to see whether a bill follows the same rules.
std::vector<std::string_view> WinnersOf(const QuotedLine& line) {
  std::vector<std::string_view> ids;
  for (int i = 0; i < line.winner_count; ++i) ids.push_back(line.winners[i].id);
  return ids;
}

}  // namespace

std::string FormatMoney(Fen amount, std::string_view currency, Language language) {
  const std::string number = fmt::format("{}{}.{:02}", amount.value < 0 ? "-" : "", std::abs(amount.value) / 100, std::abs(amount.value) % 100);
  if (language == Language::kEnglish) return fmt::format("{} {}", currency, number);
  return fmt::format("{} {}", number, currency == "CNY" ? "元" : currency);
}

std::string FormatRate(Bps pay, Language language) {
  if (pay == kWhole) return Phrase{"原价", "full price"}.In(language);
  if (language == Language::kChinese) return Decimal(pay.value, 1'000) + " 折";
  return fmt::format("pay {} %", Decimal(pay.value, 100));
}

std::string FormatQuantity(QtyMilli quantity, Unit unit, Language language) {
  const std::string number = Decimal(quantity.value, kOne.value);
  if (unit == Unit::kKilogram) return number + (language == Language::kChinese ? " 公斤" : " kg");
  if (language == Language::kChinese) return number + " 件";
  return number + (quantity == kOne ? " piece" : " pieces");
}

std::string Explain(const Tariff& tariff, const QuotedLine& line, const Candidate& candidate, const Speech& speech) {
  return Speaker(tariff, speech).Say(line, candidate);
}

std::vector<std::string> ExplainLine(const Tariff& tariff, const QuotedLine& line, const Speech& speech) {
  const Speaker speaker(tariff, speech);
  const Language language = speech.language;
  std::vector<std::string> said;
  if (line.cap_clipped) {
    said.push_back(Phrase{"折扣上限 {}：不低于 {}", "discounts are capped at {}: not below {}"}.In(
        language, Decimal(tariff.policy().max_discount->value, 100) + " %", speaker.Money(line.cap_amount)));
  }
  if (line.no_cost) said.push_back(Phrase{"缺少成本，不打折", "no cost is known, so there is no discount"}.In(language));
  if (line.list_below_floor) said.push_back(Phrase{"目录价低于底价，按目录价", "the list price lies below the floor: list price"}.In(language));
  if (line.floor_clipped && !line.no_cost) {
    said.push_back(Phrase{"毛利底线：不低于 {}", "margin floor: not below {}"}.In(language, speaker.Money(std::min(line.list, line.floor))));
  }
  if (line.coupon > Fen{0}) said.push_back(Phrase{"优惠券分摊 {}", "coupons take {}"}.In(language, speaker.Money(line.coupon)));
  return said;
}

std::string Explain(const Basket& basket, const QuotedCoupon& quoted, const Tariff& tariff, const Speech& speech) {
  const Speaker speaker(tariff, speech);
  const Coupon& coupon = basket.coupons[quoted.coupon];
  const std::string name = Phrase{"优惠券「{}」", "coupon \"{}\""}.In(speech.language, NameIn(coupon.names, speech.language, coupon.id));
  switch (quoted.verdict) {
    case CouponVerdict::kApplied:
      if (quoted.clipped == Fen{0}) return Phrase{"{}：优惠 {}", "{}: saves {}"}.In(speech.language, name, speaker.Money(quoted.given));
      return Phrase{"{}：优惠 {}，另有 {}受底价或折扣上限限制", "{}: saves {}; cap or floor keep back {}"}.In(
          speech.language, name, speaker.Money(quoted.given), speaker.Money(quoted.clipped));
    case CouponVerdict::kNothingEligible:
      return Phrase{"{}：没有适用商品", "{}: no goods that it counts for"}.In(speech.language, name);
    case CouponVerdict::kBelowMinimum:
      return Phrase{"{}：满 {}可用，还差 {}", "{}: from {} on, {} short"}.In(
          speech.language, name, speaker.Money(coupon.minimum), speaker.Money(coupon.minimum - quoted.eligible));
    case CouponVerdict::kNotQuoted:
      break;
  }
  return Phrase{"{}：报价时未使用", "{}: wasn't applied when quoted"}.In(speech.language, name);
}

std::string ExplainFee(const Basket& basket, const Quote& quote, const Tariff& tariff, const Speech& speech) {
  const Speaker speaker(tariff, speech);
  switch (quote.fee_reason) {
    case FeeReason::kThresholdReached:
      if (basket.tier->free_delivery_from == Fen{0}) return Phrase{"会员免配送费", "delivery is free in this tier"}.In(speech.language);
      return Phrase{"已满 {}，免配送费", "free delivery from {} on"}.In(speech.language, speaker.Money(*basket.tier->free_delivery_from));
    case FeeReason::kEmptyBasket:
      return Phrase{"没有商品，无配送费", "nothing to deliver, no fee"}.In(speech.language);
    case FeeReason::kNothingDelivered:
      return Phrase{"未送达任何商品，免配送费", "nothing was delivered, no fee"}.In(speech.language);
    case FeeReason::kCharged:
      break;
  }
  if (quote.delivery_fee == Fen{0}) return Phrase{"本单无配送费", "no delivery fee on this order"}.In(speech.language);
  const std::string fee = Phrase{"配送费 {}", "delivery costs {}"}.In(speech.language, speaker.Money(quote.delivery_fee));
  if (!basket.tier || !basket.tier->free_delivery_from || quote.goods_before_coupons >= *basket.tier->free_delivery_from) return fee;
  return fee + Phrase{"，再买 {}即可免配送费", "; free with {} more"}.In(speech.language, speaker.Money(*basket.tier->free_delivery_from - quote.goods_before_coupons));
}

std::vector<std::string> ExplainDifference(const Tariff& tariff, const Settlement& settlement, const Delivery& delivery,
                                           size_t index, const Speech& speech) {
  const QuotedLine& quoted = settlement.quoted.lines[index];
  const QuotedLine& billed = settlement.bill.lines[index];
  const Language language = speech.language;
  std::vector<std::string> said;
  if (quoted.refusal != Refusal::kNone) return said;
  const Unit unit = tariff.catalogue().item(quoted.item).unit;
  const QtyMilli actual = delivery.quantities[index];
  if (billed.quantity != quoted.quantity) {
    said.push_back(Phrase{"报价 {}，按实收 {} 结算", "quoted {}, billed {}"}.In(language, FormatQuantity(quoted.quantity, unit, language),
                                                                       FormatQuantity(billed.quantity, unit, language)));
  }
  if (actual > billed.quantity) {
    said.push_back(Phrase{"实送 {}，超出部分不计费", "{} were delivered; what is beyond the tolerance costs nothing"}.In(
        language, FormatQuantity(actual, unit, language)));
  }
  if (billed.quantity == QtyMilli{0}) return said;
  if (settlement.by_known_tier && WinnersOf(quoted) != WinnersOf(billed)) {
    said.push_back(Phrase{"报价后确认为{}会员，按该等级计价", "{} tier, as is known since the quote: priced by what that tier gets"}.In(language, speech.tier_name));
  } else if (WinnersOf(quoted) != WinnersOf(billed)) {
    const bool afresh = std::find(delivery.refused.begin(), delivery.refused.end(), index) != delivery.refused.end();
    said.push_back(afresh ? Phrase{"客户拒收部分商品，按保留数量重新计价", "the customer refused goods: priced afresh at what it kept"}.In(language)
                          : Phrase{"按实收数量适用的优惠有变化", "the quantity billed brings other rules"}.In(language));
  }
  if (quoted.coupon != billed.coupon) {
    const Speaker speaker(tariff, speech);
    said.push_back(Phrase{"优惠券分摊由 {}变为 {}", "coupons take {} before and {} now"}.In(language, speaker.Money(quoted.coupon), speaker.Money(billed.coupon)));
  }
  return said;
}

}  // namespace rung::pricing
