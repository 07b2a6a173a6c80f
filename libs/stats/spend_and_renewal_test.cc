// Gamma-Gamma, BG/BB and sBG at their edges.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include <boost/math/special_functions/gamma.hpp>

#include "libs/base/status.h"
#include "libs/stats/bg_bb.h"
#include "libs/stats/gamma_gamma.h"
#include "libs/stats/shifted_beta_geometric.h"

namespace rung::stats {
namespace {

using ::testing::HasSubstr;

TEST(GammaGamma, SaysThatNoMeanExists) {
  const GammaGamma model = GammaGamma::Create({2, 0.9, 10}).value();
  EXPECT_TRUE(std::isinf(model.ExpectedSpend({0, 0})));
  EXPECT_TRUE(std::isfinite(model.ExpectedSpend({1, 5})));
}

TEST(GammaGamma, DailyCustomersKeepTheirMean) {
  const GammaGamma model = GammaGamma::Create({6.25, 3.74, 15.44}).value();
  EXPECT_NEAR(model.ExpectedSpend({100'000, 250}), 250, 0.01);
  EXPECT_TRUE(std::isfinite(model.LogLikelihood({100'000, 250})));
  EXPECT_TRUE(std::isfinite(model.LogLikelihood({1, 1e12})));
  EXPECT_EQ(model.LogLikelihood({0, 0}), 0);
}

TEST(GammaGamma, LeavesOutWhoHasNoSpendAndSaysHowManyRemain) {
  std::vector<SpendHistory> histories = {{0, 0}, {3, 0}, {2, -5}};
  EXPECT_THAT(std::string(Message(FitGammaGamma(histories).status())), HasSubstr("0 have a value above 0"));
  for (int i = 1; i <= 50; ++i) histories.push_back({1 + i % 5, 10.0 + i % 7});
  EXPECT_EQ(FitGammaGamma(histories).value().spenders, 50);
  histories.push_back({1, NAN});
  EXPECT_THAT(std::string(Message(FitGammaGamma(histories).status())), HasSubstr("histories[53]"));
}

TEST(GammaGamma, IsNotBelievedWhenFrequentBuyersSpendMore) {
  std::mt19937_64 random(4);
  std::vector<SpendHistory> histories;
  for (int64_t i = 1; i <= 500; ++i) {
    const int64_t x = 1 + i % 20;
    histories.push_back({x, std::gamma_distribution(4.0, static_cast<double>(x))(random)});
  }
  const GammaGammaFit fit = FitGammaGamma(histories).value();
  EXPECT_GT(fit.correlation, 0.5);
  EXPECT_TRUE(fit.correlated);
  EXPECT_THAT(WhyNotBelieved(fit), HasSubstr("frequency and spend are correlated"));
}

// Weekly customers of whom nobody leaves: all have as many means, and the likelihood of means alone calls everything chance.
TEST(GammaGamma, IsNotBelievedWhenItTakesCustomersForChance) {
  std::mt19937_64 random(2);
  std::vector<SpendHistory> histories;
  for (int i = 0; i < 400; ++i) {
    const double level = std::lognormal_distribution(7.0, 0.8)(random);
    SpendHistory& history = histories.emplace_back();
    history.transactions = 51 + i % 2;
    for (int64_t order = 0; order < history.transactions; ++order) {
      const double value = level * std::gamma_distribution(11.0, 1 / 11.0)(random);  // varies by 30 %
      history.mean += value / static_cast<double>(history.transactions);
      history.squares += value * value;
    }
  }
  const GammaGammaFit fit = FitGammaGamma(histories).value();
  EXPECT_NEAR(fit.variation, std::sqrt(1 / 11.0), 0.01);
  EXPECT_GT(1 / std::sqrt(fit.model.parameters().p), 0.6) << "the means alone can't tell";
  EXPECT_THAT(WhyNotBelieved(fit), HasSubstr("the values of one customer vary by 30 %"));
  for (SpendHistory& history : histories) history.squares = 0;
  EXPECT_TRUE(std::isnan(FitGammaGamma(histories).value().variation));
}

TEST(GammaGamma, IsTheSameInEveryCurrency) {
  std::mt19937_64 random(9);
  std::vector<SpendHistory> yuan, rupiah;
  for (int i = 0; i < 1'500; ++i) {
    const double rate = std::gamma_distribution(4.0, 1 / 15.0)(random);
    const int64_t x = 1 + i % 6;
    yuan.push_back({x, std::gamma_distribution(6.0 * static_cast<double>(x), 1 / rate)(random) / static_cast<double>(x)});
    rupiah.push_back({x, yuan.back().mean * 2e6});
  }
  const GammaGammaFit small = FitGammaGamma(yuan).value(), large = FitGammaGamma(rupiah).value();
  EXPECT_NEAR(large.model.parameters().p / small.model.parameters().p, 1, 1e-4);
  EXPECT_NEAR(large.model.parameters().q / small.model.parameters().q, 1, 1e-4);
  EXPECT_NEAR(large.model.parameters().v / small.model.parameters().v, 2e6, 200);
  EXPECT_NEAR(large.estimate.parameters[2].upper / small.estimate.parameters[2].upper, 2e6, 2e3);
  double log_likelihood = 0;
  for (const SpendHistory& history : rupiah) log_likelihood += large.model.LogLikelihood(history);
  EXPECT_NEAR(large.estimate.log_likelihood, log_likelihood, 1e-6 * std::abs(log_likelihood));
}

std::vector<SpendHistory> SimulateSpend(const GammaGammaParameters& p, int customers, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<SpendHistory> histories;
  for (int i = 0; i < customers; ++i) {
    const double rate = std::gamma_distribution(p.q, 1 / p.v)(random);
    const int64_t transactions = 1 + i % 6;
    const auto x = static_cast<double>(transactions);
    histories.push_back({transactions, std::gamma_distribution(p.p * x, 1 / rate)(random) / x});
  }
  return histories;
}

Interval SpendInterval(const GammaGammaFit& fit, const SpendHistory& someone) {
  return PredictionInterval(fit.estimate, Scale::kPositive,
                            [&](std::span<const double> values) { return fit.With(values).ExpectedSpend(someone); });
}

// As bg_cnbd_test has it for orders: of a hundred 95 % intervals, about 95 hold the truth.
TEST(GammaGamma, HasIntervalsOfExpectedSpendThatHoldTheTruthAndNarrow) {
  const GammaGammaParameters truth{6, 4, 15};
  const SpendHistory someone{3, 50};
  const double expected = GammaGamma::Create(truth).value().ExpectedSpend(someone);
  int held = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const GammaGammaFit fit = FitGammaGamma(SimulateSpend(truth, 600, seed)).value();
    const Interval interval = SpendInterval(fit, someone);
    const double estimate = fit.model.ExpectedSpend(someone);
    EXPECT_TRUE(interval.lower < estimate && estimate < interval.upper) << seed;
    held += interval.lower <= expected && expected <= interval.upper;
  }
  EXPECT_THAT(held, ::testing::AllOf(::testing::Ge(86), ::testing::Le(99)));
  const Interval wide = SpendInterval(FitGammaGamma(SimulateSpend(truth, 600, 1)).value(), someone);
  const Interval narrow = SpendInterval(FitGammaGamma(SimulateSpend(truth, 9'600, 1)).value(), someone);
  EXPECT_NEAR((narrow.upper - narrow.lower) / (wide.upper - wide.lower), 0.25, 0.08) << "of sixteen times the customers";
}

TEST(GammaGamma, IsNotBelievedWhenSpendHasNoMean) {
  const GammaGammaFit fit = FitGammaGamma(SimulateSpend({2, 0.7, 10}, 3'000, 2)).value();
  EXPECT_TRUE(fit.estimate.at(Boundary::kInfiniteMean)) << fit.model.parameters().q;
  EXPECT_FALSE(fit.correlated);
  EXPECT_THAT(WhyNotBelieved(fit), HasSubstr("spend has no mean: q is 0."));
  EXPECT_EQ(WhyNotBelieved(FitGammaGamma(SimulateSpend({2, 3, 10}, 3'000, 2)).value()), "");
}

std::string Said(const Estimate& estimate) {
  std::string text;
  for (const Parameter& parameter : estimate.parameters) text += fmt::format("{} {:.6g} ", parameter.name, parameter.value);
  for (const Boundary boundary : estimate.boundaries) text += fmt::format("[{}]", Name(boundary));
  return text;
}

TEST(GammaGamma, SaysThatCustomersDoNotDiffer) {
  std::vector<SpendHistory> equal, steady;
  for (int i = 0; i < 600; ++i) {
    const int64_t transactions = 1 + i % 6;
    const double share = (i / 6 + 0.5) / 100;
    // More alike than chance would have them.
    equal.push_back({transactions, 50 * (1 + 0.3 * (share - 0.5) / std::sqrt(static_cast<double>(transactions)))});
    // One order says as much of a customer as six: whatever differs, differs between customers.
    steady.push_back({transactions, 200 / boost::math::gamma_p_inv(4.0, share)});
  }
  for (const double unit : {0.01, 1.0, 1e9}) {
    std::vector<SpendHistory> scaled = equal;
    for (SpendHistory& history : scaled) history.mean *= unit;
    const GammaGammaFit fit = FitGammaGamma(scaled).value();
    EXPECT_TRUE(fit.estimate.at(Boundary::kEqualSpend)) << unit << ": " << Said(fit.estimate);
    EXPECT_NEAR(fit.model.ExpectedSpend({1, 80 * unit}), 50 * unit, unit) << "of everybody";
  }
  const GammaGammaFit fit = FitGammaGamma(steady).value();
  EXPECT_TRUE(fit.estimate.at(Boundary::kSteadySpend)) << Said(fit.estimate);
  EXPECT_NEAR(fit.model.ExpectedSpend({1, 80}), 80, 1) << "the customer's own";
  EXPECT_TRUE(FitGammaGamma(SimulateSpend({6, 4, 15}, 600, 1)).value().estimate.boundaries.empty());
}

TEST(BgBb, ExpectationsAreSumsOverThePaths) {
  const BgBb model = BgBb::Create({1.204, 0.750, 1.0, 2.783}).value();  // gamma = 1: the closed form divides by 0
  const PeriodHistory history{2, 4, 6};
  // All histories of six periods have probabilities that add up to 1.
  double total = model.LogLikelihood({0, 0, 6}) < 0 ? std::exp(model.LogLikelihood({0, 0, 6})) : 0;
  for (int32_t last = 1; last <= 6; ++last) {
    for (int32_t x = 1; x <= last; ++x) {
      const double ways = std::exp(std::lgamma(last) - std::lgamma(x) - std::lgamma(last - x + 1));
      total += ways * std::exp(model.LogLikelihood({x, last, 6}));
    }
  }
  EXPECT_NEAR(total, 1, 1e-12);
  double one_by_one = 0;
  for (int32_t ahead = 1; ahead <= 5; ++ahead) one_by_one += model.PAlive(history, ahead);
  EXPECT_NEAR(model.ExpectedTransactions(history, 5), one_by_one * (1.204 + 2) / (1.204 + 0.750 + 6), 1e-12);
  EXPECT_NEAR(model.ResidualTransactions(history, 1e6), model.ExpectedTransactions(history, 1) / (1 + 1e6), 1e-9);
  EXPECT_LT(model.ResidualTransactions(history, 0.1), model.ExpectedTransactions(history, 1000));
}

TEST(BgBb, LongHistoriesHaveFiniteAnswers) {
  const BgBb model = BgBb::Create({1.204, 0.750, 0.657, 2.783}).value();
  EXPECT_TRUE(std::isfinite(model.LogLikelihood({3'650, 3'650, 3'650})));
  EXPECT_TRUE(std::isfinite(model.LogLikelihood({1'000, 1'000, 10'000})));
  EXPECT_LT(model.PAlive({1'000, 1'000, 1'100}), 1e-6);
  EXPECT_FALSE(Check(PeriodHistory{1, 1, 10'001}).ok());
  EXPECT_FALSE(Check(PeriodHistory{3, 2, 5}).ok());
  EXPECT_FALSE(Check(PeriodHistory{0, 2, 5}).ok());
  EXPECT_FALSE(FitBgBb(std::vector<PeriodHistory>{{0, 0, 5, 100}}).ok());
  EXPECT_FALSE(FitBgBb({}).ok());
}

TEST(BgBb, SaysThatCustomersDoNotDiffer) {
  const BgBbFit alike = FitBgBb(std::vector<PeriodHistory>{{10, 20, 20, 1000}, {10, 19, 20, 1000}}).value();
  EXPECT_TRUE(alike.estimate.at(Boundary::kEqualRates)) << alike.model.parameters().alpha << " " << alike.model.parameters().beta;
  // All leave after the fourth period.
  const BgBbFit leave = FitBgBb(std::vector<PeriodHistory>{{1, 4, 20, 100}, {2, 4, 20, 100}, {3, 4, 20, 100}, {4, 4, 20, 300}}).value();
  EXPECT_TRUE(leave.estimate.at(Boundary::kEqualDropout)) << leave.model.parameters().gamma << " " << leave.model.parameters().delta;
}

TEST(BgBb, SaysThatCustomersAreAllOrNothing) {
  // Half have left before their first chance; the others take half of theirs and stay.
  const BgBbFit leave = FitBgBb(std::vector<PeriodHistory>{{0, 0, 20, 500}, {9, 20, 20, 100}, {10, 20, 20, 200}, {11, 20, 20, 100}, {12, 20, 20, 100}}).value();
  EXPECT_TRUE(leave.estimate.at(Boundary::kPolarDropout)) << Said(leave.estimate);
  // Half buy each time, until one in twenty leaves; the others never do.
  std::vector<PeriodHistory> histories = {{0, 0, 20, 10'000 + 500}, {20, 20, 20, static_cast<int64_t>(10'000 * std::pow(0.95, 20))}};
  for (int32_t x = 1; x < 20; ++x) histories.push_back({x, x, 20, static_cast<int64_t>(10'000 * 0.05 * std::pow(0.95, x))});
  const BgBbFit buy = FitBgBb(histories).value();
  EXPECT_TRUE(buy.estimate.at(Boundary::kPolarRates)) << Said(buy.estimate);
}

TEST(Sbg, ResidualLifetimeIsTheDiscountedSumOfSurvival) {
  const ShiftedBetaGeometric model = ShiftedBetaGeometric::Create({0.704, 1.182}).value();
  double sum = 0;
  for (int32_t i = 1; i < 2'000; ++i) sum += model.Survival(3 + i) / model.Survival(3) * std::pow(1.1, 1 - i);
  EXPECT_NEAR(model.ResidualLifetime(3, 0.1), sum, 1e-9);
  EXPECT_NEAR(model.Survival(5) / model.Survival(4), model.Retention(5), 1e-12);
  EXPECT_LT(model.Retention(1), model.Retention(10));
  EXPECT_EQ(model.Survival(0), 1);
}

TEST(Sbg, RefusesCohortsThatGrowOrNeverShrink) {
  EXPECT_THAT(std::string(Message(FitShiftedBetaGeometric(std::vector<int64_t>{100, 80, 90}).status())),
              HasSubstr("alive[2]: 90"));
  EXPECT_FALSE(FitShiftedBetaGeometric(std::vector<int64_t>{100}).ok());
  EXPECT_FALSE(FitShiftedBetaGeometric(std::vector<int64_t>{100, 100}).ok());
}

// Ever more leave, where a mixture would lose its leavers first.
TEST(Sbg, SaysThatEverybodyLeavesAlike) {
  const SbgFit fit = FitShiftedBetaGeometric(std::vector<int64_t>{1000, 700, 400, 100}).value();
  EXPECT_TRUE(fit.estimate.at(Boundary::kEqualDropout)) << fit.model.parameters().alpha << " " << fit.model.parameters().beta;
  EXPECT_NEAR(fit.model.Retention(1), 1'200.0 / 2'100, 1e-3);
  EXPECT_NEAR(fit.model.Retention(3), 1'200.0 / 2'100, 1e-3);
}

TEST(Sbg, SaysThatLeavingIsAllOrNothing) {
  const SbgFit fit = FitShiftedBetaGeometric(std::vector<int64_t>{1000, 600, 600, 600}).value();
  EXPECT_TRUE(fit.estimate.at(Boundary::kPolarDropout)) << Said(fit.estimate);
  EXPECT_NEAR(fit.model.Retention(1), 0.6, 1e-3);
  EXPECT_NEAR(fit.model.Retention(2), 1, 1e-3);
}

TEST(Sbg, SaysThatOneRenewalLeavesTheDifferencesOpen) {
  const SbgFit fit = FitShiftedBetaGeometric(std::vector<int64_t>{100, 80}).value();
  EXPECT_TRUE(fit.estimate.at(Boundary::kFlat)) << fit.model.parameters().alpha << " " << fit.model.parameters().beta;
  EXPECT_NEAR(fit.model.Retention(1), 0.8, 1e-3);
  EXPECT_TRUE(std::isnan(fit.estimate.parameters[0].lower));
}

}  // namespace
}  // namespace rung::stats
