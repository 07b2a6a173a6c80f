#include "libs/wire/tag_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "libs/features/feature.h"
#include "libs/tags/tagger.h"
#include "tests/support/vectors.h"

namespace rung::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

tags::TagSet ShippedTags() {
  std::ifstream file(testing::SourcePath("deploy/presets/tags/default.json"));
  std::stringstream text;
  text << file.rdbuf();
  const auto set = ParseTagSetJson(text.str());
  EXPECT_TRUE(set.ok()) << set.status();
  std::vector<Violation> violations;
  tags::TagSet mapped = FromWire(*set, violations);
  EXPECT_THAT(violations, IsEmpty());
  return mapped;
}

TEST(ShippedTags, AreValidAndNamedInBothLanguages) {
  const tags::TagSet set = ShippedTags();
  const auto violations = tags::Validate(set, [](std::string_view name) { return features::FindFeature(name) != nullptr; });
  for (const Violation& violation : violations) ADD_FAILURE() << violation.field << ": " << violation.message;
  for (const tags::Tag& tag : set.tags) {
    EXPECT_TRUE(tag.names.contains("zh") && tag.names.contains("en")) << tag.tag_id;
    EXPECT_TRUE(tag.descriptions.contains("zh") && tag.descriptions.contains("en")) << tag.tag_id;
  }
}

// How many of the 60 published worked cases have each tag, counted by a script of its own from the published feature
// values. They hold no listing days, so that nobody tries new products.
TEST(ShippedTags, FitTheCustomersOfTheWorkedCases) {
  const std::map<std::string, int> published = {
      {"bulk-buyer", 14}, {"churn-risk", 3}, {"diverse-buyer", 2}, {"dormant", 9},         {"frequent-buyer", 4}, {"good-terms", 1},
      {"growing", 4},     {"late-payer", 13}, {"many-returns", 1}, {"new-customer", 13}, {"new-product-fan", 0}, {"price-sensitive", 0}};
  const auto vectors = testing::LoadFeatureVectors();
  const tags::Tagger tagger(ShippedTags());
  std::map<std::string, int> counts;
  for (const auto& customer : vectors.customers) {
    std::vector<double> values;
    for (const std::string& name : tagger.features()) {
      const auto value = customer.expected.find(name);
      const bool known = value != customer.expected.end() && value->is_number();
      values.push_back(known ? value->get<double>() : features::kMissing);
    }
    const tags::TagBits bits = tagger.TagsOf(values);
    for (size_t i = 0; i < tagger.set().tags.size(); ++i) counts[tagger.set().tags[i].tag_id] += static_cast<int>(bits >> i & 1);
  }
  EXPECT_EQ(counts, published);
}

TEST(TagMapping, RefusesUnknownFieldsAndValuesByName) {
  EXPECT_THAT(std::string(ParseTagSetJson(R"({"tags": [{"tag": "x"}]})").status().message()), ::testing::HasSubstr("tag"));
  grading::v1::TagSet set;
  grading::v1::Tag& tag = *set.add_tags();
  tag.set_match(static_cast<grading::v1::Match>(9));
  tag.add_conditions()->set_comparison(static_cast<grading::v1::Comparison>(7));
  grading::v1::Tag& other = *set.add_tags();
  other.set_match(grading::v1::MATCH_ANY);
  other.set_at_least(2);
  std::vector<Violation> violations;
  FromWire(set, violations);
  std::vector<std::string> fields;
  for (const Violation& violation : violations) fields.push_back(violation.field + " " + violation.reason);
  EXPECT_THAT(fields, ElementsAre("tags[0].match UNKNOWN_VALUE", "tags[0].conditions[0].comparison UNKNOWN_VALUE",
                                  "tags[1].at_least MISMATCH"));
}

TEST(TagMapping, ReadsAllAnyAndAtLeast) {
  const auto set = ParseTagSetJson(R"({"tags": [
    {"tag_id": "a", "conditions": [{"feature": "x"}, {"feature": "y", "comparison": "COMPARISON_LESS", "value": 3}]},
    {"tag_id": "b", "match": "MATCH_ANY", "conditions": [{"feature": "x"}, {"feature": "y"}]},
    {"tag_id": "c", "match": "MATCH_AT_LEAST", "at_least": 2, "conditions": [{"feature": "x"}, {"feature": "y"}, {"feature": "z"}]}]})");
  ASSERT_TRUE(set.ok()) << set.status();
  std::vector<Violation> violations;
  const tags::TagSet mapped = FromWire(*set, violations);
  EXPECT_THAT(violations, IsEmpty());
  EXPECT_EQ(mapped.tags[0].at_least, 2);
  EXPECT_EQ(mapped.tags[0].conditions[0].comparison, scoring::Comparison::kAtLeast);
  EXPECT_EQ(mapped.tags[0].conditions[1].comparison, scoring::Comparison::kLess);
  EXPECT_EQ(mapped.tags[0].conditions[1].value, 3);
  EXPECT_EQ(mapped.tags[1].at_least, 1);
  EXPECT_EQ(mapped.tags[2].at_least, 2);
}

}  // namespace
}  // namespace rung::wire
