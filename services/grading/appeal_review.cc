#include "services/grading/appeal_review.h"

#include <algorithm>
#include <set>

#include "libs/errors/errors.h"
#include "libs/explanation/corrections.h"
#include "libs/explanation/sentences.h"
#include "libs/scoring/correction.h"
#include "services/grading/appeals.h"
#include "services/grading/explanation_mapping.h"
#include "services/grading/tier_explainer.h"

namespace rung::grading {
namespace {

constexpr size_t kMostTried = 200;

v1::CorrectingFact ToWire(explanation::Carrier carrier) {
  using enum explanation::Carrier;
  switch (carrier) {
    case kOrder: return v1::CORRECTING_FACT_ORDER;
    case kRefund: return v1::CORRECTING_FACT_REFUND;
    case kCancellation: return v1::CORRECTING_FACT_CANCELLATION;
    case kDelivery: return v1::CORRECTING_FACT_DELIVERY;
    case kComplaint: return v1::CORRECTING_FACT_COMPLAINT;
    case kReview: return v1::CORRECTING_FACT_REVIEW;
    case kSession: return v1::CORRECTING_FACT_SESSION;
    case kInvoice: return v1::CORRECTING_FACT_INVOICE;
    case kProfile: return v1::CORRECTING_FACT_PROFILE;
    case kOutsideValue: return v1::CORRECTING_FACT_OUTSIDE_VALUE;
  }
  return v1::CORRECTING_FACT_UNSPECIFIED;
}

// A fact that speaks against its customer, and what it is called.
struct Adverse {
  v1::CorrectingFact kind = v1::CORRECTING_FACT_UNSPECIFIED;
  const char* en = "";
  const char* zh = "";
};

Adverse AdverseOf(const features::Event& event) {
  if (std::holds_alternative<features::Refund>(event.fact)) return {v1::CORRECTING_FACT_REFUND, "return", "退货退款"};
  if (std::holds_alternative<features::Cancellation>(event.fact)) return {v1::CORRECTING_FACT_CANCELLATION, "cancellation", "取消"};
  if (std::holds_alternative<features::Complaint>(event.fact)) return {v1::CORRECTING_FACT_COMPLAINT, "complaint", "投诉"};
  if (std::holds_alternative<features::Invoice>(event.fact)) return {v1::CORRECTING_FACT_INVOICE, "bill", "账单"};
  if (const auto* delivery = std::get_if<features::Delivery>(&event.fact)) {
    const bool late = delivery->promised_time && delivery->actual_time > *delivery->promised_time && !delivery->carrier_fault;
    if (late) return {v1::CORRECTING_FACT_DELIVERY, "late delivery", "迟收"};
  }
  return {};
}

// The newest first; withdrawn ones don't count.
std::vector<features::Event> AdverseEvents(const std::vector<features::Event>& events) {
  std::set<std::string_view> withdrawn;
  for (const features::Event& event : events) {
    if (const auto* fact = std::get_if<features::Void>(&event.fact)) withdrawn.insert(fact->voided_event_id);
  }
  std::vector<features::Event> adverse;
  for (const features::Event& event : events) {
    if (AdverseOf(event).kind != v1::CORRECTING_FACT_UNSPECIFIED && !withdrawn.contains(event.event_id)) adverse.push_back(event);
  }
  std::stable_sort(adverse.begin(), adverse.end(), [](const auto& a, const auto& b) { return a.event_time > b.event_time; });
  if (adverse.size() > kMostTried) adverse.resize(kMostTried);
  return adverse;
}

}  // namespace

void AppealReview::Correct(const StoredDecision& stored, v1::GetAppealResponse& response) const {
  const scoring::Scorer& scorer = stored.ladder->scorer;
  const scoring::Model& model = scorer.model();
  std::vector<scoring::FeatureGrid> grids;
  for (const std::string& feature : scorer.features()) grids.push_back(explanation::GridOf(feature));
  scoring::ComparedWith others;
  scoring::FrozenSelf self;
  const auto current = context_.ladders.Find(model.model_id);
  if (current.ok() && (*current)->row.version == stored.row.model_version && (*current)->frozen->model_version == stored.row.model_version) {
    self = (*current)->frozen->SelfOf(stored.row.customer);
    others = {&(*current)->frozen->population, &self};
  }
  const scoring::Corrections corrections = SmallestCorrections(scorer, stored.inputs, grids, others);
  const explanation::Style style{context_.currency, model.display_scale};
  for (const scoring::Correction& correction : corrections.found) {
    const std::string& feature = scorer.features()[static_cast<size_t>(correction.column)];
    v1::SmallestCorrection& out = *response.add_corrections();
    out.set_feature(feature);
    if (!features::IsMissing(correction.value)) out.set_value(correction.value);
    out.set_needed_value(correction.needed);
    if (!features::IsMissing(correction.not_enough)) out.set_not_enough_value(correction.not_enough);
    out.set_tier_code(model.tiers[correction.tier].code);
    out.set_score_milli(correction.score);
    for (const explanation::Carrier carrier : explanation::CarriersOf(feature)) out.add_facts(ToWire(carrier));
    ToWire(explanation::DescribeCorrection(feature, correction, model, style), *out.mutable_sentence());
  }
  for (const int column : corrections.untried) response.add_untried_features(scorer.features()[static_cast<size_t>(column)]);
  const bool is_best = stored.row.to_tier == model.tiers.front().code;
  ToWire(explanation::SummariseCorrections(corrections, is_best), *response.mutable_corrections_summary());
}

absl::Status AppealReview::FindDecisive(v1::GetAppealResponse& response, Deadline deadline) const {
  RUNG_ASSIGN_OR_RETURN(const auto ladder, context_.ladders.Find(response.appeal().ladder_id()));
  if (!ladder->GradesInRealTime()) return absl::OkStatus();
  RUNG_ASSIGN_OR_RETURN(auto trial, CorrectionTrial::Read(context_.reader, context_.codes, ladder, response.appeal().customer_id(), context_.file.Today(), deadline));
  if (!trial.place()) return absl::OkStatus();
  for (const features::Event& event : AdverseEvents(trial.events())) {
    if (deadline.RemainingMs() < 500) break;
    const CorrectionTrial::Outcome outcome = trial.Without(event);
    if (outcome.place >= *trial.place()) continue;
    const Adverse adverse = AdverseOf(event);
    const explanation::Text tier = explanation::TierName(ladder->scorer.model().tiers[outcome.place]);
    v1::DecisiveEvent& out = *response.add_decisive_events();
    out.set_event_id(event.event_id);
    out.set_fact(adverse.kind);
    out.set_tier_code(outcome.tier_code);
    out.set_score_milli(outcome.score_milli);
    const std::string date = FormatDay(event.day);
    ToWire({fmt::format("Without the {} of {} (event {}) the tier today would be {}", adverse.en, date, event.event_id, tier.en),
            fmt::format("若撤销{}的{}（事件 {}），今天的等级即为{}", date, adverse.zh, event.event_id, tier.zh)},
           *out.mutable_sentence());
  }
  return absl::OkStatus();
}

absl::Status AppealReview::Get(const v1::GetAppealRequest& request, v1::GetAppealResponse& response, Deadline deadline) const {
  std::vector<Violation> violations;
  RequireText("customer_id", request.customer_id(), 128, violations);
  RequireText("appeal_id", request.appeal_id(), 128, violations);
  if (!violations.empty()) return InvalidRequest(violations);
  const CustomerNumber customer = FingerprintOf(request.customer_id()).number;
  RUNG_ASSIGN_OR_RETURN(const auto row, context_.store.Get(customer, request.appeal_id(), deadline));
  RUNG_RETURN_IF_ERROR(context_.file.ToWire(row, *response.mutable_appeal()));
  RUNG_ASSIGN_OR_RETURN(const auto comments, context_.store.Comments(customer, request.appeal_id(), deadline));
  for (const auto& comment : comments) RUNG_RETURN_IF_ERROR(context_.file.ToWire(comment, *response.add_comments()));

  const auto stored = context_.replayer.Read(row.external_id, response.appeal().ladder_id(), row.version, deadline);
  if (ReasonOf(stored.status()) == "SET_BY_HAND") {
    ToWire({"A person set this tier: there is nothing to compute again or to correct.", "该等级由人工设定，没有可重算或更正的数据。"}, *response.mutable_corrections_summary());
    return absl::OkStatus();
  }
  RUNG_RETURN_IF_ERROR(stored.status());
  v1::ReplayTierRequest replay;
  replay.set_customer_id(row.external_id);
  replay.set_ladder_id(response.appeal().ladder_id());
  replay.set_version(row.version);
  RUNG_RETURN_IF_ERROR(context_.replayer.Replay(replay, *response.mutable_replay(), deadline));
  ExplainDecision(*stored->ladder, stored->inputs, context_.currency, *response.mutable_explanation());
  response.mutable_explanation()->set_customer_id(row.external_id);
  Correct(*stored, response);
  if (IsPending(row)) RUNG_RETURN_IF_ERROR(FindDecisive(response, deadline));
  return absl::OkStatus();
}

}  // namespace rung::grading
