// Intervals of predictions hold the truth as often as they say, for each model: of a hundred 95 % intervals about 95 do; fewer
// than 86, or all of them, have a chance below 1 in 100. bg_cnbd_test.cc and spend_and_renewal_test.cc have those of orders
// by MBG/CNBD-k and of spend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "libs/stats/bg_bb.h"
#include "libs/stats/pareto_nbd.h"
#include "libs/stats/shifted_beta_geometric.h"

namespace rung::stats {
namespace {

constexpr int kBases = 100;

template <typename Model>
struct Prediction {
  const char* name;
  Scale scale;
  double (*of)(const Model& model);
};

double Beta(double a, double b, std::mt19937_64& random) {
  const double x = std::gamma_distribution(a, 1.0)(random), y = std::gamma_distribution(b, 1.0)(random);
  return x / (x + y);
}

template <typename Fit, typename Model>
Interval IntervalOf(const Fit& fit, const Prediction<Model>& prediction) {
  return PredictionInterval(fit.estimate, prediction.scale, [&](std::span<const double> values) { return prediction.of(fit.With(values)); });
}

template <typename Model, typename Simulate>
void ExpectIntervalsThatHoldTheTruthAndNarrow(const Model& truth, const std::vector<Prediction<Model>>& predictions, int customers, const Simulate& fit_to) {
  std::map<std::string, int> held;
  for (uint64_t seed = 1; seed <= kBases; ++seed) {
    const auto fit = fit_to(customers, seed);
    for (const Prediction<Model>& prediction : predictions) {
      const Interval interval = IntervalOf(fit, prediction);
      const double estimate = prediction.of(fit.model), expected = prediction.of(truth);
      EXPECT_TRUE(interval.lower < estimate && estimate < interval.upper) << prediction.name << " " << seed;
      held[prediction.name] += interval.lower <= expected && expected <= interval.upper;
    }
  }
  const auto small = fit_to(customers, 1), large = fit_to(16 * customers, 1);
  for (const Prediction<Model>& prediction : predictions) {
    EXPECT_THAT(held[prediction.name], ::testing::AllOf(::testing::Ge(86), ::testing::Le(99))) << prediction.name;
    const Interval wide = IntervalOf(small, prediction), narrow = IntervalOf(large, prediction);
    EXPECT_NEAR((narrow.upper - narrow.lower) / (wide.upper - wide.lower), 0.25, 0.1) << prediction.name << ", of sixteen times the customers";
  }
}

GroupedHistories SimulateEnds(const ParetoNbdParameters& p, int customers, uint64_t seed) {
  std::mt19937_64 random(seed);
  HistoryGrouper grouper;
  for (int i = 0; i < customers; ++i) {
    const double rate = std::gamma_distribution(p.r, 1 / p.alpha)(random), end_rate = std::gamma_distribution(p.s, 1 / p.beta)(random);
    PurchaseHistory history{0, 0, static_cast<double>(30 + i % 30)};
    const double end = std::min(history.age, std::exponential_distribution(end_rate)(random));
    for (double at = std::exponential_distribution(rate)(random); at < end; at += std::exponential_distribution(rate)(random)) {
      history.recency = at;
      ++history.repeats;
    }
    EXPECT_TRUE(grouper.Add(history).ok());
  }
  return std::move(grouper).Finish();
}

TEST(ParetoNbd, HasIntervalsThatHoldTheTruthAndNarrow) {
  static constexpr PurchaseHistory kSomeone{5, 20, 30};
  const ParetoNbdParameters truth{1.2, 3.0, 0.8, 12.0};
  const std::vector<Prediction<ParetoNbd>> predictions = {
      {"orders", Scale::kPositive, [](const ParetoNbd& model) { return model.ExpectedTransactions(kSomeone, 26); }},
      {"P(alive)", Scale::kProbability, [](const ParetoNbd& model) { return model.PAlive(kSomeone); }},
      {"discounted orders", Scale::kPositive, [](const ParetoNbd& model) { return model.DiscountedTransactions(kSomeone, 52, 0.003); }},
      {"DERT", Scale::kPositive, [](const ParetoNbd& model) { return model.ResidualTransactions(kSomeone, 0.003); }},
  };
  ExpectIntervalsThatHoldTheTruthAndNarrow(ParetoNbd::Create(truth).value(), predictions, 600, [&](int customers, uint64_t seed) {
    return FitParetoNbd(SimulateEnds(truth, customers, seed)).value();
  });
}

std::vector<PeriodHistory> SimulatePeriods(const BgBbParameters& p, int customers, uint64_t seed) {
  constexpr int32_t kPeriods = 20;
  std::mt19937_64 random(seed);
  std::map<std::pair<int32_t, int32_t>, int64_t> counts;
  for (int i = 0; i < customers; ++i) {
    std::bernoulli_distribution buys(Beta(p.alpha, p.beta, random)), leaves(Beta(p.gamma, p.delta, random));
    int32_t transactions = 0, last = 0;
    for (int32_t period = 1; period <= kPeriods && !leaves(random); ++period) {
      if (!buys(random)) continue;
      ++transactions;
      last = period;
    }
    ++counts[{transactions, last}];
  }
  std::vector<PeriodHistory> histories;
  for (const auto& [history, count] : counts) histories.push_back({history.first, history.second, kPeriods, count});
  return histories;
}

TEST(BgBb, HasIntervalsThatHoldTheTruthAndNarrow) {
  static constexpr PeriodHistory kSomeone{6, 14, 20};
  const BgBbParameters truth{1.2, 0.8, 0.7, 5.0};
  const std::vector<Prediction<BgBb>> predictions = {
      {"orders", Scale::kPositive, [](const BgBb& model) { return model.ExpectedTransactions(kSomeone, 10); }},
      {"P(alive)", Scale::kProbability, [](const BgBb& model) { return model.PAlive(kSomeone); }},
      {"DERT", Scale::kPositive, [](const BgBb& model) { return model.ResidualTransactions(kSomeone, 0.1); }},
  };
  ExpectIntervalsThatHoldTheTruthAndNarrow(BgBb::Create(truth).value(), predictions, 1'500, [&](int customers, uint64_t seed) {
    return FitBgBb(SimulatePeriods(truth, customers, seed)).value();
  });
}

std::vector<int64_t> SimulateCohort(const SbgParameters& p, int customers, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<int64_t> alive(9, 0);
  for (int i = 0; i < customers; ++i) {
    std::bernoulli_distribution leaves(Beta(p.alpha, p.beta, random));
    for (size_t renewals = 0; renewals < alive.size() && (renewals == 0 || !leaves(random)); ++renewals) ++alive[renewals];
  }
  return alive;
}

TEST(Sbg, HasIntervalsThatHoldTheTruthAndNarrow) {
  const SbgParameters truth{0.7, 1.8};
  const std::vector<Prediction<ShiftedBetaGeometric>> predictions = {
      {"survival", Scale::kProbability, [](const ShiftedBetaGeometric& model) { return model.Survival(12); }},
      {"retention", Scale::kProbability, [](const ShiftedBetaGeometric& model) { return model.Retention(10); }},
      {"DERL", Scale::kPositive, [](const ShiftedBetaGeometric& model) { return model.ResidualLifetime(8, 0.1); }},
  };
  ExpectIntervalsThatHoldTheTruthAndNarrow(ShiftedBetaGeometric::Create(truth).value(), predictions, 1'500, [&](int customers, uint64_t seed) {
    return FitShiftedBetaGeometric(SimulateCohort(truth, customers, seed)).value();
  });
}

}  // namespace
}  // namespace rung::stats
