// What a coupon gives, to whom, when, and how often.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/violation.h"
#include "libs/benefits/plan.h"

namespace rung::benefits {

struct CouponDefinition {
  pricing::Coupon terms;  ///< what prices follow; its id is the definition's
  Names names;
  std::string currency;
  Days days;                       ///< on which it may be used
  std::vector<std::string> tiers;  ///< that may use it; empty: all
  std::optional<int32_t> valid_days;  ///< from issue on, the day of issue included
  std::optional<Fen> budget;          ///< of all uses together
  std::optional<int64_t> issues_per_customer;
  std::optional<int64_t> issue_limit;
};

enum class CouponAnswer : uint8_t { kUsable, kNotYet, kEnded, kOtherTier, kTierUnknown };

/// Last day on which a coupon issued on `issued` may be used; nullopt: open.
std::optional<Day> LastDayOf(const CouponDefinition& definition, Day issued);

/// Whether a coupon issued on `issued` may be used by a customer of this tier (unset: unknown) on that day. Coupons for
/// all tiers need none.
CouponAnswer AnswerFor(const CouponDefinition& definition, const std::optional<std::string>& tier, Day issued, Day day);

/// Paths are those of rung.benefits.v1.CouponDefinition.
std::vector<Violation> Validate(const CouponDefinition& definition);

/// Warnings: ended, nothing to give, goods for nothing.
std::vector<Violation> Lint(const CouponDefinition& definition, Day today);

}  // namespace rung::benefits
