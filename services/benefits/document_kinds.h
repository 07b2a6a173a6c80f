// Benefit plans and coupon definitions as documents: how they are checked, and that they take effect at once.
#pragma once

#include <functional>
#include <string>

#include "libs/base/clock.h"
#include "libs/base/day.h"
#include "libs/lifecycle/document_kind.h"
#include "rung/benefits/v1/benefit_plan.pb.h"
#include "services/benefits/published.h"

namespace rung::benefits_service {

/// Codes of a ladder's tiers, best first; empty: no such ladder.
using TiersOf = std::function<std::vector<std::string>(std::string_view ladder_id)>;

struct KindParts {
  Published& published;
  const Clock& clock;
  const BusinessZone& zone;
  TiersOf tiers_of;
  std::string currency;  ///< the installation's

  Day Today() const { return zone.DayOf(clock.NowSeconds()); }
};

/// Thread-safe.
class BenefitPlanKind final : public lifecycle::DocumentKind {
 public:
  explicit BenefitPlanKind(KindParts parts) : parts_(std::move(parts)) {}

  std::string name() const override { return kPlanKind; }
  const google::protobuf::Message& prototype() const override { return benefits::v1::BenefitPlan::default_instance(); }
  std::string IdOf(const google::protobuf::Message& document) const override;
  /// Warns, beside the lint, of tiers that the plan and its ladder don't share (a plan may be published before its ladder),
  /// of a second plan that leaves nobody a default, and of another currency than the installation's.
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;
  absl::Status Published(Deadline deadline) override { return parts_.published.Reload(deadline); }

 private:
  const KindParts parts_;
};

/// Thread-safe.
class CouponKind final : public lifecycle::DocumentKind {
 public:
  explicit CouponKind(KindParts parts) : parts_(std::move(parts)) {}

  std::string name() const override { return kCouponKind; }
  const google::protobuf::Message& prototype() const override { return benefits::v1::CouponDefinition::default_instance(); }
  std::string IdOf(const google::protobuf::Message& document) const override;
  std::vector<lifecycle::Finding> Check(const google::protobuf::Message& document) const override;
  absl::Status Published(Deadline deadline) override { return parts_.published.Reload(deadline); }

 private:
  const KindParts parts_;
};

}  // namespace rung::benefits_service
