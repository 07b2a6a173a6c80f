#include "libs/path/habits.h"

#include <gtest/gtest.h>

#include "libs/path/actions.h"
#include "libs/path/base_for_test.h"

namespace rung::path {
namespace {

constexpr Day kToday = 20'543;

class HabitsTest : public ::testing::Test {
 protected:
  features::LocalCodeBook codes_;
  features::CustomerState state_;

  void Buy(const std::vector<features::Event>& events) {
    for (const char* category : {"leaf", "root", "fruit", "fish"}) codes_.Intern(features::CodeKind::kCategory, category);
    state_ = features::BuildState(events, -features::kNever, codes_);
  }
  Customer Known() const {
    return {.state = state_, .codes = codes_, .unreviewed_orders = {}, .open_invoices = {}, .known_categories = {"leaf", "root", "fruit", "fish"},
            .model_features = {}};
  }
};

TEST_F(HabitsTest, AreMediansOfRecentEffectiveOrders) {
  features::Event cancel = OrderOn("c", kToday - 1, 0);
  cancel.fact = features::Cancellation{"o4"};
  Buy({OrderOn("o1", kToday - 20, 30'000), OrderOn("o2", kToday - 13, 50'000), OrderOn("o3", kToday - 6, 90'000, "root"),
       OrderOn("o4", kToday - 2, 900'000), OrderOn("old", kToday - 365, 10), cancel});
  const Habits habits = HabitsOf(Known(), kToday);
  EXPECT_EQ(habits.order_value, 50'000);
  EXPECT_EQ(habits.gap_days, 7);
  EXPECT_EQ(habits.last_order, kToday - 6);
  ASSERT_EQ(habits.categories.size(), 2u);
  EXPECT_EQ(habits.categories[0].category, "root");
  EXPECT_EQ(habits.bought_once, std::vector<std::string>{"root"});
  EXPECT_EQ(habits.new_ones, (std::vector<std::string>{"fruit", "fish"}));
  EXPECT_EQ(UsualDays(habits, kToday, kToday + 20), (std::vector<Day>{kToday + 1, kToday + 8, kToday + 15}));
}

TEST_F(HabitsTest, OfANewcomerAreModest) {
  Buy({});
  const Habits habits = HabitsOf(Known(), kToday);
  EXPECT_EQ(habits.order_value, kDefaultOrderValue);
  EXPECT_EQ(UsualDays(habits, kToday, kToday + 7), (std::vector<Day>{kToday, kToday + 7}));
}

TEST(SplitByWeight, GivesEveryFenOnce) {
  EXPECT_EQ(SplitByWeight(100, {1, 1, 1}), (std::vector<Fen>{34, 33, 33}));
  EXPECT_EQ(SplitByWeight(7, {5'000'000'000'000, 1}), (std::vector<Fen>{7, 0}));
  EXPECT_EQ(SplitByWeight(0, {2, 3}), (std::vector<Fen>{0, 0}));
}

}  // namespace
}  // namespace rung::path
