// Benefit plans and entitlements between the wire and the benefits library.
#pragma once

#include <vector>

#include "libs/base/violation.h"
#include "libs/benefits/coupon.h"
#include "libs/benefits/description.h"
#include "libs/benefits/plan.h"
#include "rung/benefits/v1/benefit.pb.h"
#include "rung/benefits/v1/benefit_plan.pb.h"
#include "rung/benefits/v1/coupon.pb.h"

namespace rung::wire {

/// Maps a plan; what this release doesn't understand becomes a violation. What it understands is checked by
/// benefits::Validate.
benefits::Plan FromWire(const benefits::v1::BenefitPlan& in, std::vector<Violation>& violations);
benefits::v1::BenefitPlan ToWire(const benefits::Plan& in);

benefits::CouponDefinition FromWire(const benefits::v1::CouponDefinition& in, std::vector<Violation>& violations);
benefits::v1::CouponDefinition ToWire(const benefits::CouponDefinition& in);

void WriteBenefit(const benefits::Benefit& in, benefits::v1::Benefit* out);

/// With texts in `languages`; what is left of quotas is the caller's to add.
void WriteEntitlement(const benefits::Benefits& benefits, const benefits::Entitlement& in, const std::vector<pricing::Language>& languages,
                      benefits::v1::Entitlement* out);

}  // namespace rung::wire
