// Gamma-Gamma, BG/BB and sBG at their edges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

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

TEST(Sbg, SaysThatOneRenewalLeavesTheDifferencesOpen) {
  const SbgFit fit = FitShiftedBetaGeometric(std::vector<int64_t>{100, 80}).value();
  EXPECT_TRUE(fit.estimate.at(Boundary::kFlat)) << fit.model.parameters().alpha << " " << fit.model.parameters().beta;
  EXPECT_NEAR(fit.model.Retention(1), 0.8, 1e-3);
  EXPECT_TRUE(std::isnan(fit.estimate.parameters[0].lower));
}

}  // namespace
}  // namespace rung::stats
