#include "libs/benefits/description.h"

#include <algorithm>

#include <fmt/format.h>

namespace rung::benefits {
namespace {

bool Chinese(Language language) { return language == Language::kChinese; }

std::string NameIn(const Names& names, Language language) {
  const auto found = names.find(Chinese(language) ? "zh" : "en");
  if (found != names.end()) return found->second;
  return names.empty() ? std::string() : names.begin()->second;
}

class Describer {
 public:
  Describer(const Plan& plan, const Benefit& benefit, Language language) : plan_(plan), name_(NameIn(benefit.names, language)), language_(language) {}

  std::string operator()(const DiscountRate& rate) const { return pricing::FormatRate(rate.pay, language_); }
  std::string operator()(const FreeDelivery& delivery) const {
    if (delivery.from == Fen{0}) return Chinese(language_) ? "免配送费" : "free delivery";
    const std::string from = RoundMoney(delivery.from, plan_.currency, language_);
    return Chinese(language_) ? fmt::format("满 {}免配送费", from) : fmt::format("free delivery from {} on", from);
  }
  std::string operator()(const PriorityService& service) const { return Flag(service.granted, "优先服务", "priority service"); }
  std::string operator()(const DeliveryPriority& priority) const {
    return fmt::format(fmt::runtime(Chinese(language_) ? "配送优先级 {}" : "delivery priority {}"), priority.level);
  }
  std::string operator()(const DedicatedSupport& support) const {
    const std::string text = Flag(support.granted, "专属客服", "dedicated support");
    return support.granted && !support.channel.empty() ? text + " (" + support.channel + ")" : text;
  }
  std::string operator()(const NewProductTrial& trial) const { return Flag(trial.granted, "新品试用", "new-product trial"); }
  std::string operator()(const ExclusiveOffer& offer) const {
    if (!name_.empty()) return name_;
    const std::string scope = offer.scope ? pricing::FormatScope(*offer.scope) : std::string();
    if (offer.terms.pay) return scope + " " + pricing::FormatRate(*offer.terms.pay, language_);
    return offer.terms.price ? scope + " " + RoundMoney(*offer.terms.price, plan_.currency, language_) : scope;
  }
  std::string operator()(const ExclusivePromotion& promotion) const { return name_.empty() ? promotion.promotion_id : name_; }
  std::string operator()(const Custom& custom) const {
    if (!name_.empty()) return name_;
    const auto type = std::find_if(plan_.custom_types.begin(), plan_.custom_types.end(), [&](const CustomType& item) { return item.code == custom.type; });
    const std::string name = type == plan_.custom_types.end() ? std::string() : NameIn(type->names, language_);
    return name.empty() ? custom.type : name;
  }

 private:
  std::string Flag(bool granted, const char* zh, const char* en) const {
    if (granted) return Chinese(language_) ? zh : en;
    return Chinese(language_) ? fmt::format("无{}", zh) : fmt::format("no {}", en);
  }

  const Plan& plan_;
  std::string name_;
  Language language_;
};

std::string Applies(const Benefits& benefits, const Entitlement& entitlement, Language language) {
  const Entry& entry = *entitlement.entry;
  std::string text;
  if (entry.overriding != nullptr) {
    text = fmt::format(fmt::runtime(Chinese(language) ? "按专项规则「{}」享有" : "by the override \"{}\""), entry.overriding->id);
  } else {
    text = fmt::format(fmt::runtime(Chinese(language) ? (entitlement.inherited ? "继承自{}会员" : "{}会员权益") : (entitlement.inherited ? "inherited from the {} tier" : "of the {} tier")),
                       TierName(benefits.plan(), entry.tier->code, language));
  }
  if (entitlement.display_only) text += Chinese(language) ? "，仅展示，不影响价格" : ", display only: no price follows it";
  if (entitlement.until) text += fmt::format(fmt::runtime(Chinese(language) ? "，至 {}" : ", until {}"), FormatDay(*entitlement.until));
  return text;
}

}  // namespace

std::string RoundMoney(Fen amount, const std::string& currency, Language language) {
  std::string number = fmt::format("{}", amount.value / 100);
  for (auto place = static_cast<int>(number.size()) - 3; place > 0; place -= 3) number.insert(place, ",");
  if (amount.value % 100 != 0) number += fmt::format(".{:02}", amount.value % 100);
  if (!Chinese(language)) return currency + " " + number;
  return number + " " + (currency == "CNY" ? "元" : currency);
}

std::string TierName(const Plan& plan, std::string_view code, Language language) {
  for (const TierBenefits& tier : plan.tiers) {
    if (tier.code != code) continue;
    const std::string name = NameIn(tier.names, language);
    if (!name.empty()) return name;
  }
  return std::string(code);
}

std::string Describe(const Plan& plan, const Benefit& benefit, Language language) { return std::visit(Describer(plan, benefit, language), benefit.value); }

std::string Explain(const Benefits& benefits, const Entitlement& entitlement, Language language) {
  const bool zh = Chinese(language);
  const Entry& entry = *entitlement.entry;
  switch (entitlement.answer) {
    case Answer::kApplies:
      return Applies(benefits, entitlement, language);
    case Answer::kTierUnknown:
      return zh ? "会员等级暂不可用" : "the tier isn't known right now";
    case Answer::kHigherTier:
      return fmt::format(fmt::runtime(zh ? "需达到{}会员" : "needs the {} tier"), TierName(benefits.plan(), entry.tier->code, language));
    case Answer::kOtherTier:
      return zh ? "不适用于该等级" : "not for this tier";
    case Answer::kOtherAudience:
      return zh ? "仅限其他区域、客群或客户" : "for other regions, segments or customers";
    case Answer::kNotYet:
      return fmt::format(fmt::runtime(zh ? "自 {} 起" : "starts on {}"), FormatDay(entry.days.from.value_or(0)));
    case Answer::kEnded:
      return fmt::format(fmt::runtime(zh ? "已于 {} 结束" : "ended on {}"), FormatDay(entry.days.until.value_or(0)));
    case Answer::kSuperseded:
      return fmt::format(fmt::runtime(zh ? "由「{}」取代" : "\"{}\" takes its place"), entitlement.by);
    case Answer::kQuotaExhausted:
      return zh ? "本期次数已用完" : "used up for this period";
    case Answer::kBudgetExhausted:
      return zh ? "活动额度已用完" : "the budget of all customers is used up";
    case Answer::kWithdrawn:
      break;
  }
  return fmt::format(fmt::runtime(zh ? "专项规则「{}」已取消此权益" : "the override \"{}\" takes it away"), entitlement.by);
}

}  // namespace rung::benefits
