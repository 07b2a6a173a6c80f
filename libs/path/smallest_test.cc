#include "libs/path/smallest.h"

#include <gtest/gtest.h>

#include <random>

namespace rung::path {
namespace {

TEST(SmallestReaching, IsTheExactBoundWhenMoreIsBetter) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2000; ++round) {
    const int64_t step = 1 + random() % 200, high = 1 + random() % 100'000'000, bound = random() % 120'000'000;
    const auto found = SmallestReaching(0, high, step, [&](int64_t x) { return x >= bound; });
    const int64_t expected = (bound + step - 1) / step * step;
    if (expected > high) {
      EXPECT_FALSE(found.has_value());
    } else {
      EXPECT_EQ(found, expected) << bound << " in steps of " << step;
    }
  }
}

TEST(SmallestReaching, FindsAStretchThatEndsAgainBeforeALargerOne) {
  // 5,000 to 9,000 reaches, then nothing until 400,000: halving the range would end at 400,000.
  const auto reaches = [](int64_t x) { return (x >= 5'000 && x <= 9'000) || x >= 400'000; };
  EXPECT_EQ(SmallestReaching(0, 1'000'000, 1, reaches), 5'000);
}

TEST(SmallestReaching, NeverGivesAnAmountWhoseStepBelowReaches) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 500; ++round) {
    const uint64_t salt = random();
    const auto reaches = [&](int64_t x) { return x > 20 && ((static_cast<uint64_t>(x) / 37 * 0x9e3779b97f4a7c15) ^ salt) % 5 == 0; };
    const auto found = SmallestReaching(0, 100'000, 1, reaches);
    ASSERT_TRUE(found.has_value());
    EXPECT_TRUE(reaches(*found));
    EXPECT_FALSE(*found > 0 && reaches(*found - 1));
  }
}

TEST(SmallestReaching, AsksFewQuestions) {
  int asked = 0;
  SmallestReaching(100, 100'000'000, 100, [&](int64_t x) { return ++asked, x >= 77'777'700; });
  EXPECT_LT(asked, 200);
}

TEST(SmallestReaching, HasNoAnswerInAnEmptyRange) {
  EXPECT_FALSE(SmallestReaching(10, 5, 1, [](int64_t) { return true; }).has_value());
  EXPECT_EQ(SmallestReaching(5, 5, 1, [](int64_t) { return true; }), 5);
  EXPECT_FALSE(SmallestReaching(5, 5, 1, [](int64_t) { return false; }).has_value());
}

}  // namespace
}  // namespace rung::path
