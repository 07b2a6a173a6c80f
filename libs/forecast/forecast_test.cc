// The published customer bases, sent through events and kept states: the fit and the forecasts come out as published.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"
#include "libs/forecast/base_fitter.h"
#include "libs/forecast/forecaster.h"
#include "libs/forecast/holdout_sample.h"
#include "tests/support/customer_base_data.h"

namespace rung::forecast {
namespace {

using features::CustomerState;
using features::Event;
using features::Feature;
using features::Fitted;

constexpr char kCdnow[] = "tests/data/customer_base/cdnow/cbs_expected.csv.gz";
const Day kCdnowEnd = *ParseDay("1997-09-30");

Event OrderOf(int64_t customer, int64_t number, Day day, features::Fen amount, std::optional<features::Fen> cost = std::nullopt) {
  Event event{.customer_id = std::to_string(customer), .event_id = std::to_string(number), .event_time = day * kSecondsPerDay, .day = day};
  event.fact = features::Order{.order_id = std::to_string(number), .revision = 0, .lines = {{.sku = "sku", .category = "cd", .amount = amount, .cost = cost}}};
  return event;
}

/// States of dated purchases, by customer. An order of value 0 isn't effective, so it costs a hundredth.
std::map<int64_t, CustomerState> StatesOf(const std::vector<stats::Purchase>& purchases, Day last, features::CodeBook& codes) {
  std::map<int64_t, std::vector<Event>> events;
  int64_t number = 0;
  for (const stats::Purchase& purchase : purchases) {
    if (purchase.day > last) continue;
    events[purchase.customer].push_back(OrderOf(purchase.customer, ++number, purchase.day, std::max<int64_t>(1, std::llround(purchase.value * 100))));
  }
  std::map<int64_t, CustomerState> states;
  for (const auto& [customer, facts] : events) states[customer] = features::BuildState(facts, -features::kNever, codes);
  return states;
}

class Cdnow : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    codes_ = new features::LocalCodeBook;
    codes_->Intern(features::CodeKind::kCategory, "cd");
    states_ = new auto(StatesOf(testing::LoadPurchases("tests/data/customer_base/cdnow/elog.csv.gz", "amount"), kCdnowEnd, *codes_));
    BaseCollector base, other;
    FactReader reader;
    features::FeatureEvaluator evaluator(*codes_, features::kAllSources);
    features::FeatureValues values;
    for (const auto& [customer, state] : *states_) {
      evaluator.Evaluate(state, kCdnowEnd, values);
      ASSERT_TRUE((customer % 2 == 0 ? base : other).Add(reader.Read(state, kCdnowEnd), values, "").ok());
    }
    base.Merge(std::move(other));
    fitted_ = new auto(BaseFitter::Fit(std::move(base), kCdnowEnd, {}).value());
  }

  static CustomerFacts FactsOf(int64_t customer) { return FactReader().Read(states_->at(customer), kCdnowEnd); }

  static inline features::LocalCodeBook* codes_;
  static inline std::map<int64_t, CustomerState>* states_;
  static inline FittedBase* fitted_;
};

TEST_F(Cdnow, StatesGiveThePublishedStatistics) {
  const auto expected = testing::LoadCsv(kCdnow);
  ASSERT_EQ(states_->size(), expected.size());
  for (const auto& record : expected) {
    const CustomerFacts facts = FactsOf(static_cast<int64_t>(testing::Number(record, "customer_id")));
    EXPECT_EQ(static_cast<double>(facts.history.repeats), testing::Number(record, "x"));
    EXPECT_NEAR(facts.history.recency, testing::Number(record, "t_x"), 1e-8);
    EXPECT_NEAR(facts.history.age, testing::Number(record, "T_cal"), 1e-8);
    EXPECT_NEAR(facts.history.log_gap_sum, testing::Number(record, "litt"), 1e-7);
  }
}

