#include "libs/scoring/stability.h"

#include <algorithm>

namespace rung::scoring {
namespace {

// Downgrades that need several batches or go down step by step keep count of the batches.
bool CountsBatches(const Stability& stability) {
  return stability.confirmation_batches > 1 || stability.max_levels_down > 0;
}

// A batch that speaks for a downgrade. One as of a day that has been counted already (a run taken up again, a second run
// of the night) isn't counted twice. True when enough of them have spoken.
bool Confirmed(const Stability& stability, Day as_of, Standing& standing) {
  if (!CountsBatches(stability)) return true;
  const int needed = std::max(stability.confirmation_batches, 1);
  if (standing.against < needed && as_of > standing.judged_as_of) {
    ++standing.against;
    standing.judged_as_of = as_of;
  }
  return standing.against >= needed;
}

// Why a computed tier below the effective one doesn't take effect now; kNone: it does. A batch's voice is counted.
ChangeReason HeldBy(const Computed& computed, const Stability& stability, RunKind kind, Day run_day, Standing& after) {
  if (computed.lenient_tier && *computed.lenient_tier <= after.effective) {
    if (kind == RunKind::kBatch) after.against = 0;
    return ChangeReason::kWithinMargin;
  }
  const bool confirmed = kind == RunKind::kBatch && Confirmed(stability, computed.as_of, after);
  if (IsProtected(after, stability, run_day)) return ChangeReason::kProtected;
  if (kind == RunKind::kRealTime) return ChangeReason::kAwaitsBatch;
  if (confirmed) return ChangeReason::kNone;
  return stability.confirmation_batches > 1 ? ChangeReason::kAwaitsConfirmation : ChangeReason::kAwaitsBatch;
}

void MoveTo(uint8_t tier, Standing& standing) {
  standing.graded = true;
  standing.effective = tier;
  ++standing.version;
  standing.protected_since = standing.granted_as_of = 0;
  standing.granted_by = 0;
  standing.protection_void = false;
  standing.against = 0;
}

uint8_t DowngradeTarget(uint8_t effective, uint8_t computed, const Stability& stability) {
  if (stability.max_levels_down <= 0) return computed;
  return static_cast<uint8_t>(std::min<int>(computed, effective + stability.max_levels_down));
}

}  // namespace

Day ProtectedUntil(Day since, const Stability& stability) { return AddMonths(since, stability.protection_months); }

bool IsProtected(const Standing& standing, const Stability& stability, Day day) {
  return standing.protected_since != 0 && !standing.protection_void &&
         day < ProtectedUntil(standing.protected_since, stability);
}

Decision Decide(const Standing& before, const Computed& computed, const Stability& stability, RunKind kind,
                Day run_day) {
  Decision decision{before};
  if (kind == RunKind::kBatch && computed.as_of < before.as_of) return decision;

  Standing& after = decision.standing;
  after.computed = computed.tier;
  const bool overridden = before.override_until != 0 && (kind == RunKind::kRealTime || run_day < before.override_until);
  if (!overridden) after.override_until = 0;
  if (overridden) {
    if (computed.tier != before.effective) decision.held_by = ChangeReason::kOverridden;
    decision.reason = computed.tier != before.computed ? ChangeReason::kOverridden : ChangeReason::kNone;
    return decision;
  }
  if (!before.graded) {
    MoveTo(computed.tier, after);
    decision.reason = before.version == 0 ? ChangeReason::kFirst : ChangeReason::kTierDropped;
  } else if (computed.tier < before.effective && before.upgrades_frozen) {
    decision.reason = decision.held_by = ChangeReason::kFrozen;
  } else if (computed.tier < before.effective) {
    MoveTo(computed.tier, after);
    decision.reason = ChangeReason::kUpgrade;
    after.protected_since = run_day;
    after.granted_as_of = computed.as_of;
  } else if (computed.tier > before.effective) {
    decision.reason = decision.held_by = HeldBy(computed, stability, kind, run_day, after);
    if (decision.held_by == ChangeReason::kNone) {
      MoveTo(DowngradeTarget(before.effective, computed.tier, stability), after);
      decision.reason = ChangeReason::kDowngrade;
      if (CountsBatches(stability)) after.judged_as_of = std::max(after.judged_as_of, computed.as_of);
      if (after.effective != computed.tier) decision.held_by = ChangeReason::kAwaitsBatch;
    }
  } else {
    if (kind == RunKind::kBatch) after.against = 0;
    if (computed.tier != before.computed) decision.reason = ChangeReason::kComputedOnly;
  }
  if (decision.effective_changed()) {
    after.score = computed.score;
    after.as_of = computed.as_of;
  } else if (kind == RunKind::kRealTime &&
             (computed.tier == before.effective || decision.held_by == ChangeReason::kWithinMargin ||
              computed.tier != before.computed)) {
    // Today's facts have spoken: tonight's batch, which grades yesterday, stands back. A downgrade that waits already
    // doesn't move the day again, or a customer who orders every night would never be downgraded.
    after.as_of = computed.as_of;
  }
  if (!decision.effective_changed() && computed.tier == before.computed) {
    decision.reason = ChangeReason::kNone;  // confirmed, protected or waiting as before
  }
  return decision;
}

}  // namespace rung::scoring
