// A population in memory answers the same with and without the members that no comparison would miss.
#include "services/grading/frozen_base.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rung::grading {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

FrozenBase MaximaOnly() {
  FrozenBase base;
  base.numbers = {10, 20, 30, 40};
  base.maxima = {{5, 9, 7, kMissing}, {3, kMissing, 3, 1}};
  for (const auto& column : base.maxima) {
    scoring::TopTwo& top = base.population.maxima.emplace_back();
    for (const double value : column) {
      if (!std::isnan(value)) top.Add(value);
    }
  }
  return base;
}

TEST(FrozenBase, KeepsOnlyHoldersOfAMaximumWhenNothingElseIsCompared) {
  const FrozenBase whole = MaximaOnly();
  FrozenBase lean = whole;
  lean.DropIdleMembers();
  EXPECT_EQ(lean.numbers, (std::vector<int64_t>{10, 20, 30}));
  for (const int64_t number : {10, 20, 30, 40, 50}) {
    const auto own = whole.SelfOf(CustomerNumber{number}), kept = lean.SelfOf(CustomerNumber{number});
    for (size_t m = 0; m < whole.maxima.size(); ++m) {
      const scoring::TopTwo& top = whole.population.maxima[m];
      const double others = m < own.maxima.size() ? top.Without(own.maxima[m]) : top.first;
      EXPECT_EQ(m < kept.maxima.size() ? top.Without(kept.maxima[m]) : top.first, others) << number << " maximum " << m;
    }
  }
}

TEST(FrozenBase, KeepsEveryMemberWhoIsRankedOrScored) {
  for (const bool ranked : {true, false}) {
    FrozenBase base = MaximaOnly();
    if (ranked) {
      base.ranked = {{1, 2, 3, 4}};
    } else {
      base.scores = {1, 2, 3, 4};
    }
    base.DropIdleMembers();
    EXPECT_EQ(base.numbers.size(), 4u);
  }
}

}  // namespace
}  // namespace rung::grading
