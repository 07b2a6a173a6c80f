#include "services/benefits/claims.h"

#include <algorithm>

#include "libs/base/findings.h"
#include "libs/benefits/description.h"
#include "libs/errors/errors.h"
#include "services/benefits/benefit_reader.h"

namespace rung::benefits_service {
namespace {

const benefits::Benefit* FindBenefit(const PlanPtr& plan, const std::string& id) {
  if (plan == nullptr) return nullptr;
  for (const benefits::Entry& entry : plan->benefits->entries()) {
    if (entry.benefit->id == id) return entry.benefit;
  }
  return nullptr;
}

const char* WhyNot(benefits::CouponAnswer answer) {
  switch (answer) {
    case benefits::CouponAnswer::kNotYet:
      return "its days haven't begun";
    case benefits::CouponAnswer::kEnded:
      return "its last day is over";
    case benefits::CouponAnswer::kTierUnknown:
      return "it is for some tiers, and the customer had none when this was quoted";
    case benefits::CouponAnswer::kOtherTier:
    case benefits::CouponAnswer::kUsable:
      break;
  }
  return "it is for other tiers";
}

class ClaimChecker {
 public:
  ClaimChecker(const benefits::v1::ReserveRequest& request, const ClaimBasis& basis, const RedemptionParts& parts, Deadline deadline)
      : request_(request), basis_(basis), parts_(parts), deadline_(deadline) {}

  absl::StatusOr<CheckedClaims> Run() {
    RUNG_RETURN_IF_ERROR(ReadCoupons());
    for (int i = 0; i < request_.claims_size(); ++i) {
      const benefits::v1::Claim& claim = request_.claims(i);
      CheckedClaims& out = checked_;
      out.shares.emplace_back();
      out.quotas.emplace_back();
      RUNG_RETURN_IF_ERROR(claim.benefit_id().empty() ? CheckCoupon(i, claim) : CheckBenefit(i, claim));
      out.shares.back().amount = claim.amount_fen();
      out.shares.back().uses = claim.use_count() == 0 ? 1 : claim.use_count();
    }
    if (!findings_.empty()) return InvalidRequest(std::move(findings_).Take());
    return std::move(checked_);
  }

 private:
  absl::Status ReadCoupons() {
    std::vector<std::string> ids;
    for (const benefits::v1::Claim& claim : request_.claims()) {
      if (!claim.issued_coupon_id().empty()) ids.push_back(claim.issued_coupon_id());
    }
    if (ids.empty()) return absl::OkStatus();
    RUNG_ASSIGN_OR_RETURN(coupons_, parts_.coupons.Find(FingerprintOf(request_.customer_id()).number, ids, parts_.clock.NowMicros(), deadline_));
    return absl::OkStatus();
  }

  // The tier is looked up when the first claim asks for it.
  absl::StatusOr<const benefits::Customer*> Customer() {
    if (customer_) return &*customer_;
    if (request_.has_quoted_for()) {
      const benefits::v1::QuotedFor& quoted = request_.quoted_for();
      customer_ = benefits::Customer{.region = quoted.region(), .segment = quoted.segment(), .customer_id = request_.customer_id()};
      if (quoted.tier_known()) customer_->tier = quoted.tier_code();
      return &*customer_;
    }
    const std::string ladder = basis_.plan == nullptr ? "" : basis_.plan->benefits->plan().ladder_id;
    RUNG_ASSIGN_OR_RETURN(const CustomerFacts facts, parts_.customers.Get(request_.customer_id(), ladder, deadline_));
    RUNG_RETURN_IF_ERROR(RequireTier(facts));
    customer_ = facts.customer;
    return &*customer_;
  }

  absl::Status CheckBenefit(int index, const benefits::v1::Claim& claim) {
    const std::string path = fmt::format("claims[{}].benefit_id", index);
    const benefits::Benefit* benefit = FindBenefit(basis_.plan, claim.benefit_id());
    if (benefit == nullptr) {
      findings_.Add(path, "BENEFIT_UNKNOWN", "plan \"{}\" version {} has no benefit \"{}\"", basis_.plan->benefits->plan().plan_id, basis_.plan->version,
                    Shorten(claim.benefit_id(), 80));
      return absl::OkStatus();
    }
    if (entitlements_.empty()) {
      RUNG_ASSIGN_OR_RETURN(const benefits::Customer* customer, Customer());
      entitlements_ = basis_.plan->benefits->For(*customer, basis_.day);
    }
    const auto entitlement = std::find_if(entitlements_.begin(), entitlements_.end(), [&](const auto& item) { return item.entry->benefit == benefit; });
    if (entitlement->answer != benefits::Answer::kApplies) {
      findings_.Add(path, "BENEFIT_NOT_APPLICABLE", "{}", benefits::Explain(*basis_.plan->benefits, *entitlement, benefits::Language::kEnglish));
    } else if (entitlement->display_only) {
      findings_.Add(path, "BENEFIT_DISPLAY_ONLY", "\"{}\" is a text that nothing follows: give it a scope and terms", Shorten(claim.benefit_id(), 80));
    }
    const benefits::Benefit* current = FindBenefit(basis_.limits, claim.benefit_id());
    checked_.quotas.back() = current == nullptr ? benefit->quota : current->quota;
    checked_.shares.back() = ShareOf(basis_.plan->benefits->plan(), *benefit, checked_.quotas.back(), basis_.today);
    return absl::OkStatus();
  }

