// Fits of the stored base, and what they do: features, decisions, outlooks. On the published CDNOW customers.
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <map>
#include <thread>

#include "rung/grading/v1/retention.grpc.pb.h"
#include "tests/support/customer_base_data.h"
#include "tests/support/error_details.h"
#include "tests/support/eventually.h"
#include "tests/support/installation.h"
#include "tests/support/refused_inserts.h"
#include "tests/support/suite_at.h"

namespace rung::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kEnd[] = "1997-09-30";

class RetentionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation({.business_time = "1997-10-01T12:00:00+08:00"});
    stub_ = v1::RetentionService::NewStub(installation_->channel()).release();
    std::vector<v1::Event> events;
    for (const stats::Purchase& purchase : LoadPurchases("tests/data/customer_base/cdnow/elog.csv.gz", "amount")) {
      if (purchase.day > *ParseDay(kEnd)) continue;
      const std::string id = "e" + std::to_string(events.size());
      events.push_back(OrderEvent(IdOf(purchase.customer), id, FormatDay(purchase.day), std::max<int64_t>(2, std::llround(purchase.value * 100))));
    }
    installation_->Ingest(events);
  }
  static void TearDownTestSuite() {
    delete stub_;
    delete installation_;
  }

  static std::string IdOf(int64_t customer) { return "cd-" + std::to_string(customer); }

  static grpc::Status Fit(const v1::FitBaseRequest& request, v1::BaseFit& fit) {
    v1::FitBaseResponse response;
    const grpc::Status status = stub_->FitBase(Within(60'000).get(), request, &response);
    fit = response.fit();
    return status;
  }
  static v1::BaseFit Fit(const std::string& request_id) {
    v1::FitBaseRequest request;
    request.set_request_id(request_id);
    request.set_as_of_date(kEnd);
    request.set_author("li");
    v1::BaseFit fit;
    const grpc::Status status = Fit(request, fit);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return fit;
  }
  static v1::Outlook Outlook(const std::string& customer) {
    v1::GetOutlookRequest request;
    request.set_customer_id(customer);
    request.set_as_of_date(kEnd);
    v1::GetOutlookResponse response;
    const grpc::Status status = stub_->GetOutlook(Within(10'000).get(), request, &response);
    EXPECT_TRUE(status.ok()) << customer << ": " << status.error_message();
    return response.outlook();
  }
  static std::map<std::string, double> Features(const std::string& customer, int32_t* fit_version = nullptr) {
    v1::GetFeaturesRequest request;
    request.set_customer_id(customer);
    request.set_as_of_date(kEnd);
    v1::GetFeaturesResponse response;
    EXPECT_TRUE(installation_->features().GetFeatures(Within(10'000).get(), request, &response).ok());
    std::map<std::string, double> values;
    for (const v1::FeatureValue& value : response.features()) {
      if (value.has_number()) {
        EXPECT_TRUE(values.emplace(value.name(), value.number()).second) << value.name() << " twice";
      }
    }
    if (fit_version != nullptr) *fit_version = response.fit_version();
    return values;
  }

  static inline Installation* installation_;
  static inline v1::RetentionService::Stub* stub_;
};

TEST_F(RetentionTest, FitOfTheStoredBaseIsThePublishedOne) {
  const v1::BaseFit fit = Fit("published");
  EXPECT_EQ(fit.customer_count(), 2'357);
  EXPECT_EQ(fit.k(), 1);
  EXPECT_NEAR(fit.r(), 0.525, 0.00525);
  EXPECT_NEAR(fit.alpha(), 6.183, 0.06183);
  EXPECT_NEAR(fit.a(), 0.891, 0.00891);
  EXPECT_NEAR(fit.b(), 1.614, 0.01614);
  EXPECT_NEAR(fit.orders().log_likelihood(), -9582.136, 0.01);
  EXPECT_TRUE(fit.orders().converged());
  EXPECT_EQ(fit.value_kind(), v1::VALUE_KIND_MARGIN);
  EXPECT_EQ(fit.author(), "li");
  EXPECT_EQ(fit.as_of_date(), kEnd);
}

TEST_F(RetentionTest, AReportBesideTheBaselinesComesWithTheFit) {
  const v1::BaseFit fit = Fit("holdout");
  ASSERT_EQ(fit.holdout().holdouts_size(), 3) << fit.holdout().note();
  EXPECT_EQ(fit.holdout().holdouts(0).holdout_end_date(), kEnd);
  std::vector<std::string> methods;
  for (const v1::HoldoutMethod& method : fit.holdout().methods()) methods.push_back(method.name());
  EXPECT_THAT(methods, ElementsAre("mbg-cnbd", "rate", "past-spend", "recency", "churn-rule", "p-alive"));
  std::map<std::string, std::map<std::string, double>> figures;  // by metric and method
  for (const v1::HoldoutMethod& method : fit.holdout().methods()) {
    for (const auto& [metric, value] : method.metrics()) figures[metric][method.name()] = value;
  }
  ASSERT_EQ(fit.holdout().baseline_wins_size(), 1);
  const v1::BaselineWin& win = fit.holdout().baseline_wins(0);
  EXPECT_EQ(win.metric(), "spearman");
  EXPECT_EQ(win.baseline(), "rate");
  EXPECT_EQ(win.baseline_value(), figures["spearman"]["rate"]);
  EXPECT_EQ(win.model_value(), figures["spearman"]["mbg-cnbd"]);
  EXPECT_GT(win.baseline_value(), win.model_value() + 0.01);
  EXPECT_GT(figures["auc"]["recency"], figures["auc"]["churn-rule"] + 0.01) << "one day's silence is like another's in this base";
  EXPECT_EQ(fit.holdout().best_order_method(), v1::FORECAST_METHOD_MODEL);
  EXPECT_EQ(fit.holdout().best_churn_measure(), v1::CHURN_MEASURE_RECENCY);
  for (const v1::Holdout& holdout : fit.holdout().holdouts()) {
    int64_t warned_of = 0, gone = 0;
    for (const v1::EarlyWarning& warning : holdout.warnings()) {
      warned_of += warning.customer_count();
      gone += warning.gone_count();
    }
    EXPECT_EQ(warned_of, holdout.customer_count());
    EXPECT_EQ(gone, holdout.customer_count() - holdout.buyer_count());
  }
}

TEST_F(RetentionTest, OutlooksAreWhatTheFeaturesSay) {
  const v1::BaseFit fit = Fit("features");
  const v1::Outlook outlook = Outlook(IdOf(1));
  int32_t version = 0;
  const auto values = Features(IdOf(1), &version);
  EXPECT_EQ(version, outlook.fit_version());
  EXPECT_GE(version, fit.version());
  EXPECT_EQ(values.at("p_alive"), outlook.p_alive());
  EXPECT_EQ(values.at("expected_orders_90d"), outlook.expected_orders_90d());
  EXPECT_EQ(values.at("ltv_365d"), static_cast<double>(outlook.ltv_365d_minor()));
  EXPECT_EQ(values.at("next_order_days"), outlook.next_order_days());
  EXPECT_EQ(values.at("potential_index"), outlook.potential_index());
  EXPECT_EQ(*ParseDay(outlook.next_order_date()), *ParseDay(kEnd) + outlook.next_order_days());
}

TEST_F(RetentionTest, AnOutsideValueGoesBeforeTheFittedOne) {
  Fit("outside");
  v1::Event event;
  event.set_customer_id(IdOf(2));
  event.set_event_id("supplied");
  event.mutable_event_time()->set_seconds(*ParseDay(kEnd) * kSecondsPerDay);
  event.mutable_outside_value()->set_name("ltv_365d");
  event.mutable_outside_value()->set_value(123'456);
  const double fitted = Features(IdOf(2)).at("ltv_365d");
  installation_->Ingest({event});
  EXPECT_NE(fitted, 123'456);
  EXPECT_EQ(Features(IdOf(2)).at("ltv_365d"), 123'456);
  const v1::Outlook outlook = Outlook(IdOf(2));
  EXPECT_EQ(outlook.ltv_365d_minor(), 123'456);
  EXPECT_THAT(outlook.outside_values(), ElementsAre("ltv_365d"));
}

TEST_F(RetentionTest, BatchAndRealTimeGradeWithTheSameBitsAndReplay) {
  const v1::BaseFit fit = Fit("grading");
  const v1::RegradeRun run = installation_->Regrade("fitted", kEnd, true);
  EXPECT_EQ(run.state(), v1::RUN_STATE_DONE);
  int compared = 0;
  for (int64_t customer = 1; customer <= 60; ++customer) {
    const std::string id = IdOf(customer);
    v1::GradeCustomerRequest dry;
    dry.set_customer_id(id);
    dry.set_ladder_id("meicai-rfmp");
    dry.set_as_of_date(kEnd);
    v1::GradeCustomerResponse graded;
    if (!installation_->regrades().GradeCustomer(Within(10'000).get(), dry, &graded).ok()) continue;
    v1::ReplayTierRequest replay;
    replay.set_customer_id(id);
    replay.set_ladder_id("meicai-rfmp");
    v1::ReplayTierResponse replayed;
    ASSERT_TRUE(installation_->explanations().ReplayTier(Within(10'000).get(), replay, &replayed).ok()) << id;
    EXPECT_TRUE(replayed.matches()) << id;
    EXPECT_EQ(replayed.stored().score_milli(), graded.score_milli()) << id << ": the batch's score and that of one customer";
    ++compared;
  }
  EXPECT_GT(compared, 10);
  v1::ExplainTierRequest explain;
  explain.set_customer_id(IdOf(1));
  explain.set_ladder_id("meicai-rfmp");
  v1::ExplainTierResponse explained;
  ASSERT_TRUE(installation_->explanations().ExplainTier(Within(10'000).get(), explain, &explained).ok());
  EXPECT_GE(explained.explanation().fit_version(), fit.version());
  const v1::BaseFit next = Fit("real time");
  installation_->Ingest({OrderEvent(IdOf(1), "under the next fit", kEnd, 2'000)});
  ASSERT_TRUE(installation_->explanations().ExplainTier(Within(10'000).get(), explain, &explained).ok());
  EXPECT_EQ(explained.explanation().fit_version(), next.version()) << "an order is graded by the fit in force";
  explain.set_ladder_id("kuailv");
  ASSERT_TRUE(installation_->explanations().ExplainTier(Within(10'000).get(), explain, &explained).ok());
  EXPECT_EQ(explained.explanation().fit_version(), 0) << "the model uses no fitted feature";
}

TEST_F(RetentionTest, FitsAreNumberedAndTheSameRequestIsTheSameFit) {
  const v1::BaseFit first = Fit("again"), second = Fit("again"), other = Fit("another");
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(second, first));
  EXPECT_EQ(other.version(), first.version() + 1);
  EXPECT_EQ(other.r(), first.r()) << "the same base gives the same bits";
  EXPECT_EQ(other.b(), first.b());
  v1::ListBaseFitsRequest list;
  list.set_page_size(2);
  v1::ListBaseFitsResponse fits;
  ASSERT_TRUE(stub_->ListBaseFits(Within(10'000).get(), list, &fits).ok());
  ASSERT_EQ(fits.fits_size(), 2);
  EXPECT_EQ(fits.fits(0).version(), other.version());
  EXPECT_EQ(fits.fits(1).version(), first.version());
  EXPECT_NE(installation_->Sql("SELECT count(*) FROM audit_entry WHERE action = 'FIT_BASE'"), "0");
}

TEST_F(RetentionTest, ARequestIdMakesOneFitAndRefusesToStandForAnother) {
  v1::FitBaseRequest request;
  request.set_request_id("one fit");
  request.set_as_of_date(kEnd);
  request.set_author("li");
  request.set_order_method(v1::FORECAST_METHOD_MODEL);
  request.set_value_method(v1::FORECAST_METHOD_RATE);
  request.set_without_holdout(true);
  v1::BaseFit first, again;
  ASSERT_TRUE(Fit(request, first).ok());
  ASSERT_TRUE(Fit(request, again).ok());
  EXPECT_EQ(again.version(), first.version());
  const auto other = [&](auto change) {
    v1::FitBaseRequest changed = request;
    change(changed);
    v1::BaseFit fit;
    return Fit(changed, fit);
  };
  EXPECT_EQ(ReasonOf(other([](v1::FitBaseRequest& r) { r.set_author("wang"); })), "REQUEST_ID_REUSED");
  EXPECT_EQ(ReasonOf(other([](v1::FitBaseRequest& r) { r.set_as_of_date("1997-09-29"); })), "REQUEST_ID_REUSED");
  EXPECT_EQ(ReasonOf(other([](v1::FitBaseRequest& r) { r.set_order_method(v1::FORECAST_METHOD_RATE); })), "REQUEST_ID_REUSED");
  EXPECT_EQ(ReasonOf(other([](v1::FitBaseRequest& r) { r.set_without_holdout(false); })), "REQUEST_ID_REUSED");
  const grpc::Status refused = other([](v1::FitBaseRequest& r) { r.set_value_method(v1::FORECAST_METHOD_PAST); });
  EXPECT_EQ(ReasonOf(refused), "REQUEST_ID_REUSED");
  EXPECT_THAT(refused.error_message(), HasSubstr("orders by model, values by rate, churn joined, without holdouts"));
  EXPECT_EQ(ReasonOf(other([](v1::FitBaseRequest& r) { r.set_churn_measure(v1::CHURN_MEASURE_RECENCY); })), "REQUEST_ID_REUSED");
  request.set_request_id("the model for values again");
  request.set_value_method(v1::FORECAST_METHOD_MODEL);
  ASSERT_TRUE(Fit(request, first).ok());
}

TEST_F(RetentionTest, FitsOnlyGrow) {
  Fit("grows");
  EXPECT_EQ(installation_->SqlState("SET ROLE rung_service; DELETE FROM base_fit"), "42501");
  EXPECT_EQ(installation_->SqlState("SET ROLE rung_service; UPDATE base_fit SET body = ''"), "42501");
  EXPECT_EQ(installation_->SqlState("UPDATE base_fit SET body = ''"), "23001") << "nor can the owner";
}

TEST_F(RetentionTest, BaselinesAreUsedWhenTheServiceIsToldSo) {
  v1::FitBaseRequest request;
  request.set_request_id("baseline");
  request.set_as_of_date(kEnd);
  request.set_order_method(v1::FORECAST_METHOD_RATE);
  request.set_value_method(v1::FORECAST_METHOD_PAST);
  request.set_churn_measure(v1::CHURN_MEASURE_RECENCY);
  request.set_without_holdout(true);
  v1::BaseFit fit;
  ASSERT_TRUE(Fit(request, fit).ok());
  EXPECT_EQ(fit.holdout().holdouts_size(), 0);
  const auto values = Features(IdOf(1));
  EXPECT_EQ(values.at("ltv_365d"), values.at("gross_margin_365d")) << "the last year comes again";
  for (int64_t customer = 1; customer <= 20; ++customer) {
    const v1::Outlook outlook = Outlook(IdOf(customer));
    EXPECT_EQ(outlook.churn_measure(), v1::CHURN_MEASURE_RECENCY);
    EXPECT_DOUBLE_EQ(outlook.usual_gap_days(), fit.base_gap_days()) << "the same days for everybody";
    EXPECT_DOUBLE_EQ(outlook.retention(), 1 / std::max(1.0, outlook.days_silent() / fit.base_gap_days()));
  }
  request.set_request_id("as before");
  request.clear_order_method();
  request.clear_value_method();
  request.clear_churn_measure();
  ASSERT_TRUE(Fit(request, fit).ok());
  EXPECT_EQ(fit.value_method(), v1::FORECAST_METHOD_PAST) << "without a word it stays as it is";
  EXPECT_EQ(fit.churn_measure(), v1::CHURN_MEASURE_RECENCY);
  request.set_request_id("the model again");
  request.set_order_method(v1::FORECAST_METHOD_MODEL);
  request.set_value_method(v1::FORECAST_METHOD_MODEL);
  request.set_churn_measure(v1::CHURN_MEASURE_JOINED);
  ASSERT_TRUE(Fit(request, fit).ok());
  EXPECT_EQ(Outlook(IdOf(1)).churn_measure(), v1::CHURN_MEASURE_JOINED);
  EXPECT_NE(Features(IdOf(1)).at("ltv_365d"), values.at("ltv_365d"));
}

TEST_F(RetentionTest, WrongRequestsAreNamedFieldByField) {
  v1::FitBaseRequest request;
  request.set_as_of_date("1990-01-01");
  request.set_order_method(v1::FORECAST_METHOD_PAST);
  v1::BaseFit fit;
  const grpc::Status status = Fit(request, fit);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(DetailsOf(status).violations, ElementsAre(std::pair<std::string, std::string>("request_id", "REQUIRED"),
                                                        std::pair<std::string, std::string>("as_of_date", "OUT_OF_RANGE"),
                                                        std::pair<std::string, std::string>("order_method", "UNKNOWN_VALUE")));
}

// Of a base whose customers come each week, each on a weekday of its own.
TEST(RefitSchedule, RenewsAFitOnTimeOnceAndMakesUpForItOnItsDay) {
  Installation installation({.presets = false});
  std::vector<v1::Event> events;
  for (int c = 0; c < 40; ++c) {
    for (int week = 0; week < 4 + c % 9; ++week) {
      const Day day = *ParseDay("2026-03-20") - 7 * week - (c + week * c) % 5;
      events.push_back(OrderEvent("c" + std::to_string(c), "e" + std::to_string(week), FormatDay(day), 10'000 + 500 * c + 100 * week));
    }
  }
  installation.Ingest(events);
  const auto fits = [&] { return std::stoi(installation.Sql("SELECT count(*) FROM base_fit")); };
  const auto become = [&](int count) { return Eventually(30'000, [&] { return fits() == count; }); };
  const auto stay = [&](int count) {
    std::this_thread::sleep_for(std::chrono::seconds(3));  // it looks at its schedule every two
    return fits() == count;
  };
  {
    const SuiteAt suite(installation, "2026-04-06T15:00:00+08:00");  // a Monday
    EXPECT_TRUE(stay(0)) << "the first fit is somebody's decision";
  }
  {
    const SuiteAt suite(installation, "2026-04-07T15:00:00+08:00");
    v1::FitBaseRequest request;
    request.set_request_id("first");
    v1::FitBaseResponse response;
    const grpc::Status status = v1::RetentionService::NewStub(suite.channel())->FitBase(Within(30'000).get(), request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_TRUE(stay(1)) << "it is Tuesday";
  }
  {
    const SuiteAt suite(installation, "2026-04-13T01:29:52+08:00");
    EXPECT_EQ(fits(), 1) << "too early";
    ASSERT_TRUE(become(2));
    EXPECT_EQ(installation.Sql("SELECT author || ' ' || as_of FROM base_fit ORDER BY fit_version DESC LIMIT 1"), "schedule 2026-04-12");
    EXPECT_TRUE(stay(2)) << "once a week";
  }
  {
    const SuiteAt suite(installation, "2026-04-13T15:00:00+08:00");
    EXPECT_TRUE(stay(2)) << "a restart doesn't fit again";
  }
  {
    const SuiteAt suite(installation, "2026-04-20T15:00:00+08:00");
    ASSERT_TRUE(become(3)) << "no process was up in the night";
  }
  auto refused = std::make_unique<RefusedInserts>(installation, "base_fit");
  const SuiteAt suite(installation, "2026-04-27T15:00:00+08:00");
  ASSERT_TRUE(Eventually(30'000, [&] { return refused->tried(); }));
  refused.reset();
  EXPECT_TRUE(become(4)) << "what failed in passing is tried again";
}

TEST(RetentionOfAnEmptyBase, IsRefusedAndChangesNothing) {
  Installation installation({.presets = false});
  const auto stub = v1::RetentionService::NewStub(installation.channel());
  v1::FitBaseRequest request;
  request.set_request_id("empty");
  v1::FitBaseResponse response;
  EXPECT_EQ(ReasonOf(stub->FitBase(Within(30'000).get(), request, &response)), "BASE_TOO_SMALL");
  v1::GetBaseFitResponse fit;
  EXPECT_EQ(ReasonOf(stub->GetBaseFit(Within(10'000).get(), {}, &fit)), "NO_FIT");
  installation.Ingest({OrderEvent("once", "e1", "2026-03-01", 10'000)});
  v1::GetOutlookRequest outlook;
  outlook.set_customer_id("once");
  v1::GetOutlookResponse answer;
  EXPECT_EQ(ReasonOf(stub->GetOutlook(Within(10'000).get(), outlook, &answer)), "NO_FIT");
  EXPECT_EQ(ReasonOf(stub->FitBase(Within(30'000).get(), request, &response)), "BASE_TOO_SMALL") << "nobody has come back";
}

}  // namespace
}  // namespace rung::testing
