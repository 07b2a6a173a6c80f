#include "libs/forecast/retention_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rung::forecast {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

RetentionPolicy Policy() {
  RetentionPolicy policy;
  RetentionRule& call = policy.rules.emplace_back();
  call.rule_id = "call the best";
  call.when.risks = {stats::ChurnRisk::kHigh, stats::ChurnRisk::kLost};
  call.when.tiers = {"diamond"};
  call.when.least_value_fen = 1'000'000;
  call.texts = {{"zh", "电话回访"}, {"en", "call"}};
  call.again_after_days = 60;
  RetentionRule& coupon = policy.rules.emplace_back();
  coupon.rule_id = "win back";
  coupon.when.risks = {stats::ChurnRisk::kHigh};
  coupon.coupon_id = "win-back";
  RetentionRule& welcome = policy.rules.emplace_back();
  welcome.rule_id = "welcome";
  welcome.when.most_order_days = 2;
  welcome.when.most_tenure_days = 30;
  welcome.coupon_id = "second-order";
  policy.limit_actions = 1;
  policy.limit_days = 30;
  return policy;
}

std::string RuleFor(const RetentionFacts& facts) {
  static const RetentionPolicy policy = Policy();
  const RetentionRule* rule = FirstFitting(policy, facts);
  return rule == nullptr ? "" : rule->rule_id;
}

TEST(RetentionRules, TheFirstThatFitsCounts) {
  EXPECT_EQ(RuleFor({.risk = stats::ChurnRisk::kHigh, .tier = "diamond", .order_days = 40, .tenure_days = 300, .value_fen = 1'000'000}), "call the best");
  EXPECT_EQ(RuleFor({.risk = stats::ChurnRisk::kHigh, .tier = "diamond", .order_days = 40, .tenure_days = 300, .value_fen = 999'999}), "win back");
  EXPECT_EQ(RuleFor({.risk = stats::ChurnRisk::kHigh, .tier = "gold", .order_days = 1, .tenure_days = 9}), "win back");
  EXPECT_EQ(RuleFor({.risk = stats::ChurnRisk::kLost, .tier = "gold", .order_days = 40, .tenure_days = 300}), "");
}

TEST(RetentionRules, NewCustomersAreNewByBothBounds) {
  EXPECT_EQ(RuleFor({.order_days = 2, .tenure_days = 30}), "welcome");
  EXPECT_EQ(RuleFor({.order_days = 3, .tenure_days = 30}), "");
  EXPECT_EQ(RuleFor({.order_days = 2, .tenure_days = 31}), "");
}

TEST(RetentionRules, WhoseManagerOrRegionIsUnknownIsInNoneOfThem) {
  RetentionPolicy policy = Policy();
  policy.rules[1].when.account_managers = {"wang"};
  policy.rules[1].when.regions = {"north"};
  EXPECT_EQ(FirstFitting(policy, {.risk = stats::ChurnRisk::kHigh, .order_days = 9, .tenure_days = 99}), nullptr);
  EXPECT_NE(FirstFitting(policy, {.risk = stats::ChurnRisk::kHigh, .region = "north", .account_manager = "wang", .order_days = 9, .tenure_days = 99}), nullptr);
}

TEST(RetentionRules, ATagIsEnoughAndAllOfThemMustBeThere) {
  RetentionPolicy policy = Policy();
  policy.rules[2].when = {.tags = {"large-purchase", "good-credit"}};
  ASSERT_THAT(Validate(policy), IsEmpty());
  EXPECT_EQ(FirstFitting(policy, {.tags = {"large-purchase"}}), nullptr);
  ASSERT_NE(FirstFitting(policy, {.tags = {"good-credit", "new", "large-purchase"}}), nullptr);
}

TEST(RetentionPolicies, ReachBackAsFarAsTheirLongestPause) {
  EXPECT_EQ(Policy().FarthestDays(), 60);
  EXPECT_EQ(Policy().AgainDays(Policy().rules[0]), 60);
  EXPECT_EQ(Policy().AgainDays(Policy().rules[1]), 30) << "the limit's days";
}

TEST(RetentionPolicies, NameEverythingThatIsWrong) {
  EXPECT_THAT(Validate(Policy()), IsEmpty());
  RetentionPolicy policy = Policy();
  policy.limit_actions = 0;
  policy.limit_days = 400;
  policy.actions_per_day = -1;
  policy.rules[0].texts = {{"fr", "rappeler"}};
  policy.rules[1].when = {};
  policy.rules[1].coupon_id.clear();
  policy.rules[2].rule_id = "win back";
  policy.rules[2].when.most_order_days = 0;
  policy.rules[2].again_after_days = 367;
  std::vector<std::string> found;
  for (const Violation& violation : Validate(policy)) found.push_back(violation.field + " " + violation.reason);
  EXPECT_THAT(found, ElementsAre("rules[0].task.texts[fr] UNKNOWN_VALUE", "rules[1].when REQUIRED", "rules[1].action REQUIRED",
                                 "rules[2].when.most_order_days OUT_OF_RANGE", "rules[2].again_after_days OUT_OF_RANGE", "rules[2].rule_id DUPLICATE",
                                 "limit.actions OUT_OF_RANGE", "limit.days OUT_OF_RANGE", "actions_per_day OUT_OF_RANGE"));
  EXPECT_FALSE(Validate({}).empty());
}

}  // namespace
}  // namespace rung::forecast
