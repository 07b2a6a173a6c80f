#include "libs/stats/bg_cnbd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "libs/base/status.h"
#include "libs/stats/bg_cnbd_fit.h"
#include "libs/stats/bg_cnbd_likelihood.h"

namespace rung::stats {
namespace {

using ::testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

BgCnbd Model(const BgCnbdParameters& parameters) { return BgCnbd::Create(parameters).value(); }

const BgCnbdParameters kWeekly{3, 3, 0.8, 0.6, 30};

// Simulated independently: rates and dropouts drawn from the posterior by importance sampling (8,000,000 draws), then
// the customer played forward event by event. Tolerance: four standard errors.
TEST(ExpectedTransactions, AgreeWithASimulationForRegularCustomers) {
  EXPECT_NEAR(Model({2, 1.3, 2.8, 0.42, 0.79}).ExpectedTransactions({4, 20, 26}, 13), 1.7281, 0.0042);
  EXPECT_NEAR(Model(kWeekly).ExpectedTransactions({40, 50, 52}, 26), 18.0466, 0.031);
  EXPECT_NEAR(Model(kWeekly).ExpectedTransactions({2, 3, 3.5}, 8), 5.6363, 0.009);
}

TEST(ProbabilityOfNone, AgreesWithTheSameSimulation) {
  EXPECT_NEAR(Model({2, 1.3, 2.8, 0.42, 0.79}).ProbabilityOfNone({4, 20, 26}, 13), 0.25169, 0.0006);
  EXPECT_NEAR(Model(kWeekly).ProbabilityOfNone({40, 50, 52}, 26), 0.05626, 0.0004);
  EXPECT_NEAR(Model(kWeekly).ProbabilityOfNone({2, 3, 3.5}, 8), 0.02185, 0.0003);
}

// Fader, Hardie, Lee 2005: E[X(t)] of the CDNOW fit.
TEST(ExpectedTransactions, OfANewCustomerAreThePublishedOnes) {
  const BgCnbd model = Model({1, 0.2426, 4.41368, 0.79299, 2.42617, FirstDropout::kAfterFirstRepeat});
  const std::pair<double, double> published[] = {{0.1429, 0.0078}, {1, 0.0532},      {3, 0.1506},
                                                 {31.8571, 1.0405}, {32, 1.0437}, {78, 1.8576}};
  for (const auto& [t, expected] : published) EXPECT_NEAR(model.ExpectedTransactions({}, t), expected, 5e-4) << t;
  EXPECT_NEAR(model.ExpectedTransactions({2, 30.43, 38.86}, 39), 1.226, 5e-4);
  EXPECT_NEAR(Model({1, 0.243, 4.414, 0.793, 2.426, FirstDropout::kAfterFirstRepeat}).ProbabilityOfRepeats(0, 39), 0.5737864,
              1e-7);
}

TEST(ExpectedTransactions, AreTheMeanOfTheDistribution) {
  for (const int k : {1, 2, 3, 6}) {
    const BgCnbd model = Model({k, 0.9, 2.0, 0.5, 3.0});
    double total = 0, mean = 0;
    for (int64_t n = 0; n < 2000; ++n) {
      const double probability = model.ProbabilityOfRepeats(n, 20);
      total += probability;
      mean += probability * static_cast<double>(n);
    }
    EXPECT_NEAR(total, 1, 1e-9) << k;
    EXPECT_NEAR(mean, model.ExpectedTransactions({}, 20), 1e-7) << k;
    EXPECT_NEAR(model.ProbabilityOfRepeats(0, 20), model.ProbabilityOfNone({}, 20), 1e-12) << k;
  }
}

TEST(DiscountedTransactions, LieBetweenNothingAndAll) {
  const BgCnbd model = Model(kWeekly);
  const PurchaseHistory history{40, 50, 52};
  const double all = model.ExpectedTransactions(history, 52);
  EXPECT_DOUBLE_EQ(model.DiscountedTransactions(history, 52, 0), all);
  // A sum over days, each day's transactions at its middle.
  double by_day = 0, before = 0;
  for (int day = 1; day <= 364; ++day) {
    const double now = model.ExpectedTransactions(history, day / 7.0);
    by_day += (now - before) * std::exp(-0.002 * (day - 0.5) / 7);
    before = now;
  }
  EXPECT_NEAR(model.DiscountedTransactions(history, 52, 0.002), by_day, 1e-6 * all);
}

TEST(NextTransactionQuantile, IsTheWaitOfACustomerWhoStays) {
  BgCnbdParameters stays = kWeekly;
  stays.a = 0;
  const BgCnbd model = Model(stays);
  const PurchaseHistory history{40, 50, 50.5};
  for (const double probability : {0.1, 0.5, 0.9}) {
    const double wait = model.NextTransactionQuantile(history, probability);
    EXPECT_NEAR(1 - model.ProbabilityOfNone(history, wait), probability, 1e-9);
  }
}

// Packages that multiply gamma functions give NaN from 133 transactions on.
TEST(DailyCustomers, HaveFiniteAnswers) {
  for (const int64_t x : {133, 500, 1'000, 3'650, 100'000}) {
    for (const BgCnbdParameters& parameters : {kWeekly, BgCnbdParameters{1, 0.243, 4.414, 0.793, 2.426}}) {
      const BgCnbd model = Model(parameters);
      const double weeks = static_cast<double>(x) / 7;
      for (const double silence : {0.0, 0.3, 5.0, 500.0}) {
        const PurchaseHistory history{x, weeks, weeks + silence};
        EXPECT_TRUE(std::isfinite(model.LogLikelihood(history))) << x << " " << silence;
        const double alive = model.PAlive(history);
        EXPECT_TRUE(alive >= 0 && alive <= 1) << x << " " << silence << " " << alive;
        const double expected = model.ExpectedTransactions(history, 4);
        EXPECT_TRUE(expected >= 0 && expected < 40) << x << " " << silence << " " << expected;
      }
      EXPECT_GT(model.PAlive({x, weeks, weeks}), 0.9) << x;
      EXPECT_LT(model.PAlive({x, weeks, weeks + 500}), 1e-6) << x;
      if (x >= 500) {
        EXPECT_NEAR(model.ExpectedTransactions({x, weeks, weeks}, 4), 28, 3) << x;
      }
    }
  }
}

TEST(YoungCustomers, HaveFiniteAnswers) {
  const BgCnbd model = Model(kWeekly);
  EXPECT_NEAR(model.LogLikelihood({}), 0, 1e-15);
  EXPECT_NEAR(model.PAlive({}), 30 / 30.6, 1e-15);
  EXPECT_EQ(model.ExpectedTransactions({}, 0), 0);
  EXPECT_EQ(model.ProbabilityOfNone({}, 0), 1);
  EXPECT_EQ(model.ProbabilityOfRepeats(0, 0), 1);
  EXPECT_EQ(model.ProbabilityOfRepeats(1, 0), 0);
  EXPECT_LT(model.PAlive({0, 0, 1e6}), 1e-9);
  EXPECT_GE(model.ExpectedTransactions({0, 0, 1e6}, 52), 0);
}

TEST(Parameters, AreRefusedByName) {
  const auto message = [](const BgCnbdParameters& p) { return std::string(Message(BgCnbd::Create(p).status())); };
  EXPECT_THAT(message({0, 1, 1, 1, 1}), HasSubstr("k: 0"));
  EXPECT_THAT(message({13, 1, 1, 1, 1}), HasSubstr("k: 13"));
  EXPECT_THAT(message({1, 0, 1, 1, 1}), HasSubstr("r: 0"));
  EXPECT_THAT(message({1, 1, kNaN, 1, 1}), HasSubstr("alpha: nan"));
  EXPECT_THAT(message({1, 1, 1, -1, 1}), HasSubstr("a: -1"));
  EXPECT_THAT(message({1, 1, 1, 1, 0}), HasSubstr("b: 0"));
}

TEST(Histories, AreRefusedByFieldAndPlace) {
  const auto message = [](const PurchaseHistory& history) {
    return std::string(Message(Group(std::vector<PurchaseHistory>{{1, 1, 2}, history}).status()));
  };
  EXPECT_THAT(message({-1, 0, 1}), HasSubstr("histories[1].repeats: -1"));
  EXPECT_THAT(message({kMaxRepeats + 1, 1, 1}), HasSubstr("repeats: 1000001"));
  EXPECT_THAT(message({1, 3, 2}), HasSubstr("recency: 3 isn't within 0 to age 2"));
  EXPECT_THAT(message({1, kNaN, 2}), HasSubstr("recency: nan"));
  EXPECT_THAT(message({1, 1, kNaN}), HasSubstr("age: nan"));
  EXPECT_THAT(message({0, 0, std::numeric_limits<double>::infinity()}), HasSubstr("age: inf"));
  EXPECT_THAT(message({2, 0, 2}), HasSubstr("recency: 0 doesn't fit repeats 2"));
  EXPECT_THAT(message({1, 1, 2, kNaN}), HasSubstr("log_gap_sum: nan"));
}

TEST(Fit, RefusesABaseWithoutRates) {
  EXPECT_THAT(std::string(Message(FitBgCnbd({}, 1).status())), HasSubstr("no customers"));
  const auto once = Group(std::vector<PurchaseHistory>(5, {0, 0, 10})).value();
  EXPECT_THAT(std::string(Message(FitBgCnbd(once, 1).status())), HasSubstr("none of 5 customers"));
  EXPECT_FALSE(FitRegularity(once).ok());
  EXPECT_FALSE(FitBgCnbd(once, 99).ok());
}

std::vector<PurchaseHistory> Simulate(const BgCnbdParameters& p, int customers, double weeks, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<PurchaseHistory> histories;
  for (int i = 0; i < customers; ++i) {
    const double rate = std::gamma_distribution(p.r, 1 / p.alpha)(random);
    const double x = std::gamma_distribution(p.a, 1.0)(random), y = std::gamma_distribution(p.b, 1.0)(random);
    std::bernoulli_distribution leaves(x / (x + y));
    std::gamma_distribution gap(static_cast<double>(p.k), 1 / rate);
    PurchaseHistory history{0, 0, std::uniform_real_distribution(0.0, weeks)(random)};
    while (!leaves(random)) {
      const double wait = gap(random);
      if (history.recency + wait > history.age) break;
      history.recency += wait;
      history.log_gap_sum += std::log(wait);
      ++history.repeats;
    }
    histories.push_back(history);
  }
  return histories;
}

TEST(Fit, FindsWhatAPopulationWasMadeOf) {
  const BgCnbdParameters truth{2, 1.5, 2.0, 0.8, 6.0};
  const auto base = Group(Simulate(truth, 20'000, 100, 11)).value();
  const RegularityFit fit = FitRegularity(base).value();
  EXPECT_EQ(fit.best.model.parameters().k, 2);
  EXPECT_TRUE(fit.best.estimate.converged);
  EXPECT_TRUE(fit.best.estimate.boundaries.empty());
  const double expected[] = {truth.r, truth.alpha, truth.a, truth.b};
  for (int i = 0; i < 4; ++i) {
    const Parameter& parameter = fit.best.estimate.parameters[i];
    EXPECT_NEAR(parameter.value, expected[i], 0.1 * expected[i]) << parameter.name;
    EXPECT_LT(parameter.lower, expected[i] * 1.05) << parameter.name;
    EXPECT_GT(parameter.upper, expected[i] * 0.95) << parameter.name;
    EXPECT_LT(parameter.upper / parameter.lower, 1.6) << parameter.name;
  }
}

struct Prediction {
  std::string_view name;
  Scale scale;
  double (*of)(const BgCnbd& model);
};
constexpr PurchaseHistory kSomeone{5, 20, 30};
constexpr Prediction kPredictions[] = {
    {"orders", Scale::kPositive, [](const BgCnbd& model) { return model.ExpectedTransactions(kSomeone, 26); }},
    {"P(alive)", Scale::kProbability, [](const BgCnbd& model) { return model.PAlive(kSomeone); }},
    {"discounted orders", Scale::kPositive, [](const BgCnbd& model) { return model.DiscountedTransactions(kSomeone, 52, 0.003); }},
};

Interval IntervalOf(const Prediction& prediction, const BgCnbdFit& fit) {
  return PredictionInterval(fit.estimate, prediction.scale,
                            [&](std::span<const double> values) { return prediction.of(fit.With(values)); });
}

// Of a hundred 95 % intervals, about 95 hold the truth; fewer than 86 or all of them have a chance below 1 in 100.
TEST(Fit, HasIntervalsThatHoldTheTruth) {
  const BgCnbdParameters truth{1, 1.0, 3.0, 0.8, 3.0};
  int rates_held = 0;
  std::map<std::string_view, int> held;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const BgCnbdFit fit = FitBgCnbd(Group(Simulate(truth, 1'500, 60, seed)).value(), 1).value();
    rates_held += fit.estimate.parameters[0].lower <= truth.r && truth.r <= fit.estimate.parameters[0].upper;
    for (const Prediction& prediction : kPredictions) {
      const double true_value = prediction.of(Model(truth));
      const Interval interval = IntervalOf(prediction, fit);
      held[prediction.name] += interval.lower <= true_value && true_value <= interval.upper;
    }
  }
  const auto about_95 = ::testing::AllOf(::testing::Ge(86), ::testing::Le(99));
  EXPECT_THAT(rates_held, about_95);
  for (const Prediction& prediction : kPredictions) EXPECT_THAT(held[prediction.name], about_95) << prediction.name;
}

TEST(Fit, HasPredictionsWithinIntervalsThatNarrowWithTheBase) {
  const BgCnbdParameters truth{1, 1.0, 3.0, 0.8, 3.0};
  const BgCnbdFit small = FitBgCnbd(Group(Simulate(truth, 1'500, 60, 1)).value(), 1).value();
  const BgCnbdFit large = FitBgCnbd(Group(Simulate(truth, 24'000, 60, 1)).value(), 1).value();
  for (const Prediction& prediction : kPredictions) {
    const Interval wide = IntervalOf(prediction, small), narrow = IntervalOf(prediction, large);
    for (const auto& [interval, fit] : {std::pair(wide, &small), std::pair(narrow, &large)}) {
      const double estimate = prediction.of(fit->model);
      EXPECT_LT(interval.lower, estimate) << prediction.name;
      EXPECT_GT(interval.upper, estimate) << prediction.name;
      EXPECT_GT(interval.lower, 0) << prediction.name;
      if (prediction.scale == Scale::kProbability) {
        EXPECT_LT(interval.upper, 1) << prediction.name;
      }
    }
    // Sixteen times the customers.
    EXPECT_NEAR((narrow.upper - narrow.lower) / (wide.upper - wide.lower), 0.25, 0.08) << prediction.name;
  }
}

// Beyond the box lies the maximum of the second parameter: what the curvature says there isn't a standard error.
TEST(Fit, HasNoIntervalWhereTheSearchEndedAtItsBound) {
  const Objective objective = [](std::span<const double> at, std::span<double> gradient) {
    gradient[0] = -(at[0] - 1);
    gradient[1] = -1e-3 * (at[1] - 40);
    return -0.5 * (at[0] - 1) * (at[0] - 1) - 0.5e-3 * (at[1] - 40) * (at[1] - 40);
  };
  constexpr std::string_view kNames[] = {"inner", "outer"};
  const Estimate estimate = MakeEstimate(objective, Maximise(objective, {0, 0}, kLogParameterBox), kNames, 1000);
  EXPECT_NEAR(estimate.parameters[0].value, std::exp(1), 1e-4);
  EXPECT_NEAR(std::log(estimate.parameters[0].upper), 1 + 1.96 / std::sqrt(1000), 1e-3);
  EXPECT_NEAR(std::log(estimate.parameters[1].value), kLogParameterBox.upper, 1e-6);
  EXPECT_TRUE(std::isnan(estimate.parameters[1].lower));
  EXPECT_TRUE(std::isnan(estimate.parameters[1].upper));
}

TEST(Fit, SaysThatAParameterLiesWhereTheSearchEnds) {
  const auto said = [](std::vector<double> point, std::vector<Boundary> before) {
    Estimate estimate;
    estimate.boundaries = std::move(before);
    AddSearchLimit(Optimum{std::move(point)}, estimate);
    return estimate.boundaries;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(said({0, 14.9}, {}), ElementsAre());
  EXPECT_THAT(said({0, 15}, {}), ElementsAre(Boundary::kSearchLimit));
  EXPECT_THAT(said({-15, 0}, {Boundary::kFlat}), ElementsAre(Boundary::kFlat, Boundary::kSearchLimit));
  EXPECT_THAT(said({15, 0}, {Boundary::kEqualRates}), ElementsAre(Boundary::kEqualRates)) << "it has been said already, and why";
}

// Everybody buys alike: rate and scale are known as a quotient alone.
TEST(Fit, HasNoIntervalsThatReachBeyondAnythingThatIsSearched) {
  const BgCnbdFit fit = FitBgCnbd(Group(std::vector<PurchaseHistory>(100, {30, 30, 30.5, 0})).value(), 1).value();
  EXPECT_TRUE(fit.estimate.at(Boundary::kEqualRates)) << fit.model.parameters().r;
  for (const Parameter& parameter : fit.estimate.parameters) {
    if (std::isnan(parameter.lower)) continue;
    EXPECT_GT(parameter.lower, 1e-7) << parameter.name;
    EXPECT_LT(parameter.upper, 1e7) << parameter.name;
  }
  EXPECT_TRUE(std::isnan(fit.estimate.parameters[0].lower));
  EXPECT_TRUE(std::isnan(fit.estimate.parameters[0].upper));
}

// Where everybody stays P(alive) is 1, whatever the rates; and of nearly certain ones the interval stays within 1.
TEST(Fit, HasIntervalsOfProbabilitiesThatEndAtOne) {
  const BgCnbdFit stays = FitBgCnbd(Group(Simulate({1, 2.0, 4.0, 1e-6, 1.0}, 2'000, 80, 3)).value(), 1).value();
  const Interval certain = IntervalOf(kPredictions[1], stays);
  EXPECT_EQ(certain.lower, 1);
  EXPECT_EQ(certain.upper, 1);
  const BgCnbdFit fit = FitBgCnbd(Group(Simulate({1, 1.0, 3.0, 0.8, 3.0}, 300, 60, 1)).value(), 1).value();
  const Prediction busy_one{"P(alive)", Scale::kProbability, [](const BgCnbd& model) { return model.PAlive({60, 30, 30}); }};
  const Interval busy = IntervalOf(busy_one, fit);
  EXPECT_GT(busy.lower, 0.5);
  EXPECT_LE(busy.upper, 1);
}

TEST(Fit, SaysThatNobodyLeaves) {
  BgCnbdParameters truth{1, 2.0, 4.0, 1e-6, 1.0};
  const BgCnbdFit fit = FitBgCnbd(Group(Simulate(truth, 2'000, 80, 3)).value(), 1).value();
  EXPECT_TRUE(fit.estimate.at(Boundary::kNobodyLeaves));
  EXPECT_EQ(fit.model.parameters().a, 0);
  EXPECT_EQ(fit.model.PAlive({3, 10, 500}), 1);
  ASSERT_EQ(fit.estimate.parameters.size(), 2u);
  EXPECT_NEAR(fit.estimate.parameters[0].value, 2, 0.3);
}

GroupedHistories Repeated(const std::vector<PurchaseHistory>& histories, int times) {
  std::vector<PurchaseHistory> all;
  for (int i = 0; i < times; ++i) all.insert(all.end(), histories.begin(), histories.end());
  return Group(all).value();
}

std::string Said(const Estimate& estimate) {
  std::string text;
  for (const Parameter& parameter : estimate.parameters) text += fmt::format("{} {:.6g} ", parameter.name, parameter.value);
  for (const Boundary boundary : estimate.boundaries) text += fmt::format("[{}]", Name(boundary));
  return text;
}

// More alike than chance would have them: ten transactions in ten intervals, everybody.
TEST(Fit, SaysThatCustomersDoNotDifferInTheirRates) {
  for (const double interval : {0.3, 1.0, 4.0, 26.0}) {  // weeks
    const std::vector<PurchaseHistory> alike = {
        {10, 9.5 * interval, 10 * interval}, {10, 9.8 * interval, 10 * interval}, {20, 19.5 * interval, 20 * interval}};
    const BgCnbdFit fit = FitBgCnbd(Repeated(alike, 300), 1).value();
    EXPECT_TRUE(fit.estimate.at(Boundary::kEqualRates)) << interval << ": " << Said(fit.estimate);
    EXPECT_NEAR(fit.estimate.parameters[0].value / fit.estimate.parameters[1].value, 1 / interval, 0.02 / interval);
  }
}

// Everybody leaves after the third transaction, at whatever rate.
TEST(Fit, SaysThatCustomersDoNotDifferInTheirDropout) {
  const std::vector<PurchaseHistory> third = {{2, 2, 60}, {2, 0.4, 60}, {2, 10, 60}, {2, 5, 100}, {2, 1, 100}};
  const BgCnbdFit fit = FitBgCnbd(Repeated(third, 200), 1).value();
  EXPECT_TRUE(fit.estimate.at(Boundary::kEqualDropout)) << Said(fit.estimate);
  EXPECT_FALSE(fit.estimate.at(Boundary::kEqualRates)) << Said(fit.estimate);
  const BgCnbdParameters& p = fit.model.parameters();
  EXPECT_NEAR(p.a / (p.a + p.b), 1.0 / 3, 0.01);
}

// Half of them never come back, the others for ever: a and b go to 0, and P(alive) is 1 for whoever came back.
TEST(Fit, SaysThatDropoutIsAllOrNothing) {
  for (const double interval : {0.3, 1.0, 4.0}) {  // weeks
    std::vector<PurchaseHistory> polar;
    for (int64_t x = 20; x < 60; x += 4) {
      polar.push_back({0, 0, 60 * interval});
      polar.push_back({x, (static_cast<double>(x) + 0.3) * interval, (static_cast<double>(x) + 1) * interval, static_cast<double>(x) * std::log(interval)});
    }
    const GroupedHistories base = Repeated(polar, 30);
    const BgCnbdFit fit = FitBgCnbd(base, 1).value();
    EXPECT_TRUE(fit.estimate.at(Boundary::kPolarDropout)) << interval << ": " << Said(fit.estimate);
    EXPECT_NEAR(fit.model.PAlive({3, 3 * interval, 9 * interval}), 1, 1e-3);
    EXPECT_TRUE(FitRegularity(base, 4).value().best.estimate.at(Boundary::kPolarDropout)) << interval;
  }
  EXPECT_FALSE(FitBgCnbd(Group(Simulate({1, 1.0, 3.0, 0.1, 0.2}, 2'000, 60, 1)).value(), 1).value().estimate.at(Boundary::kPolarDropout));
}

TEST(Fit, SaysThatTheRegularityMayLieBeyondWhatWasTried) {
  const auto base = Group(Simulate({6, 3.0, 0.5, 0.8, 6.0}, 800, 40, 9)).value();
  const BgCnbdFit three = FitRegularity(base, 3).value().best;
  EXPECT_EQ(three.model.parameters().k, 3);
  EXPECT_TRUE(three.estimate.at(Boundary::kRegularityLimit)) << Said(three.estimate);
  const BgCnbdFit all = FitRegularity(base).value().best;
  EXPECT_NEAR(all.model.parameters().k, 6, 1);
  EXPECT_FALSE(all.estimate.at(Boundary::kRegularityLimit)) << Said(all.estimate);
}

TEST(LogLikelihood, DoesNotDependOnThreadsOrGroups) {
  auto histories = Simulate({2, 1.5, 2.0, 0.8, 6.0}, 40'000, 100, 2);
  const auto base = Group(histories).value();
  BgCnbdGradient one, four;
  const BgCnbdParameters at{2, 1, 2, 0.5, 3};
  const double value = LogLikelihood(at, base, &one, 1);
  EXPECT_EQ(value, LogLikelihood(at, base, &four, 4));
  EXPECT_EQ(one.r, four.r);
  EXPECT_EQ(one.b, four.b);
  double sum = 0;
  for (const PurchaseHistory& history : histories) sum += Model(at).LogLikelihood(history);
  EXPECT_NEAR(value, sum, 1e-9 * std::fabs(sum));
  histories.insert(histories.end(), histories.begin(), histories.end());
  EXPECT_NEAR(LogLikelihood(at, Group(histories).value(), nullptr), 2 * sum, 2e-9 * std::fabs(sum));
}

TEST(LogLikelihood, HasTheGradientOfItsDifferences) {
  const auto base = Group(Simulate({2, 1.5, 2.0, 0.8, 6.0}, 300, 100, 2)).value();
  for (const int k : {1, 2, 3, 7}) {
    for (const FirstDropout dropout : {FirstDropout::kAfterFirstRepeat, FirstDropout::kAfterFirstTransaction}) {
      const BgCnbdParameters at{k, 0.8, 4, 0.3, 2.2, dropout};
      BgCnbdGradient gradient;
      LogLikelihood(at, base, &gradient);
      const auto difference = [&](double BgCnbdParameters::*parameter) {
        BgCnbdParameters above = at, below = at;
        above.*parameter *= 1 + 1e-6;
        below.*parameter *= 1 - 1e-6;
        return (LogLikelihood(above, base, nullptr) - LogLikelihood(below, base, nullptr)) / (2e-6 * at.*parameter);
      };
      EXPECT_NEAR(gradient.r, difference(&BgCnbdParameters::r), 1e-4);
      EXPECT_NEAR(gradient.alpha, difference(&BgCnbdParameters::alpha), 1e-4);
      EXPECT_NEAR(gradient.a, difference(&BgCnbdParameters::a), 1e-4);
      EXPECT_NEAR(gradient.b, difference(&BgCnbdParameters::b), 1e-4);
    }
  }
}

}  // namespace
}  // namespace rung::stats
