#include "services/benefits/published.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/lifecycle/unreadable.h"
#include "libs/wire/benefit_mapping.h"

namespace rung::benefits_service {
namespace {

constexpr size_t kMaxPinned = 1'000;

template <typename Message>
absl::StatusOr<Message> Parse(const storage::VersionRow& row) {
  Message message;
  if (!google::protobuf::util::JsonStringToMessage(row.body_json, &message).ok()) {
    return InternalError("stored {} {} version {} doesn't parse", row.key.kind, row.key.document_id, row.version);
  }
  return message;
}

absl::Status Unreadable(const storage::VersionRow& row, const Violation& violation) {
  return InternalError("stored {} {} version {} doesn't load: {}: {}", row.key.kind, row.key.document_id, row.version, violation.field, violation.message);
}

absl::Status Load(const storage::VersionRow& row, PlanPtr& out) {
  RUNG_ASSIGN_OR_RETURN(const auto message, Parse<benefits::v1::BenefitPlan>(row));
  std::vector<Violation> violations;
  benefits::Plan plan = wire::FromWire(message, violations);
  if (!violations.empty()) return Unreadable(row, violations[0]);
  const bool by_traits = std::any_of(plan.overrides.begin(), plan.overrides.end(), [](const benefits::Override& item) {
    return !item.audience.regions.empty() || !item.audience.segments.empty();
  });
  out = std::make_shared<PublishedPlan>(PublishedPlan{benefits::Benefits::Build(std::move(plan)), row.version, by_traits});
  return absl::OkStatus();
}

absl::Status Load(const storage::VersionRow& row, CouponPtr& out) {
  RUNG_ASSIGN_OR_RETURN(auto message, Parse<benefits::v1::CouponDefinition>(row));
  std::vector<Violation> violations;
  benefits::CouponDefinition definition = wire::FromWire(message, violations);
  if (!violations.empty()) return Unreadable(row, violations[0]);
  out = std::make_shared<PublishedCoupon>(PublishedCoupon{std::move(definition), std::move(message), row.version});
  return absl::OkStatus();
}

}  // namespace

absl::Status Published::Reload(Deadline deadline) {
  absl::Status status = ReloadShelf(kPlanKind, plans_, deadline);
  status.Update(ReloadShelf(kCouponKind, coupons_, deadline));
  return status;
}

template <typename Value>
absl::Status Published::ReloadShelf(const char* kind, Shelf<Value>& shelf, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const auto rows, config_.Current(kind, deadline));
  for (const storage::VersionRow& row : rows) {
    {
      std::lock_guard lock(mutex_);
      const auto found = shelf.current.find(row.key.document_id);
      if (found != shelf.current.end() && found->second != nullptr && found->second->version >= row.version) continue;
      if (const auto known = shelf.unreadable.find(row.key.document_id); known != shelf.unreadable.end() && known->second >= row.version) continue;
    }
    std::shared_ptr<const Value> value;
    const absl::Status loaded = Load(row, value);
    std::lock_guard lock(mutex_);
    auto& current = shelf.current[row.key.document_id];
    if (!loaded.ok()) {
      shelf.unreadable[row.key.document_id] = row.version;
      lifecycle::TellUnreadable(loaded, current == nullptr ? 0 : current->version);
      continue;
    }
    if (current == nullptr || current->version < row.version) current = std::move(value);
  }
  return absl::OkStatus();
}

template <typename Value>
absl::StatusOr<std::shared_ptr<const Value>> Published::At(const char* kind, Shelf<Value>& shelf, const std::string& id, int32_t version, Deadline deadline) {
  {
    std::lock_guard lock(mutex_);
    const auto current = shelf.current.find(id);
    if (current != shelf.current.end() && current->second != nullptr && current->second->version == version) return current->second;
    const auto pinned = shelf.pinned.find({id, version});
    if (pinned != shelf.pinned.end()) return pinned->second;
  }
  RUNG_ASSIGN_OR_RETURN(const storage::VersionRow row, config_.GetVersion({kind, id}, version, deadline));
  std::shared_ptr<const Value> value;
  RUNG_RETURN_IF_ERROR(Load(row, value));
  std::lock_guard lock(mutex_);
  if (shelf.pinned.size() >= kMaxPinned) shelf.pinned.clear();
  shelf.pinned[{id, version}] = value;
  return value;
}

std::vector<std::string> Published::PlanIds() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, plan] : plans_.current) ids.push_back(id);
  return ids;
}

absl::StatusOr<PlanPtr> Published::Plan(std::string_view plan_id) const {
  std::lock_guard lock(mutex_);
  auto found = plans_.current.find(plan_id.empty() ? kDefaultPlan : plan_id);
  if (plan_id.empty() && plans_.current.size() == 1) found = plans_.current.begin();
  if (found != plans_.current.end() && found->second != nullptr) return found->second;
  if (found != plans_.current.end()) return WithReason(FailedPreconditionError("{}", lifecycle::Unreadable("benefit plan", found->first)), "NO_BENEFIT_PLAN");
  if (plan_id.empty() && !plans_.current.empty()) {
    return WithReason(FailedPreconditionError("{} benefit plans are published and none is called \"{}\": name one in plan_id, or publish the usual one under that id", plans_.current.size(), kDefaultPlan),
                      "NO_BENEFIT_PLAN");
  }
  const std::string which = plan_id.empty() ? "no benefit plan" : fmt::format("no benefit plan \"{}\"", Shorten(plan_id, 80));
  return WithReason(FailedPreconditionError("{} has been published; see rungctl benefits publish", which), "NO_BENEFIT_PLAN");
}

absl::StatusOr<PlanPtr> Published::PlanAt(const std::string& plan_id, int32_t version, Deadline deadline) {
  return At(kPlanKind, plans_, plan_id, version, deadline);
}

absl::StatusOr<CouponPtr> Published::Coupon(std::string_view coupon_id) const {
  std::lock_guard lock(mutex_);
  const auto found = coupons_.current.find(coupon_id);
  if (found != coupons_.current.end() && found->second != nullptr) return found->second;
  if (found != coupons_.current.end()) return WithReason(NotFoundError("{}", lifecycle::Unreadable("coupon", found->first)), "COUPON_UNKNOWN");
  return WithReason(NotFoundError("no coupon \"{}\" has been published; see rungctl coupon publish", Shorten(coupon_id, 80)), "COUPON_UNKNOWN");
}

absl::StatusOr<CouponPtr> Published::CouponAt(const std::string& coupon_id, int32_t version, Deadline deadline) {
  return At(kCouponKind, coupons_, coupon_id, version, deadline);
}

}  // namespace rung::benefits_service