TEST_F(Cdnow, FitOfTheStatesIsThePublishedOne) {
  const BaseFit& fit = fitted_->fit;
  EXPECT_EQ(fit.parameters.k, 1);
  EXPECT_NEAR(fit.parameters.r, 0.525, 0.01 * 0.525);
  EXPECT_NEAR(fit.parameters.alpha, 6.183, 0.01 * 6.183);
  EXPECT_NEAR(fit.parameters.a, 0.891, 0.01 * 0.891);
  EXPECT_NEAR(fit.parameters.b, 1.614, 0.01 * 1.614);
  EXPECT_NEAR(fitted_->findings.estimate.log_likelihood, -9582.136, 0.01);
  EXPECT_EQ(fitted_->findings.customers, 2'357);
  EXPECT_EQ(fit.value_kind, ValueKind::kNetSpend) << "the published purchases have no costs";
}

TEST_F(Cdnow, ForecastsAreThePublishedOnes) {
  const Forecaster forecaster = Forecaster::Create(fitted_->fit, *codes_).value();
  double total = 0;
  for (const auto& record : testing::LoadCsv(kCdnow)) {
    const CustomerFacts facts = FactsOf(static_cast<int64_t>(testing::Number(record, "customer_id")));
    total += forecaster.ExpectedOrders(facts, 39 * 7);
  }
  EXPECT_NEAR(total, 1576.7, 0.01 * 1576.7);
}

TEST_F(Cdnow, FeaturesHoldTogether) {
  const Forecaster forecaster = Forecaster::Create(fitted_->fit, *codes_).value();
  features::FeatureEvaluator evaluator(*codes_, features::kAllSources);
  features::FeatureValues values;
  features::FittedValues all, one;
  for (const auto& [customer, state] : *states_) {
    evaluator.Evaluate(state, kCdnowEnd, values);
    const CustomerFacts facts = FactsOf(customer);
    forecaster.Evaluate(facts, values, -1, features::kAllFitted, all);
    EXPECT_THAT(all[Fitted::kPAlive], ::testing::AllOf(::testing::Ge(0), ::testing::Le(1)));
    EXPECT_GE(all[Fitted::kNextOrderDays], 1);
    EXPECT_NEAR(all[Fitted::kLtv365d], forecaster.ExpectedOrders(facts, 365) * forecaster.ValuePerOrder(facts), 0.5);
    EXPECT_LE(all[Fitted::kPotentialIndex], all[Fitted::kPAlive]);
    for (const auto& definition : features::FittedDefinitions()) {  // asked for alone it is the same
      forecaster.Evaluate(facts, values, -1, features::Only(definition.fitted), one);
      EXPECT_EQ(one[definition.fitted], all[definition.fitted]) << definition.name;
    }
  }
}

TEST_F(Cdnow, HoldoutsOfTheSampleCompareWithTheBaselines) {
  HoldoutSample sample;
  for (const auto& [customer, state] : *states_) sample.Add(customer, FactReader().Read(state, kCdnowEnd));
  const auto report = sample.Evaluate(kCdnowEnd, ValueKind::kNetSpend, stats::ChurnMeasure::kJoined, 1);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(sample.customers(), 2'357);
  ASSERT_EQ(report->folds.size(), 3u);
  EXPECT_EQ(report->folds[0].period.holdout_end, kCdnowEnd);
  EXPECT_EQ(report->methods[0].name, "mbg-cnbd");
  EXPECT_EQ(BestMethods(*report).churn, stats::ChurnMeasure::kRecency) << "as the published figures have it";
  const auto by_recency = sample.Evaluate(kCdnowEnd, ValueKind::kNetSpend, stats::ChurnMeasure::kRecency, 1);
  ASSERT_TRUE(by_recency.ok());
  EXPECT_EQ(by_recency->methods[4].metrics.auc, report->methods[4].metrics.auc) << "the joined rule is measured whatever is in use";
  EXPECT_NE(by_recency->folds[0].warnings[1].customers, report->folds[0].warnings[1].customers) << "warnings are those of the measure in use";
}

TEST(BestMethods, AreThoseThatWinWhereTheyAreUsed) {
  stats::HoldoutReport report;
  const auto is = [&](Method orders, Method value, stats::ChurnMeasure churn) { return BestMethods(report) == Methods{orders, value, churn}; };
  constexpr auto kJoined = stats::ChurnMeasure::kJoined;
  report.methods = {{"recency", stats::MethodKind::kBaseline, {.auc = 0.71}}, {"churn-rule", stats::MethodKind::kChurnSignal, {.auc = 0.705}}};
  EXPECT_TRUE(is(Method::kModel, Method::kModel, kJoined)) << "a lead within the margin is none";
  report.methods[0].metrics.auc = 0.72;
  EXPECT_TRUE(is(Method::kModel, Method::kModel, stats::ChurnMeasure::kRecency));
  report.methods[0].metrics.auc = stats::HoldoutMetrics::kNone;
  report.wins = {{"mean_absolute_error", "rate"}, {"top_tenth_capture", "past-spend"}};
  EXPECT_TRUE(is(Method::kModel, Method::kModel, kJoined)) << "each wins one of its figures";
  report.wins.push_back({"total_ratio", "rate"});
  EXPECT_TRUE(is(Method::kRate, Method::kModel, kJoined));
  report.wins.push_back({"top_fifth_capture", "past-spend"});
  EXPECT_TRUE(is(Method::kRate, Method::kPast, kJoined));
  for (const char* metric : {"top_tenth_capture", "top_fifth_capture", "value_ratio"}) report.wins.push_back({metric, "rate"});
  EXPECT_TRUE(is(Method::kRate, Method::kRate, kJoined));
}

class Facts : public ::testing::Test {
 protected:
  void SetUp() override { codes_.Intern(features::CodeKind::kCategory, "cd"); }
  CustomerFacts Of(const std::vector<Event>& events, Day as_of, Day fold = -features::kNever) {
    const CustomerState state = features::BuildState(events, fold, codes_);
    return FactReader().Read(state, as_of);
  }

  features::LocalCodeBook codes_;
};

TEST_F(Facts, OfOneDayAreOneTransactionAndReturnsTakeThemBack) {
  std::vector<Event> events = {OrderOf(1, 1, 100, 500), OrderOf(1, 2, 100, 700), OrderOf(1, 3, 103, 900), OrderOf(1, 4, 110, 400)};
  events.push_back({.customer_id = "1", .event_id = "r", .event_time = 111 * kSecondsPerDay, .day = 111});
  events.back().fact = features::Refund{.order_id = "3", .amount = 900};
  const CustomerFacts before = Of(events, 110), after = Of(events, 114);
  EXPECT_EQ(before.history.repeats, 2) << "as of a day before the return the order still counted";
  EXPECT_EQ(after.history.repeats, 1);
  EXPECT_DOUBLE_EQ(after.history.recency, 10 / 7.0);
  EXPECT_DOUBLE_EQ(after.history.age, 2);
  EXPECT_EQ(after.net.total, 1600);
  EXPECT_EQ(after.net.spend().transactions, 1);
  EXPECT_DOUBLE_EQ(after.net.spend().mean, 400) << "without the first day";
  EXPECT_DOUBLE_EQ(after.median_gap_days, 10);
}

TEST_F(Facts, BeginWithTheFirstOrderDayOfTheLastYearWhateverIsFolded) {
  std::vector<Event> events;
  for (Day day = 0; day <= 700; day += 10) events.push_back(OrderOf(1, day, day, 1000, 600));
  const CustomerFacts whole = Of(events, 705), folded = Of(events, 705, 705 - 365);
  EXPECT_EQ(whole.history.repeats, 35);  // 350 to 700; 340 is 365 days back
  EXPECT_DOUBLE_EQ(whole.history.age, 355 / 7.0);
  EXPECT_EQ(whole.margin.total, 36 * 400);
  EXPECT_EQ(folded.history.repeats, whole.history.repeats);
  EXPECT_EQ(folded.history.log_gap_sum, whole.history.log_gap_sum);
  EXPECT_EQ(folded.margin.repeat_total, whole.margin.repeat_total);
}

TEST_F(Facts, OfSomebodySilentForAYearAreItsLastOrderAlone) {
  const CustomerFacts facts = Of({OrderOf(1, 1, 100, 500), OrderOf(1, 2, 120, 500)}, 620, 620 - 365);
  EXPECT_TRUE(facts.ever_ordered);
  EXPECT_TRUE(facts.days.empty());
  EXPECT_EQ(facts.history.repeats, 0);
  EXPECT_DOUBLE_EQ(facts.history.age, 500 / 7.0);
}

BaseFit WeeklyFit() {
  BaseFit fit{.version = 3, .parameters = {.k = 3, .r = 3, .alpha = 0.8, .a = 0.6, .b = 30}, .value_kind = ValueKind::kMargin, .mean_value = 300};
  fit.potential = {.categories = 10, .spend_per_month = 100'000, .new_product_share = 0.2, .customers = 100};
  return fit;
}

TEST_F(Facts, OrdersWithoutCostsHaveNoValueWhereOthersAreValuedByMargin) {
  const auto ltv = [&](ValueKind kind, std::optional<features::Fen> cost) {
    BaseFit fit = WeeklyFit();
    fit.value_kind = kind;
    std::vector<Event> events;
    for (Day day = 0; day < 100; day += 7) events.push_back(cost ? OrderOf(1, day, day, 1000, *cost) : OrderOf(1, day, day, 1000));
    features::FittedValues out;
    Forecaster::Create(fit, codes_).value().Evaluate(Of(events, 100), {}, -1, features::kAllFitted, out);
    EXPECT_FALSE(features::IsMissing(out[Fitted::kExpectedOrders90d]));
    return out[Fitted::kLtv365d];
  };
  EXPECT_TRUE(features::IsMissing(ltv(ValueKind::kMargin, std::nullopt))) << "the mean of others says nothing of it";
  EXPECT_GT(ltv(ValueKind::kMargin, 600), 0);
  EXPECT_GT(ltv(ValueKind::kNetSpend, std::nullopt), 0);
}

TEST_F(Facts, WithoutAnyOrderHaveNoForecast) {
  const Forecaster forecaster = Forecaster::Create(WeeklyFit(), codes_).value();
  features::FittedValues out;
  forecaster.Evaluate(Of({}, 100), {}, -1, features::kAllFitted, out);
  for (const double value : out.values) EXPECT_TRUE(features::IsMissing(value));
}

TEST_F(Facts, OfAWeeklyBuyerAreDueInAWeekAndFadeWithSilence) {
  std::vector<Event> events;
  for (Day day = 0; day <= 350; day += 7) events.push_back(OrderOf(1, day, day, 1000, 600));
  const Forecaster forecaster = Forecaster::Create(WeeklyFit(), codes_).value();
  features::FittedValues now, later;
  forecaster.Evaluate(Of(events, 350), {}, -1, features::kAllFitted & ~features::Only(Fitted::kPotentialIndex), now);
  forecaster.Evaluate(Of(events, 380), {}, -1, features::kAllFitted & ~features::Only(Fitted::kPotentialIndex), later);
  EXPECT_GT(now[Fitted::kPAlive], 0.9);
  EXPECT_NEAR(now[Fitted::kNextOrderDays], 7, 1);
  EXPECT_NEAR(now[Fitted::kExpectedOrders90d], 90 / 7.0, 1.5);
  EXPECT_NEAR(now[Fitted::kLtv365d], forecaster.ExpectedOrders(Of(events, 350), 365) * (51 * 400 + 300) / 52, 1)
      << "without a Gamma-Gamma: its own mean and one more day of the base's";
  EXPECT_LT(later[Fitted::kPAlive], 0.2);
  EXPECT_LT(later[Fitted::kLtv365d], 0.3 * now[Fitted::kLtv365d]);
}

TEST_F(Facts, CanBeForecastByBaselines) {
  std::vector<Event> events;
  for (Day day = 0; day <= 70; day += 7) events.push_back(OrderOf(1, day, day, 1000, 600));
  BaseFit fit = WeeklyFit();
  fit.methods = {Method::kRate, Method::kPast};
  features::FittedValues out;
  Forecaster::Create(fit, codes_)->Evaluate(Of(events, 140), {}, -1, features::kAllFitted, out);
  EXPECT_NEAR(out[Fitted::kExpectedOrders90d], 10 / 20.0 * 90 / 7, 1e-6);
  EXPECT_EQ(out[Fitted::kLtv365d], 11 * 400);
  fit.methods.value = Method::kRate;
  Forecaster::Create(fit, codes_)->Evaluate(Of(events, 140), {}, -1, features::kAllFitted, out);
  EXPECT_EQ(out[Fitted::kLtv365d], std::round(11 * 400 / 20.0 * 365 / 7));
}

TEST_F(Facts, LeaveRoomWhereOthersHaveMore) {
  BaseFit fit = WeeklyFit();
  const int32_t canteen = codes_.Intern(features::CodeKind::kSegment, "canteen");
  fit.potential_by_segment["canteen"] = {.categories = 4, .spend_per_month = 50'000, .new_product_share = 0.5, .customers = 60};
  const Forecaster forecaster = Forecaster::Create(fit, codes_).value();
  features::FeatureValues values;
  values[Feature::kCategoryCount365d] = 5;
  values[Feature::kNetSpendPerMonth365d] = 25'000;
  values[Feature::kNewProductShare90d] = 0.1;
  const PotentialParts base = forecaster.Potential(values, -1), segment = forecaster.Potential(values, canteen);
  EXPECT_DOUBLE_EQ(base.categories, 0.5);
  EXPECT_DOUBLE_EQ(base.spend, 0.75);
  EXPECT_DOUBLE_EQ(base.new_products, 0.5);
  EXPECT_DOUBLE_EQ(segment.categories, 0) << "five of four";
  EXPECT_DOUBLE_EQ(segment.spend, 0.5);
  const CustomerFacts facts = Of({OrderOf(1, 1, 100, 500)}, 100);
  features::FittedValues out;
  forecaster.Evaluate(facts, values, -1, features::kAllFitted, out);
  EXPECT_NEAR(out[Fitted::kPotentialIndex], forecaster.PAlive(facts) * (0.4 * 0.5 + 0.4 * 0.75 + 0.2 * 0.5), 1e-9);
  values[Feature::kNewProductShare90d] = features::kMissing;
  forecaster.Evaluate(facts, values, -1, features::kAllFitted, out);
  EXPECT_NEAR(out[Fitted::kPotentialIndex], forecaster.PAlive(facts) * (0.4 * 0.5 + 0.4 * 0.75) / 0.8, 1e-9) << "unknown, not zero";
}

}  // namespace
}  // namespace rung::forecast