  absl::Status CheckCoupon(int index, const benefits::v1::Claim& claim) {
    const std::string path = fmt::format("claims[{}].issued_coupon_id", index);
    const auto row = std::find_if(coupons_.begin(), coupons_.end(), [&](const auto& item) { return item.issued_coupon_id == claim.issued_coupon_id(); });
    if (row == coupons_.end()) {
      findings_.Add(path, "COUPON_UNKNOWN", "the customer holds no coupon \"{}\"", Shorten(claim.issued_coupon_id(), 80));
      return absl::OkStatus();
    }
    RUNG_ASSIGN_OR_RETURN(const CouponPtr coupon, parts_.published.CouponAt(row->coupon_id, row->coupon_version, deadline_));
    const benefits::CouponDefinition& definition = coupon->definition;
    std::optional<std::string> tier;
    if (!definition.tiers.empty()) {
      RUNG_ASSIGN_OR_RETURN(const benefits::Customer* customer, Customer());
      tier = customer->tier;
    }
    const benefits::CouponAnswer answer = benefits::AnswerFor(definition, tier, parts_.zone.DayOf(row->issued_at / 1'000'000), basis_.day);
    if (answer != benefits::CouponAnswer::kUsable) findings_.Add(path, "COUPON_NOT_USABLE", "\"{}\": {}", row->issued_coupon_id, WhyNot(answer));
    const std::optional<benefits::Fen> most = definition.terms.amount_off ? definition.terms.amount_off : definition.terms.max_off;
    if (most && claim.amount_fen() > most->value) {
      findings_.Add(fmt::format("claims[{}].amount_fen", index), "OUT_OF_RANGE", "{} is more than the coupon takes off, {}", claim.amount_fen(), most->value);
    }
    const auto current = parts_.published.Coupon(row->coupon_id);
    const std::optional<benefits::Fen> budget = current.ok() ? (*current)->definition.budget : definition.budget;
    storage::Share& share = checked_.shares.back();
    share.meter.subject = storage::CouponSubject(row->issued_coupon_id);
    share.metered = true;
    share.uses_limit = 1;
    share.uses_reason = "COUPON_TAKEN";
    share.pool = "coupon:" + row->coupon_id;
    if (budget) share.pool_limit = budget->value;
    share.uses_name = fmt::format("the only use of coupon \"{}\"", row->issued_coupon_id);
    share.pool_name = fmt::format("the budget of coupon \"{}\" for all customers", row->coupon_id);
    share.currency = definition.currency;
    return absl::OkStatus();
  }

  const benefits::v1::ReserveRequest& request_;
  const ClaimBasis& basis_;
  const RedemptionParts& parts_;
  const Deadline deadline_;
  std::vector<storage::IssuedCouponRow> coupons_;
  std::optional<benefits::Customer> customer_;
  std::vector<benefits::Entitlement> entitlements_;
  CheckedClaims checked_;
  Findings findings_;
};

}  // namespace

bool ForBenefits(const benefits::v1::ReserveRequest& request) {
  return std::any_of(request.claims().begin(), request.claims().end(), [](const auto& claim) { return !claim.benefit_id().empty(); });
}

absl::StatusOr<ClaimBasis> BasisOf(const benefits::v1::ReserveRequest& request, const RedemptionParts& parts, Deadline deadline) {
  ClaimBasis basis;
  basis.today = parts.zone.DayOf(parts.clock.NowSeconds());
  basis.day = request.has_quoted_for() ? ParseDay(request.quoted_for().quote_date()).value_or(basis.today) : basis.today;
  auto current = parts.published.Plan(request.plan_id());
  if (current.ok()) basis.limits = *current;
  if (request.has_quoted_for() && !request.plan_id().empty()) {
    RUNG_ASSIGN_OR_RETURN(basis.plan, parts.published.PlanAt(request.plan_id(), request.quoted_for().plan_version(), deadline));
  } else if (current.ok()) {
    basis.plan = basis.limits;
  } else if (ForBenefits(request)) {
    return current.status();
  }
  return basis;
}

absl::StatusOr<CheckedClaims> CheckClaims(const benefits::v1::ReserveRequest& request, const ClaimBasis& basis, const RedemptionParts& parts,
                                          Deadline deadline) {
  return ClaimChecker(request, basis, parts, deadline).Run();
}

}  // namespace rung::benefits_service
