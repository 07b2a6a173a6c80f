// How many of the generator's planted abusers are found, and how many honest customers are suspected. The generator
// writes down the truth and shares no code with the detection.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>

#include "libs/abuse/detector.h"
#include "libs/features/state_builder.h"
#include "libs/generator/generator.h"

namespace rung::abuse {
namespace {

using generator::AbuseKind;

constexpr int64_t kCustomers = 12'000;

SignalKind SignalOf(AbuseKind kind) {
  switch (kind) {
    case AbuseKind::kOrderSplitting: return SignalKind::kOrderSplitting;
    case AbuseKind::kRefundCycling: return SignalKind::kRefundCycling;
    case AbuseKind::kReviewBurst: return SignalKind::kReviewBurst;
    case AbuseKind::kCouponHarvesting: return SignalKind::kCouponHarvesting;
    default: return SignalKind::kLinkedAccounts;
  }
}

struct Base {
  std::vector<generator::CustomerTruth> truth;
  std::vector<Behaviour> behaviour;
  std::vector<Assessment> found;
};

Base Examine(uint64_t seed, const Policy& policy) {
  generator::GeneratorOptions options;
  options.seed = seed;
  options.customer_count = kCustomers;
  options.abuser_share_bps = 300;
  options.chain_share_bps = 200;
  const generator::HistoryGenerator generator(options);
  features::LocalCodeBook codes;
  const ReviewWindows reviews{ReviewDays(policy.review_cycle, options.last_day - 500, options.last_day + 100), policy.review_window_days};
  Base base;
  std::vector<features::CustomerProfile> profiles;
  for (int64_t i = 0; i < kCustomers; ++i) {
    const generator::GeneratedCustomer customer = generator.Customer(i);
    base.truth.push_back(customer.truth);
    base.behaviour.push_back(BehaviourOf(features::BuildState(customer.events, -features::kNever, codes), options.last_day, reviews));
    profiles.push_back(std::get<features::CustomerProfile>(customer.events.front().fact));
  }
  std::vector<Match> matches;
  for (uint32_t i = 0; i < profiles.size(); ++i) {
    const auto add = [&](MatchKind kind, const std::optional<std::string>& value) {
      if (value) matches.push_back({i, kind, *value});
    };
    add(MatchKind::kPhone, profiles[i].phone);
    add(MatchKind::kAddress, profiles[i].address);
    add(MatchKind::kPayer, profiles[i].payer);
    add(MatchKind::kDevice, profiles[i].device);
  }
  base.found = DetectAbuse(base.behaviour, matches, policy);
  return base;
}

const Base& SharedBase() {
  static const auto* base = new Base(Examine(2026, Policy{}));
  return *base;
}

struct Tally {
  int planted = 0;   // abusers of the kind
  int found = 0;     // of them, with the kind's own signal
  int fired = 0;     // customers with the signal
  int innocent = 0;  // of them, honest
  double recall() const { return static_cast<double>(found) / planted; }
  double precision() const { return fired == 0 ? 1 : static_cast<double>(fired - innocent) / fired; }
};

TEST(Detection, FindsThePlantedAbusersOfEveryKind) {
  const Base& base = SharedBase();
  std::map<SignalKind, Tally> tallies;
  for (size_t i = 0; i < base.truth.size(); ++i) {
    const AbuseKind kind = base.truth[i].abuse;
    if (kind != AbuseKind::kNone) ++tallies[SignalOf(kind)].planted;
    for (const Signal& signal : base.found[i].signals) {
      Tally& tally = tallies[signal.kind];
      ++tally.fired;
      tally.innocent += kind == AbuseKind::kNone ? 1 : 0;
      tally.found += kind != AbuseKind::kNone && signal.kind == SignalOf(kind) ? 1 : 0;
    }
  }
  std::printf("%-18s %8s %8s %8s %8s %9s\n", "signal", "planted", "recall", "fired", "honest", "precision");
  for (const auto& [kind, tally] : tallies) {
    std::printf("%-18s %8d %8.3f %8d %8d %9.3f\n", std::string(SignalName(kind)).c_str(), tally.planted,
                tally.planted == 0 ? 0 : tally.recall(), tally.fired, tally.innocent, tally.precision());
    if (kind == SignalKind::kUnusualBehaviour) continue;
    EXPECT_GE(tally.planted, 40);
    EXPECT_GE(tally.recall(), 0.95) << SignalName(kind);
    EXPECT_GE(tally.precision(), 0.95) << SignalName(kind);
  }
}

TEST(Detection, FreezesAbusersAndHardlyAnybodyElse) {
  const Base& base = SharedBase();
  int planted = 0, frozen = 0, right = 0, listed = 0;
  for (size_t i = 0; i < base.truth.size(); ++i) {
    const bool abuser = base.truth[i].abuse != AbuseKind::kNone;
    planted += abuser ? 1 : 0;
    listed += base.found[i].listed ? 1 : 0;
    frozen += base.found[i].frozen ? 1 : 0;
    right += abuser && base.found[i].frozen ? 1 : 0;
  }
  const double recall = static_cast<double>(right) / planted;
  const double precision = static_cast<double>(right) / frozen;
  std::printf("%lld customers, %d abusers: %d listed, %d frozen; recall %.3f, precision %.3f\n",
              static_cast<long long>(kCustomers), planted, listed, frozen, recall, precision);
  EXPECT_GE(recall, 0.95);
  EXPECT_GE(precision, 0.95);
}

TEST(Detection, SuspectsNoChain) {
  const Base& base = SharedBase();
  int branches = 0;
  for (size_t i = 0; i < base.truth.size(); ++i) {
    if (!base.truth[i].chain) continue;
    ++branches;
    for (const Signal& signal : base.found[i].signals) EXPECT_NE(signal.kind, SignalKind::kLinkedAccounts);
  }
  EXPECT_GT(branches, 100);
}

// Without any bound: how often a planted abuser's behaviour is rarer than an honest customer's. Linked accounts order
// like anybody else and are left out.
TEST(Detection, TheForestAloneRanksAbusersAboveHonestCustomers) {
  const Base& base = SharedBase();
  const UsualBehaviour usual(base.behaviour, Policy{}.unusual_orders_min, {});
  std::vector<double> honest, abusers;
  for (size_t i = 0; i < base.truth.size(); ++i) {
    const AbuseKind kind = base.truth[i].abuse;
    if (kind == AbuseKind::kLinkedAccounts || base.behaviour[i].orders_365 < Policy{}.unusual_orders_min) continue;
    (kind == AbuseKind::kNone ? honest : abusers).push_back(usual.AnomalyOf(base.behaviour[i]));
  }
  double wins = 0;
  for (const double abuser : abusers) {
    for (const double other : honest) wins += abuser > other ? 1 : (abuser == other ? 0.5 : 0);
  }
  const double auc = wins / (static_cast<double>(abusers.size()) * static_cast<double>(honest.size()));
  std::printf("isolation forest over behaviour: ROC AUC %.3f (%zu abusers, %zu honest)\n", auc, abusers.size(), honest.size());
  EXPECT_GE(auc, 0.9);
}

TEST(Detection, IsTheSameEveryTime) {
  const Base& base = SharedBase();
  const Base again = Examine(2026, Policy{});
  for (size_t i = 0; i < base.found.size(); ++i) EXPECT_EQ(base.found[i].score_milli, again.found[i].score_milli);
}

}  // namespace
}  // namespace rung::abuse
