#include "services/benefits/redemptions.h"

#include <algorithm>
#include <set>

#include "libs/base/findings.h"
#include "libs/errors/errors.h"
#include "libs/rpc/paging.h"
#include "libs/wire/instant.h"
#include "services/benefits/benefit_reader.h"
#include "services/benefits/claims.h"

namespace rung::benefits_service {
namespace {

using benefits::v1::Reservation;

constexpr size_t kMaxId = 128;
constexpr int kMaxClaims = 200;
constexpr int64_t kMaxAmount = 10'000'000'000'000;
constexpr int kMaxUses = 1'000;
constexpr int kDefaultHoldSeconds = 900;
constexpr int kMaxHoldSeconds = 604'800;
constexpr int kMaxQuoteAgeDays = 31;
constexpr std::string_view kBenefitPrefix = "benefit:";
constexpr std::string_view kCouponPrefix = "coupon:";

void CheckClaim(const std::string& path, const benefits::v1::Claim& claim, std::set<std::string>& seen, Findings& findings) {
  const bool benefit = !claim.benefit_id().empty(), coupon = !claim.issued_coupon_id().empty();
  if (benefit == coupon) {
    findings.Add(path, "REQUIRED", "give either benefit_id or issued_coupon_id");
    return;
  }
  findings.CheckText(path + (benefit ? ".benefit_id" : ".issued_coupon_id"), benefit ? claim.benefit_id() : claim.issued_coupon_id(), kMaxId);
  findings.CheckRange(path + ".amount_fen", claim.amount_fen(), 0, kMaxAmount);
  findings.CheckRange(path + ".use_count", claim.use_count(), 0, coupon ? 1 : kMaxUses);
  if (!seen.insert(benefit ? "b" + claim.benefit_id() : "c" + claim.issued_coupon_id()).second) {
    findings.Add(path, "CLAIMED_TWICE", "an earlier claim is for the same; use use_count for several uses of a benefit");
  }
}

std::vector<Violation> ProblemsOf(const benefits::v1::ReserveRequest& request, Day today) {
  Findings findings;
  findings.CheckId("request_id", request.request_id(), kMaxId);
  findings.CheckId("customer_id", request.customer_id(), kMaxId);
  findings.CheckId("order_id", request.order_id(), kMaxId);
  findings.CheckText("plan_id", request.plan_id(), 64);
  findings.CheckCount("claims", static_cast<size_t>(request.claims_size()), kMaxClaims, "claims");
  if (request.hold_seconds() != 0) findings.CheckRange("hold_seconds", request.hold_seconds(), 1, kMaxHoldSeconds);
  std::set<std::string> seen;
  for (int i = 0; i < std::min(request.claims_size(), kMaxClaims); ++i) CheckClaim(fmt::format("claims[{}]", i), request.claims(i), seen, findings);
  if (request.has_quoted_for()) {
    const benefits::v1::QuotedFor& quoted = request.quoted_for();
    const auto day = ParseDay(quoted.quote_date());
    if (!day) {
      findings.Add("quoted_for.quote_date", "BAD_DATE", "write it like \"2026-03-31\"");
    } else if (*day > today || *day < today - kMaxQuoteAgeDays) {
      findings.Add("quoted_for.quote_date", "OUT_OF_RANGE", "{} must be today, {}, or up to {} days before", quoted.quote_date(), FormatDay(today), kMaxQuoteAgeDays);
    }
    if (!request.plan_id().empty()) findings.CheckRange("quoted_for.plan_version", quoted.plan_version(), 1, INT32_MAX);
    if (quoted.tier_known()) findings.CheckId("quoted_for.tier_code", quoted.tier_code());
    findings.CheckText("quoted_for.region", quoted.region(), kMaxId);
    findings.CheckText("quoted_for.segment", quoted.segment(), kMaxId);
  }
  return std::move(findings).Take();
}

// What a claim was for, from where it is kept.
void WriteClaim(const storage::ClaimRow& row, benefits::v1::Claim* out) {
  const std::string_view subject = row.subject;
  if (subject.starts_with(kBenefitPrefix)) {
    out->set_benefit_id(std::string(subject.substr(subject.find('/') + 1)));
  } else {
    out->set_issued_coupon_id(std::string(subject.substr(kCouponPrefix.size())));
  }
  out->set_amount_fen(row.amount);
  out->set_use_count(static_cast<int32_t>(row.uses));
}

void Write(const storage::ReservationRow& row, const std::string& customer_id, Reservation* out) {
  out->set_reservation_id(row.reservation_id);
  out->set_customer_id(customer_id);
  out->set_order_id(row.order_id);
  out->set_state(static_cast<benefits::v1::ReservationState>(static_cast<int>(row.state) + 1));
  static_assert(static_cast<int>(storage::ReservationState::kExpired) + 1 == benefits::v1::RESERVATION_STATE_EXPIRED);
  for (const storage::ClaimRow& claim : row.claims) WriteClaim(claim, out->add_claims());
  wire::SetTime(row.reserved_at, out->mutable_reserved_time());
  wire::SetTime(row.expire_at, out->mutable_expire_time());
  if (row.ended_at != 0) wire::SetTime(row.ended_at, out->mutable_ended_time());
  out->set_plan_id(row.plan_id);
  out->set_plan_version(row.plan_version);
}

// customer_id and one of reservation_id and order_id, of any request.
template <typename Request>
absl::StatusOr<storage::ReservationName> NameOf(const Request& request) {
  Findings findings;
  findings.CheckId("customer_id", request.customer_id(), kMaxId);
  if (request.reservation_id().empty() == request.order_id().empty()) findings.Add("reservation_id", "REQUIRED", "give either reservation_id or order_id");
  findings.CheckText("reservation_id", request.reservation_id(), kMaxId);
  findings.CheckText("order_id", request.order_id(), kMaxId);
  if (!findings.empty()) return InvalidRequest(std::move(findings).Take());
  return storage::ReservationName{FingerprintOf(request.customer_id()).number, request.reservation_id(), request.order_id()};
}

}  // namespace

absl::Status Redemptions::Reserve(const benefits::v1::ReserveRequest& request, benefits::v1::ReserveResponse& response, Deadline deadline) {
  const UnixMicros now = parts_.clock.NowMicros();
  const Day today = parts_.zone.DayOf(now / 1'000'000);
  const std::string bytes = request.SerializeAsString();
  const CustomerNumber customer = FingerprintOf(request.customer_id()).number;
  // A repetition is answered as before, although today's rules may say otherwise: it is looked for first. What was never
  // accepted isn't there.
  if (!request.request_id().empty() && !FindTextProblem("request_id", request.request_id(), kMaxId)) {
    RUNG_ASSIGN_OR_RETURN(const auto earlier, parts_.store.Replay(customer, request.request_id(), bytes, now, deadline));
    if (earlier) {
      Write(*earlier, request.customer_id(), response.mutable_reservation());
      return absl::OkStatus();
    }
  }
  if (auto problems = ProblemsOf(request, today); !problems.empty()) return InvalidRequest(problems);
  // A merged account's coupons are still its own; its quotas would be a second helping.
  if (ForBenefits(request)) RUNG_RETURN_IF_ERROR(parts_.customers.RequireUnmerged(request.customer_id(), deadline));
  RUNG_ASSIGN_OR_RETURN(const ClaimBasis basis, BasisOf(request, parts_, deadline));
  RUNG_ASSIGN_OR_RETURN(const CheckedClaims checked, CheckClaims(request, basis, parts_, deadline));
  storage::ReservationRow row{.customer = customer, .external_id = request.customer_id(), .reservation_id = request.request_id(), .order_id = request.order_id()};
  if (basis.plan != nullptr) {
    row.plan_id = basis.plan->benefits->plan().plan_id;
    row.plan_version = basis.plan->version;
  }
  row.reserved_at = now;
  row.expire_at = now + 1'000'000LL * (request.hold_seconds() == 0 ? kDefaultHoldSeconds : request.hold_seconds());
  RUNG_ASSIGN_OR_RETURN(const auto reserved, parts_.store.Reserve(row, checked.shares, bytes, deadline));
  Write(reserved.reservation, request.customer_id(), response.mutable_reservation());
  for (size_t i = 0; i < reserved.left.size(); ++i) {
    benefits::v1::Remaining* left = response.add_remaining();
    if (checked.quotas[i]) WriteRemaining(reserved.left[i].uses, reserved.left[i].amount, *checked.quotas[i], parts_.zone, today, left);
  }
  return absl::OkStatus();
}

absl::Status Redemptions::Commit(const benefits::v1::CommitRequest& request, benefits::v1::CommitResponse& response, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const storage::ReservationName name, NameOf(request));
  RUNG_ASSIGN_OR_RETURN(const auto rows, parts_.store.Commit(name, parts_.clock.NowMicros(), deadline));
  for (const storage::ReservationRow& row : rows) Write(row, request.customer_id(), response.add_reservations());
  return absl::OkStatus();
}

