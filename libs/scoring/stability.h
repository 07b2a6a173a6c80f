// From the computed tier to the effective one: upgrades at once, downgrades in the batch, and what holds them back.
#pragma once

#include <cstdint>
#include <optional>

#include "libs/base/day.h"
#include "libs/scoring/model.h"

namespace rung::scoring {

/// What is kept of a customer on one ladder. Tiers are indices into Model::tiers: a smaller index is a better tier.
struct Standing {
  bool graded = false;         ///< false with a version above 0: the tier that it had is no longer in the model
  uint8_t effective = 0;
  uint8_t computed = 0;
  ScoreMilli score = 0;        ///< of the decision that set the standing
  uint32_t version = 0;        ///< moves only when the effective tier does; the first assignment is version 1
  Day as_of = 0;               ///< day of the facts that set the effective tier, or in real time confirmed it or first spoke against it
  Day protected_since = 0;     ///< day of the upgrade to the effective tier; 0: it was reached otherwise
  Day granted_as_of = 0;       ///< day of the facts behind that upgrade
  int32_t granted_by = 0;      ///< version of the model behind it; 0: unknown
  bool protection_void = false;  ///< the facts behind it were taken back
  uint8_t against = 0;         ///< batches in a row that spoke for a downgrade, up to Stability::confirmation_batches
  int32_t model_version = 0;   ///< of the model that decided last; 0: unknown
  Day override_until = 0;      ///< a person set the effective tier: first day without that; 0: nobody did
  bool upgrades_frozen = false;  ///< until a suspicion is cleared up
  Day judged_as_of = 0;        ///< as-of day of the last batch that was counted so, or that downgraded under a limit

  bool operator==(const Standing&) const = default;
};

enum class RunKind { kRealTime, kBatch };

/// What moved the standing, or why it stayed; names are stored in the history.
enum class ChangeReason : uint8_t {
  kNone,         ///< computed and effective tier are as they were
  kFirst,        ///< first assignment; isn't an upgrade
  kUpgrade,
  kDowngrade,
  kProtected,    ///< computed lower; the effective tier is protected
  kAwaitsBatch,  ///< computed lower; downgrades take effect in the batch
  kComputedOnly, ///< computed moved without touching the effective tier
  kWithinMargin, ///< computed lower, by no more than the hysteresis margin
  kAwaitsConfirmation,  ///< computed lower; more batches have to say so
  kOverridden,   ///< computed another one; a person set the effective tier
  kFrozen,       ///< computed higher; upgrades are frozen
  kTierDropped,  ///< the tier that it had is no longer in the model: the computed one instead, neither up nor down
};

struct Decision {
  Standing standing;
  ChangeReason reason = ChangeReason::kNone;
  /// Why the computed tier doesn't take effect (kProtected, kAwaitsBatch, kWithinMargin, kAwaitsConfirmation, kOverridden, kFrozen),
  /// whether or not it has just moved; after a downgrade that the limit of levels cut short: kAwaitsBatch.
  ChangeReason held_by = ChangeReason::kNone;

  bool effective_changed() const {
    return reason == ChangeReason::kFirst || reason == ChangeReason::kUpgrade || reason == ChangeReason::kDowngrade ||
           reason == ChangeReason::kTierDropped;
  }
};

struct Computed {
  uint8_t tier = 0;
  ScoreMilli score = 0;
  Day as_of = 0;
  /// The tier if every bound were lower by the hysteresis margin: `tier` or a better one. Unset: no margin.
  std::optional<uint8_t> lenient_tier = std::nullopt;
};

/// Last day (exclusive) of the protection that an upgrade on `since` gives.
Day ProtectedUntil(Day since, const Stability& stability);

/// Whether the standing's effective tier is protected on a day.
bool IsProtected(const Standing& standing, const Stability& stability, Day day);

/// Decides the new standing. `run_day` is the day on which the decision is made (the batch of day X grades as of X-1).
/// A batch never replaces a decision with a later as-of day. An override holds until its day; the first batch from then
/// on decides. The same batch again, its standings written, changes
/// nothing: it neither counts a second time nor takes further levels.
Decision Decide(const Standing& before, const Computed& computed, const Stability& stability, RunKind kind, Day run_day);

}  // namespace rung::scoring
