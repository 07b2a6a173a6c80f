#include "libs/benefits/lint.h"

#include <algorithm>
#include <set>

#include "libs/base/findings.h"
#include "libs/benefits/comparison.h"
#include "libs/benefits/entitlements.h"

namespace rung::benefits {
namespace {

constexpr size_t kMaxProbes = 2'000;    // customers x days on which tiers are compared
constexpr size_t kMaxFromOneList = 3;   // regions, segments, customers of one override that are looked at

using Probe = std::pair<Customer, Day>;

// Somebody without overrides, and some of each override's audience.
std::vector<Customer> Probes(const Plan& plan) {
  std::vector<Customer> customers = {{}};
  const auto some = [](const std::vector<std::string>& list) {
    std::vector<std::string> few(list.begin(), list.begin() + std::min(list.size(), kMaxFromOneList));
    if (few.empty()) few.emplace_back();
    return few;
  };
  for (const Override& item : plan.overrides) {
    for (const std::string& region : some(item.audience.regions)) {
      for (const std::string& segment : some(item.audience.segments)) {
        for (const std::string& id : some(item.audience.customers)) customers.push_back({std::nullopt, region, segment, id});
      }
    }
  }
  return customers;
}

std::set<Day> Turns(const std::vector<Entry>& entries, Day today) {
  std::set<Day> days = {today};
  for (const Entry& entry : entries) {
    if (entry.days.from && *entry.days.from > today) days.insert(*entry.days.from);
    if (entry.days.until && *entry.days.until >= today) days.insert(*entry.days.until + 1);
  }
  return days;
}

class PlanLinter {
 public:
  PlanLinter(const Plan& plan, Day today) : benefits_(Benefits::Build(plan)), plan_(benefits_->plan()), today_(today), used_(benefits_->entries().size()) {}

  std::vector<Violation> Run() {
    Compare();
    for (size_t i = 0; i < benefits_->entries().size(); ++i) LintEntry(benefits_->entries()[i], used_[i]);
    return std::move(findings_).Take();
  }

 private:
  void Compare() {
    const std::set<Day> days = Turns(benefits_->entries(), today_);
    size_t left = kMaxProbes;
    for (Customer& customer : Probes(plan_)) {
      for (const Day day : days) {
        if (left-- == 0) return;
        std::vector<Entitlement> above;
        for (size_t rank = 0; rank < plan_.tiers.size(); ++rank) {
          customer.tier = plan_.tiers[rank].code;
          std::vector<Entitlement> here = benefits_->For(customer, day);
          for (size_t i = 0; i < here.size(); ++i) used_[i] = used_[i] || here[i].answer == Answer::kApplies;
          if (rank > 0) CompareTiers(rank - 1, above, here, day);
          above = std::move(here);
        }
      }
    }
  }

  void CompareTiers(size_t higher, const std::vector<Entitlement>& above, const std::vector<Entitlement>& below, Day day) {
    for (const Entitlement& lower : below) {
      const Benefit& benefit = *lower.entry->benefit;
      if (lower.answer != Answer::kApplies || lower.display_only || GivesNothing(benefit)) continue;
      const auto same = std::find_if(above.begin(), above.end(), [&](const Entitlement& other) {
        return other.answer == Answer::kApplies && other.entry->slot == lower.entry->slot;
      });
      const bool lacks = same == above.end() && !HasAsGood(above, benefit);
      const bool worse = same != above.end() && WorseThan(plan_, *same->entry->benefit, benefit);
      if (!lacks && !worse) continue;
      if (!reported_.insert({higher, lower.entry->slot}).second) continue;
      const std::string field = worse ? benefits_->PathOf(*same->entry) : fmt::format("tiers[{}].benefits", higher);
      findings_.Add(field, "HIGHER_TIER_WORSE", "on {}, {} gets \"{}\" ({}) and {}, which is higher, {}", FormatDay(day), plan_.tiers[higher + 1].code,
                    benefit.id, TypeName(benefit), plan_.tiers[higher].code, worse ? "gets a worse one" : "gets none");
    }
  }

  // An offer may be missed because another offer or the rate itself is as good.
  static bool HasAsGood(const std::vector<Entitlement>& above, const Benefit& benefit) {
    const auto* offer = std::get_if<ExclusiveOffer>(&benefit.value);
    if (offer == nullptr) return false;
    return std::any_of(above.begin(), above.end(), [&](const Entitlement& other) {
      if (other.answer != Answer::kApplies) return false;
      if (const auto* rate = std::get_if<DiscountRate>(&other.entry->benefit->value)) return offer->terms.pay && rate->pay <= *offer->terms.pay;
      const auto* candidate = std::get_if<ExclusiveOffer>(&other.entry->benefit->value);
      return candidate != nullptr && Covers(*candidate, *offer);
    });
  }

  void LintEntry(const Entry& entry, bool used) {
    const std::string path = benefits_->PathOf(entry);
    const Benefit& benefit = *entry.benefit;
    if (entry.days.from && entry.days.until && *entry.days.until < *entry.days.from) {
      findings_.Add(path, "DATES_NEVER_MEET", "the benefit's days and its override's have none in common");
    } else if (entry.days.until && *entry.days.until < today_) {
      findings_.Add(path + ".until_date", "ENDED", "ended on {}: nobody can use it any more", FormatDay(*entry.days.until));
    } else if (!used) {
      findings_.Add(path, "NOBODY_CAN_USE", "something else always takes its place");
    }
    if (benefit.quota && (benefit.quota->uses == 0 || benefit.quota->budget == Fen{0})) {
      findings_.Add(path + ".quota", "NOBODY_CAN_USE", "a quota of 0 leaves nothing to use");
    }
    const auto* offer = std::get_if<ExclusiveOffer>(&benefit.value);
    if (offer != nullptr && !offer->scope) findings_.Add(path + ".exclusive_offer", "DISPLAY_ONLY", "{}", Advice(benefit));
  }

  static std::string Advice(const Benefit& benefit) {
    std::string advice = "only a text, no price follows it: map it to a scope and a rate";
    for (const auto& [language, text] : benefit.names) {
      if (const auto rate = RateInText(text)) {
        return advice + fmt::format(" (\"{}\" reads like pay_bps {} on a category)", Shorten(text, 80), rate->value);
      }
    }
    return advice;
  }

  std::shared_ptr<const Benefits> benefits_;
  const Plan& plan_;
  Day today_;
  std::vector<bool> used_;
  std::set<std::pair<size_t, uint32_t>> reported_;  // higher tier, slot
  Findings findings_;
};

}  // namespace

std::vector<Violation> Lint(const Plan& plan, Day today) { return PlanLinter(plan, today).Run(); }

std::optional<Bps> RateInText(std::string_view text) {
  const size_t sign = text.find("折");
  if (sign == std::string_view::npos) return std::nullopt;
  size_t end = sign;
  while (end > 0 && text[end - 1] == ' ') --end;
  size_t start = end;
  while (start > 0 && ((text[start - 1] >= '0' && text[start - 1] <= '9') || text[start - 1] == '.')) --start;
  const std::string_view number = text.substr(start, end - start);
  // "8折", "85折" and "8.5折": the digits are decimals after "0.".
  int64_t bps = 0, unit = 1'000;
  for (const char c : number) {
    if (c == '.') continue;
    if (unit == 0) return std::nullopt;
    bps += unit * (c - '0');
    unit /= 10;
  }
  if (bps == 0 || number.find('.') == 0 || (number.find('.') != std::string_view::npos && number.find('.') != 1)) return std::nullopt;
  return Bps{bps};
}

}  // namespace rung::benefits
