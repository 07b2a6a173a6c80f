// What a customer gets on a day, from which rule, until when, and why the rest doesn't apply.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/benefits/plan.h"

namespace rung::benefits {

struct Customer {
  std::optional<std::string> tier;  ///< unset: unknown; nothing applies
  std::string region;
  std::string segment;
  std::string customer_id;
};

enum class Answer : uint8_t {
  kApplies,
  kTierUnknown,
  kHigherTier,     ///< of a better tier
  kOtherTier,      ///< of a tier that this one doesn't inherit from, or of an override for other tiers
  kOtherAudience,  ///< of an override for other regions, segments or customers
  kNotYet,
  kEnded,
  kSuperseded,     ///< `by` takes its place
  kWithdrawn,      ///< the override `by` takes it away
  // Not of For(): whoever counts the uses says so.
  kQuotaExhausted,   ///< the customer has used it up for this period
  kBudgetExhausted,  ///< the budget of all is used up
};

/// A benefit of the plan, and where it stands.
struct Entry {
  const Benefit* benefit = nullptr;
  const TierBenefits* tier = nullptr;   ///< one of the two
  const Override* overriding = nullptr;
  Days days;                            ///< on which both benefit and override hold
  uint32_t slot = 0;
};

struct Entitlement {
  const Entry* entry = nullptr;
  Answer answer = Answer::kApplies;
  bool inherited = false;       ///< kApplies: from a tier below
  bool display_only = false;    ///< kApplies: an offer that no price follows
  std::string_view by;          ///< kSuperseded: benefit id, kWithdrawn: override id
  std::optional<Day> until;     ///< kApplies: last day of this answer; unset: open
};

/// A plan made ready for questions. Immutable and thread-safe; answers look into it.
class Benefits {
 public:
  /// `plan` has passed validation.
  static std::shared_ptr<const Benefits> Build(Plan plan);
  Benefits(const Benefits&) = delete;
  Benefits& operator=(const Benefits&) = delete;

  const Plan& plan() const { return plan_; }
  const std::vector<Entry>& entries() const { return entries_; }
  /// Of an entry, in rung.benefits.v1.BenefitPlan. Example: "tiers[0].benefits[2]".
  std::string PathOf(const Entry& entry) const;
  /// Index in plan().tiers; nullopt for a tier that the plan doesn't know.
  std::optional<size_t> RankOf(std::string_view tier) const;
  /// Whether the entry could ever apply to customers of this tier.
  bool ReachesTier(const Entry& entry, size_t rank) const;

  /// One answer per entry, in the order of entries().
  std::vector<Entitlement> For(const Customer& customer, Day day) const;

 private:
  struct Claim;

  explicit Benefits(Plan plan);
  uint32_t SlotNo(const Benefit& benefit);
  Answer AudienceAnswer(const Entry& entry, const Customer& customer, std::optional<size_t> rank) const;
  void SettleSlot(const std::vector<Claim>& claims, std::vector<Entitlement>& answers) const;
  void Withdraw(const Customer& customer, Day day, std::vector<Entitlement>& answers) const;
  int PrecedenceOf(const Entry& entry) const;

  Plan plan_;
  std::vector<Entry> entries_;
  std::vector<std::string> slots_;
  std::vector<size_t> lowest_inherited_;  // per tier: the last tier whose benefits reach it
};

/// Specificity of an override: customers 4, region with segment 3, segment 2, region 1.
int SpecificityOf(const Audience& audience);

/// Whether somebody of the audience has this region, segment and id. Tiers aren't looked at.
bool Holds(const Audience& audience, const Customer& customer);

}  // namespace rung::benefits
