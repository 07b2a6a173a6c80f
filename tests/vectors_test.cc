// The published worked cases from end to end: events in by ingest, shuffled and repeated; features, scores and tiers out
// over the API.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "libs/wire/event_mapping.h"
#include "tests/support/installation.h"
#include "tests/support/vectors.h"

namespace rung::testing {
namespace {

using nlohmann::json;

constexpr char kAsOf[] = "2026-03-31";
const std::vector<std::string> kPresets = {"kuailv", "kuailv-rfmpl", "kuailv-class", "meicai", "meicai-rfmp"};

class VectorsTest : public ::testing::Test {
 protected:
  // The vectors hold facts up to three weeks after the day of the features: the business clock stands behind them, and
  // nothing is published yet, so that the batch as of the day gives the first tiers.
  static void SetUpTestSuite() {
    installation_ = new Installation({.business_time = "2026-04-22T12:00:00+08:00", .presets = false});
    vectors_ = new FeatureVectors(LoadFeatureVectors());
    std::vector<v1::Event> events;
    for (const VectorCustomer& customer : vectors_->customers) {
      for (const features::Event& event : customer.events) wire::ToWire(event, events.emplace_back());
    }
    const size_t count = events.size();
    for (size_t i = 0; i < count; i += 3) events.push_back(events[i]);
    std::mt19937 random(20260331);
    std::shuffle(events.begin(), events.end(), random);
    installation_->Ingest(events);
    for (const std::string& preset : kPresets) Publish(preset);
    const v1::RegradeRun run = installation_->Regrade("vectors", kAsOf);
    ASSERT_EQ(run.state(), v1::RUN_STATE_DONE) << run.ShortDebugString();
    ASSERT_EQ(run.customer_count(), 60);
    ASSERT_EQ(run.first_count(), 60 * static_cast<int>(kPresets.size()));
  }
  static void TearDownTestSuite() {
    delete installation_;
    delete vectors_;
  }

  static void Publish(const std::string& preset) {
    v1::ApplyModelRequest request;
    request.set_request_id("publish-" + preset);
    *request.mutable_model() = ReadModel(preset);
    v1::ApplyModelResponse response;
    auto context = Within(10'000);
    const grpc::Status status = installation_->models().ApplyModel(context.get(), request, &response);
    ASSERT_TRUE(status.ok()) << preset << ": " << status.error_message();
  }

  static inline Installation* installation_;
  static inline FeatureVectors* vectors_;
};

TEST_F(VectorsTest, FeaturesComeOutAsPublished) {
  for (const VectorCustomer& customer : vectors_->customers) {
    SCOPED_TRACE(customer.customer_id);
    v1::GetFeaturesRequest request;
    request.set_customer_id(customer.customer_id);
    request.set_as_of_date(kAsOf);
    v1::GetFeaturesResponse response;
    auto context = Within(10'000);
    ASSERT_TRUE(installation_->features().GetFeatures(context.get(), request, &response).ok());
    std::map<std::string, v1::FeatureValue> values;
    for (const v1::FeatureValue& value : response.features()) values[value.name()] = value;
    for (const auto& [name, expected] : customer.expected.items()) {
      const v1::FeatureValue& actual = values[name];
      // What is missing, or left out, reads as 0 and as an empty text.
      ASSERT_EQ(actual.value_case(), expected.is_null()     ? v1::FeatureValue::kMissing
                                     : expected.is_string() ? v1::FeatureValue::kText
                                                            : v1::FeatureValue::kNumber) << name;
      if (expected.is_string()) {
        EXPECT_EQ(actual.text(), expected.get<std::string>()) << name;
      } else if (expected.is_number_integer()) {
        EXPECT_EQ(actual.number(), static_cast<double>(expected.get<int64_t>())) << name;
      } else if (expected.is_number()) {
        EXPECT_NEAR(actual.number(), expected.get<double>(), 1e-12 * std::fabs(expected.get<double>())) << name;
      }
    }
  }
}

TEST_F(VectorsTest, ScoresAndTiersComeOutAsPublishedOnEveryLadder) {
  const json vectors = LoadScoringVectors();
  int compared = 0;
  for (const json& customer : vectors["customers"]) {
    for (const std::string& preset : kPresets) {
      SCOPED_TRACE(customer["customer_id"].get<std::string>() + " " + preset);
      const v1::CustomerTier tier = installation_->GetTier(customer["customer_id"], preset).tier();
      EXPECT_EQ(tier.tier_code(), customer[preset]["tier"].get<std::string>());
      EXPECT_EQ(tier.score_milli(), customer[preset]["score_milli"].get<int>());
      EXPECT_TRUE(tier.graded());
      EXPECT_EQ(tier.version(), 1);
      EXPECT_EQ(tier.as_of_date(), kAsOf);
      ++compared;
    }
  }
  EXPECT_EQ(compared, 300);
}

TEST_F(VectorsTest, DimensionsOfADryGradingAreThePublishedOnes) {
  const json vectors = LoadScoringVectors();
  for (const json& customer : vectors["customers"]) {
    for (const std::string preset : {"kuailv", "kuailv-class"}) {
      SCOPED_TRACE(customer["customer_id"].get<std::string>() + " " + preset);
      v1::GradeCustomerRequest request;
      request.set_customer_id(customer["customer_id"]);
      request.set_ladder_id(preset);
      request.set_as_of_date(kAsOf);
      v1::GradeCustomerResponse response;
      auto context = Within(10'000);
      ASSERT_TRUE(installation_->regrades().GradeCustomer(context.get(), request, &response).ok());
      EXPECT_EQ(response.score_milli(), customer[preset]["score_milli"].get<int>());
      std::map<std::string, v1::GradedPart> parts;
      for (const v1::GradedPart& part : response.parts()) parts[part.name()] = part;
      const json& dimensions = customer[preset]["dimensions"];
      ASSERT_EQ(parts.size(), dimensions.size()) << response.ShortDebugString();
      for (const auto& [name, expected] : dimensions.items()) {
        ASSERT_TRUE(parts.contains(name)) << name << " is left out";
        ASSERT_EQ(parts[name].has_value(), !expected.is_null()) << name;
        if (!expected.is_null()) {
          EXPECT_NEAR(parts[name].value(), expected.get<double>(), 1e-9) << name;
        }
      }
    }
  }
}

TEST_F(VectorsTest, TheKeptStateEqualsARebuildFromTheEvents) {
  auto context = Within(60'000);
  const auto reader = installation_->features().AuditFeatures(context.get(), {});
  v1::AuditFeaturesResponse last;
  while (reader->Read(&last)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_TRUE(last.done());
  EXPECT_EQ(last.audited_count(), 60);
  EXPECT_EQ(last.differing_count(), 0) << last.ShortDebugString();
}

}  // namespace
}  // namespace rung::testing
