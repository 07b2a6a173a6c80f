// Which decisions move a customer's effective tier, and when. Tier indices: 0 is the best.
#include "libs/scoring/stability.h"

#include <gtest/gtest.h>

#include <random>

namespace rung::scoring {
namespace {

constexpr uint8_t kDiamond = 0, kGold = 1, kSilver = 2, kBronze = 3;
constexpr Stability kThreeMonths{.protection_months = 3};

Day On(const char* text) { return ParseDay(text).value(); }

// Real time grades as of today, the batch of a day as of the day before.
Decision RealTime(const Standing& before, uint8_t tier, Day day, const Stability& stability = kThreeMonths) {
  return Decide(before, {tier, 50'000, day}, stability, RunKind::kRealTime, day);
}
Decision Batch(const Standing& before, uint8_t tier, Day day, const Stability& stability = kThreeMonths) {
  return Decide(before, {tier, 50'000, day - 1}, stability, RunKind::kBatch, day);
}

Standing FirstGraded(uint8_t tier, Day day) { return Batch({}, tier, day).standing; }

TEST(FirstAssignment, IsNoUpgradeAndGivesNoProtection) {
  for (const RunKind kind : {RunKind::kRealTime, RunKind::kBatch}) {
    const Decision first = Decide({}, {kGold, 61'234, On("2026-01-10")}, kThreeMonths, kind, On("2026-01-11"));
    EXPECT_EQ(first.reason, ChangeReason::kFirst);
    EXPECT_TRUE(first.effective_changed());
    EXPECT_EQ(first.standing, (Standing{.graded = true, .effective = kGold, .computed = kGold, .score = 61'234,
                                        .version = 1, .as_of = On("2026-01-10")}));
    const Decision next = Batch(first.standing, kSilver, On("2026-01-12"));
    EXPECT_EQ(next.reason, ChangeReason::kDowngrade);
    EXPECT_EQ(next.standing.effective, kSilver);
  }
}

TEST(DroppedTier, GivesWayToTheComputedOneWithoutProtection) {
  Standing before = Batch(FirstGraded(kBronze, On("2026-01-10")), kGold, On("2026-01-20")).standing;
  ASSERT_EQ(before.version, 2);
  before.graded = false;  // as a model without gold sees it
  for (const uint8_t tier : {kDiamond, kBronze}) {
    const Decision after = Batch(before, tier, On("2026-01-21"));
    EXPECT_EQ(after.reason, ChangeReason::kTierDropped);
    EXPECT_TRUE(after.effective_changed());
    EXPECT_EQ(after.standing.effective, tier);
    EXPECT_EQ(after.standing.version, 3);
    EXPECT_EQ(after.standing.protected_since, 0) << "neither an upgrade nor the old one's protection";
  }
}

TEST(FirstAssignment, AtTheBottomCountsAsGraded) {
  const Standing bottom = FirstGraded(kBronze, On("2026-01-10"));
  EXPECT_TRUE(bottom.graded);
  EXPECT_EQ(bottom.version, 1);
  EXPECT_EQ(RealTime(bottom, kSilver, On("2026-01-10")).reason, ChangeReason::kUpgrade);
}

TEST(Upgrade, TakesEffectAtOnceInRealTimeAndInTheBatch) {
  const Standing before = FirstGraded(kBronze, On("2026-01-10"));
  const Day day = On("2026-01-20");
  for (const Decision& after : {RealTime(before, kDiamond, day), Batch(before, kDiamond, day)}) {
    EXPECT_EQ(after.reason, ChangeReason::kUpgrade);
    EXPECT_EQ(after.standing.effective, kDiamond);
    EXPECT_EQ(after.standing.computed, kDiamond);
    EXPECT_EQ(after.standing.version, 2);
    EXPECT_EQ(after.standing.protected_since, day);
  }
}

TEST(Downgrade, WaitsForTheBatch) {
  const Standing before = FirstGraded(kGold, On("2026-01-10"));
  const Decision waiting = RealTime(before, kBronze, On("2026-01-20"));
  EXPECT_EQ(waiting.reason, ChangeReason::kAwaitsBatch);
  EXPECT_FALSE(waiting.effective_changed());
  EXPECT_EQ(waiting.standing.effective, kGold);
  EXPECT_EQ(waiting.standing.computed, kBronze);
  EXPECT_EQ(waiting.standing.version, 1);
  const Decision batch = Batch(waiting.standing, kBronze, On("2026-01-21"));
  EXPECT_EQ(batch.reason, ChangeReason::kDowngrade);
  EXPECT_EQ(batch.standing.effective, kBronze);
  EXPECT_EQ(batch.standing.version, 2);
}

TEST(Protection, EndsAfterCalendarMonthsClampedAtMonthEnds) {
  for (const auto& [since, months, until] : std::initializer_list<std::tuple<const char*, int, const char*>>{
           {"2026-01-15", 3, "2026-04-15"}, {"2025-11-30", 3, "2026-02-28"}, {"2023-11-30", 3, "2024-02-29"},
           {"2025-11-29", 3, "2026-02-28"}, {"2025-11-28", 3, "2026-02-28"}, {"2025-08-31", 3, "2025-11-30"},
           {"2026-02-28", 3, "2026-05-28"}, {"2026-12-31", 1, "2027-01-31"}, {"2024-02-29", 12, "2025-02-28"},
           {"2026-03-31", 0, "2026-03-31"}}) {
    EXPECT_EQ(FormatDay(ProtectedUntil(On(since), {months})), until) << since << " + " << months;
  }
}

TEST(Protection, KeepsTheTierThrough27FebruaryAfterAnUpgradeOn30November) {
  const Standing upgraded = RealTime(FirstGraded(kSilver, On("2025-11-01")), kGold, On("2025-11-30")).standing;
  for (Day day = On("2025-12-01"); day <= On("2026-02-27"); ++day) {
    const Decision kept = Batch(upgraded, kSilver, day);
    ASSERT_EQ(kept.reason, ChangeReason::kProtected) << FormatDay(day);
    ASSERT_EQ(kept.standing.effective, kGold) << FormatDay(day);
    ASSERT_EQ(kept.standing.computed, kSilver) << FormatDay(day);
    ASSERT_EQ(kept.standing.version, upgraded.version) << FormatDay(day);
  }
  const Decision freed = Batch(upgraded, kSilver, On("2026-02-28"));  // the run's day decides, not its as-of day
  EXPECT_EQ(freed.reason, ChangeReason::kDowngrade);
  EXPECT_EQ(freed.standing.effective, kSilver);
}

TEST(Protection, EndsEvenWhenTheComputedTierHasBeenLowerAllAlong) {
  Standing standing = RealTime(FirstGraded(kSilver, On("2025-11-01")), kGold, On("2025-11-30")).standing;
  for (Day day = On("2025-12-01"); day <= On("2026-02-27"); ++day) standing = Batch(standing, kSilver, day).standing;
  EXPECT_EQ(standing.effective, kGold);
  EXPECT_EQ(RealTime(standing, kSilver, On("2026-02-28")).standing.effective, kGold);  // the batch has to come
  EXPECT_EQ(Batch(standing, kSilver, On("2026-02-28")).standing.effective, kSilver);
}

TEST(Protection, StartsAgainAtTheNewTierWithALaterUpgrade) {
  Standing standing = RealTime(FirstGraded(kBronze, On("2026-01-01")), kSilver, On("2026-01-10")).standing;
  standing = RealTime(standing, kGold, On("2026-03-01")).standing;
  EXPECT_EQ(Batch(standing, kBronze, On("2026-04-10")).standing.effective, kGold);  // the first one would have ended
  EXPECT_EQ(Batch(standing, kBronze, On("2026-05-31")).standing.effective, kGold);
  EXPECT_EQ(Batch(standing, kBronze, On("2026-06-01")).standing.effective, kBronze);
}

TEST(Protection, DoesNotStartAgainWhenTheComputedTierComesBack) {
  Standing standing = RealTime(FirstGraded(kSilver, On("2026-01-01")), kGold, On("2026-01-10")).standing;
  standing = Batch(standing, kSilver, On("2026-02-01")).standing;
  const Decision back = RealTime(standing, kGold, On("2026-02-10"));
  EXPECT_EQ(back.reason, ChangeReason::kComputedOnly);
  EXPECT_EQ(back.standing.computed, kGold);
  EXPECT_EQ(Batch(back.standing, kSilver, On("2026-04-09")).reason, ChangeReason::kProtected);
  EXPECT_EQ(Batch(back.standing, kSilver, On("2026-04-10")).reason, ChangeReason::kDowngrade);
}

TEST(Protection, DoesNotHoldBackAnUpgrade) {
  const Standing gold = RealTime(FirstGraded(kSilver, On("2026-01-01")), kGold, On("2026-01-10")).standing;
  EXPECT_EQ(RealTime(gold, kDiamond, On("2026-01-11")).standing.effective, kDiamond);
}

TEST(Protection, OfNoMonthsLetsTheNextBatchDecide) {
  const Standing gold = RealTime(FirstGraded(kSilver, On("2026-01-01")), kGold, On("2026-01-10"), {0}).standing;
  EXPECT_EQ(Batch(gold, kSilver, On("2026-01-11"), {0}).reason, ChangeReason::kDowngrade);
}

TEST(Batch, NeverReplacesADecisionWithALaterAsOfDay) {
  const Standing first = FirstGraded(kSilver, On("2026-01-10"));
  const Standing later = RealTime(first, kBronze, On("2026-01-20")).standing;  // as of 20 January, awaits the batch
  for (const uint8_t tier : {kDiamond, kSilver, kBronze}) {
    const Decision stale = Batch(later, tier, On("2026-01-20"));  // as of 19 January
    EXPECT_EQ(stale.reason, ChangeReason::kNone);
    EXPECT_EQ(stale.standing, later);
  }
  EXPECT_EQ(Batch(later, kBronze, On("2026-01-21")).reason, ChangeReason::kDowngrade);  // as of the same day
}

TEST(Batch, DoesNotReplaceALaterDecisionThatConfirmedTheTier) {
  // Gold as of the 9th; an order of the 20th keeps it gold; the batch of the 20th hasn't seen that order.
  const Standing confirmed = RealTime(FirstGraded(kGold, On("2026-01-10")), kGold, On("2026-01-20")).standing;
  const Decision stale = Batch(confirmed, kSilver, On("2026-01-20"));
  EXPECT_EQ(stale.reason, ChangeReason::kNone);
  EXPECT_EQ(stale.standing.effective, kGold);
}

TEST(Version, MovesOnlyWithTheEffectiveTier) {
  Standing standing = FirstGraded(kSilver, On("2026-01-01"));
  const struct {
    bool batch;
    uint8_t tier;
    const char* day;
    uint8_t effective;
    uint32_t version;
    ChangeReason reason;
  } steps[] = {
      {false, kSilver, "2026-01-02", kSilver, 1, ChangeReason::kNone},
      {false, kBronze, "2026-01-03", kSilver, 1, ChangeReason::kAwaitsBatch},
      {false, kBronze, "2026-01-04", kSilver, 1, ChangeReason::kNone},
      {false, kSilver, "2026-01-05", kSilver, 1, ChangeReason::kComputedOnly},
      {false, kGold, "2026-01-06", kGold, 2, ChangeReason::kUpgrade},
      {true, kBronze, "2026-01-08", kGold, 2, ChangeReason::kProtected},
      {true, kSilver, "2026-01-09", kGold, 2, ChangeReason::kProtected},
      {false, kDiamond, "2026-01-10", kDiamond, 3, ChangeReason::kUpgrade},
      {true, kSilver, "2026-04-10", kSilver, 4, ChangeReason::kDowngrade},
      {true, kSilver, "2026-04-11", kSilver, 4, ChangeReason::kNone},
  };
  for (const auto& step : steps) {
    const Decision decision = (step.batch ? Batch : RealTime)(standing, step.tier, On(step.day), kThreeMonths);
    EXPECT_EQ(decision.reason, step.reason) << step.day;
    EXPECT_EQ(decision.standing.effective, step.effective) << step.day;
    EXPECT_EQ(decision.standing.computed, step.tier) << step.day;  // computed follows every decision
    EXPECT_EQ(decision.standing.version, step.version) << step.day;
    standing = decision.standing;
  }
}

TEST(Protection, IsGoneAfterADowngrade) {
  Standing standing = RealTime(FirstGraded(kBronze, On("2026-01-01")), kGold, On("2026-01-10")).standing;
  standing = Batch(standing, kSilver, On("2026-04-10")).standing;
  // A model of a year's protection, published later, doesn't protect the silver that nobody was upgraded to.
  EXPECT_EQ(Batch(standing, kBronze, On("2026-04-11"), {.protection_months = 12}).standing.effective, kBronze);
}

TEST(Protection, HoldsNobodyOnceItIsVoid) {
  Standing gold = RealTime(FirstGraded(kSilver, On("2026-01-01")), kGold, On("2026-01-10")).standing;
  EXPECT_EQ(gold.granted_as_of, On("2026-01-10"));
  gold.protection_void = true;
  EXPECT_EQ(RealTime(gold, kSilver, On("2026-01-12")).reason, ChangeReason::kAwaitsBatch);
  const Standing silver = Batch(gold, kSilver, On("2026-01-12")).standing;
  EXPECT_EQ(silver.effective, kSilver);
  EXPECT_FALSE(silver.protection_void);
  EXPECT_TRUE(IsProtected(RealTime(silver, kGold, On("2026-01-20")).standing, kThreeMonths, On("2026-01-20")));
}

TEST(Hysteresis, KeepsATierThatIsMissedByNoMoreThanTheMargin) {
  const Standing gold = FirstGraded(kGold, On("2026-01-10"));
  const Decision kept = Decide(gold, {kSilver, 58'000, On("2026-01-11"), kGold}, kThreeMonths, RunKind::kBatch, On("2026-01-12"));
  EXPECT_EQ(kept.reason, ChangeReason::kWithinMargin);
  EXPECT_EQ(kept.standing.effective, kGold);
  EXPECT_EQ(kept.standing.computed, kSilver);
  const Decision moved = Decide(gold, {kSilver, 57'999, On("2026-01-11"), kSilver}, kThreeMonths, RunKind::kBatch, On("2026-01-12"));
  EXPECT_EQ(moved.reason, ChangeReason::kDowngrade);
}

TEST(LevelsDown, AreLimitedPerBatchUntilTheComputedTierIsReached) {
  const Stability one{.protection_months = 0, .max_levels_down = 1};
  Decision decision = Batch(FirstGraded(kDiamond, On("2026-01-10")), kBronze, On("2026-01-11"), one);
  EXPECT_EQ(decision.standing.effective, kGold);
  EXPECT_EQ(decision.reason, ChangeReason::kDowngrade);
  EXPECT_EQ(decision.held_by, ChangeReason::kAwaitsBatch);
  EXPECT_EQ(Batch(decision.standing, kBronze, On("2026-01-11"), one).standing.effective, kGold);  // the same run, resumed
  decision = Batch(decision.standing, kBronze, On("2026-01-12"), one);
  EXPECT_EQ(decision.standing.effective, kSilver);
  decision = Batch(decision.standing, kBronze, On("2026-01-13"), one);
  EXPECT_EQ(decision.standing.effective, kBronze);
  EXPECT_EQ(decision.held_by, ChangeReason::kNone);
}

TEST(Confirmation, TakesBatchesInARowAsOfDifferentDays) {
  const Stability three{.protection_months = 0, .confirmation_batches = 3};
  Standing standing = FirstGraded(kGold, On("2026-01-10"));
  const auto batch = [&](uint8_t tier, const char* day) {
    const Decision decision = Batch(standing, tier, On(day), three);
    standing = decision.standing;
    return decision.held_by;
  };
  EXPECT_EQ(batch(kSilver, "2026-01-11"), ChangeReason::kAwaitsConfirmation);
  EXPECT_EQ(batch(kSilver, "2026-01-12"), ChangeReason::kAwaitsConfirmation);
  EXPECT_EQ(batch(kGold, "2026-01-13"), ChangeReason::kNone);  // breaks the row
  EXPECT_EQ(batch(kSilver, "2026-01-14"), ChangeReason::kAwaitsConfirmation);
  EXPECT_EQ(batch(kBronze, "2026-01-15"), ChangeReason::kAwaitsConfirmation);
  EXPECT_EQ(batch(kBronze, "2026-01-15"), ChangeReason::kAwaitsConfirmation);  // the same day isn't counted twice
  EXPECT_EQ(standing.effective, kGold);
  EXPECT_EQ(batch(kSilver, "2026-01-16"), ChangeReason::kNone);
  EXPECT_EQ(standing.effective, kSilver);
  EXPECT_EQ(batch(kBronze, "2026-01-17"), ChangeReason::kAwaitsConfirmation);  // the next downgrade counts anew
}

TEST(Confirmation, CountsWhileProtectionLasts) {
  const Stability stability{.protection_months = 1, .confirmation_batches = 3};
  Standing gold = RealTime(FirstGraded(kSilver, On("2026-01-01")), kGold, On("2026-01-10"), stability).standing;
  for (Day day = On("2026-01-20"); day < On("2026-02-10"); ++day) gold = Batch(gold, kSilver, day, stability).standing;
  EXPECT_EQ(gold.effective, kGold);
  EXPECT_EQ(Batch(gold, kSilver, On("2026-02-10"), stability).standing.effective, kSilver);
}

TEST(Standing, ObeysTheRulesOnARandomWalk) {
  std::mt19937_64 random(42);
  int downgrades = 0, kept = 0;
  for (int walk = 0; walk < 200; ++walk) {
    Standing standing;
    Day last_upgrade = 0;
    for (Day day = On("2026-01-01"); day < On("2026-12-31"); day += 1 + static_cast<Day>(random() % 20)) {
      const bool batch = random() % 2 == 0;
      const auto tier = static_cast<uint8_t>(random() % 4);
      const Standing after = (batch ? Batch(standing, tier, day) : RealTime(standing, tier, day)).standing;
      uint8_t expected = tier;
      if (standing.graded && tier > standing.effective) {
        const bool is_protected = last_upgrade != 0 && day < AddMonths(last_upgrade, 3);
        if (!batch || is_protected) expected = standing.effective;
      }
      if (standing.graded && expected < standing.effective) last_upgrade = day;
      downgrades += standing.graded && expected > standing.effective;
      kept += expected != tier;
      ASSERT_EQ(after.effective, expected) << "walk " << walk << ", " << FormatDay(day);
      ASSERT_EQ(after.computed, tier);
      ASSERT_EQ(after.version, standing.version + (!standing.graded || expected != standing.effective));
      standing = after;
    }
  }
  EXPECT_GT(downgrades, 100);
  EXPECT_GT(kept, 100);
}

}  // namespace
}  // namespace rung::scoring
