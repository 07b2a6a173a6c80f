#include "services/recommendations/recommender.h"

#include <algorithm>
#include <cmath>

#include "libs/base/findings.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "libs/recommend/reasons.h"
#include "libs/wire/instant.h"
#include "libs/wire/recommendation_mapping.h"
#include "services/recommendations/policy_preview.h"
#include "services/recommendations/request_checks.h"

namespace rung::recommendations {
namespace {

constexpr int32_t kCountDefault = 20;
constexpr int64_t kTagPatienceMs = 250;
constexpr int64_t kClaimPatienceMs = 2'000;

v1::ListKind KindOf(recommend::Fallback fallback) {
  switch (fallback) {
    case recommend::Fallback::kNone: return v1::LIST_KIND_PERSONAL;
    case recommend::Fallback::kNoModel: return v1::LIST_KIND_NO_MODEL;
    case recommend::Fallback::kUnknownCustomer: return v1::LIST_KIND_POPULAR;
    case recommend::Fallback::kNothingAllowed: return v1::LIST_KIND_NOTHING_ALLOWED;
  }
  return v1::LIST_KIND_UNSPECIFIED;
}

void Fill(const recommend::RecommendModel& model, const recommend::ListItem& item, v1::Recommendation& out) {
  const recommend::Candidate& candidate = item.candidate;
  out.set_sku(model.code(candidate.sku));
  out.set_category(model.category(candidate.sku));
  out.set_source(item.promotion_id.empty() ? wire::ToWire(candidate.source) : v1::RECOMMENDATION_SOURCE_PROMOTION);
  out.set_relevance_permille(static_cast<int32_t>(std::lround(candidate.relevance * 1000)));
  recommend::WriteReason(model, item, *out.mutable_reason_zh(), *out.mutable_reason_en());
  if (candidate.source == recommend::Source::kBuyAgain) {
    v1::BuyAgain& again = *out.mutable_buy_again();
    again.set_days_since(candidate.days_since);
    again.set_expected_gap_days(std::round(static_cast<double>(candidate.gap_days) * 10) / 10);
    again.set_overdue_days(candidate.OverdueDays());
    again.set_usual_quantity_milli(candidate.usual_quantity_milli);
  }
  if (candidate.because >= 0) out.set_bought_with_sku(model.code(candidate.because));
  out.set_slot(item.slot);
  out.set_exploration(item.exploration);
  out.set_promotion_id(item.promotion_id);
}

void Fill(const Serving& serving, v1::ModelInfo& out) {
  out.set_model_version(serving.row.version);
  out.set_as_of_date(FormatDay(serving.row.as_of));
  wire::SetTime(serving.row.trained_at, out.mutable_trained_time());
  out.set_customer_count(serving.model->customers());
  out.set_sku_count(serving.model->skus());
  out.set_basket_count(serving.model->baskets());
  out.set_line_count(serving.model->lines());
  out.set_byte_count(serving.row.body_bytes);
  out.set_training_ms(serving.row.training_ms);
}

absl::Status NoModel() {
  return WithReason(NotFoundError("no recommendations have been trained yet: rungctl recommend train"), "NO_RECOMMENDATION_MODEL");
}

int32_t Permille(int64_t part, int64_t all) { return all == 0 ? 0 : static_cast<int32_t>((part * 1000 + all / 2) / all); }

}  // namespace

std::optional<absl::Status> Recommender::RecommendFromMemory(const v1::RecommendRequest& request, v1::RecommendResponse& response) const {
  if (absl::Status status = CheckRecommend(request); !status.ok()) return status;
  const std::shared_ptr<const Serving> serving = parts_.in_force.Current();
  std::optional<clients::TagIds> tags = nullptr;
  if (serving->policy->NamesTags()) tags = parts_.tags.Kept(request.customer_id());
  if (!tags) return std::nullopt;
  Answer(request, *serving, *tags, response);
  return absl::OkStatus();
}

absl::Status Recommender::Recommend(const v1::RecommendRequest& request, v1::RecommendResponse& response, Deadline deadline) const {
  const auto tags = parts_.tags.Get(request.customer_id(), Deadline::After(std::min(kTagPatienceMs, deadline.RemainingMs())));
  Answer(request, *parts_.in_force.Current(), tags.ok() ? *tags : nullptr, response);
  response.set_tags_unknown(!tags.ok());
  return absl::OkStatus();
}

void Recommender::Answer(const v1::RecommendRequest& request, const Serving& serving, const clients::TagIds& tags,
                         v1::RecommendResponse& response) const {
  const int32_t count = request.count() == 0 ? kCountDefault : request.count();
  recommend::ListRequest wanted = WantedBy(request.customer_id(), count, serving);
  if (tags != nullptr) wanted.customer.tags = *tags;
  const recommend::List list = serving.lists->MakeList(wanted);
  response.mutable_items()->Reserve(static_cast<int>(list.items.size()));
  for (const recommend::ListItem& item : list.items) Fill(*serving.model, item, *response.add_items());
  response.set_kind(KindOf(list.fallback));
  response.set_audience(list.audience);
  response.set_policy_version(serving.policy_version);
  response.set_model_version(serving.row.version);
  if (serving.row.version > 0) response.set_model_as_of_date(FormatDay(serving.row.as_of));
  response.set_tier_code(wanted.customer.tier_code);
  response.set_coupon_program(list.coupon_program);
  response.set_expected_hits_milli(static_cast<int32_t>(std::lround(list.expected_hits * 1000)));
  response.set_policy_cost_milli(static_cast<int32_t>(std::lround(std::max(0.0, list.expected_hits_by_relevance - list.expected_hits) * 1000)));
  response.set_list_id(FormatListId({serving.row.version, serving.policy_version, list.audience}));
}

recommend::ListRequest Recommender::WantedBy(const std::string& customer_id, int32_t count, const Serving& serving) const {
  recommend::ListRequest wanted;
  wanted.customer.id = FingerprintOf(customer_id);
  wanted.customer.tier_code = parts_.tier_now(wanted.customer.id).value_or("");
  // A model from before the merge may know the customer by its old id alone.
  const auto target = parts_.merged_into(wanted.customer.id);
  if (serving.policy->NamesChurnRisks()) wanted.customer.churn_risk = parts_.watched.RiskOf(target.value_or(wanted.customer.id).number);
  if (target && serving.model->Find(*target).row >= 0) wanted.customer.id = *target;
  wanted.today = parts_.zone.DayOf(parts_.clock.NowSeconds());
  wanted.count = count;
  return wanted;
}

absl::Status Recommender::ClaimCoupon(const v1::ClaimCouponRequest& request, v1::ClaimCouponResponse& response, Deadline deadline) const {
  RUNG_RETURN_IF_ERROR(CheckClaim(request));
  const std::shared_ptr<const Serving> serving = parts_.in_force.Current();
  recommend::ListRequest wanted = WantedBy(request.customer_id(), 1, *serving);
  // A coupon is money: who can't be told apart has to wait, and who has come back since the list was made isn't leaving.
  const Deadline patience = Deadline::After(std::min(kClaimPatienceMs, deadline.RemainingMs() / 2));  // the caller hears in its time when grading hangs
  if (serving->policy->NamesTags()) {
    RUNG_ASSIGN_OR_RETURN(const clients::TagIds tags, parts_.tags.Get(request.customer_id(), patience));
    wanted.customer.tags = *tags;
  }
  // Of a merged id the list stays, by the account that has its facts: the coupon is refused with the id to use.
  if (serving->policy->NamesChurnRisks() && !parts_.merged_into(FingerprintOf(request.customer_id()))) {
    RUNG_ASSIGN_OR_RETURN(wanted.customer.churn_risk, parts_.risks.Get(request.customer_id(), patience));
  }
  const recommend::List list = serving->lists->MakeList(wanted);
  if (list.coupon_program.empty()) {
    return WithReason(FailedPreconditionError("customer \"{}\" is of the audience \"{}\", for which the recommendation policy has no coupon",
                                              Shorten(request.customer_id(), 80), list.audience),
                      "NO_COUPON_PROGRAM");
  }
  const std::string month = FormatDay(wanted.today).substr(0, 7);
  RUNG_ASSIGN_OR_RETURN(const clients::IssuedCoupon coupon,
                        parts_.coupons.Issue({fmt::format("recommendation:{}:{}", list.coupon_program, month), request.customer_id(), list.coupon_program,
                                              "recommendation:" + list.coupon_program},
                                             deadline));
  response.set_audience(list.audience);
  response.set_coupon_id(list.coupon_program);
  response.set_issued_coupon_id(coupon.issued_coupon_id);
  response.set_until_date(coupon.until_date);
  return absl::OkStatus();
}

absl::Status Recommender::PreviewPolicy(const v1::PreviewPolicyRequest& request, v1::PreviewPolicyResponse& response, Deadline deadline) const {
  RUNG_RETURN_IF_ERROR(CheckPreview(request));
  const std::shared_ptr<const Serving> serving = parts_.in_force.Current();
  if (serving->row.version == 0) return NoModel();
  return recommendations::PreviewPolicy(request, {*serving, parts_.tier_now, parts_.watched, parts_.zone.DayOf(parts_.clock.NowSeconds())}, response, deadline);
}

absl::Status Recommender::Train(v1::TrainModelResponse& response) const {
  RUNG_RETURN_IF_ERROR(parts_.trainer.Train().status());
  Fill(*parts_.in_force.Current(), *response.mutable_model());
  return absl::OkStatus();
}

absl::Status Recommender::GetModelInfo(v1::GetModelInfoResponse& response) const {
  const std::shared_ptr<const Serving> serving = parts_.in_force.Current();
  if (serving->row.version == 0) return NoModel();
  Fill(*serving, *response.mutable_model());
  return absl::OkStatus();
}

absl::Status Recommender::SetAvailability(const v1::SetAvailabilityRequest& request, v1::SetAvailabilityResponse& response, Deadline deadline) const {
  RUNG_RETURN_IF_ERROR(CheckAvailability(request));
  std::vector<storage::AvailabilityRow> rows;
  for (const v1::SkuAvailability& sku : request.skus()) {
    constexpr std::string_view kPrefix = "AVAILABILITY_STATE_";
    rows.push_back({sku.sku(), v1::AvailabilityState_Name(sku.state()).substr(kPrefix.size())});
  }
  RUNG_RETURN_IF_ERROR(parts_.store.SetAvailability(rows, {request.author(), request.reason(), parts_.clock.NowMicros()}, deadline));
  RUNG_RETURN_IF_ERROR(parts_.in_force.RefreshAvailability(deadline));
  response.set_unavailable_count(static_cast<int64_t>(parts_.in_force.Current()->unavailable->size()));
  return absl::OkStatus();
}

// Audiences are held against the policy in force here: those of others aren't at hand.
absl::Status Recommender::CheckLists(const v1::RecordFeedbackRequest& request, Deadline deadline) const {
  const std::shared_ptr<const Serving> serving = parts_.in_force.Current();
  InForce::Versions newest{serving->row.version, serving->policy_version};
  const auto is_newer = [&](const v1::Feedback& feedback) {
    const ListId list = *ParseListId(feedback.list_id());
    return list.model_version > newest.model || list.policy_version > newest.policy;
  };
  if (std::any_of(request.feedback().begin(), request.feedback().end(), is_newer)) {
    RUNG_ASSIGN_OR_RETURN(newest, parts_.in_force.Newest(deadline));
  }
  Findings findings;
  for (int i = 0; i < request.feedback_size() && !findings.full(); ++i) {
    const ListId list = *ParseListId(request.feedback(i).list_id());
    const auto& audiences = serving->policy->audiences;
    const bool is_current = list.policy_version == serving->policy_version;
    const bool has_audience = std::any_of(audiences.begin(), audiences.end(), [&](const recommend::Audience& one) { return one.name == list.audience; });
    if (list.model_version == 0 || is_newer(request.feedback(i)) || (is_current && !has_audience)) {
      findings.Add(fmt::format("feedback[{}].list_id", i), "LIST_UNKNOWN", "no list with items was ever made as \"{}\"", Shorten(request.feedback(i).list_id(), 80));
    }
  }
  const auto violations = std::move(findings).Take();
  return violations.empty() ? absl::OkStatus() : InvalidRequest(violations);
}

absl::Status Recommender::RecordFeedback(const v1::RecordFeedbackRequest& request, v1::RecordFeedbackResponse& response, Deadline deadline) const {
  RUNG_RETURN_IF_ERROR(CheckFeedback(request));
  RUNG_RETURN_IF_ERROR(CheckLists(request, deadline));
  std::vector<storage::FeedbackRow> rows;
  for (const v1::Feedback& feedback : request.feedback()) {
    const ListId list = *ParseListId(feedback.list_id());
    rows.push_back({FingerprintOf(feedback.customer_id()).number, feedback.feedback_id(), feedback.sku(), static_cast<int16_t>(feedback.source()),
                    static_cast<int16_t>(feedback.action()), list.model_version, list.policy_version, list.audience,
                    parts_.zone.DayOf(parts_.clock.NowSeconds())});
  }
  RUNG_ASSIGN_OR_RETURN(const int64_t recorded, parts_.store.RecordFeedback(rows, deadline));
  response.set_recorded_count(static_cast<int32_t>(recorded));
  response.set_known_count(static_cast<int32_t>(static_cast<int64_t>(rows.size()) - recorded));
  return absl::OkStatus();
}

absl::Status Recommender::GetConversion(const v1::GetConversionRequest& request, v1::GetConversionResponse& response, Deadline deadline) const {
  RUNG_RETURN_IF_ERROR(CheckConversion(request));
  RUNG_ASSIGN_OR_RETURN(const auto rows, parts_.store.Conversion(*ParseDay(request.from_date()), *ParseDay(request.to_date()), deadline));
  for (const storage::ConversionRow& row : rows) {
    v1::Conversion& out = *response.add_rows();
    out.set_policy_version(row.policy_version);
    out.set_audience(row.audience);
    out.set_source(static_cast<v1::RecommendationSource>(row.source));
    out.set_shown_count(row.shown);
    out.set_clicked_count(row.clicked);
    out.set_bought_count(row.bought);
    out.set_clicked_permille(Permille(row.clicked, row.shown));
    out.set_bought_permille(Permille(row.bought, row.shown));
    out.set_unshown_count(row.unshown);
  }
  return absl::OkStatus();
}

}  // namespace rung::recommendations
