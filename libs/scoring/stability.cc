#include "libs/scoring/stability.h"

namespace rung::scoring {

Day ProtectedUntil(Day since, const Stability& stability) { return AddMonths(since, stability.protection_months); }

Decision Decide(const Standing& before, const Computed& computed, const Stability& stability, RunKind kind,
                Day run_day) {
  Decision decision{before, ChangeReason::kNone};
  if (before.graded && kind == RunKind::kBatch && computed.as_of < before.as_of) return decision;

  Standing& after = decision.standing;
  after.computed = computed.tier;
  const auto move = [&](ChangeReason reason) {
    after.graded = true;
    after.effective = computed.tier;
    ++after.version;
    decision.reason = reason;
  };
  if (!before.graded) {
    move(ChangeReason::kFirst);
  } else if (computed.tier < before.effective) {
    move(ChangeReason::kUpgrade);
    after.protected_since = run_day;
  } else if (computed.tier > before.effective) {
    const bool is_protected =
        before.protected_since != 0 && run_day < ProtectedUntil(before.protected_since, stability);
    if (is_protected) {
      decision.reason = ChangeReason::kProtected;
    } else if (kind == RunKind::kRealTime) {
      decision.reason = ChangeReason::kAwaitsBatch;
    } else {
      move(ChangeReason::kDowngrade);
    }
  } else if (computed.tier != before.computed) {
    decision.reason = ChangeReason::kComputedOnly;
  }
  if (decision.effective_changed()) {
    after.score = computed.score;
    after.as_of = computed.as_of;
  } else if (kind == RunKind::kRealTime && (computed.tier == before.effective || computed.tier != before.computed)) {
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
