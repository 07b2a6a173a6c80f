// Weights and bounds proposed from a base whose truth is known: what a customer brings next quarter depends on how often it
// orders, and on nothing else.
#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>

#include "libs/base/day.h"
#include "rung/grading/v1/calibration.grpc.pb.h"
#include "rung/grading/v1/simulation.grpc.pb.h"
#include "tests/support/error_details.h"
#include "tests/support/installation.h"

namespace rung::testing {
namespace {

constexpr int kCustomers = 1000;
constexpr int kMonths = 10;

class CalibrateTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation();  // on March 31, 2026
    const Day start = ParseDay("2025-06-03").value();
    std::vector<v1::Event> events;
    for (int c = 0; c < kCustomers; ++c) {
      for (int month = 0; month < kMonths; ++month) {
        for (int o = 0; o < OrdersAMonth(c); ++o) {
          const Day day = start + 30 * month + (11 * c + 5 * o) % 30;
          events.push_back(OrderEvent(Customer(c), fmt::format("o-{}-{}", month, o), FormatDay(day), 10'000));
        }
      }
    }
    installation_->Ingest(events);
  }
  static void TearDownTestSuite() { delete installation_; }

  static std::string Customer(int c) { return fmt::format("c{:04}", c); }
  static int OrdersAMonth(int c) { return 1 + c % 6; }
  static const char* LabelOf(int c) { return OrdersAMonth(c) >= 5 ? "gold" : OrdersAMonth(c) >= 3 ? "silver" : "bronze"; }

  // Nearly all of the score is when a customer ordered last, which says little.
  static v1::Model Misjudging() {
    v1::Model model = ReadModel("kuailv");
    model.set_model_id("misjudging");
    model.clear_dimensions();
    model.clear_benchmarks();
    const auto add = [&](const char* name, const char* feature, double weight, double from, double to) {
      auto& dimension = *model.add_dimensions();
      dimension.set_name(name);
      dimension.set_weight(weight);
      dimension.set_missing(v1::MISSING_POLICY_ZERO);
      auto& factor = *dimension.add_factors();
      factor.set_feature(feature);
      for (const auto& [x, y] : {std::pair(0.0, from), std::pair(100.0, to)}) {
        auto& knot = *factor.mutable_normaliser()->mutable_knots()->add_knots();
        knot.set_x(x);
        knot.set_y(y);
      }
    };
    add("recency", "recency_days", 0.95, 100, 0);
    add("orders", "orders_365d", 0.05, 0, 100);
    return model;
  }

  static grpc::Status Calibrate(const v1::CalibrateModelRequest& request, v1::CalibrationResult& result) {
    auto context = Within(120'000);
    auto reader = v1::CalibrationService::NewStub(installation_->channel())->CalibrateModel(context.get(), request);
    v1::CalibrateModelResponse message;
    std::vector<std::string> phases;
    while (reader->Read(&message)) {
      if (phases.empty() || phases.back() != message.phase()) phases.push_back(message.phase());
    }
    const grpc::Status status = reader->Finish();
    if (status.ok()) {
      EXPECT_THAT(phases, ::testing::ElementsAre("reading", "fitting", "done"));
      result = message.result();
    }
    return status;
  }

  static inline Installation* installation_;
};

TEST_F(CalibrateTest, ProposesADraftThatForetellsLaterMarginAndCanBeSimulated) {
  for (const v1::CalibrationOutcome outcome : {v1::CALIBRATION_OUTCOME_MARGIN, v1::CALIBRATION_OUTCOME_RETENTION}) {
    v1::CalibrateModelRequest request;
    *request.mutable_model() = Misjudging();
    request.set_outcome(outcome);
    v1::CalibrationResult result;
    const grpc::Status status = Calibrate(request, result);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(result.training_date(), "2025-09-30");
    EXPECT_EQ(result.training_outcome_until_date(), "2025-12-29");
    EXPECT_EQ(result.later_date(), "2025-12-30");
    EXPECT_EQ(result.later_outcome_until_date(), "2026-03-30");
    EXPECT_EQ(result.later_customer_count(), kCustomers);
    if (outcome == v1::CALIBRATION_OUTCOME_RETENTION) {
      EXPECT_FALSE(result.learnt()) << "everybody stayed";
      EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(result.model(), request.model()));
      continue;
    }
    EXPECT_TRUE(result.learnt());
    EXPECT_EQ(result.measure(), v1::CALIBRATION_MEASURE_SPEARMAN);
    EXPECT_EQ(result.verdict(), v1::CALIBRATION_VERDICT_BETTER) << result.note_en();
    EXPECT_GT(result.after(), 0.95);
    EXPECT_GT(result.after(), result.before() + 0.1);
    ASSERT_EQ(result.weights_size(), 2);
    EXPECT_NEAR(result.weights(0).before(), 0.95, 1e-9);
    EXPECT_GT(result.weights(1).after(), 0.8);
    EXPECT_NEAR(result.weights(0).after() + result.weights(1).after(), 1, 1e-9);
    EXPECT_THAT(result.note_zh(), ::testing::HasSubstr("比现有模型好"));

    v1::SimulateModelRequest simulate;
    *simulate.mutable_model() = result.model();
    auto context = Within(60'000);
    auto reader = v1::SimulationService::NewStub(installation_->channel())->SimulateModel(context.get(), simulate);
    v1::SimulateModelResponse message;
    while (reader->Read(&message)) continue;
    EXPECT_TRUE(reader->Finish().ok());
    EXPECT_EQ(message.result().customer_count(), kCustomers);
  }
}

TEST_F(CalibrateTest, LearnsTheTiersThatPeopleGave) {
  v1::CalibrateModelRequest request;
  *request.mutable_model() = Misjudging();
  for (int c = 0; c < kCustomers; ++c) {
    auto& label = *request.mutable_labels()->add_labels();
    label.set_customer_id(Customer(c));
    label.set_tier_code(LabelOf(c));
  }
  auto& stranger = *request.mutable_labels()->add_labels();
  stranger.set_customer_id("stranger");
  stranger.set_tier_code("gold");
  v1::CalibrationResult result;
  const grpc::Status status = Calibrate(request, result);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(result.measure(), v1::CALIBRATION_MEASURE_ACCURACY);
  EXPECT_EQ(result.unknown_label_count(), 1);
  EXPECT_EQ(result.training_customer_count() + result.later_customer_count(), kCustomers);
  EXPECT_EQ(result.verdict(), v1::CALIBRATION_VERDICT_BETTER) << result.note_en();
  EXPECT_GT(result.after(), result.before());
}

TEST_F(CalibrateTest, TheCommandReadsLabelsAndWritesAModel) {
  const std::string folder = installation_->folder();
  std::ofstream labels(folder + "/labels.csv");
  labels << "customer_id,tier_code\n";
  for (int c = 0; c < kCustomers; ++c) labels << Customer(c) << "," << LabelOf(c) << "\n";
  labels.close();
  const auto run = [&](const std::string& arguments) {
    const int status = std::system(fmt::format("{}/rungctl --server {} --timeout 60 {} >{}/out 2>{}/err", RUNG_BINARY_DIR, installation_->address(), arguments, folder, folder).c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  const std::string out = folder + "/proposed.json";
  ASSERT_EQ(run("--lang zh model calibrate kuailv-rfmpl --labels " + folder + "/labels.csv --out " + out), 0);
  EXPECT_EQ(run("model validate " + out), 0);
  EXPECT_EQ(run("model calibrate kuailv-rfmpl --labels " + folder + "/none.csv"), 2);
  EXPECT_EQ(run("model calibrate meicai --outcome margin"), 1);
}

TEST_F(CalibrateTest, WhatCannotBeCalibratedIsNamed) {
  v1::CalibrationResult result;
  v1::CalibrateModelRequest request;
  EXPECT_EQ(DetailsOf(Calibrate(request, result)).ViolationOf("goal"), "REQUIRED");
  request.set_horizon_days(7);
  request.set_sample_count(10);
  for (const char* tier : {"wood", "gold"}) {
    auto& label = *request.mutable_labels()->add_labels();
    label.set_customer_id(Customer(1));
    label.set_tier_code(tier);
  }
  const auto wrong = DetailsOf(Calibrate(request, result));
  EXPECT_EQ(wrong.ViolationOf("horizon_days"), "OUT_OF_RANGE");
  EXPECT_EQ(wrong.ViolationOf("sample_count"), "OUT_OF_RANGE");
  EXPECT_EQ(wrong.ViolationOf("labels.labels[0].tier_code"), "UNKNOWN_TIER");
  EXPECT_EQ(wrong.ViolationOf("labels.labels[1].customer_id"), "DUPLICATE");
  v1::CalibrateModelRequest rules;
  rules.set_model_id("meicai");
  rules.set_outcome(v1::CALIBRATION_OUTCOME_MARGIN);
  EXPECT_EQ(DetailsOf(Calibrate(rules, result)).reason, "NOT_CALIBRATABLE");
  v1::CalibrateModelRequest few;
  few.mutable_labels()->add_labels()->set_customer_id(Customer(1));
  few.mutable_labels()->mutable_labels(0)->set_tier_code("gold");
  EXPECT_EQ(DetailsOf(Calibrate(few, result)).reason, "NOT_CALIBRATABLE");
}

}  // namespace
}  // namespace rung::testing
