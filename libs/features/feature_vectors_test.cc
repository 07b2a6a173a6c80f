// The published worked cases: events -> features.
#include <gtest/gtest.h>

#include <cmath>

#include "libs/features/feature_evaluator.h"
#include "libs/features/state_builder.h"
#include "tests/support/vectors.h"

namespace rung::features {
namespace {

using nlohmann::json;

// Feature values of the vectors as they stand in the file: integers exact, doubles to 1e-12 relative.
void ExpectValue(const json& expected, double actual, std::string_view name) {
  if (expected.is_null()) {
    EXPECT_TRUE(IsMissing(actual)) << name << " = " << actual;
  } else if (expected.is_number_integer()) {
    EXPECT_EQ(expected.get<int64_t>(), actual) << name;
  } else {
    const double value = expected.get<double>();
    EXPECT_NEAR(value, actual, 1e-12 * std::fabs(value)) << name;
  }
}

class FeatureVectorsTest : public ::testing::Test {
 protected:
  testing::FeatureVectors vectors_ = testing::LoadFeatureVectors();
  LocalCodeBook codes_;

  void SetUp() override {
    ASSERT_EQ(vectors_.customers.size(), 60u);
    for (const auto& customer : vectors_.customers) testing::InternWords(customer.events, codes_);
  }

  void ExpectAll(const testing::VectorCustomer& customer, const CustomerState& state) {
    FeatureEvaluator evaluator(codes_, kAllSources);
    FeatureValues values;
    evaluator.Evaluate(state, vectors_.as_of, values);
    int compared = 0;
    for (const auto& [name, expected] : customer.expected.items()) {
      if (name == "top_category_365d") {
        EXPECT_EQ(expected.is_null() ? "" : expected.get<std::string>(),
                  codes_.Word(CodeKind::kCategory, values.top_category));
      } else if (const FeatureDefinition* definition = FindFeature(name)) {
        ExpectValue(expected, values[definition->feature], name);
      } else {
        const int32_t code = codes_.Find(CodeKind::kOutsideValue, name);
        const AttributeValue* value = state.Latest(kFirstOutside + code, vectors_.as_of);
        ExpectValue(expected, value == nullptr ? kMissing : value->value, name);
      }
      ++compared;
    }
    EXPECT_GE(compared, 48);
  }
};

TEST_F(FeatureVectorsTest, MatchWhenBuiltFromScratch) {
  for (const auto& customer : vectors_.customers) {
    SCOPED_TRACE(customer.customer_id);
    ExpectAll(customer, BuildState(customer.events, -kNever, codes_));
  }
}

TEST_F(FeatureVectorsTest, MatchWhenOldOrdersAreFolded) {
  for (const auto& customer : vectors_.customers) {
    SCOPED_TRACE(customer.customer_id);
    const CustomerState state = BuildState(customer.events, vectors_.as_of - kWindowDays, codes_);
    ExpectAll(customer, state);
    std::string bytes;
    EncodeState(state, bytes);
    CustomerState decoded;
    ASSERT_TRUE(DecodeState(bytes, decoded).ok());
    EXPECT_EQ(decoded, state);
  }
}

}  // namespace
}  // namespace rung::features
