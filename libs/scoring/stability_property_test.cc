// What the stability rules promise, over random histories on simulated days. Every promise is checked against the log of
// the history itself, never against the fields that the rules keep for themselves.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <ostream>
#include <vector>

#include "libs/scoring/stability.h"

namespace rung::scoring {
namespace {

constexpr ScoreMilli kBounds[] = {90'000, 75'000, 60'000, 45'000, 0};
constexpr Day kStart = 20'454;  // 2026-01-01

uint8_t TierOf(ScoreMilli score) {
  return static_cast<uint8_t>(std::find_if(std::begin(kBounds), std::end(kBounds), [&](ScoreMilli b) { return score >= b; }) -
                              std::begin(kBounds));
}

struct Step {
  RunKind kind = RunKind::kBatch;
  int days = 1;      // since the step before
  int lag = 1;       // a batch grades as of that many days before its day
  ScoreMilli score = 0;
  bool voids = false;  // the facts behind the last upgrade are taken back first
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << (step.kind == RunKind::kBatch ? "batch" : "real time") << " +" << step.days << "d -" << step.lag << "d "
             << step.score << (step.voids ? " void" : "");
}

// What happened at a step, as an onlooker would write it down.
struct Entry {
  Step step;
  Day day = 0;
  Day as_of = 0;
  Standing before, after;
  Decision decision;
  bool stood_back = false;  // a batch older than the facts that real time has seen
};

std::ostream& operator<<(std::ostream& out, const Entry& entry) {
  return out << entry.step << " as of " << entry.as_of << ": " << int{entry.before.effective} << " -> "
             << int{entry.after.effective} << ", against " << int{entry.after.against} << ", judged "
             << entry.after.judged_as_of;
}

rc::Gen<Stability> Configurations() {
  return rc::gen::build<Stability>(rc::gen::set(&Stability::protection_months, rc::gen::inRange(0, 4)),
                                   rc::gen::set(&Stability::margin, rc::gen::element<ScoreMilli>(0, 0, 1'000, 5'000, 20'000)),
                                   rc::gen::set(&Stability::max_levels_down, rc::gen::inRange(0, 4)),
                                   rc::gen::set(&Stability::confirmation_batches, rc::gen::inRange(1, 5)));
}

rc::Gen<Step> Steps() {
  return rc::gen::build<Step>(rc::gen::set(&Step::kind, rc::gen::element(RunKind::kBatch, RunKind::kBatch, RunKind::kRealTime)),
                              rc::gen::set(&Step::days, rc::gen::element(0, 1, 1, 1, 2, 7, 40)),
                              rc::gen::set(&Step::lag, rc::gen::element(1, 1, 1, 1, 0, 3)),
                              rc::gen::set(&Step::score, rc::gen::inRange<ScoreMilli>(0, 100'001)),
                              rc::gen::set(&Step::voids, rc::gen::element(false, false, false, false, false, true)));
}

std::vector<Entry> Live(const Stability& stability, const std::vector<Step>& steps) {
  std::vector<Entry> log;
  Standing standing;
  Day day = kStart;
  for (const Step& step : steps) {
    Entry entry{.step = step};
    entry.day = day += step.days;
    entry.as_of = step.kind == RunKind::kBatch ? day - step.lag : day;
    if (step.voids && standing.protected_since != 0) standing.protection_void = true;
    entry.before = standing;
    entry.stood_back = standing.graded && step.kind == RunKind::kBatch && entry.as_of < standing.as_of;
    Computed computed{TierOf(step.score), step.score, entry.as_of};
    if (stability.margin > 0) computed.lenient_tier = TierOf(step.score + stability.margin);
    entry.decision = Decide(standing, computed, stability, step.kind, day);
    entry.after = standing = entry.decision.standing;
    log.push_back(entry);
  }
  return log;
}

bool Downgraded(const Entry& entry) { return entry.before.graded && entry.after.effective > entry.before.effective; }
bool Upgraded(const Entry& entry) { return entry.before.graded && entry.after.effective < entry.before.effective; }

bool MissesByMoreThanTheMargin(const Entry& entry, uint8_t held, const Stability& stability) {
  return kBounds[held] - entry.step.score > stability.margin;
}

// Index of the last upgrade before `at` that no downgrade has followed; -1: the tier was reached otherwise.
int GrantOf(const std::vector<Entry>& log, int at) {
  for (int i = at - 1; i >= 0; --i) {
    if (Downgraded(log[i])) return -1;
    if (Upgraded(log[i])) return i;
  }
  return -1;
}

bool VoidedBetween(const std::vector<Entry>& log, int grant, int at) {
  return std::any_of(log.begin() + grant + 1, log.begin() + at + 1, [](const Entry& e) { return e.step.voids; });
}

// Every promise starts from here: configuration, history, and a check of each of its entries.
template <typename F>
void ForEveryEntry(F check) {
  const bool held = rc::check([&] {
    const Stability stability = *Configurations();
    const auto steps = *rc::gen::container<std::vector<Step>>(Steps());
    const std::vector<Entry> log = Live(stability, steps);
    RC_LOG() << "protection " << stability.protection_months << ", margin " << stability.margin << ", levels "
             << stability.max_levels_down << ", confirmations " << stability.confirmation_batches << "\n";
    for (const Entry& entry : log) RC_LOG() << entry << "\n";
    for (int at = 0; at < static_cast<int>(log.size()); ++at) check(stability, log, at);
  });
  EXPECT_TRUE(held);
}

TEST(StabilityHistories, NeverDowngradeInsideProtectionUnlessItIsVoid) {
  ForEveryEntry([](const Stability& stability, const std::vector<Entry>& log, int at) {
    if (!Downgraded(log[at])) return;
    const int grant = GrantOf(log, at);
    if (grant < 0 || VoidedBetween(log, grant, at)) return;
    RC_ASSERT(log[at].day >= AddMonths(log[grant].day, stability.protection_months));
  });
}

TEST(StabilityHistories, UpgradeAtOnceWhateverHoldsDowngradesBack) {
  ForEveryEntry([](const Stability&, const std::vector<Entry>& log, int at) {
    const Entry& entry = log[at];
    if (entry.stood_back || !entry.before.graded || TierOf(entry.step.score) >= entry.before.effective) return;
    RC_ASSERT(entry.after.effective == TierOf(entry.step.score));
    RC_ASSERT(entry.decision.reason == ChangeReason::kUpgrade);
  });
}

TEST(StabilityHistories, DowngradeInTheBatchOnly) {
  ForEveryEntry([](const Stability&, const std::vector<Entry>& log, int at) {
    if (Downgraded(log[at])) RC_ASSERT(log[at].step.kind == RunKind::kBatch);
  });
}

TEST(StabilityHistories, NeverDowngradeBelowTheComputedTier) {
  ForEveryEntry([](const Stability&, const std::vector<Entry>& log, int at) {
    if (Downgraded(log[at])) RC_ASSERT(log[at].after.effective <= TierOf(log[at].step.score));
  });
}

TEST(StabilityHistories, TakeAtMostTheLevelsOfTheLimitPerAsOfDay) {
  ForEveryEntry([](const Stability& stability, const std::vector<Entry>& log, int at) {
    if (stability.max_levels_down == 0 || !Downgraded(log[at])) return;
    RC_ASSERT(log[at].after.effective - log[at].before.effective <= stability.max_levels_down);
    // An upgrade between them (late facts) is a new way down.
    for (int i = at - 1; i >= 0 && !Upgraded(log[i]); --i) RC_ASSERT(!(Downgraded(log[i]) && log[i].as_of == log[at].as_of));
  });
}

TEST(StabilityHistories, DowngradeOnlyByMoreThanTheMargin) {
  ForEveryEntry([](const Stability& stability, const std::vector<Entry>& log, int at) {
    if (Downgraded(log[at])) RC_ASSERT(MissesByMoreThanTheMargin(log[at], log[at].before.effective, stability));
  });
}

TEST(StabilityHistories, DowngradeOnlyAfterTheBatchesThatItTakes) {
  ForEveryEntry([](const Stability& stability, const std::vector<Entry>& log, int at) {
    if (!Downgraded(log[at])) return;
    // Back from the downgrade: batches in a row, since the tier was reached, that spoke against it, by as-of day.
    std::vector<Day> days;
    for (int i = at; i >= 0; --i) {
      const Entry& entry = log[i];
      if (i != at && entry.after.version != entry.before.version) break;
      if (entry.step.kind != RunKind::kBatch || entry.stood_back) continue;
      if (!MissesByMoreThanTheMargin(entry, log[at].before.effective, stability)) break;
      days.push_back(entry.as_of);
    }
    std::sort(days.begin(), days.end());
    days.erase(std::unique(days.begin(), days.end()), days.end());
    RC_ASSERT(static_cast<int>(days.size()) >= stability.confirmation_batches);
  });
}

TEST(StabilityHistories, DowngradeAsSoonAsNothingHoldsItBack) {
  ForEveryEntry([](const Stability& stability, const std::vector<Entry>& log, int at) {
    const Entry& entry = log[at];
    if (stability.confirmation_batches > 1 || stability.max_levels_down > 0) return;  // these may wait for another day
    if (entry.stood_back || !entry.before.graded || entry.step.kind != RunKind::kBatch) return;
    if (!MissesByMoreThanTheMargin(entry, entry.before.effective, stability)) return;
    const int grant = GrantOf(log, at);
    const bool free = grant < 0 || VoidedBetween(log, grant, at) ||
                      entry.day >= AddMonths(log[grant].day, stability.protection_months);
    if (free) RC_ASSERT(entry.after.effective == TierOf(entry.step.score));
  });
}

TEST(StabilityHistories, ReachTheComputedTierAfterEnoughBatches) {
  const bool held = rc::check([] {
    const Stability stability = *Configurations();
    const auto log = Live(stability, *rc::gen::container<std::vector<Step>>(Steps()));
    RC_PRE(!log.empty());
    Standing standing = log.back().after;
    Day day = log.back().day + 200;  // beyond every protection
    for (int i = 0; i < 4 * stability.confirmation_batches; ++i, ++day) {
      standing = Decide(standing, {4, 0, day - 1, uint8_t{4}}, stability, RunKind::kBatch, day).standing;
    }
    RC_ASSERT(standing.effective == 4);
  });
  EXPECT_TRUE(held);
}

TEST(StabilityHistories, MoveTheVersionWithTheEffectiveTierOnly) {
  ForEveryEntry([](const Stability&, const std::vector<Entry>& log, int at) {
    const Entry& entry = log[at];
    const bool moved = !entry.before.graded || entry.after.effective != entry.before.effective;
    RC_ASSERT(entry.after.version == entry.before.version + (moved ? 1 : 0));
    RC_ASSERT(entry.decision.effective_changed() == moved);
    RC_ASSERT(entry.stood_back || entry.after.computed == TierOf(entry.step.score));
  });
}

TEST(StabilityHistories, AreNotChangedByTheSameBatchAgain) {
  ForEveryEntry([](const Stability& stability, const std::vector<Entry>& log, int at) {
    const Entry& entry = log[at];
    if (entry.step.kind != RunKind::kBatch) return;
    Computed computed{TierOf(entry.step.score), entry.step.score, entry.as_of};
    if (stability.margin > 0) computed.lenient_tier = TierOf(entry.step.score + stability.margin);
    const Decision again = Decide(entry.after, computed, stability, RunKind::kBatch, entry.day);
    RC_ASSERT(again.standing == entry.after);
    RC_ASSERT(again.reason == ChangeReason::kNone);
  });
}

TEST(StabilityHistories, SayWhyALowerComputedTierDoesNotCount) {
  ForEveryEntry([](const Stability&, const std::vector<Entry>& log, int at) {
    const Entry& entry = log[at];
    if (entry.stood_back) return;
    const bool held = entry.after.effective < entry.after.computed;
    RC_ASSERT((entry.decision.held_by != ChangeReason::kNone) == held);
  });
}

}  // namespace
}  // namespace rung::scoring
