// Explanations over a whole installation: what ExplainTier says is what grading does.
#include <gtest/gtest.h>

#include <numeric>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "libs/wire/event_mapping.h"
#include "tests/support/installation.h"
#include "tests/support/vectors.h"

namespace rung::testing {
namespace {

constexpr char kAsOf[] = "2026-03-31";
const std::vector<std::string> kPresets = {"kuailv", "kuailv-rfmpl", "kuailv-class", "meicai", "meicai-rfmp"};

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status envelope;
  google::rpc::ErrorInfo info;
  envelope.ParseFromString(status.error_details());
  for (const auto& any : envelope.details()) {
    if (any.UnpackTo(&info)) return info.reason();
  }
  return "";
}

class ExplainTierTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation_ = new Installation({.business_time = "2026-04-22T12:00:00+08:00"});
    vectors_ = new FeatureVectors(LoadFeatureVectors());
    std::vector<v1::Event> events;
    for (const VectorCustomer& customer : vectors_->customers) {
      for (const features::Event& event : customer.events) wire::ToWire(event, events.emplace_back());
    }
    installation_->Ingest(events);
    ASSERT_EQ(installation_->Regrade("base", kAsOf, true).state(), v1::RUN_STATE_DONE);
  }
  static void TearDownTestSuite() {
    delete installation_;
    delete vectors_;
  }

  static grpc::Status Explain(const std::string& customer, const std::string& ladder, const std::string& as_of,
                              v1::Explanation& out) {
    v1::ExplainTierRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id(ladder);
    request.set_as_of_date(as_of);
    v1::ExplainTierResponse response;
    auto context = Within(10'000);
    const grpc::Status status = installation_->explanations().ExplainTier(context.get(), request, &response);
    out = response.explanation();
    return status;
  }

  static v1::GradeCustomerResponse Grade(const std::string& customer, const std::string& ladder) {
    v1::GradeCustomerRequest request;
    request.set_customer_id(customer);
    request.set_ladder_id(ladder);
    request.set_as_of_date(kAsOf);
    v1::GradeCustomerResponse response;
    auto context = Within(10'000);
    EXPECT_TRUE(installation_->regrades().GradeCustomer(context.get(), request, &response).ok());
    return response;
  }

  static inline Installation* installation_;
  static inline FeatureVectors* vectors_;
};

TEST_F(ExplainTierTest, TheNumbersAddUpToTheGradedScoreOnEveryLadder) {
  const nlohmann::json published = LoadScoringVectors();
  for (const nlohmann::json& customer : published["customers"]) {
    for (const std::string& preset : kPresets) {
      SCOPED_TRACE(customer["customer_id"].get<std::string>() + " " + preset);
      v1::Explanation explained;
      ASSERT_TRUE(Explain(customer["customer_id"], preset, kAsOf, explained).ok());
      const v1::GradeCustomerResponse graded = Grade(customer["customer_id"], preset);
      EXPECT_EQ(explained.score_milli(), graded.score_milli());
      EXPECT_EQ(explained.computed_tier_code(), graded.computed_tier_code());
      EXPECT_EQ(explained.effective_tier_code(), graded.effective_tier_code());
      EXPECT_EQ(explained.current_tier_code(), graded.current_tier_code());
      if (preset == "kuailv" || preset == "kuailv-class") {
        EXPECT_EQ(explained.score_milli(), customer[preset]["score_milli"].get<int>());
      }
      int sum = 0;
      for (const auto& dimension : explained.dimensions()) sum += dimension.contribution_milli();
      for (const auto& criterion : explained.tiers(0).criteria()) sum += criterion.contribution_milli();
      EXPECT_EQ(sum, explained.base_milli());
      EXPECT_EQ(sum + explained.multiplier_effect_milli() + explained.clamp_effect_milli(), explained.score_milli());
      EXPECT_FALSE(explained.summary().zh().empty());
      EXPECT_GT(explained.breakdown_sentences_size(), 0);
      EXPECT_EQ(explained.next_tier_code().empty(), explained.effective_tier_code() == explained.tiers(0).tier_code());
    }
  }
}

TEST_F(ExplainTierTest, AProtectedTierIsExplainedByItsProtection) {
  const auto publish = [](double lift) {
    v1::ApplyModelRequest request;
    request.set_request_id("shielded-" + std::to_string(lift));
    *request.mutable_model() = ReadModel("kuailv");
    request.mutable_model()->set_model_id("shielded");
    for (int tier = 0; tier < 4; ++tier) request.mutable_model()->mutable_tiers(tier)->set_lower_bound(90 - 15 * tier + lift);
    v1::ApplyModelResponse response;
    auto context = Within(10'000);
    ASSERT_TRUE(installation_->models().ApplyModel(context.get(), request, &response).ok());
  };
  publish(0);
  std::vector<v1::Event> events;
  for (int i = 0; i < 10; ++i) events.push_back(OrderEvent("shielded", "s" + std::to_string(i), "2026-04-" + std::to_string(10 + i), 100'000));
  installation_->Ingest(events);
  installation_->Ingest({OrderEvent("shielded", "large", "2026-04-21", 80'000'000)});
  const std::string held = installation_->GetTier("shielded", "shielded").tier().tier_code();
  publish(9);
  v1::Explanation explained;
  ASSERT_TRUE(Explain("shielded", "shielded", "", explained).ok());
  ASSERT_NE(explained.computed_tier_code(), held);
  EXPECT_EQ(explained.effective_tier_code(), held);
  ASSERT_EQ(explained.stability_size(), 1);
  EXPECT_EQ(explained.stability(0).rule(), v1::STABILITY_RULE_PROTECTION);
  EXPECT_TRUE(explained.stability(0).decided());
  EXPECT_EQ(explained.stability(0).until_date(), "2026-07-22");
}

TEST_F(ExplainTierTest, AVoidProtectionIsExplainedByWhatWasTakenBack) {
  std::vector<v1::Event> events;
  for (int i = 0; i < 10; ++i) events.push_back(OrderEvent("shield", "s" + std::to_string(i), "2026-04-" + std::to_string(10 + i), 100'000));
  installation_->Ingest(events);
  const std::string before = installation_->GetTier("shield", "kuailv").tier().tier_code();
  installation_->Ingest({OrderEvent("shield", "large", "2026-04-21", 80'000'000)});
  const std::string after = installation_->GetTier("shield", "kuailv").tier().tier_code();
  ASSERT_NE(before, after);
  v1::Event cancel = OrderEvent("shield", "cancel", "2026-04-22", 0);
  cancel.mutable_cancellation()->set_order_id("large");
  installation_->Ingest({cancel});
  v1::Explanation explained;
  ASSERT_TRUE(Explain("shield", "kuailv", "", explained).ok());
  EXPECT_EQ(explained.computed_tier_code(), before);
  EXPECT_EQ(explained.effective_tier_code(), after);
  ASSERT_EQ(explained.stability_size(), 2);
  EXPECT_EQ(explained.stability(0).rule(), v1::STABILITY_RULE_PROTECTION_VOID);
  EXPECT_EQ(explained.stability(1).rule(), v1::STABILITY_RULE_DOWNGRADE_WAITS);
}

TEST_F(ExplainTierTest, WrongRequestsAreNamed) {
  v1::Explanation out;
  grpc::Status status = Explain("nobody", "", "", out);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(status), "CUSTOMER_UNKNOWN");
  const std::string customer = vectors_->customers[0].customer_id;
  EXPECT_EQ(ReasonOf(Explain(customer, "no-such-ladder", "", out)), "LADDER_UNKNOWN");
  status = Explain(customer, "", "2026-04-23", out);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(status.error_message().find("as_of_date"), std::string::npos) << status.error_message();
  EXPECT_EQ(Explain("", "", "", out).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ExplainTierTest, AComparingLadderWithoutAPopulationSaysSo) {
  v1::ApplyModelRequest request;
  request.set_request_id("another");
  *request.mutable_model() = ReadModel("meicai");
  request.mutable_model()->set_model_id("meicai-next");
  v1::ApplyModelResponse response;
  auto context = Within(10'000);
  ASSERT_TRUE(installation_->models().ApplyModel(context.get(), request, &response).ok());
  v1::Explanation out;
  const grpc::Status status = Explain(vectors_->customers[0].customer_id, "meicai-next", "", out);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "NO_POPULATION");
}

}  // namespace
}  // namespace rung::testing
