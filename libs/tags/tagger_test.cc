#include "libs/tags/tagger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace rung::tags {
namespace {

using scoring::Comparison;
using ::testing::ElementsAre;

const TagSet kSet{{
    {.tag_id = "all", .at_least = 2, .conditions = {{"a", Comparison::kAtLeast, 5}, {"b", Comparison::kLess, 2}}},
    {.tag_id = "any", .at_least = 1, .conditions = {{"b", Comparison::kAtMost, 0}, {"c", Comparison::kGreater, 1}}},
    {.tag_id = "two", .at_least = 2, .conditions = {{"a", Comparison::kGreater, 0}, {"b", Comparison::kGreater, 0}, {"c", Comparison::kGreater, 0}}},
}};

TEST(Tagger, AsksForEachFeatureOnce) { EXPECT_THAT(Tagger(kSet).features(), ElementsAre("a", "b", "c")); }

TEST(Tagger, TagsByAllAnyAndAtLeast) {
  const Tagger tagger(kSet);
  EXPECT_EQ(tagger.TagsOf(std::vector<double>{5, 1, 0}), 0b101U);
  EXPECT_EQ(tagger.TagsOf(std::vector<double>{5, 2, 0}), 0b100U);
  EXPECT_EQ(tagger.TagsOf(std::vector<double>{4.999, 0, 0}), 0b010U);
  EXPECT_EQ(tagger.TagsOf(std::vector<double>{-1, 3, 1.001}), 0b110U);
}

TEST(Tagger, NeverCountsAMissingFeature) {
  const Tagger tagger(kSet);
  EXPECT_EQ(tagger.TagsOf(std::vector<double>{NAN, NAN, NAN}), 0U);
  EXPECT_EQ(tagger.TagsOf(std::vector<double>{9, NAN, 2}), 0b110U);
}

TEST(Tagger, ShowsWhichConditionsHold) {
  EXPECT_THAT(Tagger(kSet).ConditionsHolding(2, std::vector<double>{1, NAN, 1}), ElementsAre(true, false, true));
}

TEST(Tagger, GivesColumnsTheTagsOfTheirRows) {
  std::mt19937 random(1);
  TagSet set = kSet;
  for (size_t i = set.tags.size(); i < kMaxTags; ++i) {  // every bit, the last one too
    set.tags.push_back({.tag_id = "t" + std::to_string(i), .at_least = 1,
                        .conditions = {{std::string(1, "abc"[i % 3]), static_cast<Comparison>(i % 4), static_cast<double>(i % 7)}}});
  }
  const Tagger tagger(set);
  constexpr size_t kRows = 2500;  // two blocks and a part
  std::vector<std::vector<double>> columns(3, std::vector<double>(kRows));
  for (auto& column : columns) {
    for (double& value : column) value = random() % 5 == 0 ? NAN : static_cast<double>(random() % 9) - 1;
  }
  const std::vector<const double*> pointers = {columns[0].data(), columns[1].data(), columns[2].data()};
  std::vector<TagBits> bits(kRows, ~TagBits{0});
  tagger.TagColumns(pointers, bits);
  for (size_t i = 0; i < kRows; ++i) {
    EXPECT_EQ(bits[i], tagger.TagsOf(std::vector<double>{columns[0][i], columns[1][i], columns[2][i]})) << i;
  }
}

}  // namespace
}  // namespace rung::tags
