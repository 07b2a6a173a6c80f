#include "services/benefits/coupons.h"

#include <algorithm>
#include <map>

#include "libs/base/findings.h"
#include "libs/errors/errors.h"
#include "libs/rpc/paging.h"
#include "libs/wire/instant.h"

namespace rung::benefits_service {
namespace {

namespace pb = benefits::v1;

constexpr size_t kMaxId = 128;
constexpr int kMaxCoupons = 100;

std::string IssuePool(const std::string& coupon_id) { return "issue:" + coupon_id; }
std::string UsePool(const std::string& coupon_id) { return "coupon:" + coupon_id; }

pb::CouponState StateOf(const storage::IssuedCouponRow& row, Day today) {
  if (row.redeemed) return pb::COUPON_STATE_REDEEMED;
  if (row.held()) return pb::COUPON_STATE_RESERVED;
  return row.until && *row.until < today ? pb::COUPON_STATE_EXPIRED : pb::COUPON_STATE_ISSUED;
}

void Write(const storage::IssuedCouponRow& row, const std::string& customer_id, Day today, pb::IssuedCoupon* out) {
  out->set_issued_coupon_id(row.issued_coupon_id);
  out->set_customer_id(customer_id);
  out->set_coupon_id(row.coupon_id);
  out->set_coupon_version(row.coupon_version);
  out->set_state(StateOf(row, today));
  wire::SetTime(row.issued_at, out->mutable_issued_time());
  if (row.until) out->set_until_date(FormatDay(*row.until));
  out->set_source(row.source);
  out->set_reservation_id(row.reservation_id);
  out->set_order_id(row.order_id);
}

pb::CouponUsability UsabilityOf(benefits::CouponAnswer answer) {
  switch (answer) {
    case benefits::CouponAnswer::kUsable:
      break;
    case benefits::CouponAnswer::kNotYet:
      return pb::COUPON_USABILITY_NOT_YET;
    case benefits::CouponAnswer::kEnded:
      return pb::COUPON_USABILITY_EXPIRED;
    case benefits::CouponAnswer::kOtherTier:
      return pb::COUPON_USABILITY_OTHER_TIER;
    case benefits::CouponAnswer::kTierUnknown:
      return pb::COUPON_USABILITY_TIER_UNKNOWN;
  }
  return pb::COUPON_USABILITY_USABLE;
}

// Zero is "all"; of another release's values nothing is found.
std::optional<storage::CouponFilter> FilterOf(pb::CouponState state) {
  if (!pb::CouponState_IsValid(state)) return std::nullopt;
  static_assert(static_cast<int>(storage::CouponFilter::kExpired) == pb::COUPON_STATE_EXPIRED);
  return static_cast<storage::CouponFilter>(state);
}

std::vector<Violation> ProblemsOf(const pb::IssueCouponRequest& request) {
  Findings findings;
  findings.CheckId("request_id", request.request_id(), kMaxId);
  findings.CheckId("customer_id", request.customer_id(), kMaxId);
  findings.CheckId("coupon_id", request.coupon_id());
  findings.CheckText("source", request.source(), kMaxId);
  return std::move(findings).Take();
}

}  // namespace

absl::Status Coupons::Issue(const pb::IssueCouponRequest& request, pb::IssueCouponResponse& response, Deadline deadline) {
  if (auto problems = ProblemsOf(request); !problems.empty()) return InvalidRequest(problems);
  const UnixMicros now = parts_.clock.NowMicros();
  const Day today = parts_.zone.DayOf(now / 1'000'000);
  const std::string bytes = request.SerializeAsString();
  storage::IssuedCouponRow row{.customer = FingerprintOf(request.customer_id()).number, .external_id = request.customer_id(), .source = request.source(), .issued_at = now};
  RUNG_ASSIGN_OR_RETURN(const auto earlier, parts_.coupons.Replay(row.customer, request.request_id(), bytes, now, deadline));
  if (earlier) {
    Write(*earlier, request.customer_id(), today, response.mutable_coupon());
    return absl::OkStatus();
  }
  RUNG_RETURN_IF_ERROR(parts_.customers.RequireUnmerged(request.customer_id(), deadline));
  RUNG_ASSIGN_OR_RETURN(const CouponPtr coupon, parts_.published.Coupon(request.coupon_id()));
  const benefits::CouponDefinition& definition = coupon->definition;
  row.coupon_id = definition.terms.id;
  row.coupon_version = coupon->version;
  row.until = benefits::LastDayOf(definition, today);
  if (row.until && *row.until < today) {
    return WithReason(FailedPreconditionError("coupon \"{}\" ended on {}", row.coupon_id, FormatDay(*row.until)), "COUPON_ENDED");
  }
  if (definition.budget) {
    RUNG_ASSIGN_OR_RETURN(const storage::Taken taken, parts_.store.ReadTaken(row.customer, {}, {UsePool(row.coupon_id)}, now, deadline));
    if (taken.pools[0] >= definition.budget->value) {
      return WithReason(ResourceExhaustedError("the budget of coupon \"{}\" is used up: it would take nothing off", row.coupon_id), "BUDGET_EXHAUSTED");
    }
  }
  storage::Share share{.meter = {IssuePool(row.coupon_id), 0}, .metered = true, .uses_limit = definition.issues_per_customer, .pool = IssuePool(row.coupon_id),
                       .amount = 1, .pool_limit = definition.issue_limit, .uses_reason = "CUSTOMER_LIMIT_REACHED", .pool_reason = "ISSUE_LIMIT_REACHED",
                       .uses_name = fmt::format("coupons \"{}\" for one customer", row.coupon_id), .pool_name = fmt::format("coupons \"{}\" for all customers", row.coupon_id)};
  RUNG_ASSIGN_OR_RETURN(const auto issued, parts_.coupons.Issue(row, share, request.request_id(), bytes, deadline));
  Write(issued, request.customer_id(), today, response.mutable_coupon());
  return absl::OkStatus();
}

absl::Status Coupons::List(const pb::ListCouponsRequest& request, pb::ListCouponsResponse& response, Deadline deadline) const {
  Findings findings;
  findings.CheckId("customer_id", request.customer_id(), kMaxId);
  const auto state = FilterOf(request.state());
  if (!state) findings.Add("state", "UNKNOWN_VALUE", "{} is no value of this release", static_cast<int>(request.state()));
  if (!findings.empty()) return InvalidRequest(std::move(findings).Take());
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string filter = fmt::format("coupons|{}|{}", static_cast<int>(*state), request.customer_id());
  RUNG_ASSIGN_OR_RETURN(const int64_t before, rpc::ParsePageToken(request.page_token(), filter));
  RUNG_ASSIGN_OR_RETURN(auto rows, parts_.coupons.List(FingerprintOf(request.customer_id()).number, *state, Today(), before, page_size + 1,
                                                       parts_.clock.NowMicros(), deadline));
  if (rows.size() > static_cast<size_t>(page_size)) {
    rows.resize(static_cast<size_t>(page_size));
    response.set_next_page_token(rpc::PageToken(rows.back().turn, filter));
  }
  for (const storage::IssuedCouponRow& row : rows) {
    RUNG_ASSIGN_OR_RETURN(const CouponPtr coupon, parts_.published.CouponAt(row.coupon_id, row.coupon_version, deadline));
    pb::ListCouponsResponse::Entry* entry = response.add_entries();
    Write(row, request.customer_id(), Today(), entry->mutable_coupon());
    *entry->mutable_definition() = coupon->message;
  }
  return absl::OkStatus();
}

absl::Status Coupons::Get(const pb::GetCouponsRequest& request, pb::GetCouponsResponse& response, Deadline deadline) const {
  Findings findings;
  findings.CheckId("customer_id", request.customer_id(), kMaxId);
  if (request.issued_coupon_ids().empty()) findings.Add("issued_coupon_ids", "REQUIRED", "give 1 to {} ids", kMaxCoupons);
  findings.CheckCount("issued_coupon_ids", static_cast<size_t>(request.issued_coupon_ids_size()), kMaxCoupons, "ids");
  for (int i = 0; i < std::min(request.issued_coupon_ids_size(), kMaxCoupons); ++i) {
    findings.CheckId(fmt::format("issued_coupon_ids[{}]", i), request.issued_coupon_ids(i), kMaxId);
  }
  if (!findings.empty()) return InvalidRequest(std::move(findings).Take());

  const UnixMicros now = parts_.clock.NowMicros();
  const Day today = parts_.zone.DayOf(now / 1'000'000);
  const CustomerNumber customer = FingerprintOf(request.customer_id()).number;
  const std::vector<std::string> ids(request.issued_coupon_ids().begin(), request.issued_coupon_ids().end());
  RUNG_ASSIGN_OR_RETURN(const auto rows, parts_.coupons.Find(customer, ids, now, deadline));
  std::map<std::string, const storage::IssuedCouponRow*> held;
  std::map<std::string, CouponPtr> definitions;  // by issued id
  std::vector<std::string> pools;
  bool by_tier = false;
  for (const storage::IssuedCouponRow& row : rows) {
    RUNG_ASSIGN_OR_RETURN(const CouponPtr coupon, parts_.published.CouponAt(row.coupon_id, row.coupon_version, deadline));
    held[row.issued_coupon_id] = &row;
    definitions[row.issued_coupon_id] = coupon;
    pools.push_back(UsePool(row.coupon_id));
    by_tier = by_tier || !coupon->definition.tiers.empty();
  }
  const std::optional<std::string> tier = by_tier ? TierOf(request.customer_id(), deadline) : std::nullopt;
  RUNG_ASSIGN_OR_RETURN(const storage::Taken taken, parts_.store.ReadTaken(customer, {}, pools, now, deadline));
  for (const std::string& id : ids) {
    pb::GetCouponsResponse::Entry* entry = response.add_entries();
    entry->set_issued_coupon_id(id);
    entry->set_usability(pb::COUPON_USABILITY_UNKNOWN);
    const auto found = held.find(id);
    if (found == held.end()) continue;
    const storage::IssuedCouponRow& row = *found->second;
    const CouponPtr& coupon = definitions[id];
    Write(row, request.customer_id(), today, entry->mutable_coupon());
    *entry->mutable_definition() = coupon->message;
    entry->set_usability(UsabilityOf(benefits::AnswerFor(coupon->definition, tier, parts_.zone.DayOf(row.issued_at / 1'000'000), today)));
    if (row.redeemed || row.held()) entry->set_usability(row.redeemed ? pb::COUPON_USABILITY_REDEEMED : pb::COUPON_USABILITY_RESERVED);
    const auto current = parts_.published.Coupon(row.coupon_id);
    const auto budget = current.ok() ? (*current)->definition.budget : coupon->definition.budget;
    const int64_t used = taken.pools[static_cast<size_t>(found->second - rows.data())];
    if (!budget) continue;
    entry->set_budget_left_fen(std::max<int64_t>(0, budget->value - used));
    if (entry->usability() == pb::COUPON_USABILITY_USABLE && used >= budget->value) entry->set_usability(pb::COUPON_USABILITY_BUDGET_EXHAUSTED);
  }
  return absl::OkStatus();
}

absl::Status Coupons::Usage(const pb::GetCouponUsageRequest& request, pb::GetCouponUsageResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const CouponPtr coupon, parts_.published.Coupon(request.coupon_id()));
  RUNG_ASSIGN_OR_RETURN(const storage::Taken taken, parts_.store.ReadTaken(CustomerNumber{}, {}, {IssuePool(request.coupon_id()), UsePool(request.coupon_id())},
                                                                           parts_.clock.NowMicros(), deadline));
  response.set_coupon_id(request.coupon_id());
  response.set_coupon_version(coupon->version);
  response.set_issued_count(taken.pools[0]);
  response.set_used_fen(taken.pools[1]);
  if (coupon->definition.issue_limit) response.set_issue_limit(*coupon->definition.issue_limit);
  if (coupon->definition.budget) response.set_budget_fen(coupon->definition.budget->value);
  return absl::OkStatus();
}

std::optional<std::string> Coupons::TierOf(const std::string& customer_id, Deadline deadline) const {
  const auto plan = parts_.published.Plan("");
  const auto facts = parts_.customers.Get(customer_id, plan.ok() ? (*plan)->benefits->plan().ladder_id : "", deadline);
  return facts.ok() ? facts->customer.tier : std::nullopt;
}

}  // namespace rung::benefits_service
