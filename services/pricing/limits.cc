#include "services/pricing/limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/benefits/description.h"
#include "libs/wire/quote_mapping.h"

namespace rung::pricing_service {
namespace {

std::string WhyNot(const Shortage& shortage, pricing::Language language) {
  const bool zh = language == pricing::Language::kChinese;
  const std::string_view reason = shortage.reason;
  if (reason == "ACCOUNT_MERGED") {
    return fmt::format(fmt::runtime(zh ? "该账户已并入 {}，请用该账户编号报价" : "the account was merged into {}: quote for that id"), shortage.merged_into);
  }
  if (reason == "QUOTA_EXHAUSTED") return zh ? "本期次数已用完" : "used up for this period";
  if (reason == "BUDGET_EXHAUSTED") return zh ? "活动剩余额度不足" : "what is left of the budget of all customers doesn't suffice";
  return zh ? "暂时无法确认剩余次数和额度" : "what is left of it can't be had right now";
}

std::string Explain(const Shortage& shortage, const benefits::Plan& plan, const benefits::Benefit& benefit, const BusinessZone& zone, pricing::Language language) {
  const bool zh = language == pricing::Language::kChinese;
  std::string text = fmt::format(fmt::runtime(zh ? "{}：{}" : "{}: {}"), benefits::Describe(plan, benefit, language), WhyNot(shortage, language));
  if (shortage.renewed_time.seconds() != 0) {
    text += fmt::format(fmt::runtime(zh ? "，{} 恢复" : ", again from {} on"), FormatDay(zone.DayOf(shortage.renewed_time.seconds())));
  }
  return text;
}

const benefits::Benefit* Find(const benefits::Plan& plan, const std::string& id) {
  const auto find_in = [&](const std::vector<benefits::Benefit>& list) -> const benefits::Benefit* {
    const auto found = std::find_if(list.begin(), list.end(), [&](const benefits::Benefit& item) { return item.id == id; });
    return found == list.end() ? nullptr : &*found;
  };
  for (const benefits::TierBenefits& tier : plan.tiers) {
    if (const auto* benefit = find_in(tier.benefits)) return benefit;
  }
  for (const benefits::Override& item : plan.overrides) {
    if (const auto* benefit = find_in(item.benefits)) return benefit;
  }
  return nullptr;
}

}  // namespace

std::optional<Shortage> FindShortage(const benefits::v1::Claim& claim, const std::optional<LeftByBenefit>& left) {
  Shortage shortage{.benefit_id = claim.benefit_id()};
  if (!left) {
    shortage.reason = "BENEFITS_UNREACHABLE";
    return shortage;
  }
  if (!left->merged_into.empty()) {
    shortage.reason = "ACCOUNT_MERGED";
    shortage.merged_into = left->merged_into;
    return shortage;
  }
  const auto found = left->remaining.find(claim.benefit_id());
  if (found == left->remaining.end()) return std::nullopt;
  const benefits::v1::Remaining& remaining = found->second;
  if (remaining.has_uses() && remaining.uses() < 1) {
    shortage.reason = "QUOTA_EXHAUSTED";
    shortage.renewed_time = remaining.renewed_time();
    return shortage;
  }
  if (!remaining.has_budget_fen() || remaining.budget_fen() >= std::max<int64_t>(1, claim.amount_fen())) return std::nullopt;
  shortage.reason = "BUDGET_EXHAUSTED";
  return shortage;
}

void Write(const Shortage& shortage, const benefits::Plan& plan, const BusinessZone& zone, const std::vector<pricing::Language>& languages,
           pricing::v1::UnavailableBenefit* out) {
  out->set_benefit_id(shortage.benefit_id);
  out->set_reason(shortage.reason);
  if (shortage.renewed_time.seconds() != 0) *out->mutable_renewed_time() = shortage.renewed_time;
  const benefits::Benefit* benefit = Find(plan, shortage.benefit_id);
  if (benefit == nullptr) return;
  for (const pricing::Language language : languages) (*out->mutable_explanations())[wire::LanguageCode(language)] = Explain(shortage, plan, *benefit, zone, language);
}

std::vector<std::string> LimitedBenefits(const std::vector<benefits::Entitlement>& entitlements) {
  std::vector<std::string> ids;
  for (const benefits::Entitlement& entitlement : entitlements) {
    const benefits::Benefit& benefit = *entitlement.entry->benefit;
    if (entitlement.answer != benefits::Answer::kApplies || entitlement.display_only || !benefit.quota) continue;
    const bool priced = std::holds_alternative<benefits::DiscountRate>(benefit.value) || std::holds_alternative<benefits::ExclusiveOffer>(benefit.value) ||
                        std::holds_alternative<benefits::FreeDelivery>(benefit.value);
    if (priced) ids.push_back(benefit.id);
  }
  return ids;
}

}  // namespace rung::pricing_service
