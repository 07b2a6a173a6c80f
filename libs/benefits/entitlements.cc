#include "libs/benefits/entitlements.h"

#include <algorithm>

#include <fmt/format.h>

namespace rung::benefits {
namespace {

constexpr int kMaxTierRank = 1'000;  // tiers take precedences below it, overrides above

bool Allows(const std::vector<std::string>& list, std::string_view value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

Days Both(const Days& a, const Days& b) {
  Days both = a;
  if (b.from && (!both.from || *b.from > *both.from)) both.from = b.from;
  if (b.until && (!both.until || *b.until < *both.until)) both.until = b.until;
  return both;
}

// Benefit and override may be valid on days that never meet.
bool Empty(const Days& days) { return days.from && days.until && *days.until < *days.from; }

void Shorten(std::optional<Day>& until, Day last) {
  if (!until || last < *until) until = last;
}

bool IsDisplayOnly(const Benefit& benefit) {
  const auto* offer = std::get_if<ExclusiveOffer>(&benefit.value);
  return offer != nullptr && !offer->scope;
}

}  // namespace

int SpecificityOf(const Audience& audience) {
  if (!audience.customers.empty()) return 4;
  return (audience.segments.empty() ? 0 : 2) + (audience.regions.empty() ? 0 : 1);
}

bool Holds(const Audience& audience, const Customer& customer) {
  return Allows(audience.regions, customer.region) && Allows(audience.segments, customer.segment) &&
         Allows(audience.customers, customer.customer_id);
}

// Somebody who may have the benefit at some time.
struct Benefits::Claim {
  size_t entry;
  int precedence;
};

std::shared_ptr<const Benefits> Benefits::Build(Plan plan) { return std::shared_ptr<const Benefits>(new Benefits(std::move(plan))); }

Benefits::Benefits(Plan plan) : plan_(std::move(plan)) {
  for (const TierBenefits& tier : plan_.tiers) {
    for (const Benefit& benefit : tier.benefits) entries_.push_back({&benefit, &tier, nullptr, benefit.days, SlotNo(benefit)});
  }
  for (const Override& item : plan_.overrides) {
    for (const Benefit& benefit : item.benefits) {
      entries_.push_back({&benefit, nullptr, &item, Both(benefit.days, item.days), SlotNo(benefit)});
    }
  }
  for (size_t rank = 0; rank < plan_.tiers.size(); ++rank) {
    size_t lowest = rank;
    while (lowest + 1 < plan_.tiers.size() && plan_.tiers[lowest].inherits) ++lowest;
    lowest_inherited_.push_back(lowest);
  }
}

std::string Benefits::PathOf(const Entry& entry) const {
  if (entry.tier != nullptr) return fmt::format("tiers[{}].benefits[{}]", entry.tier - plan_.tiers.data(), entry.benefit - entry.tier->benefits.data());
  return fmt::format("overrides[{}].benefits[{}]", entry.overriding - plan_.overrides.data(), entry.benefit - entry.overriding->benefits.data());
}

uint32_t Benefits::SlotNo(const Benefit& benefit) {
  const std::string slot = SlotOf(benefit);
  const auto found = std::find(slots_.begin(), slots_.end(), slot);
  if (found != slots_.end()) return static_cast<uint32_t>(found - slots_.begin());
  slots_.push_back(slot);
  return static_cast<uint32_t>(slots_.size() - 1);
}

std::optional<size_t> Benefits::RankOf(std::string_view tier) const {
  for (size_t rank = 0; rank < plan_.tiers.size(); ++rank) {
    if (plan_.tiers[rank].code == tier) return rank;
  }
  return std::nullopt;
}

bool Benefits::ReachesTier(const Entry& entry, size_t rank) const {
  if (entry.overriding != nullptr) return Allows(entry.overriding->audience.tiers, plan_.tiers[rank].code);
  const size_t own = entry.tier - plan_.tiers.data();
  return own >= rank && own <= lowest_inherited_[rank];
}

Answer Benefits::AudienceAnswer(const Entry& entry, const Customer& customer, std::optional<size_t> rank) const {
  if (!customer.tier) return Answer::kTierUnknown;
  if (entry.overriding != nullptr) {
    if (!Holds(entry.overriding->audience, customer)) return Answer::kOtherAudience;
    return Allows(entry.overriding->audience.tiers, *customer.tier) ? Answer::kApplies : Answer::kOtherTier;
  }
  if (!rank) return Answer::kOtherTier;
  if (ReachesTier(entry, *rank)) return Answer::kApplies;
  return static_cast<size_t>(entry.tier - plan_.tiers.data()) < *rank ? Answer::kHigherTier : Answer::kOtherTier;
}

// Higher wins: overrides by specificity, then the tier itself, then the tiers below it in turn.
int Benefits::PrecedenceOf(const Entry& entry) const {
  if (entry.overriding != nullptr) return kMaxTierRank + SpecificityOf(entry.overriding->audience);
  return kMaxTierRank - 1 - static_cast<int>(entry.tier - plan_.tiers.data());
}

std::vector<Entitlement> Benefits::For(const Customer& customer, Day day) const {
  const std::optional<size_t> rank = customer.tier ? RankOf(*customer.tier) : std::nullopt;
  std::vector<Entitlement> answers(entries_.size());
  std::vector<std::vector<Claim>> claims(slots_.size());
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    Entitlement& answer = answers[i];
    answer.entry = &entry;
    answer.answer = AudienceAnswer(entry, customer, rank);
    if (answer.answer != Answer::kApplies) continue;
    claims[entry.slot].push_back({i, PrecedenceOf(entry)});
    if (entry.days.from && day < *entry.days.from) {
      answer.answer = Answer::kNotYet;
    } else if (!entry.days.Hold(day)) {
      answer.answer = Answer::kEnded;
    } else {
      answer.until = entry.days.until;
      answer.display_only = IsDisplayOnly(*entry.benefit);
      answer.inherited = entry.tier != nullptr && rank && entry.tier != &plan_.tiers[*rank];
    }
  }
  if (customer.tier) Withdraw(customer, day, answers);
  for (const std::vector<Claim>& slot : claims) SettleSlot(slot, answers);
  return answers;
}

void Benefits::Withdraw(const Customer& customer, Day day, std::vector<Entitlement>& answers) const {
  for (const Override& item : plan_.overrides) {
    if (item.withdrawn.empty() || !Holds(item.audience, customer) || !Allows(item.audience.tiers, *customer.tier)) continue;
    for (Entitlement& answer : answers) {
      if (answer.answer != Answer::kApplies || !Allows(item.withdrawn, answer.entry->benefit->id)) continue;
      if (item.days.Hold(day)) {
        answer.answer = Answer::kWithdrawn;
        answer.by = item.id;
        answer.until.reset();
      } else if (item.days.from && day < *item.days.from) {
        Shorten(answer.until, *item.days.from - 1);
      }
    }
  }
}

void Benefits::SettleSlot(const std::vector<Claim>& claims, std::vector<Entitlement>& answers) const {
  const Claim* best = nullptr;
  for (const Claim& claim : claims) {
    if (answers[claim.entry].answer != Answer::kApplies) continue;
    if (best == nullptr || claim.precedence > best->precedence) best = &claim;
  }
  if (best == nullptr) return;
  for (const Claim& claim : claims) {
    Entitlement& answer = answers[claim.entry];
    if (&claim == best) continue;
    if (answer.answer == Answer::kApplies) {
      answer.answer = Answer::kSuperseded;
      answer.by = entries_[best->entry].benefit->id;
      answer.until.reset();
    } else if (answer.answer == Answer::kNotYet && claim.precedence > best->precedence && !Empty(answer.entry->days)) {
      Shorten(answers[best->entry].until, *answer.entry->days.from - 1);
    }
  }
}

}  // namespace rung::benefits
