#include "libs/tags/tag_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace rung::tags {
namespace {

using scoring::Comparison;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool IsFeature(std::string_view name) { return name == "aov_90d" || name == "orders_90d"; }

std::vector<std::string> Problems(const TagSet& set) {
  std::vector<std::string> problems;
  for (const Violation& violation : Validate(set, IsFeature)) problems.push_back(violation.field + " " + violation.reason);
  return problems;
}

Tag Of(std::vector<scoring::Condition> conditions, int at_least = -1) {
  const int all = static_cast<int>(conditions.size());
  return {.tag_id = "t", .at_least = at_least < 0 ? all : at_least, .conditions = std::move(conditions)};
}

TEST(Validate, AcceptsAGoodSet) {
  Tag tag = Of({{"aov_90d", Comparison::kAtLeast, 500'000}, {"orders_90d", Comparison::kGreater, 2}});
  tag.names = {{"zh", "大额采购"}, {"en", "Bulk buyer"}};
  EXPECT_THAT(Problems({{tag}}), IsEmpty());
}

TEST(Validate, NamesEveryFieldThatIsWrong) {
  Tag first = Of({{"aov_90d", Comparison::kAtLeast, NAN}, {"typo", Comparison::kAtLeast, 1}}, 3);
  first.tag_id = "Bulk Buyer";
  first.names = {{"zh", std::string("a\0b", 3)}};
  Tag second = Of({});
  Tag third = Of({{"aov_90d", Comparison::kAtLeast, 1}}, 0);
  EXPECT_THAT(Problems({{first, second, third}}),
              ElementsAre("tags[0].tag_id BAD_ID", "tags[0].names[\"zh\"] BAD_CHARACTER", "tags[0].at_least OUT_OF_RANGE",
                          "tags[0].conditions[0].value OUT_OF_RANGE", "tags[0].conditions[1].feature UNKNOWN_FEATURE",
                          "tags[1].conditions OUT_OF_RANGE", "tags[2].tag_id DUPLICATE", "tags[2].at_least OUT_OF_RANGE"));
}

TEST(Validate, RefusesTagsThatNobodyCanHave) {
  const Tag never = Of({{"aov_90d", Comparison::kLess, 3}, {"orders_90d", Comparison::kLess, 3}, {"aov_90d", Comparison::kGreater, 5}});
  const auto violations = Validate({{never}}, IsFeature);
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].field, "tags[0].conditions[2]");
  EXPECT_EQ(violations[0].reason, "CONTRADICTION");
  EXPECT_THAT(violations[0].message, HasSubstr("no aov_90d meets this"));
}

TEST(Validate, TellsTouchingBoundsFromContradictions) {
  EXPECT_THAT(Problems({{Of({{"aov_90d", Comparison::kAtLeast, 5}, {"aov_90d", Comparison::kAtMost, 5}})}}), IsEmpty());
  EXPECT_THAT(Problems({{Of({{"aov_90d", Comparison::kAtLeast, 5}, {"aov_90d", Comparison::kLess, 5}})}}),
              ElementsAre("tags[0].conditions[1] CONTRADICTION"));
  EXPECT_THAT(Problems({{Of({{"aov_90d", Comparison::kGreater, 5}, {"aov_90d", Comparison::kLess, 5}}, 1)}}), IsEmpty());
}

TEST(Validate, BoundsTheNumberOfTags) {
  TagSet set;
  EXPECT_THAT(Problems(set), ElementsAre("tags OUT_OF_RANGE"));
  for (int i = 0; i < 65; ++i) set.tags.push_back({.tag_id = "t" + std::to_string(i), .at_least = 1, .conditions = {{"aov_90d", Comparison::kLess, 1}}});
  EXPECT_THAT(Problems(set), ElementsAre("tags OUT_OF_RANGE"));
  set.tags.pop_back();
  EXPECT_THAT(Problems(set), IsEmpty());
}

}  // namespace
}  // namespace rung::tags