absl::Status Redemptions::Release(const benefits::v1::ReleaseRequest& request, benefits::v1::ReleaseResponse& response, Deadline deadline) {
  RUNG_ASSIGN_OR_RETURN(const storage::ReservationName name, NameOf(request));
  RUNG_ASSIGN_OR_RETURN(const auto rows, parts_.store.Release(name, parts_.clock.NowMicros(), deadline));
  for (const storage::ReservationRow& row : rows) Write(row, request.customer_id(), response.add_reservations());
  return absl::OkStatus();
}

absl::Status Redemptions::List(const benefits::v1::ListReservationsRequest& request, benefits::v1::ListReservationsResponse& response, Deadline deadline) const {
  Findings findings;
  findings.CheckId("customer_id", request.customer_id(), kMaxId);
  findings.CheckText("order_id", request.order_id(), kMaxId);
  if (!findings.empty()) return InvalidRequest(std::move(findings).Take());
  RUNG_ASSIGN_OR_RETURN(const int page_size, rpc::PageSize(request.page_size()));
  const std::string filter = "reservations|" + request.customer_id() + "|" + request.order_id();
  RUNG_ASSIGN_OR_RETURN(const int64_t before, rpc::ParsePageToken(request.page_token(), filter));
  RUNG_ASSIGN_OR_RETURN(auto rows, parts_.store.List(FingerprintOf(request.customer_id()).number, request.order_id(), before, page_size + 1,
                                                     parts_.clock.NowMicros(), deadline));
  if (rows.size() > static_cast<size_t>(page_size)) {
    rows.resize(static_cast<size_t>(page_size));
    response.set_next_page_token(rpc::PageToken(rows.back().turn, filter));
  }
  for (const storage::ReservationRow& row : rows) Write(row, request.customer_id(), response.add_reservations());
  return absl::OkStatus();
}

}  // namespace rung::benefits_service
