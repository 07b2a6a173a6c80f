// Published plans and coupon definitions, in memory: what is in force, and versions that quotes and coupons are pinned to.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/benefits/coupon.h"
#include "libs/benefits/entitlements.h"
#include "libs/storage/config_store.h"
#include "rung/benefits/v1/coupon.pb.h"

namespace rung::benefits_service {

inline constexpr char kPlanKind[] = "benefit-plan";
inline constexpr char kCouponKind[] = "coupon";
/// The plan for those who name none, when there is one of this name; else the only one.
inline constexpr char kDefaultPlan[] = "default";

struct PublishedPlan {
  std::shared_ptr<const benefits::Benefits> benefits;
  int32_t version = 0;
  bool by_traits = false;  ///< an override is for a region or a segment
};

struct PublishedCoupon {
  benefits::CouponDefinition definition;
  benefits::v1::CouponDefinition message;
  int32_t version = 0;
};

using PlanPtr = std::shared_ptr<const PublishedPlan>;
using CouponPtr = std::shared_ptr<const PublishedCoupon>;

/// Thread-safe.
class Published {
 public:
  explicit Published(storage::ConfigStore& config) : config_(config) {}

  /// Reads what is published, by whatever process. Keeps what it has when that fails. A document that this release can't read
  /// (a later one has published it) is told once and holds no other back: its last version that could be read stays in force,
  /// and without one nothing is under its id.
  absl::Status Reload(Deadline deadline);

  std::vector<std::string> PlanIds() const;
  /// What is in force; an empty id: the plan "default", or the only one. FAILED_PRECONDITION/NO_BENEFIT_PLAN.
  absl::StatusOr<PlanPtr> Plan(std::string_view plan_id) const;
  /// NOT_FOUND/VERSION_UNKNOWN, DOCUMENT_UNKNOWN.
  absl::StatusOr<PlanPtr> PlanAt(const std::string& plan_id, int32_t version, Deadline deadline);
  /// NOT_FOUND/COUPON_UNKNOWN.
  absl::StatusOr<CouponPtr> Coupon(std::string_view coupon_id) const;
  absl::StatusOr<CouponPtr> CouponAt(const std::string& coupon_id, int32_t version, Deadline deadline);

 private:
  template <typename Value>
  struct Shelf {
    std::map<std::string, std::shared_ptr<const Value>, std::less<>> current;  ///< nullptr: published, and not readable here
    std::map<std::string, int32_t> unreadable;  ///< versions by id
    std::map<std::pair<std::string, int32_t>, std::shared_ptr<const Value>> pinned;  ///< emptied when it is full
  };

  template <typename Value>
  absl::Status ReloadShelf(const char* kind, Shelf<Value>& shelf, Deadline deadline);
  template <typename Value>
  absl::StatusOr<std::shared_ptr<const Value>> At(const char* kind, Shelf<Value>& shelf, const std::string& id, int32_t version, Deadline deadline);

  storage::ConfigStore& config_;
  mutable std::mutex mutex_;
  Shelf<PublishedPlan> plans_;
  Shelf<PublishedCoupon> coupons_;
};

}  // namespace rung::benefits_service
