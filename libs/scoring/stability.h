// From the computed tier to the effective one: upgrades at once, downgrades in the batch, protection in between.
#pragma once

#include <cstdint>

#include "libs/base/day.h"
#include "libs/scoring/model.h"

namespace rung::scoring {

/// What is kept of a customer on one ladder. Tiers are indices into Model::tiers: a smaller index is a better tier.
struct Standing {
  bool graded = false;
  uint8_t effective = 0;
  uint8_t computed = 0;
  ScoreMilli score = 0;        ///< of the decision that set the standing
  uint32_t version = 0;        ///< moves only when the effective tier does; the first assignment is version 1
  Day as_of = 0;               ///< day of the facts that set the effective tier, or in real time confirmed it or first spoke against it
  Day protected_since = 0;     ///< day of the last upgrade; 0: never upgraded

  bool operator==(const Standing&) const = default;
};

enum class RunKind { kRealTime, kBatch };

/// What moved the standing; names are stored in the history.
enum class ChangeReason : uint8_t {
  kNone,         ///< computed and effective tier are as they were
  kFirst,        ///< first assignment; isn't an upgrade
  kUpgrade,
  kDowngrade,
  kProtected,    ///< computed lower; the effective tier is protected
  kAwaitsBatch,  ///< computed lower; downgrades take effect in the batch
  kComputedOnly, ///< computed moved without touching the effective tier
};

struct Decision {
  Standing standing;
  ChangeReason reason = ChangeReason::kNone;

  bool effective_changed() const {
    return reason == ChangeReason::kFirst || reason == ChangeReason::kUpgrade || reason == ChangeReason::kDowngrade;
  }
};

struct Computed {
  uint8_t tier = 0;
  ScoreMilli score = 0;
  Day as_of = 0;
};

/// Last day (exclusive) of the protection that an upgrade on `since` gives.
Day ProtectedUntil(Day since, const Stability& stability);

/// Decides the new standing. `run_day` is the day on which the decision is made (the batch of day X grades as of X-1).
/// A batch never replaces a decision with a later as-of day.
Decision Decide(const Standing& before, const Computed& computed, const Stability& stability, RunKind kind, Day run_day);

}  // namespace rung::scoring
