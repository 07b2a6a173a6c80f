#include "libs/benefits/incentive.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libs/benefits/comparison.h"
#include "libs/benefits/lint.h"

namespace rung::benefits {
namespace {

constexpr size_t kMaxShown = 3;  // gains named in one sentence

// Prices first: that is what a checkout shows.
int PlaceOf(const Benefit& benefit) {
  if (std::holds_alternative<DiscountRate>(benefit.value)) return 0;
  if (std::holds_alternative<ExclusiveOffer>(benefit.value)) return 1;
  return std::holds_alternative<FreeDelivery>(benefit.value) ? 2 : 3;
}

bool Stacked(const pricing::Policy& policy, pricing::Kind kind) {
  return std::any_of(policy.groups.begin(), policy.groups.end(), [&](const auto& group) { return std::find(group.begin(), group.end(), kind) != group.end(); });
}

bool Sold(const pricing::Catalogue& catalogue, const Scope& scope) {
  if (scope.kind == pricing::ScopeKind::kSku) return catalogue.Find(scope.value).has_value();
  for (uint32_t group = 0; group < catalogue.group_count(); ++group) {
    if (pricing::Covers(scope, {}, catalogue.CategoryOfGroup(group))) return true;
  }
  return false;
}

// Whether prices follow the benefit as it says.
bool Counts(const pricing::Tariff& tariff, const Benefit& benefit) {
  const pricing::Policy& policy = tariff.policy();
  const auto within_cap = [&](const std::optional<Bps>& pay) { return !pay || !policy.max_discount || *pay >= pricing::kWhole - *policy.max_discount; };
  if (const auto* rate = std::get_if<DiscountRate>(&benefit.value)) return Stacked(policy, pricing::Kind::kTier) && within_cap(rate->pay);
  const auto* offer = std::get_if<ExclusiveOffer>(&benefit.value);
  if (offer == nullptr) return true;
  return Stacked(policy, pricing::Kind::kOffer) && within_cap(offer->terms.pay) && Sold(tariff.catalogue(), *offer->scope);
}

// Uses begin anew in time, a budget doesn't.
bool MayBeGone(const Benefit& benefit) { return benefit.quota && (benefit.quota->budget || benefit.quota->uses == 0); }

// "享 9 折"; "进口水果享 8 折" of an offer called "进口水果8折".
std::string InChinese(const Plan& plan, const Benefit& benefit) {
  const std::string text = Describe(plan, benefit, Language::kChinese);
  const auto* offer = std::get_if<ExclusiveOffer>(&benefit.value);
  if (offer == nullptr) return PlaceOf(benefit) == 0 ? "享 " + text : std::holds_alternative<FreeDelivery>(benefit.value) ? text : "享" + text;
  if (!offer->terms.pay || RateInText(text) != offer->terms.pay) return "享" + text;
  size_t end = text.find("折");
  if (end + std::string_view("折").size() != text.size()) return "享" + text;
  while (end > 0 && std::string_view("0123456789. ").find(text[end - 1]) != std::string_view::npos) --end;
  return text.substr(0, end) + "享 " + pricing::FormatRate(*offer->terms.pay, Language::kChinese);
}

}  // namespace

std::vector<const Benefit*> GainsOf(const Benefits& benefits, const pricing::Tariff& tariff, const Customer& customer, std::string_view next_tier, Day day) {
  const std::vector<Entitlement> now = benefits.For(customer, day);
  Customer promoted = customer;
  promoted.tier = std::string(next_tier);
  std::vector<const Benefit*> gains;
  for (const Entitlement& then : benefits.For(promoted, day)) {
    const Benefit& benefit = *then.entry->benefit;
    if (then.answer != Answer::kApplies || then.display_only || GivesNothing(benefit)) continue;
    if (MayBeGone(benefit) || !Counts(tariff, benefit) || (then.until && *then.until <= day)) continue;
    const auto same = std::find_if(now.begin(), now.end(), [&](const Entitlement& other) {
      return other.answer == Answer::kApplies && other.entry->slot == then.entry->slot;
    });
    if (same == now.end() || WorseThan(benefits.plan(), *same->entry->benefit, benefit)) gains.push_back(&benefit);
  }
  std::stable_sort(gains.begin(), gains.end(), [](const Benefit* a, const Benefit* b) { return PlaceOf(*a) < PlaceOf(*b); });
  return gains;
}

std::string Incentive(const std::vector<const Benefit*>& gains, const Plan& plan, const UpgradePath& path, Language language) {
  if (gains.empty() || path.extra_spend <= Fen{0} || path.currency != plan.currency) return {};
  const bool zh = language == Language::kChinese;
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(gains.size(), kMaxShown); ++i) shown.push_back(zh ? InChinese(plan, *gains[i]) : Describe(plan, *gains[i], language));
  const std::string spend = RoundMoney(path.extra_spend, plan.currency, language);
  const std::string tier = TierName(plan, path.next_tier, language);
  if (zh) {
    const std::string by = path.by ? fmt::format("{} 前", FormatDay(*path.by + 1)) : std::string();
    return fmt::format("{}再消费 {}升级{}会员，{}", by, spend, tier, fmt::join(shown, "、"));
  }
  const std::string by = path.by ? fmt::format(" by {}", FormatDay(*path.by)) : std::string();
  return fmt::format("Spend {} more{} to reach the {} tier: {}", spend, by, tier, fmt::join(shown, ", "));
}

}  // namespace rung::benefits
