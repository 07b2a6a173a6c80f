#include "libs/stats/pareto_nbd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace rung::stats {
namespace {

ParetoNbd Model(const ParetoNbdParameters& parameters) { return ParetoNbd::Create(parameters).value(); }

const ParetoNbdParameters kCdnow{0.553, 10.578, 0.606, 11.669};

TEST(ParetoNbd, GradientIsThatOfDifferences) {
  HistoryGrouper grouper;
  for (const PurchaseHistory& history : {PurchaseHistory{0, 0, 5}, {2, 30.43, 38.86}, {26, 30.86, 31}, {40, 30, 52},
                                         {1, 1.71, 38.86}, {300, 40, 45}, {3, 10, 10}, {0, 0, 0}}) {
    ASSERT_TRUE(grouper.Add(history).ok());
  }
  const GroupedHistories base = std::move(grouper).Finish();
  for (const ParetoNbdParameters& at :
       {kCdnow, ParetoNbdParameters{3, 2.6, 0.47, 20}, {0.3, 20, 8, 0.5}, {5, 0.05, 3, 30}, {1, 4, 1, 4}}) {
    ParetoNbdGradient gradient;
    const double value = LogLikelihood(at, base, &gradient);
    EXPECT_TRUE(std::isfinite(value));
    const auto difference = [&](double ParetoNbdParameters::*parameter) {
      ParetoNbdParameters above = at, below = at;
      above.*parameter *= 1 + 1e-5;
      below.*parameter *= 1 - 1e-5;
      return (LogLikelihood(above, base, nullptr) - LogLikelihood(below, base, nullptr)) / (2e-5 * at.*parameter);
    };
    const auto expect = [&](double slope, double ParetoNbdParameters::*parameter) {
      EXPECT_NEAR(slope, difference(parameter), 1e-5 * (1 + std::fabs(slope)));
    };
    expect(gradient.r, &ParetoNbdParameters::r);
    expect(gradient.alpha, &ParetoNbdParameters::alpha);
    expect(gradient.s, &ParetoNbdParameters::s);
    expect(gradient.beta, &ParetoNbdParameters::beta);
  }
}

TEST(ParetoNbd, MeanOfTheDistributionIsTheExpectation) {
  for (const ParetoNbdParameters& at : {kCdnow, ParetoNbdParameters{3, 2.6, 1, 20}, {2, 5, 2.5, 0.5}}) {
    const ParetoNbd model = Model(at);
    double total = 0, mean = 0;
    for (int64_t n = 0; n < 1000; ++n) {
      const double probability = model.ProbabilityOfRepeats(n, 26);
      total += probability;
      mean += probability * static_cast<double>(n);
    }
    EXPECT_NEAR(total, 1, 1e-9);
    EXPECT_NEAR(mean, model.ExpectedTransactions({}, 26), 1e-7);
    EXPECT_NEAR(model.ProbabilityOfRepeats(0, 26), model.ProbabilityOfNone({}, 26), 1e-12);
  }
}

TEST(ParetoNbd, DiscountingNothingChangesNothing) {
  const ParetoNbd model = Model(kCdnow);
  const PurchaseHistory history{26, 30.86, 31};
  EXPECT_NEAR(model.DiscountedTransactions(history, 52, 0), model.ExpectedTransactions(history, 52), 1e-10);
  EXPECT_LT(model.DiscountedTransactions(history, 52, 0.01), model.ExpectedTransactions(history, 52));
  EXPECT_GT(model.ResidualTransactions(history, 0.002), model.DiscountedTransactions(history, 520, 0.002));
}

TEST(ParetoNbd, DailyCustomersHaveFiniteAnswers) {
  for (const ParetoNbdParameters& at : {kCdnow, ParetoNbdParameters{30, 4, 0.5, 1e-3}, {30, 4e-3, 50, 1e4}}) {
    const ParetoNbd model = Model(at);
    for (const int64_t x : {133, 1'000, 3'650, 100'000}) {
      for (const double silence : {0.0, 1e-9, 0.3, 5.0, 500.0}) {
        const double weeks = static_cast<double>(x) / 7;
        const PurchaseHistory history{x, weeks, weeks + silence};
        EXPECT_TRUE(std::isfinite(model.LogLikelihood(history))) << x << " " << silence;
        const double alive = model.PAlive(history);
        EXPECT_TRUE(alive >= 0 && alive <= 1) << x << " " << silence << " " << alive;
        EXPECT_TRUE(std::isfinite(model.ExpectedTransactions(history, 4)));
      }
    }
  }
  EXPECT_LT(Model(kCdnow).PAlive({1'000, 143, 200}), 1e-9);
  EXPECT_GT(Model(kCdnow).PAlive({1'000, 143, 143.1}), 0.99);
}

// A daily buyer: the integrand decays within a sixth of its distance from the singularity. By Simpson's rule on 400,000 panels.
TEST(ParetoNbd, ProbabilityOfNoneIsExactForADailyBuyer) {
  const ParetoNbd model = Model(kCdnow);
  const PurchaseHistory daily{364, 52, 52};
  const double alive = model.PAlive(daily);
  for (const double weeks : {39, 52, 104}) {
    const double none_when_alive = 1 - (1 - model.ProbabilityOfNone(daily, weeks)) / alive;
    EXPECT_NEAR(none_when_alive, 0.0016312364172661, 1e-12) << weeks;
  }
}

TEST(ParetoNbd, NextTransactionComesWithTheProbabilityAskedFor) {
  // An end so far away that nobody leaves within the wait.
  const ParetoNbd model = Model({3, 2.6, 1e-3, 1e9});
  const PurchaseHistory history{10, 12, 13};
  const double wait = model.NextTransactionQuantile(history, 0.7);
  EXPECT_NEAR(1 - model.ProbabilityOfNone(history, wait), 0.7, 1e-6);
}

TEST(ParetoNbd, SaysThatCustomersDoNotDiffer) {
  const auto fit = [](std::initializer_list<PurchaseHistory> histories) {
    HistoryGrouper grouper;
    for (int i = 0; i < 200; ++i) {
      for (const PurchaseHistory& history : histories) EXPECT_TRUE(grouper.Add(history).ok());
    }
    return FitParetoNbd(std::move(grouper).Finish()).value();
  };
  // Everybody buys once a month.
  const ParetoNbdFit monthly = fit({{10, 39.5, 40}, {10, 39.8, 40}, {20, 79.5, 80}});
  EXPECT_TRUE(monthly.estimate.at(Boundary::kEqualRates)) << monthly.model.parameters().r << " " << monthly.model.parameters().alpha;
  // Everybody is gone after the tenth week.
  const ParetoNbdFit tenth = fit({{10, 9.9, 60}, {20, 10, 80}, {3, 9.5, 60}, {40, 9.97, 100}, {6, 10, 70}});
  EXPECT_TRUE(tenth.estimate.at(Boundary::kEqualDropout)) << tenth.model.parameters().s << " " << tenth.model.parameters().beta;
}

// Half are gone at once, the others never leave.
TEST(ParetoNbd, SaysThatDropoutIsAllOrNothing) {
  HistoryGrouper grouper;
  for (int i = 0; i < 200; ++i) {
    for (int64_t x = 20; x < 60; x += 4) {
      EXPECT_TRUE(grouper.Add({0, 0, 60}).ok());
      EXPECT_TRUE(grouper.Add({x, static_cast<double>(x) + 0.3, static_cast<double>(x) + 1}).ok());
    }
  }
  const ParetoNbdFit fit = FitParetoNbd(std::move(grouper).Finish()).value();
  EXPECT_TRUE(fit.estimate.at(Boundary::kPolarDropout)) << fit.model.parameters().r << " " << fit.model.parameters().alpha << " "
                                                        << fit.model.parameters().s << " " << fit.model.parameters().beta;
}

TEST(ParetoNbd, RefusesParametersByName) {
  EXPECT_FALSE(ParetoNbd::Create({0, 1, 1, 1}).ok());
  EXPECT_FALSE(ParetoNbd::Create({1, 1, NAN, 1}).ok());
  EXPECT_FALSE(FitParetoNbd({}).ok());
}

}  // namespace
}  // namespace rung::stats
