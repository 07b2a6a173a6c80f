// When a coupon may be used, and which definitions are refused.
#include "libs/benefits/coupon.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <set>

namespace rung::benefits {
namespace {

constexpr Day kIssued = 20'000;

CouponDefinition Good() {
  return {.terms = {.id = "c", .minimum = {5'000}, .amount_off = Fen{1'000}}, .currency = "CNY", .days = {kIssued - 5, kIssued + 30}};
}

std::string Shown(const std::vector<Violation>& violations) {
  std::set<std::string> lines;
  for (const Violation& violation : violations) lines.insert(violation.field + " " + violation.reason);
  return fmt::format("{}", fmt::join(lines, "; "));
}

TEST(Coupon, MayBeUsedFromItsIssueThroughTheEarlierOfItsEnds) {
  CouponDefinition coupon = Good();
  const auto on = [&](Day day) { return AnswerFor(coupon, std::nullopt, kIssued, day); };
  EXPECT_EQ(on(kIssued - 1), CouponAnswer::kNotYet);
  EXPECT_EQ(on(kIssued), CouponAnswer::kUsable);
  EXPECT_EQ(on(kIssued + 30), CouponAnswer::kUsable);
  EXPECT_EQ(on(kIssued + 31), CouponAnswer::kEnded);
  coupon.valid_days = 7;
  EXPECT_EQ(LastDayOf(coupon, kIssued), kIssued + 6);
  EXPECT_EQ(on(kIssued + 6), CouponAnswer::kUsable);
  EXPECT_EQ(on(kIssued + 7), CouponAnswer::kEnded);
  EXPECT_EQ(LastDayOf(coupon, kIssued + 28), kIssued + 30);
}

TEST(Coupon, OfATierNeedsThatTier) {
  CouponDefinition coupon = Good();
  coupon.tiers = {"gold", "diamond"};
  EXPECT_EQ(AnswerFor(coupon, "gold", kIssued, kIssued), CouponAnswer::kUsable);
  EXPECT_EQ(AnswerFor(coupon, "silver", kIssued, kIssued), CouponAnswer::kOtherTier);
  EXPECT_EQ(AnswerFor(coupon, std::nullopt, kIssued, kIssued), CouponAnswer::kTierUnknown);
}

TEST(Coupon, BadDefinitionsAreNamedByField) {
  EXPECT_EQ(Shown(Validate(Good())), "");
  CouponDefinition coupon = Good();
  coupon.terms.off = Bps{1'000};
  coupon.currency = "";
  coupon.days.until = kIssued - 6;
  coupon.valid_days = 0;
  coupon.budget = Fen{-1};
  EXPECT_EQ(Shown(Validate(coupon)), "budget_fen OUT_OF_RANGE; currency_code BAD_CURRENCY; reduction REQUIRED; until_date OUT_OF_ORDER; valid_days OUT_OF_RANGE");
}

TEST(Coupon, LintWarnsOfGoodsForNothingAndOfNothingToGive) {
  EXPECT_EQ(Shown(Lint(Good(), kIssued)), "");
  CouponDefinition coupon = Good();
  coupon.terms.minimum = {999};
  coupon.budget = Fen{999};
  coupon.issue_limit = 0;
  EXPECT_EQ(Shown(Lint(coupon, kIssued + 31)), "budget_fen NOBODY_CAN_USE; issue_limit NOBODY_CAN_USE; minimum_fen GOODS_FOR_NOTHING; until_date ENDED");
}

}  // namespace
}  // namespace rung::benefits
